"""The monthly report: what was read, removed, held, asked and published, for who answers for it."""

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from contract.errors import FixSettings
from digest.plain_page import plain_page
from pipeline.access import gather
from pipeline.opted_out import ERASED, NOINDEX, OPTED_OUT
from pipeline.settings import Settings
from pipeline.whole_file import write_whole
from warehouse.accessing import uses_between
from warehouse.calendar import month_of
from warehouse.holding import holds_of
from warehouse.reporting import (
    gone_between,
    held_between,
    issued_between,
    read_between,
    skipped_between,
    waiting,
)
from warehouse.store import opened

_MONTH: Final = re.compile(r"[1-9][0-9]{3}-(0[1-9]|1[0-2])")
_WISHED: Final = (OPTED_OUT, NOINDEX, ERASED)
"""Rules by which is left out what somebody wants unread."""


def write_report(
    given: Settings,
    month: str | None = None,
    out: Path | None = None,
    now: datetime | None = None,
) -> dict[str, Any]:
    """Write the report of a month, the last whole one if none, as a page and beside it as JSON.

    Returns `files` and `month`. Raises FixSettings when it is no month, one that is to come, or
    `out` is not the name of a page.
    """
    at = now or datetime.now(UTC)
    found = report_of(given, month or last_month(at), at)
    page = out or given.data / "reports" / f"report-{found['month']}.html"
    if page.suffix != ".html":
        raise FixSettings(
            f"--out: found {page.name}; allowed is the name of a page, such as a.html"
        )
    said = json.dumps(found, indent=2, ensure_ascii=False) + "\n"
    files = {page: plain_page("report.html", found), page.with_suffix(".json"): said}
    for path, text in files.items():
        write_whole(path, text.encode(), 0o600)
    return {"files": [str(path) for path in files], "month": found["month"]}


def write_due_report(given: Settings, now: datetime | None = None) -> dict[str, Any] | None:
    """Write last month's report unless it is there already; return what `write_report` does."""
    at = now or datetime.now(UTC)
    if (given.data / "reports" / f"report-{last_month(at)}.html").exists():
        return None
    return write_report(given, now=at)


def last_month(now: datetime) -> str:
    """Return the last whole month, such as `2026-10`."""
    return month_of(now.replace(day=1) - timedelta(days=1))


def report_of(given: Settings, month: str, now: datetime) -> dict[str, Any]:
    """Return what the report says, ready for JSON: numbers, and nothing that anybody wrote."""
    since, until = _span(month, now)
    charter = given.load_charter()
    with opened(given.warehouse) as engine:
        gather(given, engine)
        with engine.connect() as connection:
            skipped = skipped_between(connection, since, until)
            read = [one._asdict() for one in read_between(connection, since, until)]
            gone = [one._asdict() for one in gone_between(connection, since, until)]
            holds = held_between(connection, since, until)
            orders = [one for one in holds_of(connection) if one.is_in_force(now.date())]
            uses = [one._asdict() for one in uses_between(connection, since, until)]
            issued = issued_between(connection, since, until)
            pending = waiting(connection)
    return {
        "agency": charter.agency.name,
        "month": month,
        "is_whole": until <= now,
        "made_at": f"{now:%Y-%m-%dT%H:%M:%SZ}",
        "read": read,
        "left_out": [{"rule": rule, "records": count} for rule, count in skipped.items()],
        "opted_out": sum(skipped.get(rule, 0) for rule in _WISHED),
        "removed": gone,
        "removals_waiting": pending,
        "holds": {
            **holds, "in_force": len(orders), "records": sum(one.records for one in orders)
        },
        "accesses": uses,
        "issued": issued,
    }  # fmt: skip


def _span(month: str, now: datetime) -> tuple[datetime, datetime]:
    if not _MONTH.fullmatch(month):
        raise FixSettings(f"--month: found {month!r}; allowed are months such as 2026-10")
    since = datetime.fromisoformat(f"{month}-01T00:00:00+00:00")
    if since > now:
        raise FixSettings(f"--month: {month} is to come; the last whole one is {last_month(now)}")
    return since, (since + timedelta(days=32)).replace(day=1)
