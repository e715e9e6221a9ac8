"""What is usual of an hour, and what a silence or a drop is: of invented sources with a rhythm."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import numpy as np
import pytest
import sqlalchemy as sa
from batches import rows
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from pipeline import states
from warehouse.expected import expected_of, write_expected
from warehouse.tables import coverage
from warehouse.volume import volume_of

_Numbers = NDArray[np.float64]
WEEK = 168
EIGHT_WEEKS = 8 * WEEK


def _talk(per_day: float, weeks: int, seed: int) -> _Numbers:
    """Return posts by hour of people who sleep, rest at weekends, and have loud and quiet days."""
    dice = np.random.default_rng(seed)
    hours = np.arange(weeks * WEEK)
    is_night, is_weekend = hours % 24 < 7, hours // 24 % 7 > 4
    shape = np.where(is_night, 0.05, 1.0) * np.where(is_weekend, 0.6, 1.0)
    mood = dice.gamma(4, 1 / 4, size=weeks * 7)[hours // 24]
    return dice.poisson(per_day / 24 * shape / shape.mean() * mood).astype(np.float64)


def _usual(posts: _Numbers) -> _Numbers:
    found = expected_of(np.arange(len(posts)), posts)
    return np.array([np.nan if each is None else each for each in found])


def _said(posts: _Numbers, usual: _Numbers) -> str | None:
    volume = volume_of(posts[-EIGHT_WEEKS:], usual[-EIGHT_WEEKS:])
    case = SimpleNamespace(
        health=SimpleNamespace(volume=volume), source=SimpleNamespace(expect=None)
    )
    return states._silent(case) or states._dropped(case)  # type: ignore[arg-type]


def test_what_is_usual_follows_the_hour_of_the_week() -> None:
    week = np.concatenate([np.tile([4.0, 0.0], 60), np.zeros(48)])
    usual = expected_of(np.arange(10 * WEEK), np.tile(week, 10))
    assert usual[: 4 * 24] == [None] * 4 * 24
    assert usual[4 * 24 : 4 * 24 + 3] == [4, 0, 4]  # by the hour of the day, at first
    assert usual[-WEEK:] == week.tolist()


def test_a_great_day_and_hours_that_were_not_read_change_little() -> None:
    posts = np.full(9 * WEEK, 2.0)
    posts[5 * WEEK] = 5000
    posts[6 * WEEK :: 7] = np.nan
    usual = _usual(posts)
    assert usual[8 * WEEK] == 2
    assert np.nansum(usual[-WEEK:]) == 2 * WEEK


def test_what_is_seldom_adds_up() -> None:
    posts = _talk(5, 20, seed=3)
    usual = _usual(posts)
    assert set(usual[-EIGHT_WEEKS:]) <= {0, 1}
    assert np.nansum(usual[-EIGHT_WEEKS:]) == pytest.approx(posts[-EIGHT_WEEKS:].sum(), rel=0.15)


@given(st.lists(st.one_of(st.none(), st.integers(0, 50)), max_size=400))
def test_nothing_is_known_of_it_that_was_not_before(posts: list[int | None]) -> None:
    known = np.array([np.nan if each is None else each for each in posts], dtype=np.float64)
    whole = expected_of(np.arange(len(known)), known)
    begin = len(known) // 2
    assert whole[:begin] == expected_of(np.arange(begin), known[:begin])


@pytest.mark.parametrize(("per_day", "hours"), [(5, 140), (10, 80), (50, 30), (300, 12)])
def test_who_falls_silent_is_told_soon_and_nobody_else(per_day: int, hours: int) -> None:
    wrong = checks = 0
    for seed in range(12):
        posts = _talk(per_day, 11, seed)
        usual = _usual(posts)
        for end in range(9 * WEEK, len(posts), 13):
            checks += 1
            wrong += _said(posts[:end], usual[:end]) is not None
        stop = 10 * WEEK - 24 * 3 + seed * 7
        posts[stop:] = 0
        usual = _usual(posts)
        assert _said(posts[: stop + hours], usual[: stop + hours]), (seed, stop)
    assert wrong / checks < 0.02


def test_of_a_fortnight_nothing_is_said() -> None:
    posts = _talk(300, 2, seed=1)[: 13 * 24]
    posts[-12:] = 0
    assert _said(posts, _usual(posts)) is None


def test_it_is_written_where_it_changed(town: sa.Engine) -> None:
    first = datetime(2026, 3, 28, tzinfo=UTC)  # a change of clocks lies in it, which UTC has not
    hours = [first + timedelta(hours=each) for each in range(10 * 24)]
    with town.begin() as connection:
        connection.execute(sa.insert(coverage), [
            {
                "source": "forum", "hour_at": hour, "day": f"{hour:%Y-%m-%d}", "week": "2026-W13",
                "state": "gap" if hour.day == 6 else "complete", "fetched": hour.hour,
            }
            for hour in hours
        ])  # fmt: skip
        write_expected(connection, ["forum"])
        write_expected(connection, ["forum"])
    found = sorted(rows(town, coverage, source="forum"), key=lambda row: row["hour_at"])
    assert [row["expected"] for row in found] == [
        row["hour_at"].hour if row["hour_at"] >= first + timedelta(days=4) else None
        for row in found
    ]
