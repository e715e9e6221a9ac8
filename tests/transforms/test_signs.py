"""Quiet weeks raise nothing, stories are told, and what is said follows from the counts alone."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contract.series import Series
from docs.signs import Planted, false_signs, foretold, found_share
from docs.signs_quiet import quiet_year
from transforms.signs import RATE, Sign, forecast, signs
from transforms.signs_chance import split_tails

WHOLE = np.ones((26, 7))


def constant(posts: int, weeks: int = 26, key: str = "even") -> Series:
    return Series(key, np.full((weeks, 7), posts), np.ones((weeks, 7)))


def talk(many: int = 12, seed: int = 5, weeks: int = 26) -> list[Series]:
    return quiet_year(np.random.default_rng(seed), many, weeks).series(weeks - 1)


def with_week(series: Series, posts: list[int], read: float = 1.0) -> Series:
    """Return the series with another last week."""
    counts, exposure = series.counts.copy(), series.exposure.copy()
    counts[-1], exposure[-1] = posts, read
    return Series(series.key, counts, exposure)


def raised(found: list[Sign]) -> list[str]:
    return [
        x.key
        for x in found
        if x.change in ("rose", "fell") or x.spike_day is not None or x.drift is not None
    ]


def by_week(weeks: list[int], read: list[float] | None = None) -> Series:
    """Return a series of so many posts in each week, over its days as evenly as can be."""
    exposure = np.repeat(read or [1.0] * len(weeks), 7).reshape(-1, 7)
    return Series("weeks", (np.array(weeks)[:, None] + np.arange(7)) // 7, exposure)


def test_quiet_years_raise_less_than_stated() -> None:
    weeks = [false_signs(year)["any"].mean() for year in (0, 1, 2, 3, 6, 7, 8, 9, 12, 13)]
    assert np.mean(weeks) <= RATE


@pytest.mark.parametrize("planted", [
    Planted("rise", 8, 20, 25), Planted("rise", 5, 100, 7), Planted("spike", 25, 100, 25),
])  # fmt: skip
def test_a_great_story_is_told(planted: Planted) -> None:
    assert found_share(planted, times=25) >= 0.8


FADES = [45, 34, 22, 14, 11, 8, 4, 3]


def test_what_fades_is_told_once_and_what_swells_too() -> None:
    weeks = [*FADES, 3, 2, 3, 3]
    told = [signs([by_week(weeks[:until])])[0] for until in range(5, len(weeks) + 1)]
    assert [x.drift for x in told if x.drift] == [("fell", 26, 115)]
    assert raised(told[:3] + told[4:]) == []
    (swells,) = signs([by_week(FADES[::-1])])
    assert swells.drift == ("rose", 115, 26) or swells.change == "rose"


@pytest.mark.parametrize("weeks", [
    [28] * 8 + [280] + [28] * 3, [28] * 8 + [280] + [28] * 5, [28] * 15 + [0, 28, 28], [56] * 20,
])  # fmt: skip
def test_one_odd_week_is_no_slow_change(weeks: list[int]) -> None:
    assert signs([by_week(weeks)])[0].drift is None


def test_a_rise_that_lasts_is_not_told_again_as_a_slow_one() -> None:
    weeks = [21] * 12 + [140] * 4
    told = [signs([by_week(weeks[:until])])[0] for until in range(13, len(weeks) + 1)]
    assert told[0].change == "rose"
    assert [x.drift for x in told] == [None] * 4


@pytest.mark.parametrize("hole", range(8))
def test_of_eight_weeks_not_read_well_no_slow_change_is_told(hole: int) -> None:
    read = [0.6 if week == hole else 1.0 for week in range(8)]
    assert signs([by_week(FADES, read)])[0].drift is None


def test_where_everything_fades_no_topic_does() -> None:
    dice = np.random.default_rng(4)
    means = np.array([6, 6, 5.5, 5, 4.5, 4, 4, 4])[:, None]
    series = [Series(f"{n}", dice.poisson(means, (8, 7)), np.ones((8, 7))) for n in range(30)]
    assert raised(signs(series)) == []
    fades = by_week([3 * posts for posts in FADES])
    assert raised(signs([fades, *series])) == ["weeks"]


@given(st.integers(0, 300), st.floats(0.2, 0.8), st.floats(1, 4), st.integers(4, 40))
@settings(max_examples=30, deadline=None)
def test_the_ways_of_a_split_are_all_of_them(
    total: int, share: float, spread: float, freedom: int
) -> None:
    """At most k and more than k add up to one; few later is many earlier; the mean is the share."""
    later = np.arange(total + 1.0)
    sides = np.stack([total - later, later], axis=1)
    rest = [np.full(len(later), x) for x in (3.0 * total, spread, freedom)]
    more, fewer = split_tails(sides, np.full(len(later), share), *rest)
    back, forth = split_tails(sides[:, ::-1], np.full(len(later), 1 - share), *rest)
    assert more == pytest.approx(forth, abs=1e-6)
    assert fewer == pytest.approx(back, abs=1e-6)
    assert more[1:] + fewer[:-1] == pytest.approx(np.ones(total), abs=1e-6)
    assert more[1:].sum() == pytest.approx(total * share, abs=1e-6)


def test_silence_is_a_fall() -> None:
    fell = with_week(constant(12), [0] * 7)
    assert signs([fell])[0].change == "fell"


def test_what_was_foretold_comes_four_times_of_five() -> None:
    told = (rows := foretold(1))[rows["is_told"]]
    inside = (told["came"] >= told["low"]) & (told["came"] <= told["high"])
    assert len(told) > 150
    assert 0.7 < inside.mean() < 0.92
    assert abs(told["came"] - told["mean"]).mean() < abs(told["came"] - told["last"]).mean()


def test_the_order_of_series_changes_nothing() -> None:
    series = talk()
    one = {x.key: x for x in signs(series)}
    other = {x.key: x for x in signs(series[::-1])}
    assert one.keys() == other.keys()
    for key, sign in one.items():
        assert sign.usual == pytest.approx(other[key].usual)
        assert sign._replace(usual=None) == other[key]._replace(usual=None)


@given(st.integers(0, 10**6), st.integers(5, 26))
@settings(max_examples=30, deadline=None)
def test_what_is_always_the_same_is_no_sign(posts: int, weeks: int) -> None:
    (sign,) = signs([constant(posts, weeks)])
    assert sign.change == ("as usual" if posts else "too few")
    assert sign.spike_day is None
    told = forecast(constant(posts, weeks))
    assert told is None  # the last week tells as much


@given(st.lists(st.integers(0, 60), min_size=7, max_size=7), st.lists(
    st.sampled_from([0.0, 0.3, 0.9, 0.97]), min_size=7, max_size=7))  # fmt: skip
@settings(max_examples=60, deadline=None)
def test_hours_that_were_not_read_make_no_fall(posts: list[int], read: list[float]) -> None:
    series = talk()
    whole = with_week(series[0], posts)
    less = Series(whole.key, whole.counts, whole.exposure.copy())
    less.exposure[-1] = np.where(np.array(posts) > 0, np.maximum(read, 0.01), read)
    before, after = signs([whole, *series[1:]])[0], signs([less, *series[1:]])[0]
    assert after.change != "fell" or before.change == "fell"
    assert after.usual is None or before.usual is None or after.usual <= before.usual + 1e-9


@given(st.lists(st.integers(0, 120), min_size=7, max_size=7))
@settings(max_examples=60, deadline=None)
def test_what_lies_in_the_range_is_as_usual_and_nothing_else(posts: list[int]) -> None:
    sign = signs([with_week(x, posts) if n == 0 else x for n, x in enumerate(talk())])[0]
    assert sign.usual is not None
    assert sign.low is not None
    assert sign.high is not None
    assert sign.low <= sign.usual <= sign.high
    side = "rose" if sign.posts > sign.high else "fell" if sign.posts < sign.low else "as usual"
    assert sign.change == side or (sign.change == "too few" and max(sign.posts, sign.usual) < 5)


def test_more_posts_are_never_less_of_a_rise() -> None:
    rest = talk()
    changes = [signs([with_week(constant(3), [n] * 7), *rest])[0].change for n in range(0, 60, 3)]
    told = [{"fell": 0, "as usual": 1, "too few": 1, "rose": 2}[x] for x in changes]
    assert told == sorted(told)
    assert told[-1] == 2


@pytest.mark.parametrize("weeks", [1, 2, 4])
def test_of_few_weeks_nothing_is_said(weeks: int) -> None:
    (sign,) = signs([with_week(constant(3, weeks), [500] * 7)])
    assert (sign.change, sign.usual, sign.low, sign.spike_day) == ("not known", None, None, None)
    assert sign.posts == 3500
    assert forecast(constant(3, weeks)) is None


def test_of_a_week_half_read_nothing_is_said() -> None:
    series = with_week(constant(10), [1] * 7, read=0.5)
    assert signs([series])[0].change == "not known"
    assert forecast(series) is None


def test_a_source_that_joins_is_no_rise() -> None:
    counts, exposure = np.full((26, 7), 5), WHOLE.copy()
    counts[-3:], exposure[:-3] = 50, 0.1
    assert signs([Series("joined", counts, exposure)])[0].change == "not known"
    counts[-9:], exposure[-9:] = 50, 1.0
    assert signs([Series("joined", counts, exposure)])[0].change == "as usual"


def test_a_spike_is_a_day_that_stands_out_from_its_own_week() -> None:
    rest = talk()
    one_day = with_week(constant(4), [4, 4, 4, 60, 4, 4, 4])
    every_day = with_week(constant(4), [60] * 7)
    assert signs([one_day, *rest])[0].spike_day == 3
    (sign, *_) = signs([every_day, *rest])
    assert (sign.change, sign.spike_day) == ("rose", None)


def test_a_past_spike_neither_hides_a_rise_nor_makes_a_fall() -> None:
    counts = np.full((26, 7), 6)
    counts[20] = 90
    past = Series("past", counts, WHOLE)
    assert signs([past])[0].change == "as usual"
    assert signs([with_week(past, [36] * 7)])[0].change == "rose"


def test_where_everything_is_quieter_no_topic_fell() -> None:
    dice = np.random.default_rng(3)
    series = [
        Series(f"{n}", np.vstack([dice.poisson(20, (25, 7)), dice.poisson(13, (1, 7))]), WHOLE)
        for n in range(30)
    ]
    assert raised(signs(series)) == []
    fell = with_week(series[0], [1] * 7)
    assert raised(signs([fell, *series[1:]])) == ["0"]


def test_a_week_without_weekends_is_no_fall() -> None:
    """A topic of working days: the missing weekend counts for nothing."""
    counts = np.tile([20, 20, 20, 20, 20, 0, 0], (26, 1))
    exposure = WHOLE.copy()
    exposure[-1, 5:] = 0
    (sign,) = signs([Series("office", counts, exposure)])
    assert sign.change == "as usual"
    assert sign.usual == pytest.approx(100, rel=0.03)


def test_extremes_do_not_overflow() -> None:
    huge = constant(10**9, key="huge")
    found = signs([
        huge, with_week(huge, [0] * 7), with_week(constant(0), [10**9] * 7),
        constant(0), Series("unread", np.zeros((26, 7), int), np.zeros((26, 7))),
    ])  # fmt: skip
    changes = [x.change for x in found]
    assert changes == ["as usual", "fell", "rose", "too few", "not known"]
    assert signs([]) == []


def test_a_forecast_evens_out_what_chance_adds() -> None:
    counts = np.random.default_rng(1).negative_binomial(2, 0.2, (26, 7))
    told = forecast(Series("uneven", counts, WHOLE))
    assert told is not None
    assert told.error < told.naive_error
    assert told.tested >= 8
    for mean, low, high in told.weeks:
        assert low < mean < high
        assert mean == pytest.approx(7 * 8, rel=0.25)


def test_a_forecast_is_not_shown_where_the_last_week_tells_as_much() -> None:
    steps = np.cumsum(np.random.default_rng(2).choice([-40, 40], 26)) + 500
    wanders = Series("wanders", np.repeat(steps, 7).reshape(26, 7), WHOLE)
    assert forecast(wanders) is None
