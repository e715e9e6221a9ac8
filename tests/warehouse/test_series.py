"""Posts are counted by day, and a day is as much read as the sources that bring posts were."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
import sqlalchemy as sa
from batches import LONG, NOON, counted, load, post_of

from contract.keys import post_key
from contract.series import Series
from warehouse import series as module
from warehouse.series import community_series, topic_series
from warehouse.store import writing
from warehouse.tables import coverage, post_topic, topic, topic_broader

WEEK, WEEKS = "2026-W46", 4
MONDAY = datetime(2026, 10, 19, tzinfo=UTC)
"""Of the first of the four weeks."""
ROADS, POTHOLES, PARKS = "urn:roads", "urn:potholes", "urn:parks"


def on(day: int) -> datetime:
    """Return noon of a day, from 0, the first of the four weeks."""
    return MONDAY + timedelta(days=day, hours=12)


def read(engine: sa.Engine, source: str, days: Sequence[int], hours: int = 24) -> None:
    """Have so many hours of these days read whole, and the others not."""
    rows = [
        {"source": source, "hour_at": MONDAY + timedelta(days=day, hours=hour),
         "state": "complete" if hour < hours else "blocked",
         "day": (MONDAY + timedelta(days=day)).date().isoformat(),
         "week": "{:04}-W{:02}".format(*(MONDAY + timedelta(days=day)).isocalendar())}
        for day in days for hour in range(24)
    ]  # fmt: skip
    with writing(engine) as connection:
        connection.execute(sa.insert(coverage), rows)


def say(
    engine: sa.Engine, source: str, posts: dict[str, tuple[int, str]], **fields: object
) -> None:
    """Load posts by native id: the day, and the topic it is tied to."""
    load(engine, [
        post_of(name, **{"source": source, "landing": f"{source}/{name}#1", "created_at": on(day),
                         "text": f"{name} {LONG} {name}", "observed_at": NOON, **fields})
        for name, (day, _) in posts.items()
    ])  # fmt: skip
    with writing(engine) as connection:
        connection.execute(sa.insert(post_topic), [
            {"post_key": post_key("discourse", name), "topic_uri": uri, "score": 0.9,
             "method": "label", "evidence": {}, "model_version": "m", "linked_at": NOON}
            for name, (_, uri) in posts.items()
        ])  # fmt: skip


@pytest.fixture
def told(town: sa.Engine) -> sa.Engine:
    """Return a store with topics, one narrower than another, and two sources of one purpose."""
    with writing(town) as connection:
        connection.execute(sa.insert(topic), [
            {"uri": uri, "vocabulary": "v", "is_deprecated": False}
            for uri in (ROADS, POTHOLES, PARKS)
        ])  # fmt: skip
        narrower = {"uri": POTHOLES, "position": 0, "broader_uri": ROADS}
        connection.execute(sa.insert(topic_broader), [narrower])
    return town


def by_key(found: list[Series]) -> dict[str, Series]:
    assert [x.key for x in found] == sorted(x.key for x in found)
    return {x.key: x for x in found}


def topics_of(engine: sa.Engine, topics: tuple[str, ...] = ()) -> dict[str, Series]:
    counted(engine)
    with engine.connect() as conn:
        return by_key(topic_series(conn, "roads", topics, WEEK, WEEKS))


def days(series: Series) -> dict[int, int]:
    counts = series.counts.ravel()
    return {day: int(counts[day]) for day in np.flatnonzero(counts).tolist()}


def test_posts_that_count_are_counted_by_day(told: sa.Engine) -> None:
    read(told, "forum", range(28))
    said = {"n1": (0, ROADS), "n2": (0, ROADS), "n3": (27, ROADS), "n4": (9, POTHOLES)}
    say(told, "forum", said)
    say(told, "forum", {"n5": (5, ROADS)}, removed_at=NOON)
    say(told, "square", {"n6": (5, ROADS)})  # of another purpose
    say(told, "forum", {"n7": (-1, ROADS), "n8": (28, ROADS)})
    say(told, "forum", {"copy": (6, ROADS)}, text=f"n1 {LONG} n1")
    say(told, "forum", {"n9": (6, ROADS)})
    with writing(told) as connection:
        unsure = post_topic.c.post_key == post_key("discourse", "n9")
        connection.execute(sa.update(post_topic).where(unsure).values(method="ambiguous"))
    found = topics_of(told)
    assert {key: days(x) for key, x in found.items()} == {ROADS: {0: 2, 27: 1}, POTHOLES: {9: 1}}
    assert all(x.counts.shape == x.exposure.shape == (WEEKS, 7) for x in found.values())
    assert all((x.exposure == 1).all() for x in found.values())
    assert set(topics_of(told, (ROADS,))) == {ROADS, POTHOLES}
    assert set(topics_of(told, (POTHOLES,))) == {POTHOLES}
    assert topics_of(told, (PARKS,)) == {}


def test_a_day_is_as_much_read_as_the_sources_that_bring_posts(told: sa.Engine) -> None:
    read(told, "forum", range(28))
    read(told, "feed", [*range(20), *range(21, 28)])
    read(told, "feed", [20], hours=6)
    say(told, "forum", {f"f{n}": (n % 28, ROADS) for n in range(84)})
    say(told, "feed", {f"b{n}": (n % 28, POTHOLES) for n in range(84)})
    found = topics_of(told)
    roads, potholes = (found[uri].exposure.ravel() for uri in (ROADS, POTHOLES))
    assert (np.delete(roads, 20) == 1).all()
    assert 0.95 < roads[20] < 1
    assert 0.25 < potholes[20] < 0.3
    with told.connect() as conn:
        (places,) = community_series(conn, "roads", (), WEEK, WEEKS)
    assert places.key == "platform:discourse"
    assert places.counts.sum() == 168
    assert 0.6 < places.exposure.ravel()[20] < 0.65


def test_a_source_that_joined_was_not_read_before(told: sa.Engine) -> None:
    read(told, "forum", range(28))
    read(told, "feed", range(21, 28))
    say(told, "forum", {f"f{n}": (n, ROADS) for n in range(28)})
    say(told, "feed", {f"b{n}": (21 + n % 7, ROADS) for n in range(63)})
    exposure = topics_of(told)[ROADS].exposure
    assert (exposure[3] == 1).all()
    assert (exposure[:3] < 0.15).all()


def test_a_source_that_left_is_left_out(told: sa.Engine) -> None:
    read(told, "forum", range(28))
    read(told, "feed", range(14))
    say(told, "forum", {f"f{n}": (n, ROADS) for n in range(28)})
    say(told, "feed", {f"b{n}": (n % 14, ROADS) for n in range(42)})
    (roads,) = topics_of(told).values()
    assert (roads.counts == 1).all()
    assert (roads.exposure == 1).all()


def test_what_was_never_read_by_the_hour_has_no_exposure(told: sa.Engine) -> None:
    say(told, "forum", {"one": (3, ROADS)})
    (roads,) = topics_of(told).values()
    assert days(roads) == {3: 1}
    assert not roads.exposure.any()


def test_fewer_weeks_are_read_where_much_is_said(
    told: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_MOST_POSTS", 20)
    monkeypatch.setattr(module, "_FEWEST_WEEKS", 2)
    read(told, "forum", range(28))
    say(told, "forum", {f"f{n}": (n, ROADS) for n in range(28)})
    assert topics_of(told)[ROADS].counts.shape == (2, 7)
    monkeypatch.setattr(module, "_MOST_POSTS", 21)
    assert topics_of(told)[ROADS].counts.shape == (3, 7)
