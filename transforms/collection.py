"""Datasets as collections of words and of sequences of letters."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache, cached_property
from itertools import chain
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from contract.catalogue import Dataset
from transforms.ranges import Floats, Indexes
from transforms.words import Numbers, stem, words_of

LONGEST_PASSAGE = 1000
"""Words; what follows is not read."""
MOST_COUNTED = 255
_TIMES = 1 + np.log(np.maximum(np.arange(MOST_COUNTED + 1), 1))
"""What so many of the same sequence count."""
_NO_TERM = -1
_SMALLEST = 100
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

    @cached_property
    def lengths(self) -> Numbers:
        """By list of `rows`."""
        return np.diff(self.offsets)

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
        """By term; the last is that of a word no dataset holds, the most there is."""
        return _weights(np.append(self.lengths[: len(self.terms)], 0), len(self.keys))

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


def collection(datasets: Mapping[str, Dataset], lang: str) -> Collection:
    """Return the datasets, by key, as a collection to be searched by passages in the language."""
    keys = sorted(datasets)
    stems: dict[str, int] = {}
    letters: dict[str, int] = {}

    @cache
    def columns_of(word: str) -> tuple[int, ...]:
        return tuple(letters.setdefault(s, len(letters)) for s in sequences_of(word, lang))

    @cache
    def term_of(word: str) -> int:
        if not is_informative(word, lang):
            return _NO_TERM
        return stems.setdefault(stem(word, lang), len(stems))

    heads, holders, vectors = [], [], []
    for key in keys:
        dataset = datasets[key]
        title = words_of(dataset.title).folded
        named = words_of(" \n ".join((*dataset.keywords, *dataset.themes))).folded
        described = words_of(dataset.description[:_LONGEST_DESCRIPTION]).folded
        head = set(map(term_of, [*title, *named][:LONGEST_PASSAGE])) - {_NO_TERM}
        heads.append(head)
        holders.append(head | set(map(term_of, described[:LONGEST_PASSAGE])) - {_NO_TERM})
        spelled = [*title, *title, *named][:LONGEST_PASSAGE]
        vectors.append(Counter(chain.from_iterable(map(columns_of, spelled))))
    held = np.bincount(_flat(holders), minlength=len(stems))
    order = np.argsort(-held, kind="stable")
    rank = np.argsort(order)
    both = [_inverted(lists, rank) for lists in (holders, heads)]
    columns, counts = _flat(vectors), _flat(v.values() for v in vectors).clip(0, MOST_COUNTED)
    letters_held = np.bincount(columns, minlength=len(letters))
    values = _TIMES[counts] * _weights(letters_held, len(keys))[columns]
    sizes = np.array([len(vector) for vector in vectors], np.int64)
    squares = np.bincount(np.repeat(np.arange(len(keys)), sizes), values**2, len(keys))
    return Collection(
        lang=lang,
        keys=keys,
        terms=[term for _, term in sorted(zip(rank.tolist(), stems, strict=True))],
        offsets=_offsets(np.concatenate([n for n, _ in both])),
        rows=np.concatenate([rows for _, rows in both]),
        letters=list(letters),
        held=letters_held.astype(np.int32),
        vectors=_offsets(sizes),
        columns=columns,
        counts=counts.astype(np.uint8),
        norms=np.sqrt(squares),
    )


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


def terms_of(words: Sequence[str], lang: str) -> dict[str, str]:
    """Return the informative stems in order, each with the word it was first met as."""
    stops = stop_words(lang)
    terms: dict[str, str] = {}
    for word in words[:LONGEST_PASSAGE]:
        if len(word) > 1 and word not in stops:
            terms.setdefault(stem(word, lang), word)
    return terms


def is_informative(word: str, lang: str) -> bool:
    """Return whether the folded word says something of a subject."""
    return len(word) > 1 and word not in stop_words(lang)


def sequences_of(word: str, lang: str) -> Iterator[str]:
    """Yield the sequences of three and four letters in an informative word, ends marked."""
    if word not in stop_words(lang):
        marked = f" {word} "
        for size in (3, 4):
            yield from (marked[at : at + size] for at in range(len(marked) - size + 1))


def stop_words(lang: str) -> frozenset[str]:
    """Return the words that say nothing of a subject, those of a request among them."""
    return _stop_words().get(lang, frozenset())


@cache
def _stop_words() -> dict[str, frozenset[str]]:
    text = Path(__file__).with_name("stop_words.txt").read_text(encoding="utf-8")
    lines = [line.split() for line in text.splitlines()]
    return {lang: frozenset(words) for lang, *words in lines}
