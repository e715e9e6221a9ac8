"""Ties posts to topics by the topics' own labels."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from pandas import DataFrame

from contract.catalogue import Label, Topic
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
from transforms.words import Words, closed, is_stemmed, language_of, stem, words_of

METHOD_VERSION = "topics-1"

WHERE_SCORES = {"tag": 0.85, "title": 0.8, "text": 0.7, "thread title": 0.4}
"""How sure one preferred label makes, by where it stands."""
KIND_FACTORS = {"prefLabel": 1.0, "altLabel": 0.95, "hiddenLabel": 0.9}
INFLECTED_FACTOR = 0.85
"""Stems meet by accident more often than words do: a "university" is not the "universe"."""
PART_FACTOR = 0.65
"""One of the things a label lists, as written: the "budget" of "Budget and taxes"."""
_METHODS = {"tag": "tag", "thread title": "thread-title"}
_AND = {
    "da": "og", "de": "und|sowie", "en": "and", "es": "y|e", "fi": "ja", "fr": "et", "ga": "agus",
    "it": "e|ed", "nl": "en", "no": "og", "pl": "i", "pt": "e", "sv": "och",
}  # fmt: skip
_SHORTEST_PART = 4
_LONGEST_ACRONYM = 5
_LONGEST_RIGID = 3
"""A label of so few characters is not inflected, and capitals make it an acronym."""


class _Name(NamedTuple):
    uri: str
    label: Label
    value: str
    """The label, or the part of it that this name is."""
    lang: str | None
    is_acronym: bool
    is_short: bool
    is_multiword: bool
    is_part: bool


class _Found(NamedTuple):
    name: _Name
    is_inflected: bool


@dataclass(frozen=True, slots=True)
class TopicMatcher:
    """The labels of the topics that are in use, ready to be looked up; build it once."""

    names: tuple[tuple[tuple[str, ...], _Name], ...]
    exact: Trie
    joined: Trie
    languages: tuple[str, ...]
    inflected: dict[str, Trie] = field(default_factory=dict)
    """By language, filled when a post in it is met."""


def topic_matcher(topics: Iterable[Topic]) -> TopicMatcher:
    """Return a matcher of the labels of all topics that are not deprecated."""
    names = []
    exact: Trie = {}
    joined: Trie = {}
    for topic in topics:
        for label in () if topic.is_deprecated else dict.fromkeys(topic.labels):
            for value in (label.value, *_parts(label)):
                words = tuple(words_of(value).folded)
                name = _name(topic.uri, label, value, words)
                for form in dict.fromkeys((words, tuple(words_of(closed(value)).folded))):
                    names.append((form, name))
                    add_label(exact, form, name)
                add_label(joined, ["".join(words)] if len(words) > 1 else [], name)
    languages = sorted({name.lang for _, name in names if name.lang and is_stemmed(name.lang)})
    return TopicMatcher(tuple(names), exact, joined, tuple(languages))


def _parts(label: Label) -> list[str]:
    """Return what a label lists: "parks", "trees" and "ponds" of "Parks, trees and ponds"."""
    joint = rf"\s*&\s*|\s+(?:{_AND.get(language_of(label.lang) or 'en', 'and')})\s+"
    if not re.search(joint, label.value):
        return []
    parts = re.split(rf"{joint}|\s*,\s*", label.value)
    return [part for part in parts if len(part) >= _SHORTEST_PART]


def _name(uri: str, label: Label, value: str, words: tuple[str, ...]) -> _Name:
    value = value.strip()
    return _Name(
        uri=uri,
        label=label,
        value=value,
        lang=language_of(label.lang),
        is_acronym=value.isupper() and len(words) == 1 and len(value) <= _LONGEST_ACRONYM,
        is_short=len(value) <= _LONGEST_RIGID,
        is_multiword=len(words) > 1,
        is_part=value != label.value.strip(),
    )


def tie_topics(posts: DataFrame, matcher: TopicMatcher) -> DataFrame:
    """Return the ties of posts to topics: post_key, target (URI), score, method, evidence.

    Whole words only, in any case; acronyms and labels of up to three characters keep theirs, but
    in tags. Where the post's language has a stemmer, its inflected forms meet too. A label counts
    in posts of its own language; in others only when it has two words or more or is an acronym;
    where either language is unknown, always. A label inside a longer one is not counted. The
    score combines the witnesses by WHERE_SCORES, KIND_FACTORS, INFLECTED_FACTOR and PART_FACTOR;
    methods are `label`, `label-inflected`, `label-part`, `tag` and `thread-title`.
    """
    rows = []
    columns = (posts[name] for name in ("post_key", "kind", "title", "text", "lang", "tags"))
    for post_key, kind, title, text, tag, tags in zip(*columns, strict=True):
        lang = language_of(tag if isinstance(tag, str) else None)
        found = [
            _witness(hit, words, where)
            for where, words in places_of(kind, title, text, tags)
            for hit in _hits(words, where, lang, matcher)
        ]
        rows += ties_of(post_key, found)
    return ties_frame(rows)


def _hits(words: Words, where: str, lang: str | None, matcher: TopicMatcher) -> list[Hit]:
    """Return the outermost labels; a stem is not heard where a label stands word for word."""
    exact = [
        Hit(start, end, _Found(name, False))
        for start, end, name in labels_in(words.folded, matcher.exact)
        if _agrees(name, lang) and _is_written_so(name, words, start, end, where)
    ]
    if where == "tag" and len(words.folded) == 1:
        glued = labels_in(words.folded, matcher.joined)
        exact += [Hit(a, b, _Found(name, False)) for a, b, name in glued if _agrees(name, lang)]
    taken = {(hit.start, hit.end) for hit in exact}
    inflected = [
        Hit(start, end, _Found(name, True))
        for language in ((lang,) if lang else matcher.languages)
        if is_stemmed(language)
        for start, end, name in labels_in(
            [stem(word, language) for word in words.folded], _inflected(matcher, language)
        )
        if (start, end) not in taken and not _is_gerund_of_other(name, words, start, end, language)
    ]
    return outermost(exact + inflected)


def _agrees(name: _Name, lang: str | None) -> bool:
    unknown = lang is None or name.lang is None
    return unknown or name.lang == lang or name.is_multiword or name.is_acronym


def _is_written_so(name: _Name, words: Words, start: int, end: int, where: str) -> bool:
    if len(name.value) == 1:
        return where == "tag" and len(words.folded) == 1
    if not (name.is_short or name.is_acronym) or (where == "tag" and len(name.value) > 2):
        return True
    found = words.found(start, end)
    if name.is_acronym:
        return found == name.value and not words.text.isupper()
    return not found.isupper() or words.text.isupper()


def _is_gerund_of_other(name: _Name, words: Words, start: int, end: int, lang: str) -> bool:
    """Return whether only one of two English words ends in -ing: "housing" is not a house."""
    if lang != "en" or end - start > 1:
        return False
    return words.folded[start].endswith("ing") != name.value.casefold().endswith("ing")


def _inflected(matcher: TopicMatcher, lang: str) -> Trie:
    """Return the stemmed labels of a language and those of none, built when first asked for."""
    if lang not in matcher.inflected:
        trie: Trie = {}
        for words, name in matcher.names:
            is_rigid = name.is_short or name.is_acronym or name.is_part
            if name.lang in (lang, None) and not is_rigid:
                add_label(trie, [stem(word, lang) for word in words], name)
        matcher.inflected[lang] = trie
    return matcher.inflected[lang]


def _witness(hit: Hit, words: Words, where: str) -> Witness:
    name, is_inflected = hit.of
    label = name.label
    score = WHERE_SCORES[where] * KIND_FACTORS[label.kind] * (PART_FACTOR if name.is_part else 1)
    evidence = {
        "label": label.value,
        "kind": label.kind,
        "lang": label.lang,
        "found": words.found(hit.start, hit.end),
        "where": where,
    }
    method = "label-part" if name.is_part else "label-inflected" if is_inflected else "label"
    method = _METHODS.get(where, method)
    score *= INFLECTED_FACTOR if is_inflected else 1
    return Witness(name.uri, label.value, where, score, method, evidence)
