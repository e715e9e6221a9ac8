"""A past that is read afterwards gives the rows of those who listened all along."""

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from compared import heard
from place import Place

from contract.errors import Busy, RetryLater
from pipeline.catalogue import load_catalogue
from pipeline.collect import collect_source
from pipeline.refine import refine
from warehouse import runs
from warehouse.store import opened

SOURCES = ["town-forum", "neighbourhood-blog", "riverside-news", "town-reddit", "streets-flickr"]
WEEK = timedelta(weeks=1)
BEGIN = datetime(2026, 9, 21, tzinfo=UTC)
SPAN = 2 * WEEK
SPANS = [BEGIN + n * SPAN for n in range(4)]
END = BEGIN + 8 * WEEK


@pytest.fixture(autouse=True)
def same_pseudonyms(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOODGUEST_KEY", "one key, so that both have the same pseudonyms")


def fortnightly(place: Place) -> Place:
    """Return the place with a charter whose live runs overlap by two weeks."""
    charter = place.given.charter
    text = charter.read_text()
    charter.write_text(text.replace("lookback: P65D", "lookback: P14D").replace("P8W", "P14D"))
    return place


def state(place: Place, source: str) -> tuple[object, object]:
    """Return where the source's live runs stand."""
    with opened(place.given.warehouse) as engine:
        return runs.state_of(engine, source), runs.last_until(engine, source)


def count(place: Place, query: str) -> int:
    with opened(place.given.warehouse) as engine, engine.connect() as conn:
        return int(conn.scalar(sa.text(query)) or 0)


def test_eight_past_weeks_of_five_sources_are_those_of_the_live_runs(place: Place) -> None:
    live, past = fortnightly(place.elsewhere("live")), fortnightly(place.elsewhere("past"))
    for there in (live, past):
        load_catalogue(there.given)
    for source in SOURCES:
        for since in SPANS:
            collect_source(live.given, source, until=since + SPAN)
            collect_source(past.given, source, since, since + SPAN)
        assert state(past, source) == (None, None), "a past window leaves the cursor alone"
    for there in (live, past):
        refine(there.given)
    of_live, of_past = heard(live, BEGIN, END), heard(past, BEGIN, END)
    assert len(of_live["post"]) > 1500
    assert min(map(len, of_live.values())) > 20
    for table, rows in of_live.items():
        assert of_past[table] == rows, table


def test_a_past_that_was_just_read_is_not_asked_for_again(place: Place) -> None:
    source, day = "riverside-news", timedelta(days=1)
    collect_source(place.given, source, until=END)
    stood = state(place, source)
    first = collect_source(place.given, source, BEGIN, BEGIN + WEEK, unless_read=day)
    assert first["requests"] > 0
    within = BEGIN + day, BEGIN + 2 * day
    assert collect_source(place.given, source, *within, unless_read=day)["requests"] == 0
    later = collect_source(place.given, source, BEGIN + day, BEGIN + 8 * day, unless_read=day)
    assert later["requests"] > 0, "a day of it has not been read"
    refine(place.given)
    before = heard(place, BEGIN, END)
    assert collect_source(place.given, source, BEGIN, BEGIN + WEEK)["requests"] > 0
    refine(place.given)
    assert heard(place, BEGIN, END) == before
    assert state(place, source) == stood


def test_a_past_window_that_was_cut_short_is_read_once(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    from connectors import discourse

    whole = discourse.fetch

    def interrupted(*arguments):  # type: ignore[no-untyped-def]
        pages = whole(*arguments)
        yield next(pages)
        raise RetryLater("the site is busy", at=END)

    asked = "town-forum", BEGIN, BEGIN + WEEK
    with monkeypatch.context() as broken:
        broken.setattr(discourse, "fetch", interrupted)
        with pytest.raises(RetryLater):
            collect_source(place.given, *asked)
    ended = collect_source(place.given, *asked, unless_read=timedelta(days=1))
    assert ended["stopped_because"] == "complete"
    assert count(place, "select count(*) from ingest_run") == 1


def test_after_a_pause_one_run_reads_from_the_cursor_on(place: Place) -> None:
    there = fortnightly(place)
    source = "town-reddit"
    collect_source(there.given, source, until=SPANS[2])
    paused = collect_source(there.given, source, until=END)
    assert paused["stopped_because"] == "complete"
    assert count(there, "select count(*) from ingest_run") == 2
    refine(there.given)
    unread = "select count(*) from coverage where state <> 'complete'"
    assert count(there, unread) == 0
    assert count(there, f"select count(*) from post where created_at >= '{SPANS[3]:%Y-%m-%d}'") > 20


def test_a_source_that_another_process_reads_is_come_back_to(place: Place) -> None:
    """Not failed for good: what holds it may be what a killed worker left behind."""
    lock = place.given.data / "locks" / "town-forum.lock"
    lock.parent.mkdir()
    holding = (
        "import fcntl, sys; f = open(sys.argv[1], 'w'); fcntl.flock(f, fcntl.LOCK_EX);"
        "print('held', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", holding, str(lock)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=dict(os.environ),
    ) as holder:  # fmt: skip
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(Busy, match="another process is at it") as told:
            collect_source(place.given, "town-forum", until=END)
        assert holder.stdin is not None
        holder.stdin.close()
        holder.wait(10)
    assert timedelta() < told.value.at - datetime.now(UTC) < timedelta(minutes=2)
    assert collect_source(place.given, "town-forum", until=END)["requests"] > 0
