"""Quiet years to measure early signs with: nothing happens in them but what always does.

They are made otherwise than the method supposes: posts come in threads that go on for days, levels
wander, all is quieter in holidays, weekdays differ, and hours are missing that had more posts or
fewer than others.
"""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from contract.series import Series

WARM, YEAR = 26, 52
"""Weeks before the year, and of it."""
_HOLIDAYS: Final = {7: 0.85, 14: 0.8, 15: 0.8, 21: 0.85, 30: 0.8, 31: 0.75, 32: 0.75, 33: 0.75,
                    34: 0.8, 43: 0.85, 51: 0.65, 52: 0.65}  # fmt: skip
"""How much is written in these weeks of a year, where a topic goes along with all others."""


class Year(NamedTuple):
    """Counts and exposure, each of shape (series, weeks, 7)."""

    counts: NDArray[np.int64]
    exposure: NDArray[np.float64]

    def series(self, until: int, weeks: int = WARM) -> list[Series]:
        """Return the series of the weeks that end with number `until`, so many at most."""
        since = max(0, until + 1 - weeks)
        return [
            Series(f"{number:03}", counts[since : until + 1], exposure[since : until + 1])
            for number, (counts, exposure) in enumerate(zip(*self, strict=True))
        ]


def quiet_year(
    dice: np.random.Generator,
    many: int,
    weeks: int = WARM + YEAR,
    first: float | None = None,
    happens: NDArray[np.float64] | None = None,
) -> Year:
    """Return so many series of so many weeks, of few posts a week or of hundreds.

    The first has `first` posts a week; `happens` multiplies what is written of it on each of the
    last days.
    """
    days = weeks * 7
    level = np.clip(dice.lognormal(np.log(8), 1.2, many), 0.2, 400)
    if first is not None:
        level[0] = first
    rate = level[:, None] / 7 * _wander(dice, many, weeks) * _season(dice, many, weeks)
    rate = np.repeat(rate, 7, axis=1) * np.tile(_weekdays(dice, many), weeks)
    if happens is not None:
        rate[0, days - len(happens) :] *= happens
    written = _threads(dice, rate, 1 + 3 * dice.random(many))
    exposure, seen = _hours(dice, many, days)
    counts = dice.binomial(written, seen)
    shape = (many, weeks, 7)
    return Year(counts.reshape(shape), exposure.reshape(shape))


def _wander(dice: np.random.Generator, many: int, weeks: int) -> NDArray[np.float64]:
    """Return factors about 1 that go on from week to week, of each series and of all."""
    own, step = np.zeros((many, weeks)), dice.normal(0, 1, (many, weeks))
    own[:, 0] = step[:, 0]
    for week in range(1, weeks):
        own[:, week] = 0.9 * own[:, week - 1] + np.sqrt(1 - 0.9**2) * step[:, week]
    factors: NDArray[np.float64] = np.exp(0.12 * own + dice.normal(0, 0.05, weeks))
    return factors


def _season(dice: np.random.Generator, many: int, weeks: int) -> NDArray[np.float64]:
    begin = int(dice.integers(52))
    year = np.array([_HOLIDAYS.get((begin + week) % 52 + 1, 1.0) for week in range(weeks)])
    along = dice.uniform(0.5, 1.0, many)
    factors: NDArray[np.float64] = 1 - along[:, None] * (1 - year)
    return factors


def _weekdays(dice: np.random.Generator, many: int) -> NDArray[np.float64]:
    shares = np.tile(np.append(np.ones(5), dice.uniform(0.4, 1.3, 2)), (many, 1))
    shares *= dice.uniform(0.7, 1.3, (many, 7))
    shares /= shares.mean(axis=1, keepdims=True)
    return shares


def _threads(
    dice: np.random.Generator, rate: NDArray[np.float64], size: NDArray[np.float64]
) -> NDArray[np.int64]:
    """Return posts by day: threads begin by chance, have so many posts on average, and go on."""
    many, days = rate.shape
    begun = dice.poisson(rate / size[:, None])
    of = np.repeat(np.arange(many * days), begun.ravel())
    sizes = dice.geometric(1 / size[of // days])
    of = np.repeat(of, sizes)
    day = of % days + dice.geometric(0.6, len(of)) - 1
    is_in = day < days
    at = (of // days * days + day)[is_in]
    return np.bincount(at, minlength=many * days).reshape(many, days)


def _hours(
    dice: np.random.Generator, many: int, days: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the share of each day's hours that was read, and of its posts that were seen."""
    sources = int(dice.integers(1, 5))
    read = np.ones((sources, days * 24))
    for source in range(sources):
        for since in dice.integers(0, days * 24, dice.poisson(6 * days / 364)):
            read[source, since : since + 1 + int(dice.exponential(30))] = 0
    mix = dice.dirichlet(np.full(sources, 0.5), many)
    exposure = np.clip(mix @ read.reshape(sources, days, 24).mean(axis=2), 0, 1)
    missed = (1 - exposure) * dice.uniform(0.3, 1.7, exposure.shape)
    return exposure, np.where(exposure <= 1e-9, 0.0, np.clip(1 - missed, 0, 1))
