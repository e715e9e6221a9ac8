"""Topics learnt from example posts: a linear model of each, measured before it may tie a post."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from typing import Any, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from contract.catalogue import Example
from transforms.embedding import Vectors, static
from transforms.topic_learnt import ANY, LEAST_CHANCE, Measured, log_odds
from transforms.topic_learnt import Learnt as Learnt
from transforms.topic_near import LANG, Nearness, near_vectors, small_talk
from transforms.topic_training import Texts, Trained, calibrated, trained
from transforms.topic_words import is_telling, parts_of
from transforms.words import language_of, lexicon, words_of

FEWEST = 5
"""A topic with fewer examples is not learnt."""
LEAST_PRECISION = 0.7
"""So much of what a model finds must be right by cross-validation."""
_FEWEST_RIGHT = 3
"""Of fewer it may be luck."""
_METHOD = "squared hinge, words and meanings 2"
_MEANINGS = (0.5, 2.0)
"""So much what a word means may weigh beside the word itself, which weighs 1: more for fewer."""
_MOST_WORDS = 400
_MOST_WEIGHTS = 16_000_000
"""Words times topics, some 64 MB; left out is what fewest texts have."""
_MOST_OF = 0.5
"""Of a vocabulary learnt to this share every word tells, and the best guess is worth a tie."""


class _Read(NamedTuple):
    names: list[str]
    """Of features, words first."""
    rarities: Vectors
    scale: float
    texts: Texts


def train(
    examples: Iterable[Example], against: Iterable[Example] = (), among: int | None = None
) -> Learnt | None:
    """Return models of the topics of the examples, `among` so many topics; None without examples.

    A text that is an example of several topics is one of each. It is a counterexample of all
    others, as small talk is of all; a text of `against` is one of its own topic only. A text of
    function words, numbers and signs alone is neither. A topic is used when it has FEWEST examples
    of one language, that many counterexamples in it, and, by cross-validation over five parts,
    LEAST_PRECISION of what it finds is right, one right and one wrong find more counted in.
    """
    told, denied = list(examples), list(against)
    if not told:
        return None
    stops = sorted({language_of(one.lang) or LANG for one in told})
    version = _version(_by_text(told), _by_text(denied), among)
    kept = [one for one in told if _is_telling(one.text, stops)]
    topics_of = _by_text(kept)
    not_of = _by_text(one for one in denied if _is_telling(one.text, stops))
    langs = _languages(kept, denied)
    counts = Counter(topic for found in topics_of.values() for topic in found)
    given = Counter(topic for found in _by_text(told).values() for topic in found)
    topics = sorted(topic for topic in counts if langs[topic])
    few = [
        Measured(topic, given[topic], 0.0, 0.0, _too_few(counts[topic], given[topic]))
        for topic in sorted(given)
        if topic not in topics
    ]
    said = sorted({*topics_of, *not_of, *small_talk()})
    is_of = np.zeros((len(said), len(topics)), np.bool_)
    is_told = np.ones_like(is_of)
    for at, text in enumerate(said):
        is_of[at] = [topic in topics_of.get(text, ()) for topic in topics]
        if text not in topics_of and text in not_of:
            is_told[at] = [topic in not_of[text] for topic in topics]
    most = _MOST_WEIGHTS // max(1, len(topics))
    is_whole = among is None or len(topics) >= _MOST_OF * among
    left_out = None if is_whole else stops
    tried = [_Course(_texts(said, by, left_out, most), is_of, is_told) for by in _MEANINGS]
    course = min(tried, key=lambda course: course.loss)
    found = _learnt(topics, few, course, is_whole)
    return msgspec.structs.replace(
        found,
        version=version,
        stops=left_out,
        langs=[sorted(langs[topic]) for topic in found.topics],
        near=_meant(found.topics, kept),
    )


def _too_few(count: int, given: int) -> str:
    dumb = f", {given - count} of them without a word that tells" if count < given else ""
    if count < FEWEST:
        return f"{given} examples{dumb}; at least {FEWEST} are needed"
    return (
        f"{given} examples{dumb}; at least {FEWEST} in one language are needed, and as many of "
        "other topics in it"
    )


def _is_telling(text: str, stops: Sequence[str]) -> bool:
    return any(is_telling(word, stops) for word in words_of(text).folded[:_MOST_WORDS])


def _languages(told: Iterable[Example], denied: Iterable[Example]) -> dict[str, set[str]]:
    """Return by topic in which languages it is asked, "" if where the language is unknown.

    Where nobody says anything else in a language, a topic's examples only tell the language.
    """
    by: dict[str, Counter[str]] = defaultdict(Counter)
    every: Counter[str] = Counter({LANG: len(small_talk())})
    for one in told:
        lang = language_of(one.lang) or ANY
        by[one.topic][lang] += 1
        every[lang] += 1
    every.update(language_of(one.lang) or ANY for one in denied)
    asked: dict[str, set[str]] = defaultdict(set)
    for topic, counts in by.items():
        for lang, count in counts.items():
            if count >= FEWEST and (lang == ANY or every[lang] - count >= FEWEST):
                asked[topic].add(lang)
        if len(counts) == 1 and asked[topic]:
            asked[topic].add("")
    return asked


def _meant(topics: Sequence[str], examples: Iterable[Example]) -> Nearness:
    """Return the topics by what their examples mean that are in the language understood."""
    vectors = np.zeros((len(topics), static().dim), np.float32)
    at = {topic: row for row, topic in enumerate(topics)}
    understood = sorted(
        (one.text, one.topic)
        for one in examples
        if one.topic in at and language_of(one.lang) in (LANG, None)
    )
    found = static().of_texts([text for text, _ in understood])
    for (_, topic), vector in zip(understood, found, strict=True):
        vectors[at[topic]] += vector
    lengths = np.sqrt(np.einsum("ij,ij->i", vectors, vectors))
    vectors /= np.where(lengths > 0, lengths, 1)[:, None]
    return near_vectors(topics, vectors)


class _Course:
    """What was learnt from texts, and what it says of those held out."""

    def __init__(self, read: _Read, is_of: NDArray[np.bool_], is_told: NDArray[np.bool_]) -> None:
        self.read, self.is_of = read, is_of
        if not is_of.size:
            self.models = Trained(*(np.zeros((1, 0), np.float32) for _ in range(4)))
            self.slopes, self.offsets = np.zeros((2, 0))
            self.chances, self.loss = np.zeros(is_of.shape), 0.0
            return
        self.models = trained(read.texts, is_of, is_told)
        self.slopes, self.offsets = calibrated(self.models.held_out, is_of, is_told)
        chances = 1 / (1 + np.exp(-(self.models.held_out * self.slopes + self.offsets)))
        self.chances = np.where(is_told, chances, 0)
        said = np.where(is_of, chances, 1 - chances)[is_told]
        self.loss = float(-np.log(np.maximum(said, 1e-9)).mean())


def _learnt(
    topics: Sequence[str], few: Sequence[Measured], course: _Course, is_whole: bool
) -> Learnt:
    read, models = course.read, course.models
    measured, least = _measured(topics, course.chances, course.is_of)
    used = [at for at, one in enumerate(measured) if one.reason is None]
    guess = (1.0, 0.0) if is_whole else None
    if used and is_whole:
        guess = _guess(course.chances[:, used], course.is_of[:, used])
    words = len(read.rarities) - 1
    return Learnt(
        version="",
        measured=[*measured, *few],
        topics=[topics[at] for at in used],
        langs=[],
        near=_meant([], []),
        stops=[],
        words=read.names[:words],
        rarities=read.rarities,
        grams=[gram[1:] for gram in read.names[words:]],
        weights=models.weights[:, used].ravel(),
        meanings=models.meanings[:, used].ravel(),
        scale=read.scale,
        biases=models.biases.ravel()[used],
        slopes=course.slopes[used].astype(np.float32),
        offsets=course.offsets[used].astype(np.float32),
        least=least[used],
        guess=guess,
    )


def _guess(chances: NDArray[Any], is_of: NDArray[np.bool_]) -> tuple[float, float]:
    """Return how the chance of a held-out text's most probable topic tells that it is right."""
    every, best = np.arange(len(chances)), chances.argmax(axis=1)
    odds, is_right = log_odds(chances[every, best])[:, None], is_of[every, best][:, None]
    slope, offset = calibrated(odds, is_right, np.ones_like(is_right))
    return float(slope[0]), float(offset[0])


