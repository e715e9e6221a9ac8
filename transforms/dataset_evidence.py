"""Why a dataset was tied by retrieval: which words met it, in which field, and who said them."""

import re
from collections.abc import Mapping
from typing import Final, NamedTuple

from contract.catalogue import Dataset
from transforms.collection import Collection
from transforms.passages import Passages
from transforms.reading import THREAD_TITLE, WHERE
from transforms.retrieval import met
from transforms.terms import terms_of
from transforms.words import Lexicon, words_of

_YEARS: Final = re.compile(r"(?<!\d)((?:19|20)\d\d)(?:[-/\u2013](?:\d\d){1,2})?(?!\d)")
_OTHERS: Final = {True: "keyword", False: "description"}


class Met(NamedTuple):
    """The words of a passage that a dataset knows."""

    terms: frozenset[str]
    """Their stems, and those of what the passage answers."""
    fields: dict[str, str]
    """By word of the post or its thread's title, the field that has it: the first of them."""
    in_thread: list[str]
    """Those that only the thread's title has."""
    is_own: bool
    """Whether the post itself has one."""


class Said(NamedTuple):
    """The informative words of a passage, by their stems."""

    own: dict[str, str]
    titled: dict[str, str]
    """Those of its thread's title."""
    whole: dict[str, str]
    """All, with those of the parent."""


def said_in(passages: Passages, passage: int, lexicon: Lexicon, lang: str) -> Said:
    """Return what a passage says that may meet datasets of this language."""
    thread, words = passages.folded(passage, lexicon)
    own = terms_of(words, lang)
    if not thread:
        return Said(own, {}, own)
    titled = terms_of(thread[: passages.titled(passage)], lang)
    return Said(own, titled, {**terms_of(thread, lang), **titled, **own})


def met_by(said: Said, row: int, title: str, among: Collection) -> Met:
    """Return how a passage meets a dataset of the collection, which has this row and title.

    The words of a parent are another author's, so they count but are not told.
    """
    known = met(said.whole, row, among)
    told = {**said.titled, **said.own}
    heads = terms_of(words_of(title).folded, among.lang)
    elsewhere = among.elsewhere.get(row, {})
    fields = {
        word: "title" if term in heads else elsewhere.get(term, _OTHERS[known[word]])
        for term, word in told.items()
        if word in known
    }
    return Met(
        frozenset(term for term, word in said.whole.items() if word in known),
        fields,
        [told[term] for term in said.titled if term not in said.own and told[term] in fields],
        any(word in known for word in said.own.values()),
    )


def evidence_of(title: str, met: Met) -> dict[str, object]:
    """Return what is told of a tie: the dataset's title, the words, their fields and places."""
    evidence: dict[str, object] = {"title": title, "terms": [*met.fields], "fields": met.fields}
    if met.in_thread:
        evidence["where"] = dict.fromkeys(met.in_thread, WHERE[THREAD_TITLE])
    return evidence


def latest_editions(datasets: Mapping[str, Dataset]) -> dict[str, str]:
    """Return by key the latest of the datasets whose titles differ by their years at most.

    That is the one of the latest year, and of those the last modified; itself and datasets without
    other editions are left out.
    """
    editions: dict[str, list[str]] = {}
    for key, dataset in datasets.items():
        if words := words_of(_YEARS.sub(" ", dataset.title)).folded:
            editions.setdefault(f"{dataset.publisher} {words}", []).append(key)
    latest: dict[str, str] = {}
    for keys in editions.values():
        last = max(keys, key=lambda key: (*_date(datasets[key]), key))
        latest.update((key, last) for key in keys if key != last)
    return latest


def _date(dataset: Dataset) -> tuple[int, str]:
    return max(map(int, _YEARS.findall(dataset.title)), default=0), dataset.modified or ""
