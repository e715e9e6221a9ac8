"""The command that lists what a person has to act on, and tells it."""

from typing import Annotated, Any

import typer

from pipeline.cli.answers import answer, leave, lines_of, table_of
from pipeline.settings import settings

alerting = typer.Typer()


@alerting.command(epilog="Example: goodguest alerts --send")
def alerts(
    send: Annotated[
        bool, typer.Option("--send", help="Look anew, and tell what was not told yet.")
    ] = False,
) -> None:
    """List what a person has to act on; 1 when an error is among it or could not be told."""
    from pipeline.alerts import open_alerts, tell

    told = tell(settings()) if send else {}
    rows = open_alerts(settings())
    lines = [table_of([_line(row) for row in rows])] if rows else ["Nothing is wrong."]
    answer({"alerts": rows, **told}, [*lines, *lines_of(told, indent="")])
    leave(bool(told.get("failed")) or any(row["level"] == "error" for row in rows))


def _line(row: dict[str, Any]) -> dict[str, Any]:
    what = f"{row['message']} ({row['detail']})" if row["detail"] else row["message"]
    return {
        "level": row["level"],
        "kind": row["kind"],
        "of": row["subject"],
        "since": row["since_at"],
        "told": row["told_at"],
        "what": what,
        "what to do": row["to_do"],
    }
