"""The command that tells an operator how the reading goes."""

from typing import Any

import typer

from pipeline.answers import answer, leave, table_of
from pipeline.settings import settings

operation = typer.Typer()
_FINE = ("ok", "off", "waiting")


@operation.command(epilog="Example: goodguest status")
def status() -> None:
    """Tell how the reading of every source goes, and what to do; 1 when something is to be done."""
    from pipeline.status import status as stage

    rows = stage(settings())
    answer({"sources": rows}, [table_of([_line(row) for row in rows])])
    leave(any(row["state"] not in _FINE for row in rows))


def _line(row: dict[str, Any]) -> dict[str, Any]:
    usual = row["posts_usual_week"]
    spent = row["posts_allowed"] and f"{row['posts_spent']:,} of {row['posts_allowed']:,}"
    return {
        "source": row["source"],
        "state": row["state"],
        "read until": row["read_until_at"],
        "next run": row["next_run_at"],
        "posts in 7 days": row["posts_week"],
        "usually": None if usual is None else f"{usual:,.0f}",
        "rate-limited": _percent(row["rate_limited_share"]),
        "rejected": _percent(row["rejected_share"]),
        "spent": spent,
        "what to do": row["message"],
    }


def _percent(share: float | None) -> str | None:
    return None if share is None else f"{share:.0%}"
