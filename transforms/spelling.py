"""How alike passages and datasets are spelled, many pairs at once."""

from array import array

import numpy as np

from transforms.collection import TIMES, Collection
from transforms.ranges import Floats, Indexes, distinct, firsts, ranges
from transforms.terms import sequences_of
from transforms.words import Lexicon, Meaning, Numbers

_MOST_CELLS = 1 << 18
"""Passages and sequences of letters at once: what they are stays in the processor's cache."""


class Spelling:
    """The sequences of letters in the titles and keywords of a collection."""

    def __init__(self, among: Collection) -> None:
        self._among = among
        self._meaning = Meaning(self._spell, self._forget)
        self._at_once = max(1, _MOST_CELLS // max(1, len(among.letters)))
        self._cells = np.zeros(self._at_once * len(among.letters))
        """What each sequence is worth in each of the passages at hand; zeros in between."""
        self._forget()

    def likeness(
        self, of: Indexes, words: Numbers, passages: Indexes, rows: Indexes, lexicon: Lexicon
    ) -> Floats:
        """Return the cosines of passages' spelling with datasets' titles and keywords.

        That is pair by pair, by rising passage; of every word that is read the passage is given.
        """
        some = distinct(passages)
        first, last = (np.searchsorted(of, some, side) for side in ("left", "right"))
        nth = np.repeat(np.arange(len(some), dtype=np.int32), last - first)
        spelled = self._meaning(lexicon, words[ranges(first, last - first)])
        ends, letters = np.array(self._ends), np.array(self._letters)
        starts, counts = ends[spelled], ends[spelled + 1] - ends[spelled]
        asked = np.searchsorted(some, passages)
        likeness = [np.zeros(0)]
        for begin in range(0, len(some), self._at_once):
            said, pairs = (
                slice(*np.searchsorted(by, (begin, begin + self._at_once)).tolist())
                for by in (nth, asked)
            )
            columns = letters[ranges(starts[said], counts[said])]
            filled = self._fill(np.repeat(nth[said] - np.int32(begin), counts[said]), columns)
            likeness.append(self._met(asked[pairs] - begin, rows[pairs]))
            self._cells[filled] = 0.0
        return np.concatenate(likeness)

    def _fill(self, nth: Indexes, columns: Numbers) -> Indexes:
        """Return which cells now hold what sequences are worth in the passages at hand."""
        weights, size = self._among.letter_weights, len(self._among.letters)
        cells = np.sort(nth * size + columns)
        first = firsts(cells)
        times = np.diff(first, append=len(cells))
        cells, nth = cells[first], nth[first]
        weights = weights[cells - nth * size]
        values = weights.copy()
        again = np.flatnonzero(times > 1)
        values[again] *= 1 + np.log(times[again])
        lengths = np.sqrt(np.bincount(nth, values * values))
        self._cells[cells] = values * weights / lengths[nth]
        return cells

    def _met(self, nth: Indexes, rows: Indexes) -> Floats:
        """Return the cosines of some of the passages at hand with datasets."""
        among = self._among
        starts = among.vectors[rows]
        counts = among.vectors[rows + 1] - starts
        at = ranges(starts, counts)
        values = self._cells[np.repeat(nth * len(among.letters), counts) + among.columns[at]]
        is_met = np.flatnonzero(values > 0)
        values = values[is_met] * TIMES[among.counts[at[is_met]]]
        pair = np.repeat(np.arange(len(rows)), counts)[is_met]
        lengths = among.norms[rows]
        return np.bincount(pair, values, len(rows)) / np.where(lengths > 0, lengths, 1.0)

    def _spell(self, word: str) -> int:
        sequences = sequences_of(word, self._among.lang)
        columns = map(self._among.column_of.get, sequences)
        found = [column for column in columns if column is not None]
        if not found:
            return 0
        self._letters.extend(found)
        self._ends.append(len(self._letters))
        return len(self._ends) - 2

    def _forget(self) -> None:
        self._letters, self._ends = array("i"), array("i", (0, 0))
