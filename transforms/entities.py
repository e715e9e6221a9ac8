"""Ties posts to rows of the agency's registers by the rows' own names and numbers."""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache, partial
from itertools import groupby, pairwise
from typing import NamedTuple

import msgspec
import numpy as np
from pandas import DataFrame

from contract.catalogue import Entity
from transforms.labels import (
    Labels,
    Witness,
    label_index,
    labels_in,
    outermost,
    stops_of,
    ties_frame,
    ties_of,
)
from transforms.reading import WHERE, Reading, read
from transforms.words import closed, unaccented, words_of, words_of_tag

METHOD_VERSION = "entities-2"

SCORES = {"identifier": 0.95, "name": 0.9, "alias": 0.85, "short": 0.7}
"""How sure the row's own number makes, and a name of two words or more; `short` is a name without
suffix or place."""
ONE_WORD_FACTOR = 0.75
DOUBTFUL_FACTOR = 0.75
"""Of several words without a capital; and of one word whose capital tells little: at the start of a
sentence, in a text all in capitals, beside another capitalised word that may belong to the name."""
THREAD_FACTOR = 0.5
PLACE_SCORE = 0.5
"""What the row's place adds when it is named in the same post."""
MOST_NAMESAKES = 3
_LONGEST_ACRONYM = 3
_SHORTEST_GLUED = 6
_SHORTEST_IDENTIFIER = 6
_GOES_ON = re.compile(r"[./:-]\d")
"""What makes a number found the beginning of a longer one: 1987.12 in 1987.12.3."""
_QUALIFIER = re.compile(r"\s*(?:,\s*[^\W\d_]+(?: [^\W\d_]+){0,2}|\([^()]*\))\s*$")
_STARTS = re.compile(r"(?:^|[.!?:\n])\W*$|\b[A-Z]\w* $")
_LEGAL = frozenset(words_of("""
    ab ag as bv co company corp corporation gmbh inc incorporated kg limited llc llp ltd nv oy plc
    sa sas se srl
""").folded)  # fmt: skip


Place = tuple[str, ...]


class Name(NamedTuple):
    """A way to write what a row is called."""

    key: str
    value: str
    kind: str
    place: Place
    place_name: str | None


class EntityMatcher(msgspec.Struct):
    """The names, aliases and numbers of all rows, ready to be looked up; build it once."""

    names: list[Name]
    labels: Labels


class _Hit(NamedTuple):
    """A name in a post: from word `start` up to, not including, word `end`."""

    start: int
    end: int
    post: int
    where: str
    text: str
    span: tuple[int, int]
    """Where in the text it is written."""
    of: Name

    @property
    def found(self) -> str:
        """How the post writes it."""
        return self.text[slice(*self.span)]

    @property
    def is_one_word(self) -> bool:
        """Whether it is."""
        return self.end - self.start == 1


def entity_matcher(entities: Mapping[str, Entity]) -> EntityMatcher:
    """Return a matcher of the names and aliases of the rows, given by their entity keys."""
    names: list[Name] = []
    labels: list[tuple[Place, int]] = []
    for key, entity in entities.items():
        place = tuple(words_of((entity.place or "").partition(",")[0]).folded)
        written: dict[Place, Name] = {}
        for kind, value in [("name", entity.name), *(("alias", a) for a in entity.aliases)]:
            for form, is_short in _forms(value):
                name = Name(key, value.strip(), "short" if is_short else kind, place, entity.place)
                written.setdefault(form, name)
        for form in _forms_of_identifier(entity.native_id):
            number = Name(key, entity.native_id, "identifier", place, entity.place)
            written.setdefault(form, number)
        at = {
            name: len(names) + number for number, name in enumerate(dict.fromkeys(written.values()))
        }
        names += at
        labels += [(form, at[name]) for form, name in written.items()]
    return EntityMatcher(names, label_index(labels))


def _forms(value: str) -> Iterator[tuple[tuple[str, ...], bool]]:
    """Yield the ways to write a name, and whether each is a shortened one.

    People leave out apostrophes, hyphens, accents, a leading "the", the legal form, the spaces (in
    tags), and what follows in brackets or after a comma to say which one is meant.
    """
    plain = _QUALIFIER.sub("", value)
    for writing, is_cut in ((value, False), (plain, plain != value)):
        for form in (writing, closed(writing), unaccented(writing)):
            words = words_of(form).folded
            bare = words[1:] if words[:1] == ["the"] and len(words) > 2 else words[:]
            while len(bare) > 1 and bare[-1] in _LEGAL:
                bare.pop()
            is_bare = len(bare) == 1 < len(words)
            yield tuple(words), is_cut
            yield tuple(bare), is_cut or is_bare
            if len(bare) > 1 and len(glued := "".join(bare)) >= _SHORTEST_GLUED:
                yield (glued,), is_cut


def _forms_of_identifier(native_id: str) -> Iterator[tuple[str, ...]]:
    """Yield the ways to write a row's number that nothing else is written like.

    Plain digits are prices and years too, so a number has letters as well; Flickr writes the
    machine tag museum:object=ABW.1987.12 also as museum:object=abw198712.
    """
    glued = "".join(words_of(native_id).folded)
    is_telling = any(c.isalpha() for c in glued) and any(c.isdigit() for c in glued)
    if is_telling and len(glued) >= _SHORTEST_IDENTIFIER:
        yield tuple(words_of(native_id).folded)
        yield tuple(words_of_tag(native_id).folded)
        yield (glued,)


