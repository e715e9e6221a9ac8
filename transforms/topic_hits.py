"""Labels of topics where they stand in posts: word for word, in tags without spaces, by stems."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from transforms.labels import Hits, labels_in, outermost, stops_of
from transforms.ranges import Indexes
from transforms.reading import TAG, Reading
from transforms.topic_names import Name, TopicMatcher
from transforms.words import Meaning, Numbers

_ends_in_ing = Meaning(lambda word: word.endswith("ing"))


class TopicHits(NamedTuple):
    """Names of topics where they stand in posts, by post and place."""

    starts: Indexes
    ends: Indexes
    names: Indexes
    """As indexes of the matcher's names."""
    posts: Indexes
    where: Indexes
    """As indexes of WHERE."""
    is_inflected: NDArray[np.bool_]


def hits_in(reading: Reading, matcher: TopicMatcher) -> TopicHits:
    """Return the names that stand in the posts, without those inside a longer one."""
    exact = _exact(reading, matcher)
    inflected = _inflected(reading, matcher, exact)
    hits = Hits(*(np.concatenate(both) for both in zip(exact, inflected, strict=True)))
    kept = outermost(hits)
    hits = hits.at(kept)
    places = reading.places[hits.starts]
    return TopicHits(*hits, reading.posts[places], reading.where[places], kept >= len(exact.of))


def _exact(reading: Reading, matcher: TopicMatcher) -> Hits:
    """Return the labels that stand there word for word, and in tags also without spaces."""
    langs = _langs_of_words(reading, matcher)
    words = matcher.exact.meaning(reading.lexicon, reading.numbers)
    exact = labels_in(words, stops_of(reading), matcher.exact)
    exact = exact.at(_agrees(langs, exact, matcher))
    is_written = np.ones(len(exact.of), np.bool_)
    choosy = np.flatnonzero(matcher.is_choosy[exact.of])
    found = reading.found(exact.starts[choosy], exact.ends[choosy])
    for at, written in zip(choosy.tolist(), found, strict=True):
        place, name = int(reading.places[exact.starts[at]]), matcher.names[exact.of[at]]
        is_written[at] = _is_written_so(reading, place, name, written)
    glued = _glued(reading, matcher)
    glued = glued.at(_agrees(langs, glued, matcher))
    return Hits(*(np.concatenate(both) for both in zip(exact.at(is_written), glued, strict=True)))


def _glued(reading: Reading, matcher: TopicMatcher) -> Hits:
    """Return the labels of several words that are a tag of one."""
    is_tag = (reading.where == TAG) & (np.diff(reading.starts) == 1)
    tags = reading.starts[:-1][is_tag]
    words = matcher.joined.meaning(reading.lexicon, reading.numbers[tags])
    found = labels_in(words, np.arange(1, len(tags) + 1, dtype=np.int32), matcher.joined)
    return Hits(tags[found.starts], tags[found.starts] + 1, found.of)


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
        if stemmed := matcher.stemmed(lang):
            is_said = of_word == number
            if lang in matcher.inflected:
                is_said |= of_word == -1
            words = np.flatnonzero(is_said)
            labels, meaning = stemmed
            stems = np.zeros(len(of_word), np.int32)
            stems[words] = meaning(reading.lexicon, reading.numbers[words])
            hits = labels_in(stems, stops, labels)
            if lang == "en":
                hits = hits.at(~_is_gerund_of_other(reading, matcher, hits))
            found.append(hits)
    hits = Hits(*(np.concatenate(parts) for parts in zip(*found, strict=True)))
    # By a search, for `numpy.isin` does not see that nearly all is in order.
    spans, taken = _spans(hits), np.sort(_spans(exact), kind="stable")
    return hits.at(np.searchsorted(taken, spans) == np.searchsorted(taken, spans, "right"))


def _spans(hits: Hits) -> NDArray[np.int64]:
    return hits.starts << 32 | hits.ends


def _is_gerund_of_other(reading: Reading, matcher: TopicMatcher, hits: Hits) -> NDArray[np.bool_]:
    """Return whether only one of two English words ends in -ing: "housing" is not a house."""
    is_gerund = _ends_in_ing(reading.lexicon, reading.numbers[hits.starts]) > 0
    is_one_word = hits.ends - hits.starts == 1
    is_other: NDArray[np.bool_] = is_one_word & (is_gerund != matcher.is_gerund[hits.of])
    return is_other
