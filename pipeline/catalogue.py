"""Catalogue: loads what the agency itself holds, versioned by content."""

import logging
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from connectors.http import Client
from contract.catalogue import Dataset
from contract.charter import Vocabulary
from contract.errors import FixSettings, GoodguestError
from contract.post import Rejected
from contract.terms import Rate
from pipeline.settings import Settings
from vocabulary import ckan, dcat, register, skos
from warehouse import catalogue as store
from warehouse.store import check_revision, open_store

_log = logging.getLogger("goodguest.catalogue")
_LIMITS = (Rate(60, 60.0),)
_FILE_BYTES_AT_MOST = 256 * 1024 * 1024
_PAGES_AT_MOST = 1_000


def load_catalogue(given: Settings) -> dict[str, Any]:
    """Load topics, datasets and registers of the charter; one that fails leaves the others alone.

    Returns `topics, datasets, entities` (how many are current), `rejected` (name, reason and detail
    of each record refused) and `failed` (name and message; what was loaded of it before stays).
    """
    charter = given.load_charter()
    words, folder = charter.vocabulary, given.charter.parent
    engine = open_store(given.warehouse)
    check_revision(engine)
    rejected: list[dict[str, str]] = []
    failed: list[dict[str, str]] = []

    def load(name: str, read: Callable[[], Iterable[Any]], keep: Callable[[Any], object]) -> None:
        try:
            outcomes = list(read())
        except (GoodguestError, OSError) as error:
            _log.error("%s: %s", name, error)
            failed.append({"name": name, "message": str(error)})
            return
        refused = [r for r in outcomes if isinstance(r, Rejected)]
        rejected.extend({"name": name, "reason": r.reason, "detail": r.detail} for r in refused)
        keep([r for r in outcomes if not isinstance(r, Rejected)])

    with Client(
        agency=charter.agency.name,
        contact=charter.agency.contact,
        limits=_LIMITS,
        private_addresses=words.private_addresses,
        max_bytes=_FILE_BYTES_AT_MOST,
    ) as client:
        get = partial(_bytes, client, folder)
        for at in words.topics:
            load(at, lambda at=at: skos.read_topics(get(at), at),  # type: ignore[misc]
                 partial(store.load_topics, engine, at))  # fmt: skip
        for at in words.datasets:
            load(at, partial(_datasets, get, at), partial(store.load_datasets, engine, at))
        for name, spec in words.registers.items():
            load(name, lambda n=name, s=spec: register.read_entities(get(s.file), s, n),  # type: ignore[misc]
                 partial(store.load_entities, engine, name))  # fmt: skip
    _withdraw_others(engine, words)
    return {**store.counts(engine), "rejected": rejected, "failed": failed}


def _withdraw_others(engine: Engine, words: Vocabulary) -> None:
    """Withdraw what was loaded from vocabularies that the charter names no longer."""
    named = {("topic", at) for at in words.topics}
    named |= {("dataset", at) for at in words.datasets}
    named |= {("entity", name) for name in words.registers}
    with engine.connect() as conn:
        loaded = store.loaded_catalogues(conn)
    load: dict[str, Callable[[Engine, str, list[Any]], object]] = {
        "topic": store.load_topics,
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


def _datasets(get: Callable[[str], bytes], at: str) -> Iterator[Dataset | Rejected]:
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
