"""How alike passages and datasets are spelled, many pairs at once."""

from array import array
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from transforms.collection import Collection
from transforms.ranges import Floats, Indexes, firsts, parts, ranges
from transforms.terms import sequences_of
from transforms.words import Lexicon, Meaning, Numbers

_BUCKETS = 1024
_MOST_AT_ONCE = 1 << 16
_ROWS_AT_ONCE = 1024
_STEPS = 255
_SLACK = 1e-6


class Spelled(NamedTuple):
    """The sequences of letters of passages, those of a passage together."""

    first: Indexes
    """By passage, where its sequences begin; and the end of all."""
    columns: Indexes
    values: Floats
    """What each is in its passage's vector, which is of length one."""


class Spelling:
    """The sequences of letters in the titles and keywords of a collection."""

    def __init__(self, among: Collection) -> None:
        self._among = among
        self._meaning = Meaning(self._spell, self._forget)
        self._scratch = np.zeros(len(among.letters))
        self._forget()

    def of(
        self, of: Indexes, words: Numbers, passages: Indexes, size: int, lexicon: Lexicon
    ) -> Spelled:
        """Return how some of the passages are spelled, by the words of all of them."""
        is_meant = np.zeros(size, np.bool_)
        is_meant[passages] = True
        is_meant = is_meant[of]
        spelled = self._meaning(lexicon, words[is_meant])
        ends, letters = np.array(self._ends), np.array(self._letters)
        counts = ends[spelled + 1] - ends[spelled]
        columns = letters[ranges(ends[spelled], counts)]
        pairs = np.repeat(of[is_meant], counts) << 32 | columns
        pairs.sort()
        first = firsts(pairs)
        counts = np.diff(first, append=len(pairs))
        of, columns = pairs[first] >> 32, pairs[first] & 0xFFFFFFFF
        values = (1 + np.log(counts)) * self._among.letter_weights[columns]
        values /= np.sqrt(np.bincount(of, values**2, size))[of]
        return Spelled(np.searchsorted(of, np.arange(size + 1)), columns, values)

    def most(self, spelled: Spelled, passages: Indexes, rows: Indexes) -> Floats:
        """Return how alike these passages and datasets are at most, pair by pair."""
        most, units = self._most
        counts = spelled.first[passages + 1] - spelled.first[passages]
        likeness = np.zeros(len(rows))
        for begin, end in parts(np.concatenate(([0], np.cumsum(counts))), _MOST_AT_ONCE):
            at = ranges(spelled.first[passages[begin:end]], counts[begin:end])
            pair = np.repeat(np.arange(begin, end), counts[begin:end])
            steps = most[rows[pair], spelled.columns[at] & _BUCKETS - 1]
            likeness[begin:end] = np.bincount(pair - begin, steps * spelled.values[at], end - begin)
        return np.minimum(likeness * units[rows], 1.0) + _SLACK

    def likeness(self, spelled: Spelled, passage: int, row: int) -> float:
        """Return the cosine of a passage's spelling with a dataset's title and keywords."""
        said = slice(*spelled.first[passage : passage + 2].tolist())
        _, columns, values = self._among.vectors_of(row, row + 1)
        self._scratch[spelled.columns[said]] = spelled.values[said]
        found = float(self._scratch[columns] @ values)
        self._scratch[spelled.columns[said]] = 0.0
        return found

    def _spell(self, word: str) -> int:
        columns = self._among.column_of
        found = [columns[s] for s in sequences_of(word, self._among.lang) if s in columns]
        if not found:
            return 0
        self._letters.extend(found)
        self._ends.append(len(self._letters))
        return len(self._ends) - 2

    def _forget(self) -> None:
        self._letters, self._ends = array("i"), array("i", (0, 0))

    @cached_property
    def _most(self) -> tuple[NDArray[np.uint8], Floats]:
        """By dataset and bucket of sequences, the most any of them is, in steps; and their size."""
        size = len(self._among.keys)
        most, units = np.zeros((size, _BUCKETS), np.uint8), np.ones(size)
        for begin in range(0, size, _ROWS_AT_ONCE):
            rows, columns, values = self._among.vectors_of(begin, begin + _ROWS_AT_ONCE)
            largest = np.zeros(size)
            np.maximum.at(largest, rows, values)
            units[rows] = largest[rows] / _STEPS
            steps = np.ceil(values / units[rows] - _SLACK).astype(np.uint8)
            np.maximum.at(most, (rows, columns & _BUCKETS - 1), steps)
        return most, units
