"""Slow change: the last four weeks of a series beside the four before.

What fades over two months is no surprise in any week of it: each is as its own past lets expect.
"""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from transforms.signs_baseline import ENOUGH, FEW, Values, read_of, spread_of, supposed
from transforms.signs_chance import split_tails

WEEKS: Final = 4
"""Of each side."""
_OVERLAP: Final = 1 / 3
"""Of what steps from week to week tell: each week but the first and the last is in two of them."""
MOST_GENERAL: Final = 1.5
"""A rise, or the fall that undoes it, that all series may share without any of them being news."""
FEWEST_GENERAL: Final = 10
"""Series that are needed to say that all of them moved."""


class Drifts(NamedTuple):
    """Posts of both sides, and what chance makes of them; series are the axis of every field."""

    posts: Values
    before: Values
    rise: Values
    """Probability of such a rise; 1 where there is none, or nothing can be said."""
    fall: Values


def drifts(counts: Values, exposure: Values, weekdays: Values) -> Drifts:
    """Return the last eight weeks as two sides, of arrays of shape (series, weeks, 7).

    One odd week makes no slow change: three of the last four have to lie beyond three of the four
    before. All eight have to be read well, and one side has to have five posts a week.
    """
    many = len(counts)
    if counts.shape[1] < 2 * WEEKS:
        return Drifts(*np.zeros((2, many)), *np.ones((2, many)))
    posts = (counts * (exposure > 0)).sum(axis=2)
    read = read_of(exposure, weekdays[:, None])
    # Without the week in question: what is new in it does not hide that it is new.
    spread, freedom = _spread(posts[:, :-1], read[:, :-1])
    sides, reads = (x[:, -2 * WEEKS :].reshape(many, 2, WEEKS) for x in (posts, read))
    total, length = sides.sum(axis=2), reads.sum(axis=2)
    is_told = (reads >= ENOUGH).all(axis=(1, 2)) & (total.max(axis=1) >= FEW * WEEKS)
    rates = np.sort(sides / np.maximum(reads, ENOUGH), axis=2)
    before, after = rates[:, 0], rates[:, 1]
    more, less = _general(total, length, is_told)
    found = Drifts(total[:, 1], total[:, 0], np.ones(many), np.ones(many))
    for chance, is_beyond, general, side in (
        (found.rise, after[:, 1] > before[:, -2], more, 0),
        (found.fall, after[:, -2] < before[:, 1], less, 1),
    ):
        of = np.flatnonzero(is_told & is_beyond)
        given = total[of], length[of] * np.array([1.0, general]), spread[of], freedom[of]
        chance[of] = _chance(*given)[side]
    return found


def _spread(posts: Values, read: Values) -> tuple[Values, Values]:
    """Return the spread of each series and its freedom, from the steps from week to week.

    Of a series that drifts, each week strays from any one level, but hardly from the week before.
    """
    is_usable = (read[:, 1:] >= ENOUGH) & (read[:, :-1] >= ENOUGH)
    rate = posts / np.maximum(read, ENOUGH)
    mean = np.where(is_usable, (rate[:, 1:] + rate[:, :-1]) / 2, 0.0)
    step = np.where(is_usable, np.diff(rate, axis=1), 0.0)
    fitted = 1 + _OVERLAP * is_usable.sum(axis=1)
    return spread_of(mean + step / np.sqrt(2), mean, "week", fitted)


def _general(total: Values, length: Values, is_told: NDArray[np.bool_]) -> tuple[float, float]:
    """Return by how much two of three series rose or more, and by how much they fell."""
    counted = is_told & (total[:, 0] > 0)
    if counted.sum() < FEWEST_GENERAL:
        return 1.0, 1.0
    rate = total[counted] / length[counted]
    rise, fall = np.quantile(rate[:, 1] / rate[:, 0], (1 / 3, 2 / 3))
    return float(np.clip(rise, 1, MOST_GENERAL)), float(np.clip(fall, 1 / MOST_GENERAL, 1))


def _chance(
    total: Values, length: Values, spread: Values, freedom: Values
) -> tuple[Values, Values]:
    """Return the probability of so many posts or more on the later side, and of so many or fewer,
    of as many on both sides together."""
    share = length[:, 1] / length.sum(axis=1)
    both = total.sum(axis=1)
    mean = both[:, None] * np.stack([1 - share, share], axis=1)
    variance = supposed(mean / WEEKS, "week") * WEEKS
    scatter = (1 - share) ** 2 * variance[:, 1] + share**2 * variance[:, 0]
    return split_tails(total, share, scatter, spread, freedom)
