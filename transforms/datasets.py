"""Ties posts to the agency's datasets: by what names one for certain, else by ranked retrieval."""

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import Any

import msgspec
import numpy as np
from pandas import DataFrame

from contract.catalogue import Dataset
from contract.post import Link
from transforms.collection import Collection, collection, terms_of
from transforms.labels import (
    SUREST,
    Labels,
    label_index,
    labels_in,
    outermost,
    ties_frame,
)
from transforms.links import canonical_url
from transforms.passages import own_words, passages
from transforms.reading import TEXT, Reading, read
from transforms.retrieval import met, ranked
from transforms.shortlist import Shortlist
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

Tie = tuple[str, float, str, dict[str, Any]]


class DatasetIndex(msgspec.Struct, dict=True):
    """The datasets, ready to be looked up; build it once."""

    titles: dict[str, str]
    addresses: dict[str, str | None]
    """Normalised address to key; None where several datasets share it."""
    names: Labels
    """Titles and identifiers that name one dataset alone, by their place in `named`."""
    named: list[tuple[str, str, str]]
    """Key of the dataset, method, and the name as written."""
    collections: dict[str, Collection]
    """By language."""

    @cached_property
    def hosts(self) -> frozenset[str]:
        """Where the addresses are, without `www.`."""
        return frozenset(address.partition("/")[0].partition("?")[0] for address in self.addresses)

    @cached_property
    def shortlists(self) -> dict[str, Shortlist]:
        """By language."""
        return {lang: Shortlist(part) for lang, part in self.collections.items()}


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
    alone = [(words, of[0]) for words, of in named.items() if len({key for key, _, _ in of}) == 1]
    return DatasetIndex(
        titles={key: dataset.title for key, dataset in datasets.items()},
        addresses=addresses,
        names=label_index((words, number) for number, (words, _) in enumerate(alone)),
        named=[name for _, name in alone],
        collections={lang: collection(part, lang) for lang, part in by_language.items()},
    )


def tie_datasets(posts: DataFrame | Reading, index: DatasetIndex) -> DataFrame:
    """Return the ties of posts to datasets: post_key, target (key), score, method, evidence.

    Certain, with score 1: a link to the dataset's landing page, a distribution or below them
    (`link`), its identifier (`identifier`) or whole title (`title`) in the post's own words; an
    address or name that several datasets share ties nothing. Only a post without a certain tie is
    tied by `retrieval`: in the catalogue's language or an unknown one, to at most MOST_RANKED
    datasets that fit, passage by passage. A reply is read together with its thread's title, and has
    to meet the dataset with a word of its own.
    """
    reading = read(posts)
    certain = _certain(reading, index)
    rows = [(reading.keys[post], *tie) for post, ties in certain.items() for tie in ties.values()]
    rows += [(reading.keys[post], *tie) for post, tie in _retrieved(reading, index, certain)]
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


def _certain(reading: Reading, index: DatasetIndex) -> dict[int, dict[str, Tie]]:
    """Return ties by post and dataset: by the first of its links, or else of its names."""
    found: dict[int, dict[str, Tie]] = {}
    for post, links in enumerate(reading.links):
        for link in links if isinstance(links, tuple | list) else ():
            if key := _linked(link, index):
                tie = (key, 1.0, "link", _evidence(key, index, found=link.url))
                found.setdefault(post, {}).setdefault(key, tie)
    for post, written, number in _named(reading, index):
        key, method, name = index.named[number]
        if method == "title" or written.casefold() == name.casefold():
            tie = (key, 1.0, method, _evidence(key, index, found=written))
            found.setdefault(post, {}).setdefault(key, tie)
    return found


def _named(reading: Reading, index: DatasetIndex) -> Iterator[tuple[int, str, int]]:
    """Yield the outermost names in each post's own words: the post, as it writes it, which."""
    posts = reading.posts[reading.places]
    is_own = reading.where[reading.places] <= TEXT
    _, ends = own_words(reading)
    words = index.names.meaning(reading.lexicon, reading.numbers)
    hits = labels_in(words * is_own, ends[posts], index.names)
    hits = hits.at(outermost(hits))
    yield from zip(
        posts[hits.starts].tolist(),
        reading.found(hits.starts, hits.ends),
        hits.of.tolist(),
        strict=True,
    )


def _retrieved(
    reading: Reading, index: DatasetIndex, certain: Iterable[int]
) -> Iterator[tuple[int, Tie]]:
    """Yield the ties by retrieval of the posts without a certain one."""
    read_at_once = passages(reading)
    is_open = np.ones(len(reading.keys), np.bool_)
    is_open[list(certain)] = False
    best: dict[int, dict[str, tuple[float, list[str]]]] = {}
    for lang, shortlist in index.shortlists.items():
        is_open_to = is_open & np.array([of in (lang, None) for of in reading.langs], np.bool_)
        which = np.flatnonzero(is_open_to[read_at_once.posts])
        fits = shortlist.fitting(read_at_once, which, reading.lexicon)
        for passage, row, score in zip(
            which[fits.passages].tolist(), fits.rows.tolist(), fits.scores.tolist(), strict=True
        ):
            same = best.setdefault(int(read_at_once.posts[passage]), {})
            key = shortlist.among.keys[row]
            if score > same.get(key, (0.0,))[0]:
                thread, own = read_at_once.folded(passage, reading.lexicon)
                terms = met(terms_of([*thread, *own], lang), row, shortlist.among)
                if not set(own).isdisjoint(terms):
                    same[key] = (score, terms)
    for post, found in best.items():
        chosen = sorted(found.items(), key=lambda match: (-match[1][0], match[0]))[:MOST_RANKED]
        for key, (score, terms) in chosen:
            evidence = _evidence(key, index, terms=terms)
            yield post, (key, min(round(score, 4), SUREST), "retrieval", evidence)


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


def _linked(link: Link, index: DatasetIndex) -> str | None:
    """Return the dataset whose address the link leads to, or the nearest one above it."""
    url = link.canonical_url or link.url
    host = url.partition("://")[2].partition("/")[0].partition("?")[0].removeprefix("www.")
    if link.canonical_url and host not in index.hosts:
        return None
    address = _normalised(url)
    if not address:
        return None
    if address in index.addresses:
        return index.addresses[address]
    path = address.partition("?")[0]
    while path.count("/") >= _LEAST_DEPTH:
        if path in index.addresses:
            return index.addresses[path]
        path = path.rpartition("/")[0]
    return None