def _by_text(examples: Iterable[Example]) -> dict[str, set[str]]:
    topics_of: dict[str, set[str]] = {}
    for example in examples:
        topics_of.setdefault(example.text, set()).add(example.topic)
    return topics_of


def _measured(
    topics: Sequence[str], chances: NDArray[Any], is_of: NDArray[np.bool_]
) -> tuple[list[Measured], Vectors]:
    """Return how well each topic is found in held-out texts, and from which chance on."""
    counts = is_of.sum(axis=0).tolist()
    measured, least = [], []
    for column, topic in enumerate(topics):
        order = np.argsort(-chances[:, column], kind="stable")
        order = order[chances[order, column] >= LEAST_CHANCE]
        found = np.arange(1, len(order) + 1)
        right = np.cumsum(is_of[order, column])
        is_precise = (right + 1) / (found + 2) >= LEAST_PRECISION
        is_enough = np.flatnonzero(is_precise & (right >= _FEWEST_RIGHT))
        at = int(is_enough[-1]) if len(is_enough) else len(order) - 1
        precision = float(right[at] / found[at]) if len(order) else 0.0
        recall = float(right[at] / counts[column]) if len(order) else 0.0
        reason = None
        if not len(is_enough):
            reason = f"by cross-validation less than {LEAST_PRECISION:.0%} of its finds are right"
        measured.append(Measured(topic, counts[column], precision, recall, reason))
        least.append(float(chances[order[at], column]) if len(order) else 1.0)
    return measured, np.array(least, np.float32)


