"""Measures of rankings and ties, each with the interval that chance alone would move it in."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Formula = Callable[[Floats], Floats]
"""Sums with one column each in the last axis, to a measure without that axis; NaN: undefined."""

REPLICATES = 1_000
_SEED = 20_261_122
_PERCENTILES = (2.5, 97.5)


class Estimate(NamedTuple):
    """A measure and its 95 % bootstrap interval; None where it is not defined."""

    value: float | None
    low: float | None
    high: float | None


NOTHING = Estimate(None, None, None)


class Tally(NamedTuple):
    """What was counted: to the sum of a column, an item (a post, a query) adds a value."""

    items_at_all: int
    width: int
    """Columns there are."""
    items: NDArray[np.int64]
    columns: NDArray[np.int64]
    values: Floats

    def sums(self, times: NDArray[np.int64]) -> Floats:
        """Return the sums by column when each item is taken so many times."""
        added = times[self.items] * self.values
        return np.bincount(self.columns, added, self.width).astype(np.float64)


def tally(rows: NDArray[np.generic]) -> Tally:
    """Return the tally of a table: a row an item, a column a column."""
    items, columns = np.nonzero(rows)
    count, width = rows.shape
    return Tally(count, width, items, columns, rows[items, columns].astype(np.float64))


def estimates(counted: Tally, formulas: Mapping[str, Formula]) -> dict[str, Estimate]:
    """Return each measure of the sums, with its interval over resampled items."""
    if not counted.items_at_all:
        return dict.fromkeys(formulas, NOTHING)
    whole = counted.sums(np.ones(counted.items_at_all, np.int64))
    resampled = np.array([counted.sums(times) for times in resamples(counted.items_at_all)])
    return {name: estimate(of(whole), of(resampled)) for name, of in formulas.items()}


def resamples(count: int, salt: int = 0) -> Iterator[NDArray[np.int64]]:
    """Yield how often each of `count` items is taken, in REPLICATES draws with replacement.

    The same numbers give the same draws; another `salt` gives independent ones.
    """
    draw = np.random.default_rng((_SEED, salt))
    for _ in range(REPLICATES):
        yield np.bincount(draw.integers(count, size=count), minlength=count)


def estimate(value: Floats | float, resampled: Floats) -> Estimate:
    """Return the value with the middle 95 % of what the resampled items gave."""
    if np.isnan(value):
        return NOTHING
    low, high = np.percentile(resampled[~np.isnan(resampled)], _PERCENTILES).tolist()
    return Estimate(float(value), low, high)


def ratio(part: int, of: int) -> Formula:
    """Return the formula of one column divided by another."""
    return lambda sums: quotient(sums[..., part], sums[..., of])


def quotient(part: Floats, of: Floats) -> Floats:
    """Return the quotients, NaN where there is nothing to divide by."""
    return np.divide(part, of, out=np.full_like(of, np.nan), where=of > 0)


def f1(right: Floats, found: Floats, wanted: Floats) -> Floats:
    """Return the harmonic mean of precision and recall; NaN where nothing is found or wanted."""
    return quotient(2 * right, found + wanted)


def macro_f1(right: Floats, found: Floats, wanted: Floats) -> Floats:
    """Return the mean of the labels' own F1, over those found or wanted; labels are the last axis.

    Source: Manning, Raghavan, Schütze, Introduction to Information Retrieval, section 13.6.
    """
    each = f1(right, found, wanted)
    is_there = ~np.isnan(each)
    return quotient(np.where(is_there, each, 0).sum(-1), is_there.sum(-1).astype(np.float64))


def ndcg(ranked: Sequence[str], right: Mapping[str, int], most: int) -> float:
    """Return the discounted cumulative gain of the first `most`, as a share of the best possible.

    A grade gains 2^grade - 1, and the ideal ranks all of `right`, whether it can be found or not.
    """
    best = sorted(right.values(), reverse=True)[:most]
    return _gain([right.get(key, 0) for key in ranked[:most]]) / _gain(best)


def _gain(grades: Sequence[int]) -> float:
    discounts = np.log2(np.arange(2, len(grades) + 2))
    return float(((np.exp2(grades) - 1) / discounts).sum())


def share_at(needs: Floats, others: Floats, rate: float) -> Estimate:
    """Return the share of `needs` that score above what at most `rate` of `others` score above."""
    if not (len(needs) and len(others)):
        return NOTHING
    drawn = zip(resamples(len(needs)), resamples(len(others), salt=1), strict=True)
    resampled = [
        _share_at(np.repeat(needs, times), np.repeat(others, others_times), rate)
        for times, others_times in drawn
    ]
    return estimate(_share_at(needs, others, rate), np.array(resampled))


def _share_at(needs: Floats, others: Floats, rate: float) -> float:
    allowed = int(rate * len(others) + 1e-9)
    threshold = np.partition(others, -allowed - 1)[-allowed - 1]
    return float((needs > max(threshold, 0.0)).mean())
