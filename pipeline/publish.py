"""Publish: what was said of topics, datasets and in communities, as open data without anybody."""

from collections.abc import Collection, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa

from contract.charter import Charter
from digest.weeks import span
from pipeline.protecting import refuse_unprotected
from pipeline.publication_before import take_back
from pipeline.publication_files import write_files
from pipeline.settings import Settings
from transforms.disclosure import METHOD_VERSION, Cell, safe_to_show
from warehouse.calendar import week_of
from warehouse.ground import hours_read
from warehouse.protecting import least_authors
from warehouse.publication import (
    Week,
    keep_published,
    last_published,
    names_of,
    posts_behind,
    weeks_to_publish,
)
from warehouse.store import opened, writing

_SETTLED: Final = timedelta(days=7)
"""So long after its end a week is counted: late posts are in, and removals honoured."""


def publish(
    given: Settings, out: Path | None = None, now: datetime | None = None
) -> dict[str, Any]:
    """Publish the weeks that are settled and write all that was ever published into a folder.

    A week is counted once, for all purposes, and none that is older than one published: later
    releases repeat it, so that nothing follows from their difference. Returns `files`, `rows`,
    `weeks` new, `suppressed` (the share of all numbers that is withheld; None: there is none) and
    `left_out`: what could not be written and why. Raises FixSettings when the folder holds
    something else, or a sensitive topic of the charter is not known.
    """
    charter = given.load_charter()
    at, folder = now or datetime.now(UTC), out or given.data / "publication"
    with opened(given.warehouse) as engine:
        refuse_unprotected(engine, charter)
        take_back(engine, folder)
        with engine.connect() as connection:
            due = weeks_to_publish(connection, week_of(at - _SETTLED))
        count = sum(_publish(engine, charter, week, at) for week in due)
        written = write_files(engine, charter, folder)
    return {"weeks": count, **written}


def _publish(engine: sa.Engine, charter: Charter, week: str, now: datetime) -> bool:
    """Return whether the week is published now, for all purposes; another run may have been."""
    with writing(engine) as connection:
        if last_published(connection) >= week:
            return False
        lines = [_line(connection, charter, purpose, week, now) for purpose in charter.purposes]
        return any(lines)


def _line(
    connection: sa.Connection, charter: Charter, purpose: str, week: str, now: datetime
) -> bool:
    """Return whether the purpose has posts in the week, once its numbers are kept."""
    least = charter.publication.min_authors
    behind = posts_behind(connection, purpose, week)
    higher = {("topic", uri): needs for uri, needs in least_authors(connection).items()}
    shown = safe_to_show(behind.whole, behind.parts, least, higher)
    cells = list(_cells(connection, behind, shown or frozenset(), purpose, week))
    line = {
        "week": week,
        "purpose": purpose,
        "posts": None if shown is None else len(behind.whole),
        "coverage": _coverage(connection, charter, purpose, week),
        "min_authors": least,
        "cells": sum(len(of_kind) for of_kind in behind.parts.values()),
        "cells_shown": len(cells),
        "method": METHOD_VERSION,
        "published_at": now,
    }
    if behind.whole:
        keep_published(connection, line, cells)
    return bool(behind.whole)


def _cells(
    connection: sa.Connection, behind: Week, shown: Collection[Cell], purpose: str, week: str
) -> Iterator[dict[str, Any]]:
    for kind, of_kind in behind.parts.items():
        subjects = sorted(subject for of, subject in shown if of == kind)
        names = names_of(connection, kind, subjects)
        for subject in subjects:
            yield {
                "kind": kind,
                "week": week,
                "purpose": purpose,
                "subject": subject,
                "name": names.get(subject, subject),
                "posts": len(of_kind[subject]),
            }


def _coverage(connection: sa.Connection, charter: Charter, purpose: str, week: str) -> float | None:
    """Return the share of the week's hours that were read whole, of all sources of the purpose.

    Those are the ones that are read now or were then.
    """
    rows = hours_read(connection, purpose, [week])
    reading = {n for n, s in charter.sources.items() if s.purpose == purpose and s.enabled}
    since, until = span(week)
    hours = (until - since).total_seconds() / 3600 * len(reading | {row.source for row in rows})
    read = sum(row.hours_complete for row in rows)
    return round(min(read / hours, 1.0), 3) if hours else None
