"""Ties posts to topics by the topics' own labels."""

from itertools import groupby
from operator import itemgetter

import numpy as np
from numpy.typing import NDArray
from pandas import DataFrame

from transforms.labels import (
    Hits,
    Labels,
    Witness,
    labels_in,
    outermost,
    stops_of,
    ties_frame,
    ties_of,
)
from transforms.reading import TAG, WHERE, Reading, read
from transforms.topic_names import Name, TopicMatcher
from transforms.topic_names import topic_matcher as topic_matcher
from transforms.words import Meaning, Numbers

METHOD_VERSION = "topics-1"

WHERE_SCORES = {"tag": 0.85, "title": 0.8, "text": 0.7, "thread title": 0.4}
"""How sure one preferred label makes, by where it stands."""
KIND_FACTORS = {"prefLabel": 1.0, "altLabel": 0.95, "hiddenLabel": 0.9}
INFLECTED_FACTOR = 0.85
"""Stems meet by accident more often than words do: a "university" is not the "universe"."""
PART_FACTOR = 0.65
"""One of the things a label lists, as written: the "budget" of "Budget and taxes"."""
_METHODS = {"tag": "tag", "thread title": "thread-title"}
_ends_in_ing = Meaning(lambda word: word.endswith("ing"))


def tie_topics(posts: DataFrame | Reading, matcher: TopicMatcher) -> DataFrame:
    """Return the ties of posts to topics: post_key, target (URI), score, method, evidence.

    Whole words only, in any case; acronyms and labels of up to three characters keep theirs, but
    in tags. Where the post's language has a stemmer, its inflected forms meet too. A label counts
    in posts of its own language; in others only when it has two words or more or is an acronym;
    where either language is unknown, always. A label inside a longer one is not counted. The
    score combines the witnesses by WHERE_SCORES, KIND_FACTORS, INFLECTED_FACTOR and PART_FACTOR;
    methods are `label`, `label-inflected`, `label-part`, `tag` and `thread-title`.
    """
    reading = read(posts)
    exact = _exact(reading, matcher)
    inflected = _inflected(reading, matcher, exact)
    hits = Hits(*(np.concatenate(both) for both in zip(exact, inflected, strict=True)))
    kept = outermost(hits)
    is_inflected = (kept >= len(exact.of)).tolist()
    hits = hits.at(kept)
    places = reading.places[hits.starts]
    found = zip(
        reading.posts[places].tolist(),
        reading.where[places].tolist(),
        reading.found(hits.starts, hits.ends),
        hits.of.tolist(),
        is_inflected,
        strict=True,
    )
    rows = []
    for post, same in groupby(found, key=itemgetter(0)):
        witnesses = [
            _witness(matcher.names[name], WHERE[where], written, inflects)
            for _, where, written, name, inflects in same
        ]
        rows += ties_of(reading.keys[post], witnesses)
    return ties_frame(rows)


def _exact(reading: Reading, matcher: TopicMatcher) -> Hits:
    """Return the labels that stand there word for word, and in tags also without spaces."""
    langs = _langs_of_words(reading, matcher)
    stops = stops_of(reading)
    exact = _heard(reading, stops, matcher.exact)
    exact = exact.at(_agrees(langs, exact, matcher))
    is_written = np.ones(len(exact.of), np.bool_)
    choosy = np.flatnonzero(matcher.is_choosy[exact.of])
    found = reading.found(exact.starts[choosy], exact.ends[choosy])
    for at, written in zip(choosy.tolist(), found, strict=True):
        place, name = int(reading.places[exact.starts[at]]), matcher.names[exact.of[at]]
        is_written[at] = _is_written_so(reading, place, name, written)
    glued = _heard(reading, stops, matcher.joined)
    places = reading.places[glued.starts]
    is_tag = (reading.where[places] == TAG) & (np.diff(reading.starts)[places] == 1)
    glued = glued.at(is_tag & _agrees(langs, glued, matcher))
    return Hits(*(np.concatenate(both) for both in zip(exact.at(is_written), glued, strict=True)))


