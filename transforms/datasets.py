"""Ties posts to the agency's datasets: by what names one for certain, else by ranked retrieval."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from pandas import DataFrame

from contract.post import Link
from transforms.dataset_evidence import evidence_of, met_by, said_in
from transforms.dataset_index import DatasetIndex as DatasetIndex
from transforms.dataset_index import dataset_index as dataset_index
from transforms.dataset_languages import UNSTATED
from transforms.dataset_links import named_by
from transforms.dataset_names import is_meant
from transforms.embedding import multilingual
from transforms.foreign import Foreign, foreign_fits
from transforms.judging import FALSE_LINKS
from transforms.labels import (
    SUREST,
    Hits,
    labels_in,
    outermost,
    ties_frame,
)
from transforms.links import addresses_in, canonical_url
from transforms.meaning import models_of
from transforms.passages import Passages, own_words, passages
from transforms.reading import TEXT, Reading, read
from transforms.retrieval import Match, ranked
from transforms.unmeant import reading_of

METHOD_VERSION = "datasets-3"

MOST_RANKED = 3
"""So many datasets are tied to a post by retrieval at most."""
_MOST_CONSIDERED = 24
"""So many that fit, the best, are looked at for those that are tied."""
_AT_ONCE = 4096
"""Passages that are looked up together; more need more memory and are hardly faster."""
Tie = tuple[str, float, str, dict[str, Any]]


def method_version() -> str:
    """Return the version of what ties datasets, with the models that are installed."""
    models = (*models_of(UNSTATED), multilingual())
    return "+".join((METHOD_VERSION, *(model.name for model in models if model)))


def tie_datasets(
    posts: DataFrame | Reading,
    index: DatasetIndex,
    false_links: float = FALSE_LINKS,
) -> DataFrame:
    """Return the ties of posts to datasets: post_key, target (key), score, method, evidence.

    Certain, with score 1: a link to the dataset's landing page, a distribution, an API or below
    them (`link`), its identifier or a file's name (`identifier`) or its whole title (`title`) in
    the post's own words; an address or name that several datasets share, or that people write for
    other things too (transforms/dataset_names.py), ties nothing. Of editions the latest is tied,
    and none that knows less of the post than a better one. Only a post
    without a certain tie is tied by `retrieval`: in the catalogue's language or an unknown one, to
    at most MOST_RANKED datasets that fit, passage by passage; the score is how probable it is that
    the tie is right. `false_links` is the share of small talk that may be tied.

    A reply is read together with its thread's title and, where it is short, with what it answers,
    and has to meet the dataset with a word of its own.
    """
    reading = read(posts)
    certain = _certain(reading, index)
    rows = [(reading.keys[post], *tie) for post, ties in certain.items() for tie in ties.values()]
    read_at_once = passages(reading)
    found = _retrieved(reading, read_at_once, index, certain, false_links)
    rows += [(reading.keys[post], *tie) for post, tie in found]
    if index.foreign:
        far = _foreign(reading, index, index.foreign, certain, false_links)
        rows += [(reading.keys[post], *tie) for post, tie in far]
    return ties_frame(rows)


def rank_datasets(text: str, index: DatasetIndex, limit: int = 10) -> list[tuple[str, float]]:
    """Return the datasets nearest to the text with their scores, best first, however poor.

    Those that it names for certain come first, with score 1, and those that may be tied before the
    others, whose score is 0.
    """
    found = ((url, canonical_url(url)) for url in addresses_in(text))
    links = [Link(url=url, canonical_url=known) for url, known in found if known]
    reading = replace(reading_of([text]), links=[tuple(links)])
    certain = _certain(reading, index).get(0, {})
    read_at_once = passages(reading)
    best: dict[str, Match] = {}
    for passage in range(len(read_at_once.posts)):
        _, own = read_at_once.folded(passage, reading.lexicon)
        is_brief = bool(read_at_once.are_brief[passage])
        for lang, part in index.collections.items():
            meant = index.meanings[lang][-1] if index.meanings[lang] else None
            for match in ranked(own, is_brief, part, meant):
                same = best.setdefault(match.key, match)
                best[match.key] = max(same, match, key=lambda match: (match.may_fit, match.score))
    order = sorted(best.values(), key=lambda match: (-match.may_fit, -match.score, match.key))
    scores = [(match.key, match.score * match.may_fit) for match in order]
    others = [(key, score) for key, score in scores if key not in certain]
    return [*((key, 1.0) for key in certain), *others][:limit]


def _certain(reading: Reading, index: DatasetIndex) -> dict[int, dict[str, Tie]]:
    """Return ties by post and dataset: by the first of its links, or else of its names."""
    found: dict[int, dict[str, Tie]] = {}
    for post, links in enumerate(reading.links):
        for link in links if isinstance(links, tuple | list) else ():
            if key := _linked(link.canonical_url or link.url, index):
                tie = (key, 1.0, "link", _evidence(key, index, found=link.url))
                found.setdefault(post, {}).setdefault(key, tie)
    for post, written, (before, after), number in _named(reading, index):
        key, method, name = index.named[number]
        if is_meant(method, name, index.languages[key], written, before, after):
            tie = (key, 1.0, method, _evidence(key, index, found=written))
            found.setdefault(post, {}).setdefault(key, tie)
    return found


def _named(
    reading: Reading, index: DatasetIndex
) -> Iterator[tuple[int, str, tuple[str, str], int]]:
    """Yield the outermost names in each post's own words.

    That is the post, the name as it writes it, the characters beside that, and which name it is.
    """
    posts = reading.posts[reading.places]
    is_own = reading.where[reading.places] <= TEXT
    _, ends = own_words(reading)
    words = index.names.meaning(reading.lexicon, reading.numbers)
    hits = labels_in(words * is_own, ends[posts], index.names)
    hits = hits.at(outermost(hits))
    yield from zip(
        posts[hits.starts].tolist(),
        reading.found(hits.starts, hits.ends),
        _beside(reading, hits),
        hits.of.tolist(),
        strict=True,
    )


def _beside(reading: Reading, hits: Hits) -> Iterator[tuple[str, str]]:
    """Yield the characters before and after each hit, "" at an end or where it spans places."""
    places = reading.places[hits.starts]
    stops = np.minimum(hits.ends, reading.starts[places + 1])
    spans = reading.spans(hits.starts, stops)
    for place, (begin, end) in zip(places.tolist(), spans, strict=True):
        text = reading.texts[place]
        yield text[begin - 1 : begin] if begin else "", text[end : end + 1]


def _retrieved(
    reading: Reading,
    read_at_once: Passages,
    index: DatasetIndex,
    certain: Iterable[int],
    false_links: float,
) -> Iterator[tuple[int, Tie]]:
    """Yield the ties by retrieval of the posts without a certain one."""
    is_open = np.ones(len(reading.keys), np.bool_)
    is_open[list(certain)] = False
    found: dict[int, list[tuple[float, str, str, int, int, float]]] = {}
    for lang, shortlist in index.shortlists.items():
        is_open_to = is_open & np.array([of in (lang, None) for of in reading.langs], np.bool_)
        open_passages = np.flatnonzero(is_open_to[read_at_once.posts])
        for begin in range(0, len(open_passages), _AT_ONCE):
            which = open_passages[begin : begin + _AT_ONCE]
            fits, said = shortlist.fitting(read_at_once, which, reading.lexicon, false_links)
            fitting = which[fits.passages]
            columns = (read_at_once.posts[fitting], fits.scores, fitting, fits.rows, said.nearness)
            for post, score, passage, row, near in zip(*(c.tolist() for c in columns), strict=True):
                key = shortlist.among.keys[row]
                found.setdefault(post, []).append((-score, key, lang, passage, row, near))
    for post, matches in found.items():
        some = sorted(matches)[:_MOST_CONSIDERED]
        yield from ((post, tie) for tie in _told(some, read_at_once, reading, index))


def _told(
    found: Iterable[tuple[float, str, str, int, int, float]],
    read_at_once: Passages,
    reading: Reading,
    index: DatasetIndex,
) -> Iterator[Tie]:
    """Yield the ties of a post to those of the datasets, the best first, that say more than others.

    One that knows less of it than a better one is left out, and an edition for the latest of them
    that knows as much.
    """
    better: dict[str, frozenset[str]] = {}
    for score, key, lang, passage, row, near in found:
        among = index.collections[lang]
        said = said_in(read_at_once, passage, reading.lexicon, lang)
        met = met_by(said, row, index.titles[key], among)
        last = index.latest.get(key, key)
        if last != key and (at := among.row_of.get(last)) is not None:
            met_last = met_by(said, at, index.titles[last], among)
            if met_last.terms >= met.terms:
                key, met = last, met_last
        is_more = not any(met.terms < terms for terms in better.values())
        if met.is_own and is_more and key not in better:
            better[key] = met.terms
            evidence = evidence_of(index.titles[key], met)
            if index.meanings[lang]:
                evidence["nearness"] = round(near, 2)
            yield key, min(round(-score, 4), SUREST), "retrieval", evidence
        if len(better) == MOST_RANKED:
            return


def _foreign(
    reading: Reading,
    index: DatasetIndex,
    among: Foreign,
    certain: Mapping[int, object],
    false_links: float,
) -> Iterator[tuple[int, Tie]]:
    """Yield the ties of posts in languages that no dataset has."""
    known = {None, *index.collections}
    posts = [post for post, lang in enumerate(reading.langs) if lang not in known]
    posts = [post for post in posts if post not in certain]
    for far in foreign_fits(reading, posts, among, false_links):
        evidence = _evidence(far.key, index, nearness=round(far.nearness, 2))
        yield far.post, (far.key, min(round(far.score, 4), SUREST), "retrieval", evidence)


def _evidence(key: str, index: DatasetIndex, **what: Any) -> dict[str, Any]:
    return {"title": index.titles[key], **what}


def _linked(url: str, index: DatasetIndex) -> str | None:
    """Return the dataset that the address leads to, or to what is nearest to it."""
    named = named_by(url, index.hosts, index.steps)
    return next((key for name in named if (key := index.addresses.get(name))), None)
