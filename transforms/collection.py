"""Datasets as collections of words and of sequences of letters."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import cache, cached_property
from itertools import chain
from typing import Any, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from contract.catalogue import Dataset
from transforms.ranges import Floats, Indexes
from transforms.terms import LONGEST_PASSAGE, is_informative, rarity_of, sequences_of
from transforms.words import Numbers, stem, words_of

MOST_COUNTED = 255
_TIMES = 1 + np.log(np.maximum(np.arange(MOST_COUNTED + 1), 1))
"""What so many of the same sequence count."""
_NO_TERM = -1
_SMALLEST = 100
_SMALL = 30
"""So many datasets tell as much of how rare a word is as the language does."""
_LONGEST_DESCRIPTION = 4000


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
        own = _weights(np.append(self.lengths[: len(self.terms)], 0), len(self.keys))
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
        return _weights(self.held, len(self.keys))

    def vectors_of(self, begin: int, end: int) -> tuple[Indexes, Numbers, Floats]:
        """Return the vectors, of length one, of some datasets: rows, columns and values."""
        ends = self.vectors[begin : end + 1]
        own = slice(int(ends[0]), int(ends[-1]))
        rows = np.repeat(np.arange(begin, begin + len(ends) - 1), np.diff(ends))
        columns = self.columns[own]
        values = _TIMES[self.counts[own]] * self.letter_weights[columns] / self.norms[rows]
        return rows, columns, values

    def listed(self, number: int) -> Numbers:
        """Return one list of `rows`."""
        return self.rows[slice(*self.offsets[number : number + 2].tolist())]

    def holds(self, lists: Indexes, rows: Indexes | np.int64) -> NDArray[np.bool_]:
        """Return whether the dataset is in the list, of pairs of both."""
        wanted = lists.astype(np.int64) << self.row_bits | rows
        at = np.searchsorted(self.places, wanted)
        holds: NDArray[np.bool_] = self.places[np.minimum(at, len(self.places) - 1)] == wanted
        return holds


class _Numbering:
    """Numbers for the stems and sequences of letters of datasets, as they are met."""

    def __init__(self, lang: str) -> None:
        self._lang = lang
        self.stems: dict[str, int] = {}
        self.rarities: list[float] = []
        """By stem, how rare the most frequent of its words is."""
        self.letters: dict[str, int] = {}
        self.term_of = cache(self._term_of)
        self.columns_of = cache(self._columns_of)

    def terms_of(self, words: Sequence[str]) -> set[int]:
        return {*map(self.term_of, words[:LONGEST_PASSAGE])} - {_NO_TERM}

    def _term_of(self, word: str) -> int:
        if not is_informative(word, self._lang):
            return _NO_TERM
        number = self.stems.setdefault(stem(word, self._lang), len(self.stems))
        rarity = rarity_of(word, self._lang)
        if number == len(self.rarities):
            self.rarities.append(rarity)
        self.rarities[number] = min(rarity, self.rarities[number])
        return number

    def _columns_of(self, word: str) -> tuple[int, ...]:
        found = sequences_of(word, self._lang)
        return tuple(self.letters.setdefault(s, len(self.letters)) for s in found)


class _Holding(NamedTuple):
    """The stems of a dataset, those of them in its title, keywords and themes, and its letters."""

    terms: set[int]
    head: set[int]
    spelled: Counter[int]
    elsewhere: dict[int, str]
    """In which other field a stem is that neither title, keywords nor description have."""


def _holding(dataset: Dataset, numbering: _Numbering) -> _Holding:
    title = words_of(dataset.title).folded
    keywords = words_of(" \n ".join(dataset.keywords)).folded
    named = [*title, *keywords, *words_of(" \n ".join(dataset.themes)).folded]
    described = words_of(dataset.description[:_LONGEST_DESCRIPTION]).folded[:LONGEST_PASSAGE]
    head = numbering.terms_of(named)
    body = numbering.terms_of([*title, *keywords]) | numbering.terms_of(described)
    others = {
        "theme": head,
        "publisher": numbering.terms_of(words_of(dataset.publisher or "").folded),
        "column": numbering.terms_of(words_of(" \n ".join(dataset.columns)).folded),
    }
    elsewhere: dict[int, str] = {}
    for field, terms in others.items():
        for term in terms - body:
            elsewhere.setdefault(term, field)
    spelled = [*title, *named][:LONGEST_PASSAGE]
    counts = Counter(chain.from_iterable(map(numbering.columns_of, spelled)))
    return _Holding(head | body | set(elsewhere), head, counts, elsewhere)


def collection(datasets: Mapping[str, Dataset], lang: str) -> Collection:
    """Return the datasets, by key, as a collection to be searched by passages in the language."""
    keys = sorted(datasets)
    numbering = _Numbering(lang)
    held = [_holding(datasets[key], numbering) for key in keys]
    counts = np.bincount(_flat(one.terms for one in held), minlength=len(numbering.stems))
    order = np.argsort(-counts, kind="stable")
    rank = np.argsort(order)
    both = [
        _inverted([one.terms for one in held], rank),
        _inverted([one.head for one in held], rank),
    ]
    stems = [*numbering.stems]
    return Collection(
        lang=lang,
        keys=keys,
        terms=[stems[at] for at in order.tolist()],
        rarities=np.array(numbering.rarities, np.float64)[order],
        offsets=_offsets(np.concatenate([n for n, _ in both])),
        rows=np.concatenate([rows for _, rows in both]),
        letters=list(numbering.letters),
        **_spelled([one.spelled for one in held], len(numbering.letters)),
        elsewhere={
            row: {stems[term]: field for term, field in sorted(one.elsewhere.items())}
            for row, one in enumerate(held)
            if one.elsewhere
        },
    )


def _spelled(vectors: Sequence[Counter[int]], letters: int) -> dict[str, Any]:
    """Return what a collection holds of the sequences of letters of its datasets."""
    columns, counts = _flat(vectors), _flat(v.values() for v in vectors).clip(0, MOST_COUNTED)
    held = np.bincount(columns, minlength=letters)
    values = _TIMES[counts] * _weights(held, len(vectors))[columns]
    sizes = np.array([len(vector) for vector in vectors], np.int64)
    squares = np.bincount(np.repeat(np.arange(len(vectors)), sizes), values**2, len(vectors))
    return {
        "held": held.astype(np.int32),
        "vectors": _offsets(sizes),
        "columns": columns,
        "counts": counts.astype(np.uint8),
        "norms": np.sqrt(squares),
    }


def _offsets(sizes: Indexes) -> Numbers:
    """Return where lists of these sizes begin, one behind the other, and where the last ends."""
    return np.concatenate(([0], np.cumsum(sizes))).astype(np.int32)


def _flat(lists: Iterable[Iterable[int]]) -> Numbers:
    return np.fromiter(chain.from_iterable(lists), np.int32)


def _inverted(lists: Sequence[set[int]], rank: Indexes) -> tuple[Numbers, Numbers]:
    """Return for each term, by rank, how many of the lists hold it, and which, rising."""
    terms = rank[_flat(lists)]
    rows = np.repeat(np.arange(len(lists), dtype=np.int32), [len(one) for one in lists])
    counts = np.bincount(terms, minlength=len(rank)).astype(np.int32)
    return counts, rows[np.argsort(terms, kind="stable")]


def _weights(held_by: NDArray[Any], datasets: int) -> Floats:
    """Return the weights of words that so many of the datasets hold (Robertson, Spärck Jones).

    A small catalogue is read as one of 100: a word of a single dataset is rare in it, one that
    several share is common.
    """
    size = max(datasets, _SMALLEST)
    held = np.where(held_by > 0, 1 + (held_by - 1) * size / max(datasets, 1), 0.0)
    return np.log(1 + (size - held + 0.5) / (held + 0.5))
