"""The labels of topics, ready to be looked up in posts."""

import re
from collections import defaultdict
from collections.abc import Iterable
from functools import cached_property
from typing import NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from contract.catalogue import Label, Topic
from transforms.labels import Labels, label_index
from transforms.words import Meaning, Numbers, closed, is_stemmed, language_of, stem, words_of

_AND = {
    "da": "og", "de": "und|sowie", "en": "and", "es": "y|e", "fi": "ja", "fr": "et", "ga": "agus",
    "it": "e|ed", "nl": "en", "no": "og", "pl": "i", "pt": "e", "sv": "och",
}  # fmt: skip
_SHORTEST_PART = 4
_LONGEST_ACRONYM = 5
_LONGEST_RIGID = 3
"""A label of so few characters is not inflected, and capitals make it an acronym."""


class Name(NamedTuple):
    """A label of a topic, or a part of one."""

    uri: str
    label: str
    kind: str
    tag: str | None
    """The language as the vocabulary writes it."""
    value: str
    """The label, or the part of it that this name is."""
    lang: str | None
    is_acronym: bool
    is_short: bool
    is_multiword: bool
    is_part: bool

    @property
    def is_rigid(self) -> bool:
        """Whether it is met only as it stands there."""
        return self.is_short or self.is_acronym or self.is_part


class TopicMatcher(msgspec.Struct, dict=True):
    """The labels of the topics that are in use, ready to be looked up; build it once."""

    names: list[Name]
    exact: Labels
    joined: Labels
    inflected: dict[str, Labels]
    """By language of labels."""
    unsaid: list[tuple[list[str], int]]
    """The words of labels without a language, which are inflected in any."""

    @cached_property
    def others(self) -> dict[str, Labels]:
        """Inflected labels by other languages, filled when a post in one is met."""
        return {}

    @cached_property
    def langs(self) -> list[str | None]:
        """The languages of names, the first of which is unknown."""
        return [None, *sorted({name.lang for name in self.names if name.lang})]

    @cached_property
    def lang_of(self) -> Numbers:
        """By name, its language, as an index of `langs`."""
        at = {lang: number for number, lang in enumerate(self.langs)}
        return np.array([at[name.lang] for name in self.names], np.int32)

    @cached_property
    def is_free(self) -> NDArray[np.bool_]:
        """By name, whether it counts in posts of other languages."""
        return np.array([n.is_multiword or n.is_acronym for n in self.names], np.bool_)

    @cached_property
    def is_choosy(self) -> NDArray[np.bool_]:
        """By name, whether it matters how the post writes it."""
        return np.array([n.is_short or n.is_acronym for n in self.names], np.bool_)

    @cached_property
    def is_gerund(self) -> NDArray[np.bool_]:
        """By name, whether it ends as English gerunds do."""
        return np.array([n.value.casefold().endswith("ing") for n in self.names], np.bool_)

    @cached_property
    def stems(self) -> dict[str, Meaning]:
        """What words are among the stems of `stemmed`, by language."""
        return {}

    def stemmed(self, lang: str) -> tuple[Labels, Meaning] | None:
        """Return the stemmed labels of a language and those of none, and what words are to them."""
        labels = self.inflected.get(lang) or self.others.get(lang)
        if labels is None:
            if not (self.unsaid and is_stemmed(lang)):
                return None
            labels = self.others[lang] = _stemmed(self.unsaid, lang)
        if lang not in self.stems:
            numbered = labels.numbered
            self.stems[lang] = Meaning(lambda word: numbered(stem(word, lang)))
        return labels, self.stems[lang]


def topic_matcher(topics: Iterable[Topic]) -> TopicMatcher:
    """Return a matcher of the labels of all topics that are not deprecated."""
    names: list[Name] = []
    exact: list[tuple[list[str], int]] = []
    joined: list[tuple[list[str], int]] = []
    inflected: dict[str | None, list[tuple[list[str], int]]] = defaultdict(list)
    for topic in topics:
        for label in () if topic.is_deprecated else dict.fromkeys(topic.labels):
            for value in (label.value, *_parts(label)):
                words = words_of(value).folded
                name, number = _name(topic.uri, label, value, words), len(names)
                names.append(name)
                other = words_of(shut).folded if (shut := closed(value)) != value else words
                forms = [(form, number) for form in ([words, other] if other != words else [words])]
                exact += forms
                if len(words) > 1:
                    joined.append((["".join(words)], number))
                if not name.is_rigid:
                    inflected[name.lang] += forms
    unsaid = inflected.pop(None, [])
    langs = sorted({name.lang for name in names if name.lang and is_stemmed(name.lang)})
    stemmed = {
        lang: _stemmed(sorted(inflected[lang] + unsaid, key=lambda form: form[1]), lang)
        for lang in langs
    }
    return TopicMatcher(names, label_index(exact), label_index(joined), stemmed, unsaid)


def _stemmed(forms: Iterable[tuple[list[str], int]], lang: str) -> Labels:
    return label_index(([stem(word, lang) for word in words], name) for words, name in forms)


def _parts(label: Label) -> list[str]:
    """Return what a label lists: "parks", "trees" and "ponds" of "Parks, trees and ponds"."""
    joint = rf"\s*&\s*|\s+(?:{_AND.get(language_of(label.lang) or 'en', 'and')})\s+"
    if not re.search(joint, label.value):
        return []
    parts = re.split(rf"{joint}|\s*,\s*", label.value)
    return [part for part in parts if len(part) >= _SHORTEST_PART]


def _name(uri: str, label: Label, value: str, words: list[str]) -> Name:
    value = value.strip()
    return Name(
        uri=uri,
        label=label.value,
        kind=label.kind,
        tag=label.lang,
        value=value,
        lang=language_of(label.lang),
        is_acronym=value.isupper() and len(words) == 1 and len(value) <= _LONGEST_ACRONYM,
        is_short=len(value) <= _LONGEST_RIGID,
        is_multiword=len(words) > 1,
        is_part=value != label.value.strip(),
    )
