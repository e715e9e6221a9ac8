"""Ranges of numbers, many at once."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

Indexes = NDArray[Any]
Floats = NDArray[Any]
"""The types of numpy take what its functions return for narrower than it is."""


def ranges(starts: NDArray[Any], lengths: NDArray[Any]) -> Indexes:
    """Return the numbers from each start on, as many as its length, one range after the other."""
    ends = np.cumsum(lengths, dtype=np.int64)
    if not len(ends):
        return np.zeros(0, np.int64)
    numbers = np.arange(ends[-1])
    numbers += np.repeat(starts - (ends - lengths), lengths)
    return numbers


def firsts(ordered: NDArray[Any]) -> Indexes:
    """Return where each number stands first."""
    is_new = np.ones(len(ordered), np.bool_)
    np.not_equal(ordered[1:], ordered[:-1], out=is_new[1:])
    return np.flatnonzero(is_new)


def distinct(numbers: NDArray[Any]) -> NDArray[Any]:
    """Return each number once, rising: of many small ones faster than `numpy.unique`."""
    ordered = np.sort(numbers)
    return ordered[firsts(ordered)]


def parts(sums: NDArray[Any], most: int) -> Iterator[tuple[int, int]]:
    """Yield what to handle at once, from and to: each no more than `most`, or a single one.

    `sums` says how much comes before each, and in the end how much all of them are.
    """
    begin = 0
    while begin < len(sums) - 1:
        end = int(np.searchsorted(sums, sums[begin] + most, "right")) - 1
        yield begin, (begin := max(end, begin + 1))
