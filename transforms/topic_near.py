"""How near a post's meaning is to what topics are called and how they are defined."""

import math
from collections.abc import Container, Iterable, Sequence
from functools import cache, cached_property
from itertools import pairwise
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from contract.catalogue import Topic
from transforms.embedding import Vectors, static
from transforms.ranges import Indexes, distinct, ranges
from transforms.reading import TAG, Reading
from transforms.words import Numbers, language_of, words_of

MOST_TOPICS = 256
"""Of a larger vocabulary the nearest topic is not sought: too many are near, and it would cost."""
LANG = "en"
"""Of what the shipped table understands."""
NEARER = 5.4
"""Log odds for each 1 of cosine that a post is nearer to a topic than by accident."""
MOST_NEARER = 0.3
_JOINED = (1, 2, 4, 8, 16)
"""Small talk of so many lines at once shows how near longer posts come by accident."""
_BY_ACCIDENT = 0.02
_SEED = 20_261_122
_TELLING = 3
_AT_ONCE = 256
"""Vectors multiplied at once: they stay in the processor's cache."""


class Nearness(msgspec.Struct, dict=True):
    """Topics by their meaning, and how near to one of them small talk comes."""

    topics: list[str]
    vectors: Vectors
    """By topic and dimension."""
    usual: Vectors
    """By topic, how near to it small talk is on average."""
    lengths: Vectors
    """Logarithms of words in small talk, rising."""
    gates: Vectors
    """By length, how near only _BY_ACCIDENT of it comes."""

    @cached_property
    def at(self) -> dict[str, int]:
        """Where each topic stands."""
        return {uri: at for at, uri in enumerate(self.topics)}

    @cached_property
    def table(self) -> Vectors:
        """The vectors, a row a topic."""
        return self.vectors.reshape(len(self.topics), static().dim)

    def gate(self, words: Indexes) -> Vectors:
        """Return by number of words how near a post must be not to be so by accident."""
        return np.interp(np.log(np.maximum(words, 1)), self.lengths, self.gates).astype(np.float32)


def nearness(topics: Iterable[Topic]) -> Nearness:
    """Return the topics by the meaning of their labels and definitions in English."""
    texts = {}
    for topic in topics:
        labels = [x.value for x in topic.labels if language_of(x.lang) in (LANG, None)]
        texts[topic.uri] = "\n".join((*labels, topic.definition or ""))
    return near_vectors(list(texts), static().of_texts(list(texts.values())))


def near_vectors(topics: Sequence[str], vectors: Vectors) -> Nearness:
    """Return the topics by these meanings, a row a topic, and gates measured on small talk."""
    said = _joined_small_talk()
    usual = vectors @ said[0][0].mean(axis=0)
    lengths, gates = [], []
    for means, length in said:
        nearest = (means @ vectors.T - usual).max(axis=1, initial=-1)
        lengths.append(length)
        gates.append(np.quantile(nearest, 1 - _BY_ACCIDENT))
    return Nearness(
        list(topics),
        vectors.ravel(),
        usual.astype(np.float32),
        np.array(lengths, np.float32),
        np.array(gates, np.float32),
    )


@cache
def _joined_small_talk() -> list[tuple[Vectors, float]]:
    """Return by number of lines joined what small talk means, and the logarithm of its length."""
    lines, dice = small_talk(), np.random.default_rng(_SEED)
    found = []
    for count in _JOINED:
        joined = [" ".join(dice.permutation(lines)[:count]) for _ in lines] if count > 1 else lines
        length = np.median([math.log(len(words_of(text).folded)) for text in joined])
        found.append((static().of_texts(joined), float(length)))
    return found


