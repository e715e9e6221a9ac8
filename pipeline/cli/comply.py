"""The commands that keep to what people and platforms ask: removals, erasure, retention."""

from typing import Annotated

import typer

from pipeline.cli.answers import answer, leave, lines_of
from pipeline.settings import settings

duties = typer.Typer()


@duties.command(epilog="Example: goodguest comply --source town-forum")
def comply(
    source: Annotated[str | None, typer.Option(help="Ask this source only.")] = None,
) -> None:
    """Remove what was removed there, and what is older than the charter allows; 1 when late."""
    from pipeline.comply import comply as stage

    result = stage(settings(), source)
    answer(result, lines_of(result))
    leave(bool(result["errors"]) or bool(result["past"]) or bool(result["pending"]))


@duties.command(epilog="Example: goodguest erase --platform reddit --account u/somebody")
def erase(
    platform: Annotated[str, typer.Option(help="The platform it stands on.")],
    post: Annotated[str | None, typer.Option(help="Id or address of a post.")] = None,
    account: Annotated[str | None, typer.Option(help="Id or name of an account.")] = None,
) -> None:
    """Erase a post, or all of an account, everywhere and for good; print the receipt."""
    from pipeline.erase import erase as stage

    result = stage(settings(), platform, post=post, account=account)
    answer(result, lines_of(result["receipt"]))
    leave(result["receipt"]["done_at"] is None)


@duties.command(
    "opt-out", epilog="Example: goodguest opt-out --platform reddit --account u/someone"
)
def opt_out(
    platform: Annotated[str, typer.Option(help="The platform the account is on.")],
    account: Annotated[str, typer.Option(help="Its id or name, as the platform shows it.")],
) -> None:
    """Print the keyed hash of an account for the charter, so that it is not read any more."""
    from pipeline.opt_out import opt_out as stage

    result = stage(settings(), platform, account)
    held = (
        "Posts of it are held: the next comply removes them from every place, with receipts."
        if result["is_held"]
        else "Nothing of it is known to be held; the next comply after the change looks again."
    )
    lines = [
        result["hash"],
        f"Add it to the charter as opt_outs.accounts.{platform}; from the next run on no source of "
        "that platform stores it.",
        held,
    ]
    answer(result, lines)
