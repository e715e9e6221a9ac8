"""How the reading of each source goes: what its runs and its hours say."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import groupby
from operator import itemgetter
from statistics import median
from typing import Any, Final

import sqlalchemy as sa

from warehouse.tables import coverage, ingest_run

_RUNS: Final = timedelta(days=7)
_WEEK: Final = 7 * 24
_WEEKS: Final = 8

_Facts = dict[str, dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Health:
    """Facts about a source; None where nothing is known.

    Silences and posts are of the last eight weeks, of hours that were read whole.
    """

    source: str
    last_run_at: datetime | None = None
    last_status: str | None = None
    stopped_because: str | None = None
    last_success_at: datetime | None = None
    read_until_at: datetime | None = None
    """End of the latest window that was read, backfills aside."""
    silence_hours: int = 0
    """Without a post, up to the latest that was read."""
    longest_silence_hours: int = 0
    """Before that one."""
    posts_week: int = 0
    """In the latest 168 of these hours."""
    posts_usual_week: float | None = None
    """The median of as many before, as often as there are so many."""
    rate_limited_share: float | None = None
    """Of the time the runs of the last seven days took."""
    rejected_share: float | None = None
    """Of the records of these runs."""


def health_of(connection: sa.Connection, sources: Sequence[str], now: datetime) -> list[Health]:
    """Return the facts about these sources at this time, in their order."""
    known = (_runs(connection), _shares(connection, now - _RUNS), _hours(connection, now))
    return [
        replace(Health(name), **{k: v for facts in known for k, v in facts.get(name, {}).items()})
        for name in sources
    ]


def _runs(connection: sa.Connection) -> _Facts:
    """Return of each source its latest run, and its latest that was done."""
    run = ingest_run.c
    place = sa.func.row_number().over(
        partition_by=run.source, order_by=(run.started_at.desc(), run.run_id.desc())
    )
    latest = sa.select(
        run.source, run.started_at, run.status, run.stopped_because, place.label("place")
    ).subquery("latest")
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
    for source, found in groupby(connection.execute(query.order_by(run.source)), itemgetter(0)):
        runs = list(found)
        seconds = sum((r.ended_at - r.started_at).total_seconds() for r in runs)
        records = sum(r.records or 0 for r in runs)
        limited = sum(r.rate_limited_seconds or 0.0 for r in runs)
        rejected = sum(r.posts_rejected or 0 for r in runs)
        facts[source] = {
            # Of a run of no time nothing can be a share.
            "rate_limited_share": min(limited / seconds, 1.0) if seconds else None,
            "rejected_share": rejected / records if records else None,
        }
    return facts


def _hours(connection: sa.Connection, now: datetime) -> _Facts:
    hour = coverage.c
    query = (
        sa.select(hour.source, hour.fetched)
        .where(
            hour.hour_at >= now - timedelta(weeks=_WEEKS),
            hour.hour_at < now,
            hour.state == "complete",
            hour.fetched.is_not(None),
        )
        .order_by(hour.source, hour.hour_at)
    )
    return {
        source: _heard([row.fetched for row in found])
        for source, found in groupby(connection.execute(query), itemgetter(0))
    }


def _heard(posts: list[int]) -> dict[str, Any]:
    """Return the silences and the posts of the week, from posts by hour, the latest last."""
    silences = [0]
    for count in posts:
        if count:
            silences.append(0)
        else:
            silences[-1] += 1
    ends = range(len(posts), _WEEK - 1, -_WEEK)
    weeks = [sum(posts[end - _WEEK : end]) for end in ends]
    return {
        "silence_hours": silences[-1],
        "longest_silence_hours": max(silences[:-1], default=0),
        "posts_week": sum(posts[-_WEEK:]),
        "posts_usual_week": float(median(weeks[1:])) if len(weeks) > 1 else None,
    }