def _texts(said: Sequence[str], weight: float, stops: Sequence[str] | None, most: int) -> _Read:
    bags = [Counter(words_of(text).folded[:_MOST_WORDS]) for text in said]
    held_by = Counter(word for bag in bags for word in bag)
    told = {word for word in held_by if is_telling(word, stops)}
    bags = [Counter({w: n for w, n in bag.items() if w in told}) for bag in bags]
    words = sorted(told)
    place = {word: number for number, word in enumerate(words)}
    current = lexicon()
    meant = static().of_each(current, np.array([current[word] for word in words], np.int32))
    lengths = np.sqrt(np.einsum("ij,ij->i", meant, meant))
    scale = float(weight**0.5 / lengths[lengths > 0].mean()) if lengths.any() else 0.0
    names = [parts_of(w, is_meant=n > 0) for w, n in zip(words, lengths.tolist(), strict=True)]
    kept = _kept_names(bags, place, names, most)
    at = {name: number for number, name in enumerate(kept)}
    held = np.array([held_by[word] if word in at else 0 for word in words])
    rarities = (np.log((1 + len(said)) / (1 + held)) + 1).astype(np.float32)
    features, weights, meanings = [], [], np.zeros((len(said), meant.shape[1]), np.float32)
    for row, bag in enumerate(bags):
        own = np.array([place[word] for word in bag], np.int64)
        counts = np.array(list(bag.values()), np.float32)
        sizes = counts * rarities[own]
        length = np.sqrt((counts * rarities[own] ** 2).sum()) if bag else 1
        sizes = (sizes / length).astype(np.float32)
        meanings[row] = scale * (sizes @ meant[own]) if bag else 0
        summed: dict[int, float] = {}
        for number, size in zip(own.tolist(), sizes.tolist(), strict=True):
            for name in names[number]:
                if name in at:
                    share = size * len(names[number]) ** -0.5
                    summed[at[name]] = summed.get(at[name], 0.0) + share
        features.append(np.array(list(summed), np.int64))
        weights.append(np.array(list(summed.values()), np.float32))
    known = [number for number, word in enumerate(words) if word in at]
    unknown = np.float32(np.log(1 + len(said)) + 1)
    texts = Texts(features, weights, meanings, len(at))
    return _Read(kept, np.append(rarities[known], unknown), scale, texts)


def _kept_names(
    bags: Iterable[Iterable[str]],
    place: Mapping[str, int],
    names: Sequence[Sequence[str]],
    most: int,
) -> list[str]:
    """Return words and then grams that more than one text has: what one alone said is not kept."""
    count: Counter[str] = Counter()
    for bag in bags:
        count.update({name for word in bag for name in names[place[word]]})
    often = sorted((-held, name) for name, held in count.items() if held > 1)[:most]
    return sorted((name for _, name in often), key=lambda name: (name not in place, name))


def _version(
    told: Mapping[str, set[str]], denied: Mapping[str, set[str]], among: int | None
) -> str:
    said = [
        sorted((text, sorted(of)) for text, of in topics_of.items()) for topics_of in (told, denied)
    ]
    made_with = (_METHOD, static().name, small_talk(), said, among)
    return sha256(msgspec.json.encode(made_with)).hexdigest()[:16]
