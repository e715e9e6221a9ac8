"""Ties posts to rows of the agency's registers by the rows' own names and numbers."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from itertools import groupby
from typing import NamedTuple

from pandas import DataFrame

from contract.catalogue import Entity
from transforms.labels import (
    Hit,
    Trie,
    Witness,
    add_label,
    labels_in,
    outermost,
    places_of,
    ties_frame,
    ties_of,
)
from transforms.words import Words, closed, unaccented, words_of, words_of_tag

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


class _Name(NamedTuple):
    key: str
    value: str
    kind: str
    place: Place
    place_name: str | None


@dataclass(frozen=True, slots=True)
class EntityMatcher:
    """The names and aliases of all rows, ready to be looked up; build it once."""

    names: Trie


def entity_matcher(entities: Mapping[str, Entity]) -> EntityMatcher:
    """Return a matcher of the names and aliases of the rows, given by their entity keys."""
    matcher = EntityMatcher({})
    for key, entity in entities.items():
        place = tuple(words_of((entity.place or "").partition(",")[0]).folded)
        written: dict[tuple[str, ...], _Name] = {}
        for kind, value in [("name", entity.name), *(("alias", a) for a in entity.aliases)]:
            for form, is_short in _forms(value):
                name = _Name(key, value.strip(), "short" if is_short else kind, place, entity.place)
                written.setdefault(form, name)
        for form in _forms_of_identifier(entity.native_id):
            number = _Name(key, entity.native_id, "identifier", place, entity.place)
            written.setdefault(form, number)
        for form, name in written.items():
            add_label(matcher.names, form, name)
    return matcher


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


def tie_entities(posts: DataFrame, matcher: EntityMatcher) -> DataFrame:
    """Return the ties of posts to register rows: post_key, target (key), score, method, evidence.

    Names are whole words; of names inside longer names the longest counts. A name of two words or
    more is met in any case, a name of one word only with a capital or as the register writes it,
    one of up to three letters only as the register writes it. A row's own number of letters and
    digits, in words or in a tag, also a machine tag, ties by `identifier`. The score is that of
    SCORES times the factors above. Rows of the same name are told apart by their place when the
    post names it (`name-place`); otherwise up to MOST_NAMESAKES are all tied with their share of
    the score (`name-ambiguous`), and more are not. The common method is `name`.
    """
    rows = []
    columns = (posts[name] for name in ("post_key", "kind", "title", "text", "tags"))
    for post_key, kind, title, text, tags in zip(*columns, strict=True):
        places = places_of(kind, title, text, tags)
        is_named = cache(partial(_is_named, places))
        found = (w for where, words in places for w in _witnesses(words, where, matcher, is_named))
        rows += ties_of(post_key, found)
    return ties_frame(rows)


def _witnesses(
    words: Words, where: str, matcher: EntityMatcher, is_named: Callable[[Place], bool]
) -> Iterator[Witness]:
    found = labels_in(words.folded, matcher.names)
    hits = outermost(hit for hit in found if _is_written_so(hit, words, where))
    for _, group in groupby(hits, key=lambda hit: hit[:2]):
        same = list(group)
        if any(hit.of.kind != "short" for hit in same):
            same = [hit for hit in same if hit.of.kind != "short"]
        own = words.folded[same[0].start : same[0].end]
        placed = [hit for hit in same if is_named(hit.of.place) and not _holds(own, hit.of.place)]
        chosen = placed or same
        if len(chosen) <= MOST_NAMESAKES:
            for hit in chosen:
                yield _witness(hit, words, where, bool(placed), len(chosen))


def _is_named(places: Sequence[tuple[str, Words]], place: Place) -> bool:
    return any(_holds(words.folded, place) for _, words in places)


def _is_written_so(hit: Hit, words: Words, where: str) -> bool:
    if hit.of.kind == "identifier":
        return not _GOES_ON.match(words.text, words.span(hit.start, hit.end)[1])
    if where == "tag" or hit.end - hit.start > 1:
        return True
    found = words.found(hit.start, hit.end)
    if len(found) <= _LONGEST_ACRONYM:
        return found in hit.of.value
    return not found.islower() or found in hit.of.value


def _certainty(text: str, begin: int, end: int, where: str, is_one_word: bool) -> float:
    is_doubtful = where != "tag" and _is_doubtful(text, begin, end, is_one_word)
    return (ONE_WORD_FACTOR if is_one_word else 1) * (DOUBTFUL_FACTOR if is_doubtful else 1)


def _is_doubtful(text: str, begin: int, end: int, is_one_word: bool) -> bool:
    if not is_one_word:
        return text[begin:end].islower()
    before, after = text[max(0, begin - 80) : begin], text[end : end + 2]
    return text.isupper() or bool(_STARTS.search(before)) or after[1:].isupper()


def _holds(words: Sequence[str], place: Place) -> bool:
    size = len(place)
    return size > 0 and any(
        tuple(words[at : at + size]) == place for at in range(len(words) - size + 1)
    )


def _witness(hit: Hit, words: Words, where: str, is_placed: bool, namesakes: int) -> Witness:
    begin, end = words.span(hit.start, hit.end)
    score = SCORES[hit.of.kind] * (THREAD_FACTOR if where == "thread title" else 1)
    method = "name-ambiguous" if namesakes > 1 else "name-place" if is_placed else "name"
    is_one_word = hit.end - hit.start == 1
    if hit.of.kind == "identifier":
        method = "identifier"
    else:
        score *= _certainty(words.text, begin, end, where, is_one_word)
    if is_placed:
        score = 1 - (1 - score) * (1 - PLACE_SCORE)
    evidence = {
        "name": hit.of.value,
        "found": words.text[begin:end],
        "where": where,
        "place": hit.of.place_name if is_placed else None,
    }
    name = hit.of
    return Witness(name.key, name.value, where, score / namesakes, method, evidence)
