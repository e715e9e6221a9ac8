"""Datasets as collections of words and of sequences of letters."""

from bisect import bisect_left
from functools import cached_property
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from transforms.ranges import Floats, Indexes
from transforms.words import Numbers

MOST_COUNTED = 255
TIMES = 1 + np.log(np.maximum(np.arange(MOST_COUNTED + 1), 1))
"""What so many of the same sequence count."""
_SMALLEST = 100
_SMALL = 30
"""So many datasets tell as much of how rare a word is as the language does."""


class Collection(msgspec.Struct, dict=True):
    """The datasets of one language, ready to be searched."""

    lang: str
    keys: list[str]
    terms: list[str]
    """The stems, those that most datasets hold first."""
    offsets: Numbers
    """By list of `rows`, where it begins; and the end of all."""
    rows: Numbers
    """For each term a list of the datasets that hold it, then for each a list of those that hold it
    in title, keywords or themes; all rising."""
    letters: list[str]
    """Sequences of three and four letters."""
    held: Numbers
    """By sequence, how many datasets hold it."""
    vectors: Numbers
    """By dataset, where its sequences begin in `columns`; and the end of all."""
    columns: Numbers
    counts: NDArray[np.uint8]
    """How often each of `columns` is there, MOST_COUNTED at most."""
    norms: Floats
    """By dataset, the length of its vector."""
    rarities: Floats
    """By term, how rare its word is in the language, of 1."""
    elsewhere: dict[int, dict[str, str]]
    """By dataset, in which field a stem is that neither title, keywords nor description have."""

    @cached_property
    def lengths(self) -> Numbers:
        """By list of `rows`."""
        return np.diff(self.offsets)

    @cached_property
    def row_of(self) -> dict[str, int]:
        """By key, which of `keys` it is."""
        return {key: row for row, key in enumerate(self.keys)}

    @cached_property
    def row_bits(self) -> int:
        """How many bits the number of a dataset takes."""
        return len(self.keys).bit_length()

    @cached_property
    def places(self) -> Indexes:
        """Every list and dataset in it, in one number, rising."""
        lists = np.repeat(np.arange(len(self.lengths)), self.lengths)
        return lists << self.row_bits | self.rows

    @cached_property
    def number_of(self) -> dict[str, int]:
        """By term, its number."""
        return {term: number for number, term in enumerate(self.terms)}

    @cached_property
    def weights(self) -> Floats:
        """By term; the last is that of a word no dataset holds, the most there is.

        What many datasets hold may still be rare in the language, which counts the more the fewer
        datasets there are: all that a catalogue of air quality holds is about air.
        """
        own = weights_of(np.append(self.lengths[: len(self.terms)], 0), len(self.keys))
        share = _SMALL / (_SMALL + len(self.keys))
        least = share * own[-1] * np.append(self.rarities, 1.0)
        weights: Floats = np.maximum(own, least)
        return weights

    @cached_property
    def support(self) -> Floats:
        """By term, what it adds where it stands in title, keywords or themes."""
        support: Floats = np.minimum(1.0, 2 * self.weights[:-1] / self.weights[-1])
        return support

    @cached_property
    def column_of(self) -> dict[str, int]:
        """By sequence of letters, its number."""
        return {letters: number for number, letters in enumerate(self.letters)}

    @cached_property
    def letter_weights(self) -> Floats:
        """By sequence of letters."""
        return weights_of(self.held, len(self.keys))

    def vectors_of(self, begin: int, end: int) -> tuple[Indexes, Numbers, Floats]:
        """Return the vectors, of length one, of some datasets: rows, columns and values."""
        ends = self.vectors[begin : end + 1]
        own = slice(int(ends[0]), int(ends[-1]))
        rows = np.repeat(np.arange(begin, begin + len(ends) - 1), np.diff(ends))
        columns = self.columns[own]
        values = TIMES[self.counts[own]] * self.letter_weights[columns] / self.norms[rows]
        return rows, columns, values

    def has(self, number: int, row: int) -> bool:
        """Return whether the dataset is in one list: of a single pair faster than `holds`."""
        offsets, rows = self._lists
        begin, end = offsets[number], offsets[number + 1]
        at = bisect_left(rows, row, begin, end)
        return at < end and rows[at] == row

    @cached_property
    def _lists(self) -> tuple[memoryview, memoryview]:
        """Offsets and rows, whose numbers are Python's."""
        return self.offsets.data, self.rows.data

    def holds(self, lists: Indexes, rows: Indexes | np.int64) -> NDArray[np.bool_]:
        """Return whether the dataset is in the list, of pairs of both."""
        wanted = lists.astype(np.int64) << self.row_bits | rows
        at = np.searchsorted(self.places, wanted)
        holds: NDArray[np.bool_] = self.places[np.minimum(at, len(self.places) - 1)] == wanted
        return holds


def weights_of(held_by: NDArray[Any], datasets: int) -> Floats:
    """Return the weights of words that so many of the datasets hold (Robertson, Spärck Jones).

    A small catalogue is read as one of 100: a word of a single dataset is rare in it, one that
    several share is common.
    """
    size = max(datasets, _SMALLEST)
    held = np.where(held_by > 0, 1 + (held_by - 1) * size / max(datasets, 1), 0.0)
    return np.log(1 + (size - held + 0.5) / (held + 0.5))
