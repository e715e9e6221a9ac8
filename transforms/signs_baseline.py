"""What is usual of a series: its level, its weekdays and how far its weeks stray from both.

Level: the mean of the weeks before, newer ones counting more, those far off counting less (Huber's
weights, as Farrington and Noufaily downweight past outbreaks). Spread: a multiple of the variance
that posts have which come in threads and in busy and idle weeks; few weeks say little about it, so
that it leans on the spread of all series together.
"""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]

ENOUGH: Final = 0.8
"""A week of which less was read is compared with nothing."""
FEW: Final = 5
"""Fewer posts, of a week or a day, are nothing to speak of."""
FEWEST_WEEKS: Final = 4
"""So many weeks are needed to say what is usual."""
_FADES: Final = 0.85
"""A week counts so much of what the week after it counts: half in a month and a half."""
_FAR: Final = 2.5
"""Standard deviations; what lies further off counts for the level as if it lay there."""
_FARTHEST: Final = {"week": 3.5, "day": 5.0}
"""The same for the spread, of weeks and of days."""
_LEANS: Final = {"week": 14.0, "day": 20.0}
"""Weeks, and days, of one's own that weigh as much as the spread of all series together."""
_FIRST_LEANS: Final = 20.0
"""The same of all series together, and the spread that is supposed of posts."""
_THREADS: Final = 2.5
"""Variance of a small count in terms of its mean: posts come in threads."""
_WANDERS: Final = {"week": 0.15, "day": 0.35}
"""Standard deviation of a large count in terms of its mean."""
_FITTED: Final = {"week": 1.0, "day": 7.0}
"""What was taken from the weeks, or days, to know level and weekdays."""
_LEAN_DAYS: Final = 35.0
"""Posts of one's own that say as much of weekdays as all series together do."""
_ROUNDS: Final = 5


class Baseline(NamedTuple):
    """What is usual of each series; every field has its first axis."""

    level: Values
    """Posts of a week read whole."""
    error: Values
    """Variance of that mean."""
    weekdays: Values
    """Share of each weekday; shape (series, 7)."""
    spread: dict[str, Values]
    """By "week" and "day": the variance, in multiples of what is supposed of posts."""
    freedom: dict[str, Values]
    """How many weeks, or days, that is known from, those of the other series among them."""
    weeks: NDArray[np.int64]
    """Weeks that were read well enough."""


def baseline(counts: Values, exposure: Values) -> Baseline:
    """Return what is usual, of counts and exposures of shape (series, weeks, 7)."""
    weekdays = _weekdays(counts, exposure)
    read = (exposure * weekdays[:, None, :]).sum(axis=2)
    is_usable = read >= ENOUGH
    posts = np.where(is_usable, (counts * (exposure > 0)).sum(axis=2), 0.0)
    read = np.where(is_usable, read, 0.0)
    age = np.arange(counts.shape[1])[::-1]
    level, spread, freedom, error = _level(posts, read, _FADES**age * is_usable)
    days = np.where(is_usable[:, :, None], exposure, 0.0)
    expected = level[:, None, None] * weekdays[:, None, :] * days
    flat = len(counts), -1
    day_spread, day_freedom = spread_of(
        counts.reshape(flat), expected.reshape(flat), "day", _FITTED["day"]
    )
    return Baseline(
        level,
        error,
        weekdays,
        {"week": spread, "day": day_spread},
        {"week": freedom, "day": day_freedom},
        is_usable.sum(axis=1),
    )


def supposed(mean: Values, of: str) -> Values:
    """Return the variance that posts of the mean are supposed to have, of a "week" or a "day"."""
    return _THREADS * mean + (_WANDERS[of] * mean) ** 2


def read_of(exposure: Values, weekdays: Values) -> Values:
    """Return how much of a week was read, busy weekdays counting more."""
    read: Values = (exposure * weekdays).sum(axis=-1)
    return read


def spread_of(
    counts: Values, mean: Values, of: str, fitted: Values | float
) -> tuple[Values, Values]:
    """Return the spread of each series, leaning on that of all, and its degrees of freedom.

    `fitted` is how many numbers were taken from the counts of a series to know their means.
    """
    strayed = (counts - mean) ** 2 / np.maximum(supposed(mean, of), 1e-9)
    # Where hardly a post is expected, that there is none says nothing of the spread.
    tells = np.minimum(mean, 1.0)
    known = np.maximum(tells.sum(axis=1) - fitted, 0.0)
    strayed = (tells * np.minimum(strayed, _FARTHEST[of] ** 2)).sum(axis=1)
    together = (_FIRST_LEANS + strayed.sum()) / (_FIRST_LEANS + known.sum())
    lean = _LEANS[of]
    return (lean * together + strayed) / (lean + known), lean + known


def _level(posts: Values, read: Values, weight: Values) -> tuple[Values, Values, Values, Values]:
    """Return level, spread, its freedom and the variance of the level."""
    level = _median(posts / np.maximum(read, ENOUGH), weight * read)
    spread = freedom = np.ones(len(posts))
    held, variance = weight, np.ones_like(posts)
    for _ in range(_ROUNDS):
        mean = level[:, None] * read
        spread, freedom = spread_of(posts, mean, "week", _FITTED["week"])
        variance = spread[:, None] * np.maximum(supposed(mean, "week"), 1e-9)
        far = np.abs(posts - mean) / np.sqrt(variance)
        held = weight * np.minimum(1.0, _FAR / np.maximum(far, 1e-9))
        # Half a post is added: that nobody wrote yet does not say that nobody will.
        level = ((held * posts).sum(axis=1) + 0.5) / np.maximum((held * read).sum(axis=1), 0.5)
    error = (held**2 * variance).sum(axis=1) / np.maximum((held * read).sum(axis=1), 0.5) ** 2
    return level, spread, freedom, error


def _weekdays(counts: Values, exposure: Values) -> Values:
    """Return the share of each weekday, leaning on that of all series, and this on an even week."""
    usual = np.median(counts.sum(axis=2), axis=1)[:, None, None] / 7
    tame = np.minimum(counts, 3 * usual + 3)
    known = exposure.sum(axis=1)
    posts = np.where(known > 0, tame.sum(axis=1), 0.0)
    together = _leaning(posts.sum(axis=0), known.sum(axis=0), np.full(7, 1 / 7))
    return _leaning(posts, known, together)


def _leaning(posts: Values, known: Values, on: Values) -> Values:
    total = posts.sum(axis=-1, keepdims=True)
    rate = np.where(known > 0, posts / np.maximum(known, 1e-9), 0.0)
    rates = rate.sum(axis=-1, keepdims=True)
    own = np.where((rates > 0) & (known > 0).all(axis=-1, keepdims=True),
                   rate / np.maximum(rates, 1e-9), on)  # fmt: skip
    share: Values = (total * own + _LEAN_DAYS * on) / (total + _LEAN_DAYS)
    return share


def _median(values: Values, weight: Values) -> Values:
    """Return the weighted median of each row."""
    order = np.argsort(values, axis=1)
    along = np.take_along_axis(weight, order, axis=1).cumsum(axis=1)
    place = (along >= along[:, -1:] / 2).argmax(axis=1)
    middle: Values = np.take_along_axis(values, order, axis=1)[np.arange(len(values)), place]
    return middle
