"""The commands around a digest's way to its readers."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from pipeline.cli.answers import answer, lines_of, table_of
from pipeline.settings import settings

delivering = typer.Typer()


@delivering.command(epilog="Example: goodguest deliveries town-weekly 2026-W46")
def deliveries(
    name: Annotated[str, typer.Argument(help="A digest of the charter.")],
    week: Annotated[str, typer.Argument(help="ISO week of the issue.")],
) -> None:
    """Show what became of an issue for each of its readers."""
    from pipeline.delivery import deliveries_of

    rows = deliveries_of(settings(), name, week)
    answer({"rows": rows}, [table_of(rows)])


@delivering.command(epilog="Example: goodguest returned /var/mail/listening")
def returned(
    where: Annotated[Path, typer.Argument(help="Maildir, mbox, a mail, or - for standard input.")],
) -> None:
    """Read mails that came back, and those by which readers end a digest."""
    from pipeline.returned import take_returned

    result = dict(take_returned(settings(), where))
    answer(result, lines_of(result))


@delivering.command(epilog="Example: goodguest unsubscribing --port 8026")
def unsubscribing(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535)] = 8026,
) -> None:
    """Serve the page behind the one click of a mail program, until Ctrl-C."""
    from pipeline.unsubscribing import serve_unsubscribing

    def announce(address: str) -> None:
        answer({"url": address}, [f"Unsubscribing: {address}; Ctrl-C ends it."])
        sys.stdout.flush()

    serve_unsubscribing(settings(), host, port, announce)
