"""What topics are called and how else they are known, ready to be looked up in posts."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from contract.catalogue import Example, Label, Topic
from transforms.embedding import static
from transforms.labels import Labels, label_index, labels_in
from transforms.ranges import Floats
from transforms.topic_examples import train
from transforms.topic_learnt import Learnt
from transforms.topic_near import Nearness, nearness
from transforms.words import (
    Meaning,
    Numbers,
    closed,
    is_stemmed,
    language_of,
    spaced_tag,
    stem,
    words_of,
)

PART = -0.4
"""Log odds: one of the things a label lists, as the "budget" of "Budget and taxes"."""
COMMON = -0.75
"""A word that is used for much else."""

_AND = {
    "da": "og", "de": "und|sowie", "en": "and", "es": "y|e", "fi": "ja", "fr": "et", "ga": "agus",
    "it": "e|ed", "nl": "en", "no": "og", "pl": "i", "pt": "e", "sv": "och",
}  # fmt: skip
_COMMON_WORDS = 5_000
"""So many of the most frequent words are used for much else."""
_MOST_COMMUNITIES = 10_000
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
    is_common: bool
    """Whether it is a word that is used for much else."""
    is_shared: bool
    """Whether another topic, neither above nor below, has the same label."""

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
    broader: dict[str, list[str]]
    near: Nearness
    learnt: Learnt | None

    @cached_property
    def titles(self) -> dict[str, str]:
        """By topic its preferred label: the one in English, where there is one."""
        ordered = sorted(self.names, key=lambda n: (n.kind == "prefLabel", n.lang in ("en", None)))
        return {name.uri: name.label for name in ordered if not name.is_part}

    @cached_property
    def topic_of(self) -> Numbers:
        """By name, its topic, as an index of those of `near`."""
        return np.array([self.near.at[name.uri] for name in self.names], np.int32)

    @cached_property
    def learnt_of(self) -> NDArray[np.int64]:
        """By name, its topic as an index of those of `learnt`; -1 where it is none of them."""
        at = {uri: at for at, uri in enumerate(self.learnt.topics)} if self.learnt else {}
        return np.array([at.get(name.uri, -1) for name in self.names], np.int64)

    @cached_property
    def is_common(self) -> NDArray[np.bool_]:
        """By name, whether it is a word that is used for much else."""
        return np.array([name.is_common for name in self.names], np.bool_)

    @cached_property
    def is_part(self) -> NDArray[np.bool_]:
        """By name, whether it is one of the things a label lists."""
        return np.array([name.is_part for name in self.names], np.bool_)

    @cached_property
    def is_shared(self) -> NDArray[np.bool_]:
        """By name, whether an unrelated topic has it too."""
        return np.array([name.is_shared for name in self.names], np.bool_)

    @cached_property
    def strengths(self) -> Floats:
        """By name, what its kind adds to the log odds that it says what a post is about."""
        return np.array([PART * n.is_part + COMMON * n.is_common for n in self.names], np.float64)

    @cached_property
    def _communities(self) -> dict[str, frozenset[str]]:
        return {}

    def known_of(self, community: str | None) -> frozenset[str]:
        """Return the topics of which the name of a community holds a label, and those above."""
        if community is None:
            return frozenset()
        known = self._communities
        if community not in known:
            if len(known) >= _MOST_COMMUNITIES:
                known.clear()
            words = words_of(spaced_tag(community)).folded
            numbers = np.array([self.exact.numbered(word) for word in words], np.int32)
            hits = labels_in(numbers, np.full(len(words), len(words), np.int32), self.exact)
            uris = {self.names[at].uri for at in hits.of.tolist()}
            known[community] = frozenset(uris.union(*(self.broader.get(u, ()) for u in uris)))
        return known[community]

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


def topic_matcher(
    topics: Iterable[Topic], examples: Iterable[Example] = (), against: Iterable[Example] = ()
) -> TopicMatcher:
    """Return a matcher of all topics that are not deprecated: by label, meaning and examples.

    Texts of `against` are no examples of their topics, as reviews have shown.
    """
    current = [topic for topic in topics if not topic.is_deprecated]
    known = {topic.uri for topic in current}
    names: list[Name] = []
    said: list[tuple[str, ...]] = []
    exact: list[tuple[list[str], int]] = []
    joined: list[tuple[list[str], int]] = []
    inflected: dict[str | None, list[tuple[list[str], int]]] = defaultdict(list)
    for topic in current:
        for label in dict.fromkeys(topic.labels):
            for value in (label.value, *_parts(label)):
                words = words_of(value).folded
                name, number = _name(topic.uri, label, value, words), len(names)
                names.append(name)
                said.append(tuple(words))
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
    broader = {topic.uri: list(topic.broader) for topic in current}
    told, denied = ([x for x in some if x.topic in known] for some in (examples, against))
    return TopicMatcher(
        names=_with_shared(names, said, broader),
        exact=label_index(exact),
        joined=label_index(joined),
        inflected=stemmed,
        unsaid=unsaid,
        broader=broader,
        near=nearness(current),
        learnt=train(told, denied, len(known)),
    )


def _with_shared(
    names: Sequence[Name],
    forms: Sequence[tuple[str, ...]],
    broader: Mapping[str, Sequence[str]],
) -> list[Name]:
    """Return the names, of these words, with those marked that unrelated topics have too."""
    bearers: dict[tuple[str, ...], dict[str, None]] = defaultdict(dict)
    for form, name in zip(forms, names, strict=True):
        bearers[form][name.uri] = None
    shared = set()
    for form, uris in bearers.items():
        # Of what stands one below the other, the label means the one and is right for the other.
        tops = [uri for uri in uris if uris.keys().isdisjoint(broader.get(uri, ()))]
        if len(tops) > 1:
            shared.add(form)
    both = zip(forms, names, strict=True)
    return [name._replace(is_shared=True) if form in shared else name for form, name in both]


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
        is_common=_is_common(value, words, language_of(label.lang)),
        is_shared=False,
    )


def _is_common(value: str, words: Sequence[str], lang: str | None) -> bool:
    """Return whether it is one of the most frequent words of English, and no acronym."""
    if len(words) != 1 or lang not in ("en", None) or value.isupper():
        return False
    rank = static().rank(words[0])
    return rank is not None and rank < _COMMON_WORDS
