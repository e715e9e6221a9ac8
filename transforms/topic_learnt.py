"""Topics as they were learnt from examples, and what they say of posts."""

from functools import cached_property
from typing import Any, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from transforms.embedding import Vectors, static
from transforms.ranges import Indexes, distinct, parts, ranges
from transforms.reading import TEXT, Reading
from transforms.topic_near import LANG, MOST_NEARER, NEARER, Nearness, strongest, words_said
from transforms.topic_words import is_telling, parts_of
from transforms.words import Lexicon, Meaning, Numbers, lexicon

LEAST_CHANCE = 0.3
"""What is less probable is not found, however precise the model."""
_LEAST_PROBABLE = 0.5
"""Nor what is so in posts of any subject, where few of them are learnt."""
_SELDOM = -1.5
"""Log odds by which such posts are more seldom about a topic than the examples let expect."""
_LEAST_MET = 2
"""So many of the examples' words a post has to say, or one and mean _WELL_BEYOND the gate."""
_WELL_BEYOND = 0.1
_MOST_ODDS = 30.0  # A text may say one word ten thousand times.
ANY = "*"
"""Any language, as an example that tells none is of."""
_OWN = 2
_AT_ONCE = 16384
"""Words summed at once, so that what they weigh stays in the processor's cache."""


class Measured(msgspec.Struct):
    """How well a topic is learnt; `reason` says why it is not used, None if it is."""

    topic_uri: str
    examples: int
    precision: float
    recall: float
    reason: str | None


class Found(NamedTuple):
    """Posts and topics that a model takes to be probable, by post."""

    posts: Indexes
    topics: Indexes
    """As indexes of `Learnt.topics`."""
    chances: Vectors
    is_sure: NDArray[np.bool_]
    """Whether it is so probable that the model is as right as it must be; else it is a guess."""
    against: Vectors
    """By any post and topic, log odds by which it is less probable than what is sure."""


class Own(NamedTuple):
    """The words of the posts' own titles and texts."""

    starts: Indexes
    """By post, where its words begin; and the end of all."""
    numbers: Numbers


