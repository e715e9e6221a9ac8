"""What chance makes of a count: negative binomial tails, over a spread that is itself uncertain."""

from typing import Final, NamedTuple

import numpy as np
from numpy.polynomial.hermite_e import hermegauss
from numpy.typing import NDArray

from transforms.signs_baseline import Values, supposed

_NODES, _weights = hermegauss(7)
_WEIGHTS: Final = _weights / _weights.sum()
_LARGEST: Final = 100.0
"""A mean above is counted in units of several posts: no table is longer for a larger count."""
_LARGEST_TOTAL: Final = 300.0
"""The same of a total that falls in two."""
_SMALLEST: Final = 1e-12


class Chances(NamedTuple):
    """The tails of each count."""

    unit: Values
    """Posts a step of the tables stands for."""
    at_most: Values
    """Probability of at most so many steps; shape (counts, steps)."""

    def upper(self, posts: Values) -> Values:
        """Return the probability of so many posts or more; rounded up, never to nothing."""
        step = np.floor(posts / self.unit).astype(int)
        return np.maximum(1 - self._up_to(step - 1), _SMALLEST)

    def lower(self, posts: Values) -> Values:
        """Return the probability of so many posts or fewer; rounded up, never to nothing."""
        return np.maximum(self._up_to(np.ceil(posts / self.unit).astype(int)), _SMALLEST)

    def highest(self, chance: Values) -> Values:
        """Return the most posts of which as many or more are likelier than `chance`."""
        likely = 1 - np.pad(self.at_most, ((0, 0), (1, 0)))[:, :-1] > chance[:, None]
        most: Values = likely.sum(axis=1) * self.unit - 1
        return most

    def lowest(self, chance: Values) -> Values:
        """Return the fewest posts of which as many or fewer are likelier than `chance`."""
        steps = (self.at_most <= chance[:, None]).sum(axis=1)
        return np.where(steps > 0, (steps - 1) * self.unit + 1, 0.0)

    def _up_to(self, step: NDArray[np.int64]) -> Values:
        last = self.at_most.shape[1] - 1
        found = self.at_most[np.arange(len(step)), np.clip(step, 0, last)]
        return np.where(step < 0, 0.0, found)


def chances(mean: Values, error: Values, spread: Values, freedom: Values, of: str) -> Chances:
    """Return the tails of counts with these means, of a "week" or a "day".

    The spread is known from few weeks: its own distribution (scaled inverse chi-square, by Wilson
    and Hilferty's cube) is averaged over. `error` is the variance of the mean itself.
    """
    unit = np.maximum(1.0, np.ceil(mean / _LARGEST))
    variance = spread[:, None] / _cube(freedom) * supposed(mean, of)[:, None] + error[:, None]
    scaled = np.maximum(mean / unit, 1e-6)[:, None]
    variance = np.maximum(variance / unit[:, None] ** 2, 1.0001 * scaled)
    reach = scaled[:, 0] + 15 * np.sqrt(variance.mean(axis=1))
    steps = int(np.ceil(reach.max(initial=0))) + 40
    size = scaled**2 / (variance - scaled)
    count = np.arange(1, steps)
    # log of P(k) / P(k - 1), summed: the logarithm of P(k) without a gamma function.
    ratio = np.log((count - 1 + size[:, :, None]) / count)
    first = size * np.log(scaled / variance)
    log_mass = first[:, :, None] + np.cumsum(
        ratio + np.log1p(-scaled / variance)[:, :, None], axis=2
    )
    mass = np.concatenate([np.exp(first)[:, :, None], np.exp(log_mass)], axis=2)
    mixed = np.einsum("k,skn->sn", _WEIGHTS, mass)
    return Chances(unit, np.minimum(np.cumsum(mixed, axis=1), 1.0))


def split_tails(
    sides: Values, share: Values, scatter: Values, spread: Values, freedom: Values
) -> tuple[Values, Values]:
    """Return the probability of so many posts or more on the later side, and of so many or fewer.

    `sides` has a row (earlier, later) for each total, of which `share` is expected later. Totals
    split as negative binomial counts do whose sum is known (beta-binomial). `scatter` is the
    variance of the later side for a spread of 1; the spread is averaged over as in `chances`.
    """
    unit = np.maximum(1.0, np.ceil(sides.sum(axis=1) / _LARGEST_TOTAL))
    whole = np.ceil(sides.sum(axis=1) / unit)[:, None]
    variance = spread[:, None] / _cube(freedom) * (scatter / unit**2)[:, None]
    apart = variance / np.maximum(whole * (share * (1 - share))[:, None], 1e-9)
    apart = np.clip(apart, 1.001, np.maximum(0.9 * whole, 1.002))
    held = np.maximum((whole - apart) / (apart - 1), 1e-3)[:, :, None]
    later, earlier = held * share[:, None, None], held * (1 - share)[:, None, None]
    step = np.arange(int(whole.max(initial=1)))
    left = np.maximum(whole[:, :, None] - step, 1.0)
    # log of P(k + 1) / P(k), summed; what is beyond the total is cut off.
    ratio = np.log(left * (step + later) / ((step + 1) * (left - 1 + earlier)))
    log_mass = np.pad(np.cumsum(ratio, axis=2), ((0, 0), (0, 0), (1, 0)))
    steps = np.arange(len(step) + 1)
    log_mass[np.broadcast_to(steps > whole[:, :, None], log_mass.shape)] = -np.inf
    mass = np.exp(log_mass - log_mass.max(axis=2, keepdims=True))
    mixed = np.einsum("k,skn->sn", _WEIGHTS, mass / mass.sum(axis=2, keepdims=True))
    came = (sides[:, 1] / unit)[:, None]
    more = (mixed * (steps >= np.floor(came))).sum(axis=1)
    fewer = (mixed * (steps <= np.ceil(came))).sum(axis=1)
    return np.maximum(more, _SMALLEST), np.maximum(fewer, _SMALLEST)


def _cube(freedom: Values) -> Values:
    """Return by what a spread is divided at each node: what chi-square makes of it."""
    ninth = 2 / (9 * freedom[:, None])
    cube: Values = np.maximum(1 - ninth + _NODES * np.sqrt(ninth), 0.2) ** 3
    return cube
