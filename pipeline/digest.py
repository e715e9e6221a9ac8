"""Digest: decides which week, writes the issue's files and has it mailed."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from contract.charter import Charter
from contract.charter import Digest as DigestSpec
from digest.chart import chart_png, charted
from digest.compose import compose
from digest.issue import Issue, numbers_of
from digest.mail import CHART, message_of, smtp_of_url
from digest.mail import send as send_mail
from digest.render import render_html, render_text
from digest.weeks import span, week_before
from pipeline.refine import is_refined
from pipeline.settings import Settings
from warehouse import runs
from warehouse.store import opened


def write_digest(
    given: Settings,
    name: str,
    *,
    week: str | None = None,
    at: datetime | None = None,
    out: Path | None = None,
    send: bool = False,
) -> dict[str, Any]:
    """Write the digest of a week as HTML, plain text and PNG; mail it where asked and configured.

    Without `week` it is about the last week that was over at `at` (now). Returns `files`,
    `numbers`, `coverage` (share of the week's hours that were read) and `sent` (to how many).
    """
    charter = given.load_charter()
    spec = charter.digest(name)
    week = week or week_before(_day(charter, at))
    folder = out or given.data / "digests"
    folder.mkdir(parents=True, exist_ok=True)
    stem = f"{name}-{week}"
    with opened(given.warehouse) as engine:
        with engine.connect() as conn:
            issue = compose(conn, charter, name, week)
        picture = chart_png(issue) if charted(issue) else None
        page = render_html(issue, f"{stem}.png" if picture else None)
        files = {f"{stem}.html": page.encode(), f"{stem}.txt": render_text(issue).encode()}
        if picture:
            files[f"{stem}.png"] = picture
        for file, content in files.items():
            _replace(folder / file, content)
        recipients = _mailed(given, spec, issue, picture) if send else 0
        runs.save_digest_issue(
            engine,
            name,
            week,
            numbers=numbers_of(issue),
            coverage=issue.coverage,
            sent_at=datetime.now(UTC) if recipients else None,
            recipients=recipients,
        )
    return {
        "files": [str(folder / file) for file in files],
        "numbers": numbers_of(issue),
        "coverage": issue.coverage,
        "sent": recipients,
    }


def _mailed(given: Settings, spec: DigestSpec, issue: Issue, picture: bytes | None) -> int:
    """Return how many the issue was mailed to: none where no server or no reader is named."""
    if not given.smtp or not spec.to:
        return 0
    html = render_html(issue, f"cid:{CHART}" if picture else None)
    message = message_of(issue, html, render_text(issue), picture)
    return len(send_mail(message, smtp_of_url(given.smtp), spec.to))


def is_ground_complete(given: Settings, name: str, at: datetime | None = None) -> bool:
    """Return whether the sources were tried to the end of the week, and all is refined.

    A source that failed was tried: it does not hold the others up, and the digest says so.
    """
    charter = given.load_charter()
    spec = charter.digest(name)
    _, end = span(week_before(_day(charter, at)))
    sources = [
        source for source, s in charter.sources.items() if s.enabled and s.purpose == spec.purpose
    ]
    with opened(given.warehouse) as engine:
        tried = runs.tried_until(engine)
    return all(source in tried and tried[source] >= end for source in sources) and is_refined(given)


def _day(charter: Charter, at: datetime | None) -> date:
    return (at or datetime.now(UTC)).astimezone(ZoneInfo(charter.agency.timezone)).date()


def _replace(path: Path, content: bytes) -> None:
    being_written = path.with_name(f".{path.name}.tmp")
    being_written.write_bytes(content)
    being_written.replace(path)
