"""The four weeks to come of a series, where its own past shows that they can be told."""

from collections.abc import Callable
from typing import Final, NamedTuple

import numpy as np

from contract.series import Series
from transforms.signs_baseline import ENOUGH, FEW, Values, baseline, read_of, supposed
from transforms.signs_chance import chances

_AHEAD: Final = 4
_FIRST: Final = 4
"""Weeks that are known before the first week it is tried on."""
_FEWEST: Final = 8
"""Weeks it has to be tried on."""
_BETTER: Final = 0.95
"""Its error has to be below so much of that of "as the last week"."""
_LEAN: Final = 8.0
"""Errors of its own that weigh as much as the spread that is supposed of posts."""
_OUTSIDE: Final = 0.1
"""Weeks above the range, and weeks below it."""


class Forecast(NamedTuple):
    """The four weeks after the last one of a series, if they are read whole."""

    weeks: tuple[tuple[float, int, int], ...]
    """Expected posts of each week, and the range that four of five such weeks fall into."""
    error: float
    """Mean absolute error over the weeks it was tried on, in posts a week."""
    naive_error: float
    """The same of "as the last week"."""
    tested: int
    """Weeks it was tried on: of each, the four that followed were foretold from what was known."""


_Way = Callable[[Values], Values]
"""From the weeks that were read, oldest first, to the four that follow."""


def _mean(fades: float) -> _Way:
    def way(known: Values) -> Values:
        weight = fades ** np.arange(len(known))[::-1]
        return np.full(_AHEAD, (weight @ known) / weight.sum())

    return way


def _middle(known: Values) -> Values:
    return np.full(_AHEAD, np.median(known[-8:]))


def _trend(known: Values) -> Values:
    """Go on as of late, each week by seven tenths of the step before it; never below nothing."""
    level, step = known[:2].mean(), 0.0
    for value in known[2:]:
        before, level = level, 0.4 * value + 0.6 * (level + 0.7 * step)
        step = 0.2 * (level - before) + 0.8 * 0.7 * step
    ahead: Values = np.maximum(level + step * np.cumsum(0.7 ** np.arange(1, _AHEAD + 1)), 0.0)
    return ahead


_WAYS: Final[tuple[_Way, ...]] = (_mean(0.85), _mean(0.6), _middle, _trend)


def forecast(series: Series) -> Forecast | None:
    """Return what the next four weeks may bring; None where "as the last week" was as good.

    Of each week of the past it is tried with what was known then: the way of telling too is the one
    that had been best until then. None also where it can be tried on fewer than eight weeks, where
    few posts are to come, and where the last week was not read well enough.
    """
    counts, exposure = series.counts[None].astype(float), series.exposure[None]
    read = read_of(exposure, baseline(counts, exposure).weekdays)[0]
    is_known = read >= ENOUGH
    if not is_known[-1]:
        return None
    posts = (counts[0] * (exposure[0] > 0)).sum(axis=1)
    rate = np.where(is_known, posts / np.maximum(read, ENOUGH), np.nan)
    origins = [w for w in range(len(rate)) if is_known[w] and is_known[: w + 1].sum() >= _FIRST]
    tried = [w for w in origins if is_known[w + 1 : w + 1 + _AHEAD].any()]
    if len(tried) < _FEWEST:
        return None
    came = {w: np.append(rate[w + 1 : w + 1 + _AHEAD], [np.nan] * _AHEAD)[:_AHEAD] for w in tried}
    said = {w: [way(rate[: w + 1][is_known[: w + 1]]) for way in _WAYS] for w in origins}
    best = {w: said[w][_best(said, came, w)] for w in origins}
    error = _mean_error([came[w] - best[w] for w in tried])
    naive = _mean_error([came[w] - rate[w] for w in tried])
    if error >= _BETTER * naive:
        return None
    last = best[len(rate) - 1]
    if last.max() < FEW:
        return None
    low, high = _range(last, [(came[w], best[w]) for w in tried])
    weeks = zip(last.tolist(), low.astype(int).tolist(), high.astype(int).tolist(), strict=True)
    return Forecast(tuple(weeks), error, naive, len(tried))


def _best(said: dict[int, list[Values]], came: dict[int, Values], week: int) -> int:
    """Return which way had the smallest error in what was known at the end of the week."""
    known = [w for w in came if w < week]
    if len(known) < _FIRST:
        return 0
    ahead = np.arange(_AHEAD)
    errors = [
        _mean_error(
            [np.where(w + 1 + ahead <= week, came[w] - said[w][way], np.nan) for w in known]
        )
        for way in range(len(_WAYS))
    ]
    return int(np.argmin(errors))


def _mean_error(errors: list[Values]) -> float:
    known = np.abs(errors)[np.isfinite(errors)]
    return float(known.mean()) if known.size else np.inf


def _range(mean: Values, tried: list[tuple[Values, Values]]) -> tuple[Values, Values]:
    """Return the range of weeks with this mean, as far off as those it was tried on."""
    strayed = np.array([(came - said) ** 2 / np.maximum(supposed(said, "week"), 0.5)
                        for came, said in tried])  # fmt: skip
    # The four weeks of a trial share their past, and trials share weeks: they tell as much as one.
    known = float(len(tried))
    spread = (_LEAN + known * float(np.nanmean(np.minimum(strayed, 25.0)))) / (_LEAN + known)
    many = np.full(_AHEAD, 1.0)
    may = chances(mean, 0 * many, spread * many, (_LEAN + known) * many, "week")
    return may.lowest(_OUTSIDE * many), may.highest(_OUTSIDE * many)
