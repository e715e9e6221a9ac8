"""Digest: decides which week, writes the issue's files and has it mailed."""

import logging
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import Engine

from contract.charter import Charter
from contract.charter_outcomes import Digest as DigestSpec
from contract.charter_outcomes import Reader
from contract.errors import FixSettings, NotAllowed, RetryLater
from digest.archive import ISSUE, files_of, issues_in, stem_of
from digest.atom import ATOM, atom_of
from digest.chart import chart_png, charted
from digest.figures import figures_of
from digest.issue import Issue, numbers_of
from digest.mail import CHART, Content, message_of
from digest.preview import PREVIEW, preview_of
from digest.redacting import content_of
from digest.render import render_html, render_text, subject_of, summary_of
from digest.tables import tables_of
from digest.weeks import span, week_before
from pipeline.announcing import announce
from pipeline.delivery import deliver, ending_of, rehearse, states_of
from pipeline.issues import Made, counted_issue, kept_issue, topics_key
from pipeline.permission import may_listen
from pipeline.protecting import protect_sensitive
from pipeline.refine import is_refined
from pipeline.settings import Settings
from pipeline.sharing import DIGESTS, in_turn
from pipeline.whole_file import write_whole
from warehouse import runs
from warehouse.store import opened

__all__ = ["FIGURES", "ISSUE", "is_ground_complete", "write_digest"]

_log = logging.getLogger("goodguest.digest")

FIGURES: Final = ".numbers.json"
"""Ending of the file that says where the numbers come from."""


def write_digest(
    given: Settings,
    name: str,
    *,
    week: str | None = None,
    at: datetime | None = None,
    out: Path | None = None,
    send: bool = False,
    anew: bool = False,
    preview: bool = False,
) -> dict[str, Any]:
    """Write the digest of a week as pages, text, pictures, tables and feed; mail it where asked.

    Without `week` it is about the last week that was over at `at` (now). Once it was mailed, or all
    of its week was read, it is kept: later calls give the same, less what was removed since, unless
    `anew` has it counted again. `preview` writes a page that shows the mail. Returns `files`,
    `numbers`, `coverage` (share of the week's hours that were read), `is_kept` and `sent` (to how
    many). Raises FixSettings for a digest or a week that is none or is to come, RetryLater where a
    week is to be mailed that is not over.
    """
    charter = given.load_charter()
    spec = charter.digest(name)
    week = _week(charter, week, at)
    is_over = span(week)[1] <= datetime.now(UTC)
    if send and not is_over:
        raise _too_early(week)
    folder = out or given.data / "digests"
    with opened(given.warehouse) as engine:
        for wrong in protect_sensitive(engine, charter):
            _log.error("%s", wrong)  # the numbers go out, and no single post
        # What is removed meanwhile is taken out once this is written.
        with in_turn(given, engine, DIGESTS):
            with engine.connect() as conn:
                kept = None if anew else kept_issue(conn, name, week)
                made = kept or counted_issue(conn, charter, name, week)
            is_given_out = is_over and (send or _is_read(given, engine, charter, spec, week))
            files = _written(folder, made)
            # Before it is mailed: what is mailed later, or again, has to be the same.
            if kept is None:
                _save(engine, made, is_given_out=is_given_out)
            if preview:
                files.append(_previewed(given, engine, folder, spec, made.issue))
        recipients = _given_out(given, engine, spec, made) if send else 0
    return {
        "files": files,
        "numbers": numbers_of(made.issue),
        "coverage": made.issue.coverage,
        "is_kept": is_given_out or kept is not None,
        "sent": recipients,
    }


def rehearse_digest(given: Settings, name: str, *, week: str | None = None) -> dict[str, int]:
    """Return how many readers are in which state, once the mail server let us in."""
    charter = given.load_charter()
    week = _week(charter, week, None)
    with opened(given.warehouse) as engine:
        return rehearse(given, engine, name, week, charter.digest(name).to)


def _week(charter: Charter, week: str | None, at: datetime | None) -> str:
    """Return the week that was asked for, else the last that was over at that moment (now)."""
    if week is None:
        return week_before(_day(charter, at))
    if span(week)[0] > datetime.now(UTC):
        raise FixSettings(f"--week: {week} is to come; allowed are weeks that have begun")
    return week


def _too_early(week: str) -> RetryLater:
    # East of Greenwich Monday begins before the week, which is UTC, is over.
    ends_at = span(week)[1]
    wrong = f"--send: {week} is not over; an issue is mailed once, with all of it"
    return RetryLater(f"{wrong}, from {ends_at:%d %B, %H:%M} UTC on", ends_at)


