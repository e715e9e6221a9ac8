"""A count over days: what the warehouse counts and what is tested for signs."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Counts = NDArray[np.int64]
Shares = NDArray[np.float64]


class Series(NamedTuple):
    """Posts of a topic or a community by day.

    Rows are weeks, oldest first; the last is the one in question. Columns are days, Monday first.
    """

    key: str
    counts: Counts
    """Posts of a day; shape (weeks, 7)."""
    exposure: Shares
    """Share of the day that was read, 0 to 1; shape (weeks, 7)."""