def _heard(reading: Reading, stops: Numbers, labels: Labels) -> Hits:
    return labels_in(labels.meaning(reading.lexicon, reading.numbers), stops, labels)


def _langs_of_words(reading: Reading, matcher: TopicMatcher) -> Numbers:
    """Return by word the language of its post as an index of the matcher's, -1 for any other."""
    at = {lang: number for number, lang in enumerate(matcher.langs)}
    langs = np.array([at.get(lang, -1) for lang in reading.langs], np.int32)
    return langs[reading.posts[reading.places]]


def _agrees(langs: Numbers, hits: Hits, matcher: TopicMatcher) -> NDArray[np.bool_]:
    post, name = langs[hits.starts], matcher.lang_of[hits.of]
    agrees: NDArray[np.bool_] = (post == 0) | (name == 0) | (post == name)
    return agrees | matcher.is_free[hits.of]


def _is_written_so(reading: Reading, place: int, name: Name, found: str) -> bool:
    is_tag = reading.where[place] == TAG
    if len(name.value) == 1:
        return bool(is_tag and reading.starts[place + 1] - reading.starts[place] == 1)
    if is_tag and len(name.value) > 2:
        return True
    text = reading.texts[place]
    if name.is_acronym:
        return found == name.value and not text.isupper()
    return not found.isupper() or text.isupper()


def _inflected(reading: Reading, matcher: TopicMatcher, exact: Hits) -> Hits:
    """Return the labels met by stems; none is heard where a label stands word for word."""
    stops = stops_of(reading)
    langs = sorted({lang for lang in reading.langs if lang} | set(matcher.inflected))
    code = {lang: number for number, lang in enumerate(langs)}
    codes = np.array([code[lang] if lang else -1 for lang in reading.langs], np.int32)
    of_word = codes[reading.posts[reading.places]]
    found = [Hits(*np.zeros((3, 0), np.int64))]
    for number, lang in enumerate(langs):
        is_said = of_word == number
        if lang in matcher.inflected:
            is_said |= of_word == -1
        words = np.flatnonzero(is_said)
        if len(words) and (stemmed := matcher.stemmed(lang)):
            labels, meaning = stemmed
            stems = np.zeros(len(of_word), np.int32)
            stems[words] = meaning(reading.lexicon, reading.numbers[words])
            hits = labels_in(stems, stops, labels)
            if lang == "en":
                hits = hits.at(~_is_gerund_of_other(reading, matcher, hits))
            found.append(hits)
    hits = Hits(*(np.concatenate(parts) for parts in zip(*found, strict=True)))
    taken = np.isin(_spans(hits), _spans(exact))
    return hits.at(~taken)


def _spans(hits: Hits) -> NDArray[np.int64]:
    return hits.starts << 32 | hits.ends


def _is_gerund_of_other(reading: Reading, matcher: TopicMatcher, hits: Hits) -> NDArray[np.bool_]:
    """Return whether only one of two English words ends in -ing: "housing" is not a house."""
    is_gerund = _ends_in_ing(reading.lexicon, reading.numbers[hits.starts]) > 0
    is_one_word = hits.ends - hits.starts == 1
    is_other: NDArray[np.bool_] = is_one_word & (is_gerund != matcher.is_gerund[hits.of])
    return is_other


def _witness(name: Name, where: str, found: str, is_inflected: bool) -> Witness:
    score = WHERE_SCORES[where] * KIND_FACTORS[name.kind] * (PART_FACTOR if name.is_part else 1)
    evidence = {
        "label": name.label,
        "kind": name.kind,
        "lang": name.tag,
        "found": found,
        "where": where,
    }
    method = "label-part" if name.is_part else "label-inflected" if is_inflected else "label"
    method = _METHODS.get(where, method)
    score *= INFLECTED_FACTOR if is_inflected else 1
    return Witness(name.uri, name.label, where, score, method, evidence)
