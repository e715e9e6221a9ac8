"""Catalogue: loads what the agency itself holds, versioned by content."""

import logging
from collections.abc import Callable, Collection, Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from msgspec import structs
from sqlalchemy import Engine

from connectors.http import Client
from contract.catalogue import Dataset, Entity, Example, Topic
from contract.charter import Charter
from contract.charter_vocabulary import Register, Vocabulary
from contract.errors import FixSettings, GoodguestError
from contract.post import Rejected
from contract.terms import Rate
from pipeline.language_cache import KeptTables
from pipeline.link import Tie
from pipeline.protecting import protect_sensitive
from pipeline.settings import Settings
from pipeline.teaching import REVIEWS, note_reviews, taught
from transforms.dataset_languages import UNSTATED, unstated_language
from transforms.language import told_apart
from transforms.topic_examples import Learnt
from transforms.words import language_of
from vocabulary import ckan, dcat, register, skos
from vocabulary.examples import read_examples
from warehouse import catalogue as store
from warehouse.store import opened
from warehouse.topic_models import TopicModel, store_models

_log = logging.getLogger("goodguest.catalogue")
_LIMITS = (Rate(60, 60.0),)
_FILE_BYTES_AT_MOST = 256 * 1024 * 1024
_PAGES_AT_MOST = 1_000


class _Holding(NamedTuple):
    """A vocabulary, catalogue or register: how to read it and how to keep it."""

    name: str
    read: Callable[[], Iterable[Any]]
    keep: Callable[[Engine, str, list[Any]], object]


def load_catalogue(given: Settings) -> dict[str, Any]:
    """Load topics, datasets and registers of the charter; one that fails leaves the others alone.

    Returns `topics, datasets, entities` (how many are current), `rejected` (name, reason and detail
    of each record refused) and `failed` (name and message; what was loaded of it before stays).
    """
    charter = given.load_charter()
    rejected: list[dict[str, str]] = []
    failed: list[dict[str, str]] = []
    with opened(given.warehouse) as engine, _client(charter) as client:
        get = partial(_bytes, client, given.charter.parent)
        for name, read, keep in _holdings(engine, charter.vocabulary, get):
            try:
                records = list(read())
                refused = [r for r in records if isinstance(r, Rejected)]
                keep(engine, name, [r for r in records if not isinstance(r, Rejected)])
            except (GoodguestError, OSError) as error:
                _log.error("%s: %s", name, error)
                failed.append({"name": name, "message": str(error)})
                continue
            rejected.extend({"name": name, "reason": r.reason, "detail": r.detail} for r in refused)
        _withdraw_others(engine, charter.vocabulary)
        for message in protect_sensitive(engine, charter):
            _log.error("%s", message)
            failed.append({"name": "sensitive.topics", "message": message})
        # Reviews teach as the examples do that the agency gave, from here on.
        tried = note_reviews(engine)
        # So that no refine has to wait for it.
        matchers = Tie(engine, given.matchers, charter.ties).ready()
        KeptTables(given.matchers)(told_apart(charter.agency.languages))
        _store_models(engine, tried or matchers.topics.learnt, matchers.topics.titles)
        return {**store.counts(engine), "rejected": rejected, "failed": failed}


def _store_models(engine: Engine, learnt: Learnt | None, current: Collection[str]) -> None:
    """Keep how well topics are learnt, for analysts to see, and of how many examples."""
    measured = learnt.measured if learnt else ()
    models = [
        TopicModel(m.topic_uri, m.examples, m.precision, m.recall, m.reason is None)
        for m in measured
    ]
    with engine.connect() as conn:
        counts = taught(conn).counts
    few = counts.keys() & set(current) - {m.topic_uri for m in measured}
    models += [TopicModel(uri, counts[uri], 0.0, 0.0, is_used=False) for uri in few]
    store_models(engine, learnt.version if learnt else "", models)


def _client(charter: Charter) -> Client:
    return Client(
        agency=charter.agency.name,
        contact=charter.agency.contact,
        limits=_LIMITS,
        private_hosts=charter.vocabulary.private_hosts,
        max_bytes=_FILE_BYTES_AT_MOST,
    )


