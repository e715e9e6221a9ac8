"""What was done in a month: counted for the report that who answers for it reads."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa

from warehouse.calendar import month_of
from warehouse.tables import (
    coverage,
    dataset,
    digest_issue,
    hold,
    ingest_run,
    landing_part,
    published_week,
    removal,
)

_HOUR = 3600.0


class Read(NamedTuple):
    """What was read of a source."""

    source: str
    posts_new: int
    """Less those that were removed since: what became of a record is kept as it is now."""
    posts_changed: int
    hours_complete: int
    hours: int
    """Hours of the month that it was to be read in."""


class Gone(NamedTuple):
    """What was removed for a reason, and how soon."""

    platform: str | None
    why: str
    removed: int
    in_time: int | None
    """Within the duty; None: there is none for this reason."""
    median_hours: float
    longest_hours: float
    duty_hours: int | None


def read_between(connection: sa.Connection, since: datetime, until: datetime) -> list[Read]:
    """Return what was read, by source."""
    part, hour = landing_part.c, coverage.c
    posts = sa.select(
        part.source, sa.func.sum(part.posts_new), sa.func.sum(part.posts_changed)
    ).where(part.loaded_at >= since, part.loaded_at < until)
    counted = {row[0]: row[1:] for row in connection.execute(posts.group_by(part.source))}
    whole = sa.func.count(sa.case((hour.state == "complete", 1)))
    hours = sa.select(hour.source, whole, sa.func.count()).where(
        hour.hour_at >= since, hour.hour_at < until
    )
    covered = {row[0]: row[1:] for row in connection.execute(hours.group_by(hour.source))}
    return [
        Read(name, *(int(n) for n in (*counted.get(name, (0, 0)), *covered.get(name, (0, 0)))))
        for name in sorted({*counted, *covered})
    ]


def skipped_between(connection: sa.Connection, since: datetime, until: datetime) -> dict[str, int]:
    """Return how many records were left out before anything of them was stored, by rule."""
    found: Counter[str] = Counter()
    query = sa.select(landing_part.c.skipped_by_rule)
    is_of = (landing_part.c.loaded_at >= since, landing_part.c.loaded_at < until)
    for rules in connection.scalars(query.where(*is_of).execution_options(yield_per=1000)):
        found.update(rules)
    return dict(sorted(found.items()))


def gone_between(connection: sa.Connection, since: datetime, until: datetime) -> list[Gone]:
    """Return what was removed everywhere in that time, by platform and reason."""
    gone = removal.c
    columns = (gone.platform, gone.why, gone.latency_seconds, gone.duty_hours)
    query = sa.select(*columns).where(gone.done_at >= since, gone.done_at < until)
    took: dict[tuple[str | None, str], list[tuple[float, int | None]]] = {}
    for platform, why, seconds, duty in connection.execute(query.execution_options(yield_per=1000)):
        took.setdefault((platform, why), []).append(((seconds or 0.0) / _HOUR, duty))
    in_order = sorted(took.items(), key=lambda each: (each[0][0] or "", each[0][1]))
    return [_gone(*by, of) for by, of in in_order]


def _gone(platform: str | None, why: str, took: list[tuple[float, int | None]]) -> Gone:
    hours, duties = sorted(each for each, _ in took), [duty for _, duty in took if duty is not None]
    in_time = sum(each <= duty for each, duty in took if duty is not None)
    middle = (hours[(len(hours) - 1) // 2] + hours[len(hours) // 2]) / 2
    return Gone(
        platform, why, len(took), in_time if duties else None, round(middle, 2),
        round(hours[-1], 2), max(duties, default=None),
    )  # fmt: skip


def waiting(connection: sa.Connection) -> int:
    """Return how many removals are not done everywhere."""
    count = sa.select(sa.func.count()).select_from(removal)
    return connection.scalar(count.where(removal.c.done_at.is_(None))) or 0


def held_between(connection: sa.Connection, since: datetime, until: datetime) -> dict[str, int]:
    """Return how many orders of legal hold were entered, and how many lifted, in that time."""
    return {
        "entered": _count(connection, hold.c.made_at, since, until),
        "released": _count(connection, hold.c.released_at, since, until),
    }


def issued_between(connection: sa.Connection, since: datetime, until: datetime) -> dict[str, int]:
    """Return how many digests were made and mailed, and weeks published, in that time."""
    return {
        "digests_made": _count(connection, digest_issue.c.made_at, since, until),
        "digests_mailed": _count(connection, digest_issue.c.sent_at, since, until),
        "weeks_published": _count(connection, published_week.c.published_at, since, until),
    }


def _count(connection: sa.Connection, at: sa.Column[Any], since: datetime, until: datetime) -> int:
    count = sa.select(sa.func.count()).select_from(at.table).where(at >= since, at < until)
    return connection.scalar(count) or 0


def runs_by_month(connection: sa.Connection) -> list[dict[str, Any]]:
    """Return by month and source how many runs there were, their requests, pages and new posts."""
    run, found = ingest_run.c, dict[tuple[str, str], Counter[str]]()
    names = ("requests", "pages", "posts_new")
    query = sa.select(run.started_at, run.source, run.status, *(run[name] for name in names))
    for row in connection.execute(query.execution_options(yield_per=1000)):
        counts = found.setdefault((month_of(row.started_at), row.source), Counter())
        counts.update({name: getattr(row, name) or 0 for name in names})
        counts.update(runs=1, failed=int(row.status == "failed"))
    hours = coverage_by_month(connection)
    return [
        {"month": month, "source": source, "runs": n["runs"], "failed": n["failed"],
         **{name: n[name] for name in names}, "coverage": hours.get((month, source))}
        for (month, source), n in sorted(found.items())
    ]  # fmt: skip


def coverage_by_month(connection: sa.Connection) -> dict[tuple[str, str], float]:
    """Return by month and source which share of the hours was read whole."""
    view = sa.table("v_coverage_day", *map(sa.column, ("day", "source", "coverage"))).c
    month = sa.func.substr(view.day, 1, 7)
    query = sa.select(month, view.source, sa.func.avg(view.coverage)).group_by(month, view.source)
    return {(row[0], row[1]): round(row[2], 3) for row in connection.execute(query)}


def issues(connection: sa.Connection, week: str | None = None) -> list[dict[str, Any]]:
    """Return the digests that were made, of that week if one is named: never what they say."""
    made = digest_issue.c
    query = sa.select(made.digest, made.week, made.made_at, made.coverage)
    if week is not None:
        query = query.where(made.week == week)
    rows = connection.execute(query.order_by(made.week, made.digest))
    return [{**row._asdict(), "made_at": row.made_at.isoformat()} for row in rows]


def datasets_named(connection: sa.Connection, names: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Return for each name the keys of its datasets: it is a key, an identifier or a title."""
    of = dataset.c
    known = (of.dataset_key, of.identifier, of.title)
    rows = connection.execute(
        sa.select(*known).where(sa.or_(*(each.in_(names) for each in known))).order_by(known[0])
    ).all()
    return {name: tuple(row[0] for row in rows if name in row) for name in names}
