"""Early signs: which counts of a week are beyond what chance makes of their own past.

A week is compared with the weeks before, corrected for what was not read; a day with its weekday.
docs/signs.md says how, and how often that is right.
"""

from collections.abc import Sequence
from typing import Final, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from contract.series import Series
from transforms.signs_baseline import (
    ENOUGH,
    FEW,
    FEWEST_WEEKS,
    Baseline,
    Values,
    baseline,
    read_of,
)
from transforms.signs_chance import Chances, chances
from transforms.signs_drift import FEWEST_GENERAL, MOST_GENERAL, WEEKS, Drifts, drifts
from transforms.signs_forecast import Forecast, forecast

__all__ = ["RATE", "Drift", "Forecast", "Series", "Sign", "forecast", "signs"]

Change = Literal["rose", "fell", "as usual", "too few", "not known"]

RATE: Final = 0.02
"""Of quiet weeks so many raise any sign at all: about one a year. Where weeks are not quiet, of all
signs so many are false (Benjamini and Hochberg)."""
_SHARES: Final = (0.5, 0.1, 0.25, 0.05, 0.1)
"""Of the rate: for rises, falls, spikes, and rises and falls over weeks."""
_LEAST: Final = 0.2
"""Weight of a topic nobody writes of, where one of five posts a week and more weighs 1."""


class Drift(NamedTuple):
    """The last four weeks beside the four before."""

    change: Literal["rose", "fell"]
    posts: int
    before: int


class Sign(NamedTuple):
    """A week beside its own baseline."""

    key: str
    posts: int
    """Of the days of which anything was read."""
    usual: float | None
    """What the weeks before and this week's coverage let expect; None where these are not known."""
    low: int | None
    high: int | None
    """The range that is as usual, both ends in it: outside of it a week rose or fell."""
    change: Change
    spike_day: int | None
    """The day that stood out from its weekday and from its own week; 0 is Monday."""
    drift: Drift | None = None
    """A slow change, in the first week in which it is beyond chance and no sudden one is told."""


def signs(series: Sequence[Series]) -> list[Sign]:
    """Return a sign for each of the series, in their order: of topics, or of communities.

    They share one rate of false signs: the more are tested, the further one has to be off before it
    is called a rise or a fall.
    """
    found = _tested(series)
    if not any(x.drift for x in found):
        return found
    told: set[tuple[str, str]] = set()
    for back in range(1, WEEKS):
        before = [Series(x.key, x.counts[:-back], x.exposure[:-back]) for x in series]
        for x in _tested(before):
            told |= {(x.key, x.change)} | ({(x.key, x.drift.change)} if x.drift else set())
    return [
        x._replace(drift=None) if x.drift and (x.key, x.drift.change) in told else x for x in found
    ]


def _tested(series: Sequence[Series]) -> list[Sign]:
    """Return the signs of the last week, slow changes among them that were there before."""
    if not series:
        return []
    counts, exposure = _stacked(series)
    usual = baseline(counts[:, :-1], exposure[:, :-1])
    posts = (counts[:, -1] * (exposure[:, -1] > 0)).sum(axis=1)
    read = read_of(exposure[:, -1], usual.weekdays)
    is_known = (read >= ENOUGH) & (usual.weeks >= FEWEST_WEEKS)
    mean = usual.level * read
    up, down = _both_ways(usual, posts, mean, read, is_known)
    spike, day = _spikes(usual, counts[:, -1], exposure[:, -1])
    slow = drifts(counts, exposure, usual.weekdays)
    chance = np.stack([up.upper(posts), down.lower(posts), spike, slow.rise, slow.fall])
    bars = np.zeros(chance.shape)
    bars[:, is_known] = _bars(chance[:, is_known], usual.level[is_known])
    high, low = up.highest(bars[0]), down.lowest(bars[1])
    found = []
    for i, one in enumerate(series):
        if not is_known[i]:
            found.append(Sign(one.key, int(posts[i]), None, None, None, "not known", None))
            continue
        change = _change(posts[i], mean[i], low[i], high[i])
        found.append(Sign(
            key=one.key, posts=int(posts[i]), usual=float(mean[i]), low=int(low[i]),
            high=int(high[i]), change=change,
            spike_day=int(day[i]) if spike[i] <= bars[2, i] else None,
            drift=None if change in ("rose", "fell") else _drift(slow, bars[3:, i], i),
        ))  # fmt: skip
    return found


