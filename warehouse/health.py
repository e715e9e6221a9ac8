"""How the reading of each source goes: what its runs and its hours say."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import groupby
from operator import itemgetter
from typing import Any, Final

import numpy as np
import sqlalchemy as sa

from warehouse.tables import coverage, ingest_run, source, unknown_field
from warehouse.volume import Volume, volume_of

_RUNS: Final = timedelta(days=7)
_WEEKS: Final = 8
_FIRST_DAY: Final = timedelta(days=1)

_Facts = dict[str, dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Health:
    """Facts about a source; None where nothing is known."""

    source: str
    last_run_at: datetime | None = None
    last_status: str | None = None
    stopped_because: str | None = None
    last_success_at: datetime | None = None
    read_until_at: datetime | None = None
    """End of the latest window that was read, backfills aside."""
    volume: Volume = field(default_factory=Volume)
    rate_limited_share: float | None = None
    """Of the time the runs of the last seven days took."""
    rejected_share: float | None = None
    """Of the records of these runs."""
    unknown_fields_new: int = 0
    """Fields its platform sends since the last seven days, that nobody reads."""


def health_of(connection: sa.Connection, sources: Sequence[str], now: datetime) -> list[Health]:
    """Return the facts about these sources at this time, in their order."""
    known = (
        _runs(connection),
        _shares(connection, now - _RUNS),
        _volumes(connection, sources, now),
        _new_fields(connection, now - _RUNS),
    )
    return [
        replace(Health(name), **{k: v for facts in known for k, v in facts.get(name, {}).items()})
        for name in sources
    ]


def _runs(connection: sa.Connection) -> _Facts:
    """Return of each source its latest run, and its latest that was done."""
    run = ingest_run.c
    begun = (
        sa.select(run.source, sa.func.max(run.started_at).label("at"))
        .group_by(run.source)
        .subquery("begun")
    )
    place = sa.func.row_number().over(partition_by=run.source, order_by=run.run_id.desc())
    latest = (
        sa.select(run.source, run.started_at, run.status, run.stopped_because, place.label("place"))
        .join(begun, sa.and_(begun.c.source == run.source, begun.c.at == run.started_at))
        .subquery("latest")
    )
    is_live = sa.and_(run.status == "done", run.is_backfill.is_(False))
    done = (
        sa.select(
            run.source,
            sa.func.max(run.ended_at).label("ended_at"),
            sa.func.max(sa.case((is_live, run.window_until_at))).label("until_at"),
        )
        .where(run.status == "done")
        .group_by(run.source)
        .subquery("done")
    )
    query = (
        sa.select(latest, done.c.ended_at, done.c.until_at)
        .join_from(latest, done, done.c.source == latest.c.source, isouter=True)
        .where(latest.c.place == 1)
    )
    return {
        row.source: {
            "last_run_at": row.started_at,
            "last_status": row.status,
            "stopped_because": row.stopped_because,
            "last_success_at": row.ended_at,
            "read_until_at": row.until_at,
        }
        for row in connection.execute(query)
    }


def _shares(connection: sa.Connection, since: datetime) -> _Facts:
    run = ingest_run.c
    names = ("started_at", "ended_at", "rate_limited_seconds", "records", "posts_rejected")
    query = sa.select(run.source, *(run[name] for name in names)).where(
        run.started_at >= since, run.ended_at.is_not(None)
    )
    facts: _Facts = {}
    for name, found in groupby(connection.execute(query.order_by(run.source)), itemgetter(0)):
        runs = list(found)
        seconds = sum((r.ended_at - r.started_at).total_seconds() for r in runs)
        records = sum(r.records or 0 for r in runs)
        limited = sum(r.rate_limited_seconds or 0.0 for r in runs)
        rejected = sum(r.posts_rejected or 0 for r in runs)
        facts[name] = {
            # Of a run of no time nothing can be a share.
            "rate_limited_share": min(limited / seconds, 1.0) if seconds else None,
            "rejected_share": rejected / records if records else None,
        }
    return facts


def _volumes(connection: sa.Connection, sources: Sequence[str], now: datetime) -> _Facts:
    hour = coverage.c
    query = (
        sa.select(hour.source, hour.fetched, hour.expected)
        .where(
            hour.source.in_(sources),
            hour.hour_at >= now - timedelta(weeks=_WEEKS),
            hour.hour_at < now,
            hour.state == "complete",
            hour.fetched.is_not(None),
        )
        .order_by(hour.source, hour.hour_at)
    )
    facts: _Facts = {}
    for name, found in groupby(connection.execute(query).all(), itemgetter(0)):
        hours = np.array([row[1:] for row in found], dtype=np.float64)
        facts[name] = {"volume": volume_of(hours[:, 0], hours[:, 1])}
    return facts


def _new_fields(connection: sa.Connection, since: datetime) -> _Facts:
    """Return how many fields of a platform came up on a source's pages that were not in its first.

    What the first day of a source brings is new to us, not to its platform.
    """
    seen = unknown_field.c
    query = (
        sa.select(seen.source, seen.first_seen_at, source.c.first_run_at)
        .join(source, source.c.id == seen.source)
        .where(seen.first_seen_at >= since, source.c.first_run_at.is_not(None))
    )
    risen = Counter(
        row.source
        for row in connection.execute(query)
        if row.first_seen_at > row.first_run_at + _FIRST_DAY
    )
    return {name: {"unknown_fields_new": count} for name, count in risen.items()}