class Understood:
    """What posts mean, as far as it was asked and their language is understood."""

    def __init__(self, near: Nearness, row_of: Indexes, vectors: Vectors, words: Indexes) -> None:
        self._near, self._row_of, self._vectors = near, row_of, vectors
        self._posts = np.flatnonzero(row_of >= 0)
        self._gates = near.gate(words)
        self._is_meant = np.count_nonzero(vectors, axis=1) > 0

    def nearer(self, posts: Indexes, topics: Indexes) -> Vectors:
        """Return by post and topic how much nearer they are than by accident; else not a number."""
        nearer = np.full(len(posts), np.nan, np.float32)
        rows = self._row_of[posts]
        meant = np.flatnonzero(rows >= 0)
        meant = meant[self._is_meant[rows[meant]]]
        rows, to = rows[meant], topics[meant]
        near = np.empty(len(meant), np.float32)
        for cut in range(0, len(meant), _AT_ONCE):
            some = slice(cut, cut + _AT_ONCE)
            both = self._vectors[rows[some]], self._near.table[to[some]]
            near[some] = np.einsum("ij,ij->i", *both)
        nearer[meant] = near - self._near.usual[to] - self._gates[rows]
        return nearer

    def nearest(self, without: Container[int]) -> tuple[Indexes, Indexes, Vectors]:
        """Return posts that are near a topic, the nearest one, and how far beyond the gate.

        Left out are the posts of `without`.
        """
        rows = np.flatnonzero([post not in without for post in self._posts.tolist()])
        near = self._vectors[rows] @ self._near.table.T - self._near.usual
        best = near.argmax(axis=1)
        # Anew, for a product of matrices hangs in its last digits on which posts are together.
        beyond = self.nearer(self._posts[rows], best)
        is_near = beyond >= 0
        return self._posts[rows[is_near]], best[is_near], beyond[is_near]

    def telling(self, reading: Reading, posts: Indexes, topics: Indexes) -> list[list[str]]:
        """Return by post the words that mean most of what the topic beside it does."""
        finds, numbers = words_said(post_starts(reading), reading.numbers, posts)
        known = distinct(numbers)
        ends = np.arange(1, len(known) + 1, dtype=np.int32)
        wanted = distinct(topics)
        near = static().of_words(reading.lexicon, known, ends) @ self._near.table[wanted].T
        columns = np.searchsorted(wanted, topics)[finds]
        said = near[np.searchsorted(known, numbers), columns]
        return strongest(reading, finds, numbers, said, len(posts))


def words_said(starts: Indexes, numbers: Numbers, posts: Indexes) -> tuple[Indexes, Numbers]:
    """Return of several posts, by word, the place of its post among them, and its number.

    `starts` says by post where its words begin, and the end of all.
    """
    counts = np.diff(starts)[posts]
    finds: Indexes = np.repeat(np.arange(len(posts)), counts)
    return finds, numbers[ranges(starts[:-1][posts], counts)]


def strongest(
    reading: Reading, finds: Indexes, numbers: Numbers, said: Vectors, count: int
) -> list[list[str]]:
    """Return by find its words that say most, the strongest first, each once."""
    pairs = np.unique(finds << 32 | numbers, return_index=True)[1]
    pairs = pairs[said[pairs] > 0]
    words = reading.lexicon.words
    known = distinct(numbers)
    # Not by number, which is the lexicon's and hangs on what was read before.
    ranks = np.argsort(np.argsort([words[number] for number in known.tolist()]))
    rank = ranks[np.searchsorted(known, numbers[pairs])]
    order = pairs[np.lexsort((rank, -said[pairs], finds[pairs]))]
    bounds = np.searchsorted(finds[order], np.arange(count + 1)).tolist()
    return [
        [words[number] for number in numbers[order[begin : min(end, begin + _TELLING)]].tolist()]
        for begin, end in pairwise(bounds)
    ]


def post_starts(reading: Reading) -> Indexes:
    """Return by post where its words begin, and the end of all."""
    places = np.searchsorted(reading.posts, np.arange(len(reading.keys) + 1))
    starts: Indexes = reading.starts[places]
    return starts


def understood(reading: Reading, near: Nearness, is_wanted: NDArray[np.bool_]) -> Understood:
    """Return what the wanted posts mean; a title counts as much as the text."""
    is_read = is_wanted & np.array([lang in (LANG, None) for lang in reading.langs], np.bool_)
    row_of = np.where(is_read, np.cumsum(is_read) - 1, -1)
    places = np.flatnonzero(is_read[reading.posts] & (reading.where != TAG))
    starts, counts = reading.starts[places], np.diff(reading.starts)[places]
    numbers = reading.numbers[ranges(starts, counts)]
    found = static().of_words(reading.lexicon, numbers, np.cumsum(counts, dtype=np.int32))
    rows = row_of[reading.posts[places]]
    vectors = np.zeros((int(is_read.sum()), static().dim), np.float32)
    # A post has at most two such places, one after the other.
    vectors[rows] = found
    second = np.flatnonzero(rows[1:] == rows[:-1]) + 1
    vectors[rows[second]] += found[second - 1]
    lengths = np.sqrt(np.einsum("ij,ij->i", vectors, vectors))
    vectors /= np.where(lengths > 0, lengths, 1)[:, None]
    return Understood(near, row_of, vectors, np.bincount(rows, counts, len(vectors)))


@cache
def small_talk() -> list[str]:
    """Return lines of no subject that anybody serves: good wishes, jokes, the weather."""
    text = Path(__file__).with_name("small_talk.txt").read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line]
