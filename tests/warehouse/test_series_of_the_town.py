"""The sample town's eight weeks tell its planted stories in the right weeks, and nothing else."""

from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from heard import heard

from transforms.signs import Sign, signs
from warehouse.labels import topic_names
from warehouse.series import community_series, topic_series
from warehouse.store import opened
from warehouse.tables import community

QUIET = [f"2026-W{week}" for week in range(39, 45)]
BEGINS = {"council meetings", "road safety", "roads and paths"}
"""The library's hours, and the near misses, are talked of from the week before on."""
PEAKS = BEGINS | {
    "pedestrian crossings", "library", "library and culture", "care homes", "public toilets",
    "underpasses and footbridges", "flooding", "water and flooding",
}  # fmt: skip
FADES = {"recycling", "waste and recycling"}
"""Forty-five posts a week when it begins, three in the last of eight weeks."""
PLACES = {"Roads and paths", "Council services", "Care and health"}


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sa.Connection]:
    given = heard(tmp_path_factory.mktemp("town"))
    with opened(given.warehouse) as engine, engine.connect() as conn:
        yield conn


def topics(conn: sa.Connection, week: str) -> dict[str, Sign]:
    found = signs(topic_series(conn, "public-services", (), week))
    names = topic_names(conn, [x.key for x in found])
    return {
        names[x.key]: x
        for x in found
        if x.change in ("rose", "fell") or x.spike_day is not None or x.drift
    }


@pytest.mark.parametrize("week", QUIET)
def test_quiet_weeks_raise_nothing(town: sa.Connection, week: str) -> None:
    assert topics(town, week) == {}
    places = signs(community_series(town, "public-services", (), week))
    assert {x.change for x in places} <= {"not known", "as usual", "too few"}
    assert not any(x.drift for x in places)


def test_stories_are_told_in_their_weeks(town: sa.Connection) -> None:
    assert set(topics(town, "2026-W45")) == BEGINS
    told = topics(town, "2026-W46")
    assert {name for name, x in told.items() if x.change == "rose"} == PEAKS
    assert {name for name, x in told.items() if x.drift} == FADES
    assert {x.drift.change for x in told.values() if x.drift} == {"fell"}
    assert set(told) == PEAKS | FADES


def test_communities_where_they_are_told_rise(town: sa.Connection) -> None:
    found = signs(community_series(town, "public-services", (), "2026-W46"))
    rows = town.execute(sa.select(community.c.community_key, community.c.name))
    names = {row.community_key: row.name for row in rows}
    assert {names.get(x.key) for x in found if x.change == "rose"} >= PLACES
    assert not [x for x in found if x.change == "fell" or x.drift]
