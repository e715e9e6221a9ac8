"""A machine whose clock is ahead does not say that it read hours which are still to come."""

from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from place import Place

from pipeline.collect import collect_source
from warehouse.store import opened
from warehouse.tables import coverage, ingest_run

SOURCE = "riverside-news"


def test_hours_to_come_are_not_read(place: Place) -> None:
    now = datetime.now(UTC)
    ahead = collect_source(place.given, SOURCE, until=now + timedelta(days=1))
    with opened(place.given.warehouse) as engine, engine.connect() as connection:
        until = connection.scalar(sa.select(sa.func.max(ingest_run.c.window_until_at)))
        last = connection.scalar(sa.select(sa.func.max(coverage.c.hour_at)))
    assert abs(until - now) < timedelta(minutes=5)
    assert last <= now
    again = collect_source(place.given, SOURCE, until=datetime.now(UTC) + timedelta(minutes=1))
    assert again["run"] != ahead["run"], "the source waits for the wrong clock's hour"
