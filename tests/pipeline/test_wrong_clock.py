"""No hour that is still to come is called read: whoever's clock is ahead, and whatever is asked."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
import sqlalchemy as sa
import time_machine
from place import Place

from pipeline.collect import collect_source
from samples.server import _Visit
from warehouse.store import opened
from warehouse.tables import coverage, ingest_run

SOURCE = "riverside-news"


def _is_read_until_now(place: Place, now: datetime) -> None:
    with opened(place.given.warehouse) as engine, engine.connect() as connection:
        until = connection.scalar(sa.select(sa.func.max(ingest_run.c.window_until_at)))
        last = connection.scalar(sa.select(sa.func.max(coverage.c.hour_at)))
    assert abs(until - now) < timedelta(minutes=5)
    assert last <= now


def test_a_machine_whose_clock_is_ahead_reads_to_where_the_community_s_stands(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = datetime.now(UTC)
    theirs = format_datetime(now, usegmt=True)
    monkeypatch.setattr(_Visit, "date_time_string", lambda _: theirs)
    with time_machine.travel(now + timedelta(days=1)):
        ahead = collect_source(place.given, SOURCE)
    _is_read_until_now(place, now)
    again = collect_source(place.given, SOURCE)
    assert again["run"] != ahead["run"], "the source waits for the wrong clock's hour"


def test_a_window_that_ends_in_years_ends_now(place: Place) -> None:
    now = datetime.now(UTC)
    collect_source(place.given, SOURCE, until=now + timedelta(days=1000))
    _is_read_until_now(place, now)
    assert collect_source(place.given, SOURCE)["requests"] > 0, "the source waits for years"