def _save(engine: Engine, made: Made, *, is_given_out: bool) -> None:
    """Note the issue's numbers, and keep all of it once it is given out."""
    issue = made.issue
    runs.save_digest_issue(
        engine,
        issue.name,
        issue.week,
        numbers=numbers_of(issue),
        coverage=issue.coverage,
        content=made.content if is_given_out else None,
    )


def _written(folder: Path, made: Made) -> list[str]:
    """Return the paths of the issue's files, once they are written."""
    issue, stem = made.issue, stem_of(made.issue.name, made.issue.week)
    # First: a page without it could not be redacted.
    write_whole(folder / f"{stem}{ISSUE}", content_of(issue))
    files = files_of(folder, issue) | tables_of(issue)
    files[f"{stem}{FIGURES}"] = figures_of(issue, made.queries)
    known = issues_in(folder, issue.name) | {issue.week: issue}
    files[f"{issue.name}{ATOM}"] = atom_of(list(known.values()))
    for file, content in files.items():
        write_whole(folder / file, content)
    return [str(folder / file) for file in files]


def _previewed(
    given: Settings, engine: Engine, folder: Path, spec: DigestSpec, issue: Issue
) -> str:
    content = _content(issue)
    states = Counter(states_of(engine, issue.name, issue.week, spec.to))
    # Of nobody: whoever may see the page could end a reader's digest by theirs.
    ending = ending_of(given, issue.name, "")
    message = message_of(content, datetime.now(UTC), ending)
    path = folder / f"{stem_of(issue.name, issue.week)}{PREVIEW}"
    write_whole(path, preview_of(content, message, states).encode())
    return str(path)


def _given_out(given: Settings, engine: Engine, spec: DigestSpec, made: Made) -> int:
    """Return how many have the issue by mail, once readers and webhook were told of it."""
    issue = made.issue
    # Two processes would both find a reader waiting.
    with in_turn(given, engine, f"{DIGESTS}.{issue.name}"):
        recipients = _mailed(given, engine, spec, made)
        if recipients:
            runs.note_digest_sent(engine, issue.name, issue.week, datetime.now(UTC), recipients)
        announce(given, engine, issue, subject_of(issue), summary_of(issue))
    return recipients


def _mailed(given: Settings, engine: Engine, spec: DigestSpec, made: Made) -> int:
    """Return how many the issue was mailed to: none where no server or no reader is named."""
    if not given.smtp or not spec.to:
        return 0
    issue = made.issue
    contents: dict[str, Content] = {}

    def content_for(reader: Reader) -> Content:
        key = topics_key(reader.topics) if reader.topics else ""
        if key not in contents:
            contents[key] = _content(made.narrower.get(key, issue))
        return contents[key]

    return deliver(given, engine, issue.name, issue.week, spec.to, content_for)["sent"]


def _content(issue: Issue) -> Content:
    picture = chart_png(issue) if charted(issue) else None
    return Content(
        issue=issue,
        subject=subject_of(issue),
        html=render_html(issue, f"cid:{CHART}" if picture else None),
        text=render_text(issue),
        chart=picture,
        tables=tables_of(issue),
    )


def is_ground_complete(given: Settings, name: str, at: datetime | None = None) -> bool:
    """Return whether the sources were tried to the end of the week, and all is refined.

    A source that failed was tried, and one that may not be read is not waited for: they do not
    hold the others up, and the digest says so.
    """
    charter = given.load_charter()
    with opened(given.warehouse) as engine:
        return _is_read(
            given, engine, charter, charter.digest(name), week_before(_day(charter, at))
        )


def _is_read(
    given: Settings, engine: Engine, charter: Charter, spec: DigestSpec, week: str
) -> bool:
    _, end = span(week)
    tried = runs.tried_until(engine)
    awaited = _awaited(charter, spec)
    return all(source in tried and tried[source] >= end for source in awaited) and is_refined(given)


def _awaited(charter: Charter, spec: DigestSpec) -> Iterator[str]:
    for name, source in charter.sources.items():
        with suppress(NotAllowed, FixSettings):
            may_listen(charter, name, datetime.now(UTC))
            if source.purpose == spec.purpose:
                yield name


def _day(charter: Charter, at: datetime | None) -> date:
    return (at or datetime.now(UTC)).astimezone(ZoneInfo(charter.agency.timezone)).date()