def _drift(slow: Drifts, bars: Values, i: int) -> Drift | None:
    both = int(slow.posts[i]), int(slow.before[i])
    if slow.rise[i] <= bars[0]:
        return Drift("rose", *both)
    return Drift("fell", *both) if slow.fall[i] <= bars[1] else None


def _stacked(series: Sequence[Series]) -> tuple[Values, Values]:
    """Return counts and exposures, of shape (series, weeks, 7); weeks a series lacks are unread."""
    longest = max(FEWEST_WEEKS, *(len(one.counts) for one in series))
    both = np.zeros((2, len(series), longest, 7))
    for i, one in enumerate(series):
        both[0, i, longest - len(one.counts) :] = one.counts
        both[1, i, longest - len(one.counts) :] = one.exposure
    return both[0], both[1]


def _both_ways(
    usual: Baseline, posts: Values, mean: Values, read: Values, is_known: NDArray[np.bool_]
) -> tuple[Chances, Chances]:
    """Return the chances of a rise and of a fall.

    Where two of three series moved one way, as in holidays, it has to be beyond that too.
    """
    counted = is_known & (mean >= 3)
    rise = fall = 1.0
    if counted.sum() >= FEWEST_GENERAL:
        rise, fall = np.quantile(posts[counted] / mean[counted], (1 / 3, 2 / 3))
    spread = usual.spread["week"], usual.freedom["week"]
    error = usual.error * read**2
    rise, fall = np.clip(rise, 1, MOST_GENERAL), np.clip(fall, 1 / MOST_GENERAL, 1)
    up = chances(mean * rise, error, *spread, "week")
    return up, up if rise == fall else chances(mean * fall, error, *spread, "week")


def _spikes(usual: Baseline, counts: Values, exposure: Values) -> tuple[Values, Values]:
    """Return the probability of the day that stands out most, and which it is.

    A day stands out from what is usual and from the rest of its week: in a week that rose as a
    whole, no day does.
    """
    share = exposure * usual.weekdays
    posts = counts * (exposure > 0)
    rest = posts.sum(axis=1, keepdims=True) - posts
    others = rest / np.maximum(share.sum(axis=1, keepdims=True) - share, 0.1)
    expected = share * np.maximum(others, usual.level[:, None])
    error = share**2 * usual.error[:, None]
    tried = (posts >= FEW) & (posts > expected) & (exposure >= ENOUGH)
    of = tried.nonzero()[0]
    spread = usual.spread["day"][of], usual.freedom["day"][of]
    upper = np.ones(posts.shape)
    upper[tried] = chances(expected[tried], error[tried], *spread, "day").upper(posts[tried])
    return np.minimum(upper.min(axis=1) * 7, 1.0), upper.argmin(axis=1)


def _bars(chance: Values, level: Values) -> Values:
    """Return for each chance of a rise, a fall and a spike up to where it is no chance.

    It is Benjamini and Hochberg's step, with weights (Genovese, Roeder and Wasserman) that hang on
    the weeks before alone: a topic of which there is hardly a post may use up less of the rate.
    """
    weight = np.array(_SHARES)[:, None] * np.clip(level / FEW, _LEAST, 1.0)
    weight = weight / weight.sum() if weight.size else weight
    ordered = np.sort((chance / weight).ravel())
    steps = RATE * np.arange(1, len(ordered) + 1)
    below = np.flatnonzero(ordered <= steps)
    bars: Values = weight * (steps[below[-1]] if len(below) else RATE)
    return bars


def _change(posts: float, mean: float, low: float, high: float) -> Change:
    if max(posts, mean) < FEW:
        return "too few"
    if posts > high:
        return "rose"
    return "fell" if posts < low else "as usual"
