"""Ties posts to the agency's datasets: by what names one for certain, else by ranked retrieval."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pandas import DataFrame

from contract.catalogue import Dataset
from contract.post import Link
from transforms.labels import REPLIES, SUREST, Trie, add_label, labels_in, outermost, ties_frame
from transforms.links import canonical_url
from transforms.retrieval import Collection, Match, collection, fitting, ranked
from transforms.words import language_of, words_of

METHOD_VERSION = "datasets-1"

MOST_RANKED = 3
"""So many datasets are tied to a post by retrieval at most."""
_UNSTATED = "en"
"""Language of a dataset that states none."""
_SHORTEST_IDENTIFIER = 8
_SHORTEST_TITLE = 4
_LEAST_DEPTH = 2
"""Steps of a path (`/dataset/trees`) from which on what stands below is the dataset's too."""
_LONGEST_WHOLE = 40
"""Words up to which a post is one passage; each sentence of it always is one."""
_MOST_SENTENCES = 20
_SENTENCE_END = re.compile(r"(?<=[.!?…])\s+|\n+|(?<=[。！？])")

Tie = tuple[str, float, str, dict[str, Any]]


@dataclass(frozen=True, slots=True)
class DatasetIndex:
    """The datasets, ready to be looked up; build it once."""

    titles: dict[str, str]
    addresses: dict[str, str | None]
    """Normalised address to key; None where several datasets share it."""
    names: Trie
    """Titles and identifiers that name one dataset alone."""
    collections: dict[str, Collection]
    """By language."""


def dataset_index(datasets: Mapping[str, Dataset]) -> DatasetIndex:
    """Return an index of the datasets, given by their keys."""
    addresses: dict[str, str | None] = {}
    named: dict[tuple[str, ...], list[tuple[str, str, str]]] = {}
    by_language: dict[str, dict[str, Dataset]] = {}
    for key, dataset in sorted(datasets.items()):
        for address in _addresses(dataset):
            addresses[address] = key if addresses.get(address, key) == key else None
        for method, name in _names(dataset):
            named.setdefault(tuple(words_of(name).folded), []).append((key, method, name))
        lang = language_of(dataset.lang) or _UNSTATED
        by_language.setdefault(lang, {})[key] = dataset
    names: Trie = {}
    for words, bearers in named.items():
        if len({key for key, _, _ in bearers}) == 1:
            add_label(names, words, bearers[0])
    return DatasetIndex(
        titles={key: dataset.title for key, dataset in datasets.items()},
        addresses=addresses,
        names=names,
        collections={lang: collection(part, lang) for lang, part in by_language.items()},
    )


def tie_datasets(posts: DataFrame, index: DatasetIndex) -> DataFrame:
    """Return the ties of posts to datasets: post_key, target (key), score, method, evidence.

    Certain, with score 1: a link to the dataset's landing page, a distribution or below them
    (`link`), its identifier (`identifier`) or whole title (`title`) in the post's own words; an
    address or name that several datasets share ties nothing. Only a post without a certain tie is
    tied by `retrieval`: in the catalogue's language or an unknown one, to at most MOST_RANKED
    datasets that fit, passage by passage. A reply is read together with its thread's title, and has
    to meet the dataset with a word of its own.
    """
    rows = []
    columns = (posts[name] for name in ("post_key", "kind", "title", "text", "lang", "links"))
    for post_key, kind, title, text, lang, links in zip(*columns, strict=True):
        said = text if isinstance(text, str) else ""
        headed = title if isinstance(title, str) else ""
        thread, own = (headed, said) if kind in REPLIES else ("", f"{headed}\n{said}")
        ties = list(_certain(own, links if isinstance(links, tuple | list) else (), index))
        if not ties:
            known = language_of(lang if isinstance(lang, str) else None)
            ties = list(_retrieved(own, thread, known, index))
        rows += [(post_key, *tie) for tie in ties]
    return ties_frame(rows)