class Learnt(msgspec.Struct, dict=True):
    """Models of the topics that are learnt well enough, ready to be asked."""

    version: str
    """Of the examples and the method."""
    measured: list[Measured]
    topics: list[str]
    """Those that are used, by column of what follows."""
    langs: list[list[str]]
    """By column, the languages in which it is asked, of which "" is the unknown one."""
    near: Nearness
    """The topics by the meaning of their examples."""
    stops: list[str] | None
    """Languages whose function words say nothing; None where all words are asked."""
    words: list[str]
    rarities: Vectors
    """By word, and of any other."""
    grams: list[str]
    """Sequences of letters of words whose meaning is unknown."""
    weights: Vectors
    """By word, then by gram, and column."""
    meanings: Vectors
    """By dimension of meaning and column."""
    scale: float
    """Of meanings, so that they are as long as words are."""
    biases: Vectors
    slopes: Vectors
    offsets: Vectors
    least: Vectors
    """By column, the chance from which on it finds what is right often enough."""
    guess: tuple[float, float] | None
    """Slope and offset: from log odds of a text's most probable topic to how often it is right.

    None where other topics than the learnt ones are as probable.
    """

    @cached_property
    def _rows(self) -> "_Rows":
        return _Rows(self)

    def found(self, reading: Reading) -> Found:
        """Return what the posts are probably about: by post all that is sure, else the best.

        Asked are topics that have examples in the post's language, of its own title and text.
        """
        own = _own_words(reading)
        chances = self._rows.chances(reading.lexicon, own)
        is_asked = self._is_asked(reading.langs)
        chances[~is_asked] = 0
        posts, topics = np.nonzero(chances >= self.least)
        probable = self._backed(reading, own, posts, topics, chances[posts, topics])
        is_kept = probable >= LEAST_CHANCE
        posts, topics, probable = posts[is_kept], topics[is_kept], probable[is_kept]
        others = np.setdiff1d(np.flatnonzero(chances.any(axis=1)), posts)
        guessed, best, likely = self._guessed(chances, others)
        found = np.concatenate([posts, guessed])
        order = np.argsort(found, kind="stable")
        return Found(
            posts=found[order],
            topics=np.concatenate([topics, best])[order],
            chances=np.concatenate([probable, likely])[order],
            is_sure=order < len(posts),
            against=np.where(is_asked, log_odds(chances) - log_odds(self.least), 0),
        )

    def telling(self, reading: Reading, found: Found) -> list[list[str]]:
        """Return by find the words that spoke most for the topic, the strongest first."""
        finds, numbers = words_said(*_own_words(reading), found.posts)
        said = self._rows.said(reading.lexicon, numbers, found.topics[finds])
        return strongest(reading, finds, numbers, said, len(found.posts))

    def _is_asked(self, langs: list[str | None]) -> NDArray[np.bool_]:
        by_lang = {
            lang: [(lang or "") in asked or ANY in asked for asked in self.langs]
            for lang in set(langs)
        }
        return np.array([by_lang[lang] for lang in langs], np.bool_)

    def _backed(
        self, reading: Reading, own: Own, posts: Indexes, topics: Indexes, chances: Vectors
    ) -> Vectors:
        """Return how probable each find is, seen what people say in general.

        0 is where the post has no words of the examples or is not near them in meaning; where its
        language is not understood, the words alone must do.
        """
        finds, numbers = words_said(*own, posts)
        met = self._rows.met(reading.lexicon, numbers, topics[finds])
        pairs = np.unique((finds << 32 | numbers)[met])
        counts = np.bincount(pairs >> 32, minlength=len(posts))
        ends = np.cumsum(np.bincount(finds, minlength=len(posts)), dtype=np.int32)
        vectors = static().of_words(reading.lexicon, numbers, ends)
        near = np.einsum("ij,ij->i", vectors, self.near.table[topics]) - self.near.usual[topics]
        beyond = near - self.near.gate(np.diff(ends, prepend=0))
        is_read = np.array([lang in (LANG, None) for lang in reading.langs], np.bool_)[posts]
        beyond[~is_read] = 0
        is_backed = (counts >= _LEAST_MET) & (beyond >= 0)
        is_backed |= (counts > 0) & (beyond >= _WELL_BEYOND)
        if self.guess is None:
            odds = log_odds(chances) + _SELDOM + NEARER * np.minimum(beyond, MOST_NEARER)
            chances = np.where(_chance(odds) >= _LEAST_PROBABLE, _chance(odds), 0)
        return np.where(is_backed, chances, 0).astype(np.float32)

    def _guessed(self, chances: Vectors, posts: Indexes) -> tuple[Indexes, Indexes, Vectors]:
        """Return those of the posts with a likely best topic, that, and how likely it is."""
        if self.guess is None:
            posts = posts[:0]
        slope, offset = self.guess or (0.0, 0.0)
        best = chances[posts].argmax(axis=1)
        guessed = _chance(slope * log_odds(chances[posts, best]) + offset)
        is_likely = guessed >= LEAST_CHANCE
        posts = posts[is_likely]
        return posts, best[is_likely], guessed[is_likely]


