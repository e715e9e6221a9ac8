"""The lists of datasets that hold a term, laid out for being looked up many at once."""

import numpy as np
from numpy.typing import NDArray

from transforms.collection import Collection
from transforms.ranges import firsts, ranges
from transforms.words import Numbers

_COMMON = 128
"""Terms that more than one of so many datasets hold need not be looked up."""
_BUCKET_BITS = 11
"""Datasets are told apart so far while they are counted, which takes no sorting."""


class Lists:
    """Those of a collection: of each term those in whose title or keywords it is, then the others.

    So a dataset is in one list of a term, which says all that it gains.
    """

    def __init__(self, among: Collection) -> None:
        self._among = among
        self.rows = self._rows()
        """The datasets, term by term."""
        self.size = 1 << min(_BUCKET_BITS, among.row_bits)
        """How many buckets there are."""
        self.buckets = (self.rows & self.size - 1).astype(np.int16)
        """By place in `rows`."""
        held = among.lengths[: len(among.terms)]
        self.common = int(np.searchsorted(-held, -len(among.keys) / _COMMON))
        """How many terms, the first ones, are common."""
        self.held = self._bits(0), self._bits(len(among.terms))
        """By common term and dataset, a bit: whether it holds it, and whether in its title."""

    def _rows(self) -> Numbers:
        among, count = self._among, len(self._among.terms)
        end = among.offsets[count]
        titled = among.places[end:] - (count << among.row_bits)
        is_other, is_later = np.ones((2, end), np.bool_)
        is_other[np.searchsorted(among.places[:end], titled)] = False
        is_later[ranges(among.offsets[:count], among.lengths[count:])] = False
        rows = np.empty(end, np.int32)
        rows[is_later], rows[~is_later] = among.rows[:end][is_other], among.rows[end:]
        return rows

    def _bits(self, first: int) -> NDArray[np.uint8]:
        """Return by common term and dataset whether it is in the collection's list.

        The lists are those from the first on.
        """
        among, end = self._among, first + self.common
        table = np.zeros((self.common, len(among.keys) // 8 + 1), np.uint8)
        rows = among.rows[among.offsets[first] : among.offsets[end]]
        terms = np.repeat(np.arange(self.common), among.lengths[first:end])
        cells = terms * table.shape[1] + (rows >> 3)
        at = firsts(cells)
        if len(at):
            table.ravel()[cells[at]] = np.bitwise_or.reduceat(1 << (rows & 7), at)
        return table
