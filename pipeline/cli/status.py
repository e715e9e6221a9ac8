"""The command that tells an operator how the reading goes."""

from datetime import datetime
from typing import Any

import typer

from pipeline.cli.answers import answer, leave, table_of
from pipeline.settings import settings

operation = typer.Typer()


@operation.command(epilog="Example: goodguest status")
def status() -> None:
    """Tell how the reading of every source goes, and what to do; 1 when something is to be done."""
    from pipeline.status import status as stage

    rows = stage(settings())
    found: dict[str, list[str]] = {}
    for row in rows:
        for problem in row["problems"]:
            found.setdefault(f"{problem['state']}: {problem['message']}", []).append(row["source"])
    problems = [f"{', '.join(sources)}: {said}" for said, sources in found.items()]
    told = ["", "What to do:", *problems] if problems else ["", "Nothing is to be done."]
    answer({"sources": rows}, [table_of([_line(row) for row in rows]), *told])
    leave(bool(problems))


def _line(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "source": row["source"],
        "state": row["state"],
        "last success": _minute(row["last_success_at"]),
        "read until": _minute(row["read_until_at"]),
        "next run": _minute(row["next_run_at"]),
        "posts a day": _of(row["posts_day"], row["posts_usual_day"]),
        "a week": _of(row["posts_week"], row["posts_usual_week"]),
        "rate-limited": _percent(row["rate_limited_share"]),
        "rejected": _percent(row["rejected_share"]),
        "new fields": row["unknown_fields_new"] or None,
        "recheck by": _minute(row["recheck_by_at"]),
        "posts spent": row["posts_allowed"] and _of(row["posts_spent"], row["posts_allowed"]),
    }


def _of(found: int | None, usual: float | None) -> str | None:
    """Return what came, of what is usual or allowed."""
    if found is None:
        return None
    return f"{found:,}" if usual is None else f"{found:,} of {usual:,.0f}"


def _minute(moment: datetime | None) -> str | None:
    return None if moment is None else f"{moment:%m-%d %H:%M}"


def _percent(share: float | None) -> str | None:
    return None if share is None else f"{share:.0%}"