def rank_datasets(text: str, index: DatasetIndex, limit: int = 10) -> list[tuple[str, float]]:
    """Return the datasets nearest to the text with their scores, best first, however poor."""
    found = [
        match
        for part in index.collections.values()
        for match in ranked(words_of(text).folded, part)
    ]
    best = sorted(found, key=lambda match: (-match.score, match.key))
    return [(match.key, match.score) for match in best[:limit]]


def _certain(own: str, links: tuple[Link, ...] | list[Link], index: DatasetIndex) -> Iterator[Tie]:
    found: dict[str, Tie] = {}
    for link in links:
        key = _addressed(link.canonical_url or link.url, index.addresses)
        if key:
            found.setdefault(key, (key, 1.0, "link", _evidence(key, index, found=link.url)))
    words = words_of(own)
    for hit in outermost(labels_in(words.folded, index.names)):
        key, method, name = hit.of
        written = words.found(hit.start, hit.end)
        if method == "title" or written.casefold() == name.casefold():
            found.setdefault(key, (key, 1.0, method, _evidence(key, index, found=written)))
    yield from found.values()


def _retrieved(own: str, thread: str, lang: str | None, index: DatasetIndex) -> Iterator[Tie]:
    best: dict[str, Match] = {}
    headed = words_of(thread).folded
    for passage in _passages(own):
        needed = words_of(passage).folded
        read = [*headed, *needed]
        for part in (c for of, c in index.collections.items() if lang in (of, None)):
            for match in fitting(read, part):
                if not set(needed).isdisjoint(match.terms):
                    kept = best.setdefault(match.key, match)
                    best[match.key] = max(kept, match, key=lambda match: match.score)
    chosen = sorted(best.values(), key=lambda match: (-match.score, match.key))[:MOST_RANKED]
    for match in chosen:
        evidence = _evidence(match.key, index, terms=list(match.terms))
        yield match.key, min(round(match.score, 4), SUREST), "retrieval", evidence


def _passages(own: str) -> list[str]:
    """Return what is read at once: each sentence, so that one question in a long story counts."""
    sentences = [part for part in _SENTENCE_END.split(own) if part.strip()][:_MOST_SENTENCES]
    is_short = len(sentences) > 1 and len(words_of(own).folded) <= _LONGEST_WHOLE
    return [own, *sentences] if is_short else sentences


def _evidence(key: str, index: DatasetIndex, **what: str | list[str]) -> dict[str, Any]:
    return {"title": index.titles[key], **what}


def _names(dataset: Dataset) -> Iterator[tuple[str, str]]:
    """Yield what names the dataset for certain: a long title, an identifier with digits."""
    identifier = dataset.identifier.strip()
    if len(identifier) >= _SHORTEST_IDENTIFIER and any(c.isdigit() for c in identifier):
        yield "identifier", identifier
    if len(words_of(dataset.title).folded) >= _SHORTEST_TITLE:
        yield "title", dataset.title


def _addresses(dataset: Dataset) -> set[str]:
    given = (dataset.identifier, dataset.landing_page, *(d.url for d in dataset.distributions))
    return {address for url in given if url and (address := _normalised(url))}


def _normalised(url: str) -> str | None:
    """Return the address without scheme, `www.` and final slash; None for a site's home page."""
    address = (canonical_url(url) or "").partition("://")[2].removeprefix("www.")
    path, _, query = address.partition("?")
    path = path.rstrip("/")
    if "/" not in path and not query:
        return None
    return f"{path}?{query}" if query else path


def _addressed(url: str, addresses: Mapping[str, str | None]) -> str | None:
    """Return the dataset whose address this is, or the nearest one above it."""
    address = _normalised(url)
    if not address:
        return None
    if address in addresses:
        return addresses[address]
    path = address.partition("?")[0]
    while path.count("/") >= _LEAST_DEPTH:
        if path in addresses:
            return addresses[path]
        path = path.rpartition("/")[0]
    return None
