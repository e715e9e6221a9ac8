"""Which texts a change of topics, datasets or registers concerns.

Sought are the forms in which what changed is known, as it was and as it is: of posts that hold none
of them nothing can be told now that was not told before. More posts are found than concerned.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from contract.catalogue import Dataset, Entity, Topic
from transforms.dataset_languages import unstated_language
from transforms.dataset_links import hosts_of, named_by, names_of
from transforms.dataset_names import certain_names
from transforms.entity_hits import known_of
from transforms.entity_names import EntityMatcher, Name, entity_matcher
from transforms.entity_words import SAME_WORDS
from transforms.labels import Labels, label_index, labels_in
from transforms.ranges import Indexes, distinct, ranges
from transforms.reading import Reading
from transforms.terms import terms_of
from transforms.topic_names import topic_matcher
from transforms.topic_near import MOST_TOPICS
from transforms.words import Lexicon, Meaning, Numbers, language_of, lexicon, stem, words_of

Lookup = tuple[Labels, Meaning]
"""Names, and what a word is among theirs."""
_UNSTATED = "en"
_RARE_SHARE = 0.005
_RARE = 3
"""A word of so few is telling alone; of others it takes two."""


@dataclass
class Sought:
    """What texts are looked through for; one that meets any of it may be concerned."""

    names: list[Lookup] = field(default_factory=list)
    beside: list[Lookup] = field(default_factory=list)
    """What may say something of any name of `every` that is there too."""
    every: list[Lookup] = field(default_factory=list)
    terms: "list[Terms]" = field(default_factory=list)

    def meets(self, texts: Sequence[str]) -> list[int]:
        """Return the places of the texts that meet something; each is folded words."""
        said = _Said(texts)
        met = [said.with_names(lookup) for lookup in self.names]
        beside = [found for lookup in self.beside if len(found := said.with_names(lookup))]
        if beside:
            named = np.concatenate([said.with_names(lookup) for lookup in self.every])
            met += [found[np.isin(found, named)] for found in beside]
        met += [terms.met(said) for terms in self.terms]
        places: list[int] = distinct(np.concatenate([np.zeros(0, np.int64), *met])).tolist()
        return places


class _Said:
    """The words of texts, by number and by text."""

    def __init__(self, texts: Sequence[str]) -> None:
        tokens: list[str] = []
        ends = []
        for text in texts:
            tokens += text.split()
            ends.append(len(tokens))
        self.lexicon: Lexicon = lexicon()
        self.numbers: Numbers = np.fromiter(
            map(self.lexicon.__getitem__, tokens), np.int32, len(tokens)
        )
        counts = np.diff([0, *ends])
        self.of = np.repeat(np.arange(len(ends)), counts)
        self._stops = np.repeat(np.array(ends, np.int32), counts)

    def with_names(self, lookup: Lookup) -> Indexes:
        labels, meaning = lookup
        words = meaning(self.lexicon, self.numbers)
        return distinct(self.of[labels_in(words, self._stops, labels).starts])


class Terms:
    """The telling words of things of one language: of each thing its stems."""

    def __init__(self, things: Iterable[Iterable[str]], lang: str, common: Collection[str]) -> None:
        of_term: dict[str, list[int]] = {}
        count = 0
        for count, terms in enumerate(things, 1):
            for term in terms:
                of_term.setdefault(term, []).append(count - 1)
        numbers = {term: number for number, term in enumerate(of_term, 1)}
        self._meaning = Meaning(lambda word: numbers.get(stem(word, lang), 0))
        self._count = max(count, 1)
        self._of = np.array([of for found in of_term.values() for of in found], np.int64)
        self._offsets = np.cumsum([0, 0, *map(len, of_term.values())])
        self._points = np.array([0, *(1 if term in common else 2 for term in of_term)])

    def met(self, said: _Said) -> Indexes:
        """Return the texts that hold a rare word of a dataset or two others."""
        terms = self._meaning(said.lexicon, said.numbers)
        at = np.flatnonzero(terms)
        size = len(self._points)
        texts, terms = np.divmod(distinct(said.of[at] * size + terms[at]), size)
        counts = self._offsets[terms + 1] - self._offsets[terms]
        datasets = self._of[ranges(self._offsets[terms], counts)]
        pairs, which = np.unique(
            np.repeat(texts, counts) * self._count + datasets, return_inverse=True
        )
        points = np.bincount(which, np.repeat(self._points[terms], counts), len(pairs))
        met: NDArray[np.int64] = pairs[points > 1] // self._count
        return distinct(met)


def sought_topics(
    versions: Sequence[Sequence[Topic]], langs: Iterable[str], every: Sequence[Topic]
) -> Sought:
    """Return what to seek for topics as they were and are, in posts of these languages.

    Where there are few topics, posts without a label of any are tied by their meaning: then also
    what shares telling words with labels and definitions.
    """
    sought = Sought()
    for topics in versions:
        matcher = topic_matcher(topics)
        sought.names += [(labels, labels.meaning) for labels in (matcher.exact, matcher.joined)]
        stemmed = map(matcher.stemmed, sorted({*langs, *matcher.inflected}))
        sought.names += [lookup for lookup in stemmed if lookup]
    if len(every) <= MOST_TOPICS:
        known = Counter(term for topic in every for term in _meant(topic))
        meant = [_meant(topic) for topics in versions for topic in topics]
        sought.terms.append(Terms(meant, _UNSTATED, _common(known, len(every))))
    return sought


def sought_entities(
    versions: Iterable[Mapping[str, Entity]], before: EntityMatcher, after: EntityMatcher
) -> Sought:
    """Return what to seek for rows as they were and are; `before` and `after` know all rows."""
    matchers = [entity_matcher(rows) for rows in versions]
    places = before.known_places ^ after.known_places
    beside = label_index((place.split(), 0) for place in places)
    return Sought(
        names=[(matcher.labels, matcher.meaning) for matcher in matchers],
        every=[(matcher.labels, matcher.meaning) for matcher in (before, after)],
        beside=[(beside, Meaning(lambda word: beside.numbered(SAME_WORDS.get(word, word))))],
    )


def sought_datasets(changed: Sequence[Dataset], every: Collection[Dataset]) -> Sought:
    """Return what to seek for datasets as they were and are, among all there are now."""
    by_language: dict[str, list[Dataset]] = {}
    unstated = unstated_language(every)
    for dataset in changed:
        by_language.setdefault(language_of(dataset.lang) or unstated, []).append(dataset)
    known: dict[str, Counter[str]] = {lang: Counter() for lang in by_language}
    for dataset in every:
        if (lang := language_of(dataset.lang) or unstated) in known:
            known[lang].update(_telling(dataset, lang))
    names = label_index(
        (words_of(written).folded, 0)
        for dataset in changed
        for _, written in certain_names(dataset)
    )
    return Sought(
        names=[(names, names.meaning)],
        terms=[
            Terms((_telling(d, lang) for d in datasets), lang, _common(known[lang], len(every)))
            for lang, datasets in by_language.items()
        ],
    )


def linked_datasets(changed: Iterable[Dataset], urls: Iterable[str]) -> list[str]:
    """Return the addresses that name one of the datasets."""
    names = set[str]().union(*(names_of(dataset, None) for dataset in changed))
    hosts = hosts_of(names)
    return [url for url in urls if not names.isdisjoint(named_by(url, hosts, None))]


def known_names(versions: Iterable[Mapping[str, Entity]]) -> EntityMatcher:
    """Return what knows the numbers and pages of rows, as they were and are, and not whose."""
    one = EntityMatcher([Name("", "", "", "")], label_index(()), {}, {}, {})
    for rows in versions:
        for key, entity in rows.items():  # each alone: of two on a site neither has it for its own
            alone = entity_matcher({key: entity})
            one.numbers |= {number: [0] for number in alone.numbers}
            one.addresses |= {address: [0] for address in alone.addresses}
    return one


def known_posts(reading: Reading, names: EntityMatcher) -> list[int]:
    """Return the posts that are or link to a page of one of the rows, or have its number."""
    return sorted(known_of(reading, names))


def _common(known: Counter[str], count: int) -> set[str]:
    """Return the words that do not tell alone what is meant, of so many things."""
    return {term for term, of in known.items() if of > max(_RARE, _RARE_SHARE * count)}


def _meant(topic: Topic) -> list[str]:
    labels = [x.value for x in topic.labels if language_of(x.lang) in (_UNSTATED, None)]
    said = " ".join((*labels, topic.definition or ""))
    return list(terms_of(words_of(said).folded, _UNSTATED))


def _telling(dataset: Dataset, lang: str) -> list[str]:
    said = " ".join((dataset.title, *dataset.keywords, *dataset.columns))
    return list(terms_of(words_of(said).folded, lang))