def _holdings(engine: Engine, words: Vocabulary, get: Callable[[str], bytes]) -> Iterator[_Holding]:
    for at in words.topics:
        yield _Holding(at, partial(_topics, get, at), store.load_topics)
    for at in words.examples:
        yield _Holding(at, partial(_examples, engine, get, at), store.load_examples)
    for at in words.datasets:
        yield _Holding(at, partial(_datasets, get, at), store.load_datasets)
    for name, spec in words.registers.items():
        yield _Holding(name, partial(_entities, get, spec, name), store.load_entities)


def _withdraw_others(engine: Engine, words: Vocabulary) -> None:
    """Withdraw what was loaded from vocabularies that the charter names no longer."""
    named = {("topic", at) for at in words.topics}
    named |= {("example", at) for at in (*words.examples, REVIEWS)}
    named |= {("dataset", at) for at in words.datasets}
    named |= {("entity", name) for name in words.registers}
    with engine.connect() as conn:
        loaded = store.loaded_catalogues(conn)
    load: dict[str, Callable[[Engine, str, list[Any]], object]] = {
        "topic": store.load_topics,
        "example": store.load_examples,
        "dataset": store.load_datasets,
        "entity": store.load_entities,
    }
    for kind, name in sorted(loaded - named):
        load[kind](engine, name, [])


def _bytes(client: Client, folder: Path, at: str) -> bytes:
    if "://" in at:
        return client.get(at).body
    path = folder / at
    if not path.is_file():
        raise FixSettings(f"{path}: there is no such file; paths are relative to the charter")
    if (size := path.stat().st_size) > _FILE_BYTES_AT_MOST:
        raise FixSettings(f"{path}: found {size:,} bytes; allowed are {_FILE_BYTES_AT_MOST:,}")
    return path.read_bytes()


def _topics(get: Callable[[str], bytes], at: str) -> Iterator[Topic | Rejected]:
    return skos.read_topics(get(at), at)


def _examples(engine: Engine, get: Callable[[str], bytes], at: str) -> Iterator[Example | Rejected]:
    with engine.connect() as conn:
        topics = store.topics(conn)
    return read_examples(get(at), at, topics)


def _entities(
    get: Callable[[str], bytes], spec: Register, name: str
) -> Iterator[Entity | Rejected]:
    return register.read_entities(get(spec.file), spec, name)


def _datasets(get: Callable[[str], bytes], at: str) -> list[Dataset | Rejected]:
    """Return the datasets of a catalogue; those that state no language with the one it is told."""
    found = list(_datasets_as_stated(get, at))
    datasets = [each for each in found if isinstance(each, Dataset)]
    lang = unstated_language(sorted(datasets, key=lambda dataset: dataset.identifier))
    if lang == UNSTATED:
        return found
    return [
        structs.replace(each, lang=lang)
        if isinstance(each, Dataset) and language_of(each.lang) is None
        else each
        for each in found
    ]


def _datasets_as_stated(get: Callable[[str], bytes], at: str) -> Iterator[Dataset | Rejected]:
    """Yield the datasets of a file, of a catalogue's pages, or of a CKAN site."""
    if "/api/3/action/" in at:
        yield from _of_site(get, at)
        return
    first = get(at)
    if first.lstrip()[:1] == b"<" and b"<html" in first[:2000].lower():
        yield from _of_site(get, at)
    else:
        yield from dcat.first_of_each(_of_pages(get, at, first))


def _of_site(get: Callable[[str], bytes], at: str) -> Iterator[Dataset | Rejected]:
    pages = ckan.fetch_datasets(get, at)
    yield from dcat.first_of_each(r for page in pages for r in ckan.read_page(page, at))


def _of_pages(get: Callable[[str], bytes], at: str, page: bytes) -> Iterator[Dataset | Rejected]:
    seen = {at}
    for _ in range(_PAGES_AT_MOST):
        yield from dcat.read_datasets(page, at)
        following = dcat.next_page(page, at)
        if following is None or following in seen:
            return
        seen.add(following)
        page, at = get(following), following
    raise FixSettings(f"{at}: more than {_PAGES_AT_MOST:,} pages; narrow the catalogue")