def tie_entities(posts: DataFrame | Reading, matcher: EntityMatcher) -> DataFrame:
    """Return the ties of posts to register rows: post_key, target (key), score, method, evidence.

    Names are whole words; of names inside longer names the longest counts. A name of two words or
    more is met in any case, a name of one word only with a capital or as the register writes it,
    one of up to three letters only as the register writes it. A row's own number of letters and
    digits, in words or in a tag, also a machine tag, ties by `identifier`. The score is that of
    SCORES times the factors above. Rows of the same name are told apart by their place when the
    post names it (`name-place`); otherwise up to MOST_NAMESAKES are all tied with their share of
    the score (`name-ambiguous`), and more are not. The common method is `name`.
    """
    reading = read(posts)
    rows = []
    for post, hits in groupby(_hits(reading, matcher), key=lambda hit: hit.post):
        rows += ties_of(reading.keys[post], list(_witnesses(reading, post, hits)))
    return ties_frame(rows)


def _hits(reading: Reading, matcher: EntityMatcher) -> Iterator[_Hit]:
    """Yield the outermost names, in order, that are written as they have to be."""
    words = matcher.labels.meaning(reading.lexicon, reading.numbers)
    found = labels_in(words, stops_of(reading), matcher.labels)
    places = reading.places[found.starts]
    columns = zip(
        found.starts.tolist(),
        found.ends.tolist(),
        reading.posts[places].tolist(),
        [WHERE[at] for at in reading.where[places].tolist()],
        [reading.texts[place] for place in places.tolist()],
        reading.spans(found.starts, found.ends),
        [matcher.names[of] for of in found.of.tolist()],
        strict=True,
    )
    hits = [_Hit(*values) for values in columns]
    written = np.flatnonzero(np.array([_is_written_so(hit) for hit in hits], np.bool_))
    for at in written[outermost(found.at(written))].tolist():
        yield hits[at]


def _witnesses(reading: Reading, post: int, hits: Iterator[_Hit]) -> Iterator[Witness]:
    is_named = cache(partial(_is_named, reading, post))
    for _, group in groupby(hits, key=lambda hit: (hit.start, hit.end)):
        same = list(group)
        if any(hit.of.kind != "short" for hit in same):
            same = [hit for hit in same if hit.of.kind != "short"]
        own = reading.folded(same[0].start, same[0].end)
        placed = [hit for hit in same if is_named(hit.of.place) and not _holds(own, hit.of.place)]
        chosen = placed or same
        if len(chosen) <= MOST_NAMESAKES:
            for hit in chosen:
                yield _witness(hit, bool(placed), len(chosen))


def _is_named(reading: Reading, post: int, place: Place) -> bool:
    first, last = np.searchsorted(reading.posts, (post, post + 1)).tolist()
    ends = reading.starts[first : last + 1].tolist()
    return bool(place) and any(
        _holds(reading.folded(start, end), place) for start, end in pairwise(ends)
    )


def _is_written_so(hit: _Hit) -> bool:
    if hit.of.kind == "identifier":
        return not _GOES_ON.match(hit.text, hit.span[1])
    if hit.where == "tag" or not hit.is_one_word:
        return True
    found = hit.found
    if len(found) <= _LONGEST_ACRONYM:
        return found in hit.of.value
    return not found.islower() or found in hit.of.value


def _certainty(hit: _Hit) -> float:
    is_doubtful = hit.where != "tag" and _is_doubtful(hit)
    factor = ONE_WORD_FACTOR if hit.is_one_word else 1
    return factor * (DOUBTFUL_FACTOR if is_doubtful else 1)


def _is_doubtful(hit: _Hit) -> bool:
    text, (begin, end) = hit.text, hit.span
    if not hit.is_one_word:
        return hit.found.islower()
    before, after = text[max(0, begin - 80) : begin], text[end : end + 2]
    return text.isupper() or bool(_STARTS.search(before)) or after[1:].isupper()


def _holds(words: Sequence[str], place: Place) -> bool:
    size = len(place)
    return size > 0 and any(
        tuple(words[at : at + size]) == place for at in range(len(words) - size + 1)
    )


def _witness(hit: _Hit, is_placed: bool, namesakes: int) -> Witness:
    score = SCORES[hit.of.kind] * (THREAD_FACTOR if hit.where == "thread title" else 1)
    method = "name-ambiguous" if namesakes > 1 else "name-place" if is_placed else "name"
    if hit.of.kind == "identifier":
        method = "identifier"
    else:
        score *= _certainty(hit)
    if is_placed:
        score = 1 - (1 - score) * (1 - PLACE_SCORE)
    name = hit.of
    evidence = {
        "name": name.value,
        "found": hit.found,
        "where": hit.where,
        "place": name.place_name if is_placed else None,
    }
    return Witness(name.key, name.value, hit.where, score / namesakes, method, evidence)