class _Rows:
    """By word of a lexicon what it adds to each topic's score, and what to its length."""

    def __init__(self, learnt: Learnt) -> None:
        self._of = learnt
        self._columns = len(learnt.topics)
        self._weights = learnt.weights.reshape(-1, self._columns)
        self._meanings = learnt.meanings.reshape(-1, self._columns)
        names = (*learnt.words, *(" " + gram for gram in learnt.grams))
        self._at = {name: at for at, name in enumerate(names)}
        # What a word is to the model: 0 nothing, 1 not one of its own, and then its own ones.
        self._row = Meaning(self._row_of)

    def chances(self, lexicon: Lexicon, own: Own) -> Vectors:
        """Return by post and topic how probably it is about that; 0 where it has no words."""
        starts = own.starts
        sums = np.zeros((len(starts) - 1, self._columns + 1), np.float32)
        for begin, end in parts(starts, _AT_ONCE):
            cuts = starts[begin:end]
            has_words = cuts < starts[begin + 1 : end + 1]
            if has_words.any():
                numbers = own.numbers[cuts[0] : starts[end]]
                known = distinct(numbers)
                rows = self._weighed(lexicon, known)[np.searchsorted(known, numbers)]
                at = begin + np.flatnonzero(has_words)
                sums[at] = np.add.reduceat(rows, cuts[has_words] - cuts[0], axis=0)
        lengths = np.sqrt(sums[:, -1:])
        scores = sums[:, :-1] / np.where(lengths > 0, lengths, 1) + self._of.biases
        odds = np.clip(scores * self._of.slopes + self._of.offsets, -_MOST_ODDS, _MOST_ODDS)
        found: Vectors = np.where(lengths > 0, _chance(odds), 0).astype(np.float32)
        return found

    def said(self, lexicon: Lexicon, numbers: Numbers, columns: Indexes) -> Vectors:
        """Return what each word adds to the score of the topic beside it."""
        known = distinct(numbers)
        return self._weighed(lexicon, known)[np.searchsorted(known, numbers), columns]

    def met(self, lexicon: Lexicon, numbers: Numbers, columns: Indexes) -> NDArray[np.bool_]:
        """Return whether each is a word of the examples that speaks for the topic beside it."""
        at = self._row(lexicon, numbers) - _OWN
        speaks: NDArray[np.bool_] = (at >= 0) & (self._weights[np.maximum(at, 0), columns] > 0)
        return speaks

    def _row_of(self, word: str) -> int:
        if word in self._at:
            return self._at[word] + _OWN
        return int(is_telling(word, self._of.stops))

    @cached_property
    def _own(self) -> Vectors:
        """By word of the model what it adds."""
        current = lexicon()
        numbers = np.array([current[word] for word in self._of.words], np.int32)
        return self._added(current, numbers)

    def _weighed(self, lexicon: Lexicon, numbers: Numbers) -> Vectors:
        at = self._row(lexicon, numbers)
        rows = np.zeros((len(numbers), self._columns + 1), np.float32)
        rows[at >= _OWN] = self._own[at[at >= _OWN] - _OWN]
        rows[at == 1] = self._added(lexicon, numbers[at == 1])
        return rows

    def _added(self, lexicon: Lexicon, numbers: Numbers) -> Vectors:
        meant = static().of_each(lexicon, numbers)
        rows = np.zeros((len(numbers), self._columns + 1), np.float32)
        # In double precision, so that it does not hang on which words are asked together.
        rows[:, :-1] = meant.astype(np.float64) @ self._meanings * self._of.scale
        last = len(self._of.words)
        meaning = np.count_nonzero(meant, axis=1).tolist()
        for at, number in enumerate(numbers.tolist()):
            names = parts_of(lexicon.words[number], is_meant=meaning[at] > 0)
            share = np.float32(len(names) ** -0.5)
            known = [self._at[name] for name in names if name in self._at]
            if known:
                rows[at, :-1] += share * self._weights[known].sum(axis=0)
            word = known[0] if known and known[0] < last else last
            rarity = self._of.rarities[word]
            rows[at, :-1] *= rarity
            rows[at, -1] = rarity * rarity
        return rows


def _own_words(reading: Reading) -> Own:
    places = np.flatnonzero(reading.where <= TEXT)
    counts = np.diff(reading.starts)[places]
    sums = np.bincount(reading.posts[places], counts, len(reading.keys)).astype(np.int64)
    numbers = reading.numbers[ranges(reading.starts[places], counts)]
    return Own(np.concatenate(([0], np.cumsum(sums))), numbers)


def _chance(odds: NDArray[Any]) -> NDArray[Any]:
    return np.asarray(1 / (1 + np.exp(-odds)))


def log_odds(chances: Vectors) -> Vectors:
    """Return the logarithms of the odds, of what is sure bounded ones."""
    bounded = np.clip(chances, 0.001, 0.999)
    odds: Vectors = np.log(bounded / (1 - bounded))
    return odds
