"""The ground under a digest's numbers: how much was read of each source, and what went wrong."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa

from warehouse.tables import ingest_run, rejected, source


class SourceWeek(NamedTuple):
    """How many hours of a week were read completely."""

    source: str
    platform: str
    week: str
    hours_complete: int


def hours_read(conn: sa.Connection, purpose: str, weeks: Sequence[str]) -> list[SourceWeek]:
    """Return how many hours of each week were read completely, by source."""
    names = ("source", "platform", "week", "purpose", "hours_complete")
    view = sa.table("v_coverage_day", *map(sa.column, names)).c
    by = (view.source, view.platform, view.week)
    rows = conn.execute(
        sa.select(*by, sa.cast(sa.func.sum(view.hours_complete), sa.Integer))
        .where(view.purpose == purpose, view.week.in_(weeks))
        .group_by(*by)
        .order_by(*by)
    )
    return [SourceWeek(*row) for row in rows]


def stops(
    conn: sa.Connection, purpose: str, since: datetime, until: datetime
) -> list[tuple[str, str]]:
    """Return source and why it stopped, for the runs that began in the span, in their order."""
    run = ingest_run.c
    rows = conn.execute(
        sa.select(run.source, run.stopped_because)
        .join(source, source.c.id == run.source)
        .where(source.c.purpose == purpose, run.stopped_because.is_not(None))
        .where(run.started_at >= since, run.started_at < until)
        .order_by(run.started_at, run.run_id)
    )
    return [(row.source, row.stopped_because) for row in rows]


def unread_records(
    conn: sa.Connection, purpose: str, since: datetime, until: datetime
) -> dict[str, int]:
    """Return how many records of each source came in the span and still cannot be read."""
    lost = rejected.c
    rows = conn.execute(
        sa.select(lost.source, sa.func.count().label("records"))
        .join(source, source.c.id == lost.source)
        .where(source.c.purpose == purpose, lost.resolved_at.is_(None))
        .where(lost.first_seen_at >= since, lost.first_seen_at < until)
        .group_by(lost.source)
    )
    return {row.source: row.records for row in rows}
