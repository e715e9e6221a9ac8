"""Digest: decides which week, writes the issue's files and has it mailed."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from contract.charter import Charter
from contract.charter_outcomes import Digest as DigestSpec
from contract.errors import FixSettings, NotAllowed
from contract.mending import mended_first
from digest.chart import chart_png, charted
from digest.compose import compose
from digest.issue import Issue, numbers_of
from digest.mail import CHART, message_of, smtp_of_url
from digest.mail import send as send_mail
from digest.redacting import content_of
from digest.render import render_html, render_text
from digest.weeks import span, week_before
from pipeline.permission import may_listen
from pipeline.refine import is_refined
from pipeline.settings import Settings
from warehouse import runs
from warehouse.store import opened

ISSUE: Final = ".issue.json"
"""Ending of the file that holds an issue as data."""


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
        # First: a page without it could not be redacted.
        _replace(folder / f"{stem}{ISSUE}", content_of(issue))
        if picture:
            files[f"{stem}.png"] = picture
        for file, content in files.items():
            _replace(folder / file, content)
        save = partial(
            runs.save_digest_issue, engine, name, week, numbers=numbers_of(issue),
            coverage=issue.coverage,
        )  # fmt: skip
        # Before it is mailed: where the store cannot be written, each retry would mail it again.
        save()
        recipients = _mailed(given, spec, issue, picture) if send else 0
        if recipients:
            save(sent_at=datetime.now(UTC), recipients=recipients)
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

    A source that failed was tried, and one that may not be read is not waited for: they do not
    hold the others up, and the digest says so.
    """
    charter = given.load_charter()
    _, end = span(week_before(_day(charter, at)))
    with opened(given.warehouse) as engine:
        tried = runs.tried_until(engine)
    sources = _awaited(charter, charter.digest(name))
    return all(source in tried and tried[source] >= end for source in sources) and is_refined(given)


def _awaited(charter: Charter, spec: DigestSpec) -> Iterator[str]:
    for name, source in charter.sources.items():
        with suppress(NotAllowed, FixSettings):
            may_listen(charter, name, datetime.now(UTC).date())
            if source.purpose == spec.purpose:
                yield name


def _day(charter: Charter, at: datetime | None) -> date:
    return (at or datetime.now(UTC)).astimezone(ZoneInfo(charter.agency.timezone)).date()


def _replace(path: Path, content: bytes) -> None:
    being_written = path.with_name(f".{path.name}.tmp")
    with mended_first(path):
        being_written.write_bytes(content)
        being_written.replace(path)
