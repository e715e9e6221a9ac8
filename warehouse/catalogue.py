"""Loading and reading what the agency holds; what is gone is marked withdrawn, never deleted."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import msgspec
import sqlalchemy as sa
from msgspec.structs import asdict

from contract.catalogue import Dataset, Entity, Example, Topic
from contract.errors import FixSettings
from contract.keys import stable_key
from warehouse import tables
from warehouse.changes import note_changes, retie_all
from warehouse.ranked import mark_ranked, ranked_languages
from warehouse.records import Kind, records
from warehouse.records import datasets as datasets
from warehouse.records import entities as entities
from warehouse.records import examples as examples
from warehouse.records import topics as topics
from warehouse.rows import (
    Row,
    chunks_of,
    differing_keys,
    insert_rows,
    read_rows,
    replace_rows,
    upsert_rows,
)
from warehouse.store import writing

_OWNER = {
    "topic": tables.topic.c.vocabulary,
    "dataset": tables.dataset.c.catalogue,
    "entity": tables.entity.c.register,
}
_Rows = dict[str, list[Row]]


@dataclass(frozen=True, slots=True)
class Changes:
    """What a reload did to the records of one vocabulary, catalogue or register."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    withdrawn: int = 0


def load_topics(engine: sa.Engine, name: str, topics: Sequence[Topic]) -> Changes:
    """Return what changed, once the vocabulary of this name has exactly these topics."""
    by_uri = _by_key("topic", name, [(t.uri, t) for t in topics])
    rows: _Rows = {uri: [_topic_row(name, t)] for uri, t in by_uri.items()}
    labels: _Rows = {
        uri: [{"uri": uri, "position": i, **asdict(label)} for i, label in enumerate(t.labels)]
        for uri, t in by_uri.items()
    }
    broader: _Rows = {
        uri: [{"uri": uri, "position": i, "broader_uri": up} for i, up in enumerate(t.broader)]
        for uri, t in by_uri.items()
    }
    below = ((tables.topic_label, labels), (tables.topic_broader, broader))
    return _load(engine, "topic", name, by_uri, rows, below)


def load_datasets(engine: sa.Engine, catalogue: str, datasets: Sequence[Dataset]) -> Changes:
    """Return what changed, once the catalogue of this name has exactly these datasets."""
    keys = [(stable_key("dataset", catalogue, d.identifier), d) for d in datasets]
    by_key = _by_key("dataset", catalogue, keys)
    rows: _Rows = {key: [_dataset_row(key, catalogue, d)] for key, d in by_key.items()}
    distributions: _Rows = {
        key: [
            {"dataset_key": key, "position": i, **asdict(way)}
            for i, way in enumerate(d.distributions)
        ]
        for key, d in by_key.items()
    }
    below = ((tables.dataset_distribution, distributions),)
    return _load(engine, "dataset", catalogue, by_key, rows, below)


def load_entities(engine: sa.Engine, register: str, entities: Sequence[Entity]) -> Changes:
    """Return what changed, once the register of this name has exactly these entities."""
    keys = [(stable_key("entity", register, e.native_id), e) for e in entities]
    by_key = _by_key("entity", register, keys)
    rows: _Rows = {key: [_entity_row(key, register, e)] for key, e in by_key.items()}
    return _load(engine, "entity", register, by_key, rows, ())


def load_examples(engine: sa.Engine, vocabulary: str, given: Sequence[Example]) -> None:
    """Load the examples of topics, so that the file of this name has exactly these."""
    table = tables.topic_example
    with writing(engine) as connection:
        if not _is_learnt_anew(connection, vocabulary, given):
            return
        connection.execute(sa.delete(table).where(table.c.vocabulary == vocabulary))
        insert_rows(connection, table, [
            {"vocabulary": vocabulary, "position": at, "topic_uri": one.topic,
             "text": one.text, "lang": one.lang}
            for at, one in enumerate(given)
        ])  # fmt: skip


def note_examples(engine: sa.Engine, name: str, given: Sequence[Any]) -> None:
    """Note that topics are learnt from these examples, which are kept elsewhere."""
    with writing(engine) as connection:
        _is_learnt_anew(connection, name, given)


def are_noted(connection: sa.Connection, name: str, given: Sequence[Any]) -> bool:
    """Return whether these are the examples that are noted by this name."""
    return (_stored_digest(connection, "example", name) or _digest([])) == _digest(given)


def _is_learnt_anew(connection: sa.Connection, name: str, given: Sequence[Any]) -> bool:
    """Return whether these are other examples than those noted by this name, once they are noted.

    What is learnt from others finds others everywhere: every post is tied anew.
    """
    if are_noted(connection, name, given):
        return False
    _say(connection, "example", name, _digest(given), len(given), datetime.now(UTC))
    retie_all(connection, catalogue_version(connection))
    return True


def loaded_catalogues(connection: sa.Connection) -> set[tuple[str, str]]:
    """Return kind and name of everything that is loaded; load one with nothing to withdraw it."""
    table = tables.catalogue_version
    query = sa.select(table.c.kind, table.c.name).where(table.c.records > 0)
    return {(kind, name) for kind, name in connection.execute(query)}


def catalogue_version(connection: sa.Connection) -> str:
    """Return 16 hexadecimal digits that change when anything loaded changes."""
    table = tables.catalogue_version
    query = sa.select(table.c.kind, table.c.name, table.c.sha256).where(table.c.records > 0)
    rows = sorted(tuple(row) for row in connection.execute(query))
    return stable_key(*(part for row in rows for part in row))[:16]


def counts(engine: sa.Engine) -> dict[str, int]:
    """Return how many topics, datasets and entities are not withdrawn."""
    held = {"topics": tables.topic, "datasets": tables.dataset, "entities": tables.entity}
    with engine.connect() as connection:
        return {
            name: connection.execute(
                sa.select(sa.func.count()).where(table.c.withdrawn_at.is_(None))
            ).scalar_one()
            for name, table in held.items()
        }


def _load(
    engine: sa.Engine,
    kind: Kind,
    name: str,
    given: Mapping[str, Any],
    rows: _Rows,
    below: Sequence[tuple[sa.Table, _Rows]],
) -> Changes:
    now = datetime.now(UTC)
    digest = _digest([given[key] for key in sorted(given)])
    with writing(engine) as connection:
        if _stored_digest(connection, kind, name) == digest:
            return Changes(unchanged=len(given))
        before, ranked = records(connection, kind), ranked_languages(connection)
        table = _OWNER[kind].table
        key = next(iter(table.primary_key))
        known = {row[key.name] for row in read_rows(connection, [key], rows)}
        changed = differing_keys(connection, list(table.columns), rows)
        upsert_rows(connection, table, [rows[k][0] for k in sorted(changed)])
        for part, part_rows in below:
            parts = differing_keys(connection, list(part.columns), part_rows)
            replace_rows(connection, part, part_rows, parts)
            changed |= parts
        withdrawn = _withdraw(connection, kind, name, rows.keys(), now)
        _say(connection, kind, name, digest, len(given), now)
        touched = changed | withdrawn
        was = {key: before.get(key) for key in touched}
        note_changes(connection, kind, was, catalogue_version(connection))
        mark_ranked(connection, ranked)
    return Changes(
        added=len(rows.keys() - known),
        changed=len(changed & known),
        unchanged=len(known - changed),
        withdrawn=len(withdrawn),
    )


def _digest(content: Sequence[Any]) -> str:
    return sha256(msgspec.json.encode(content, order="deterministic")).hexdigest()


def _say(
    connection: sa.Connection, kind: str, name: str, digest: str, count: int, now: datetime
) -> None:
    """Note which content is loaded by this name."""
    said = {"kind": kind, "name": name, "sha256": digest, "records": count, "loaded_at": now}
    upsert_rows(connection, tables.catalogue_version, [said])


def _stored_digest(connection: sa.Connection, kind: str, name: str) -> str | None:
    table = tables.catalogue_version
    query = sa.select(table.c.sha256).where(table.c.kind == kind, table.c.name == name)
    digest: str | None = connection.scalar(query)
    return digest


def _withdraw(
    connection: sa.Connection, kind: Kind, name: str, kept: Collection[str], now: datetime
) -> set[str]:
    owner = _OWNER[kind]
    table = owner.table
    key = next(iter(table.primary_key))
    current = sa.select(key).where(owner == name, table.c.withdrawn_at.is_(None))
    gone = set(connection.scalars(current)) - set(kept)
    for chunk in chunks_of(gone):
        connection.execute(sa.update(table).where(key.in_(chunk)).values(withdrawn_at=now))
    return gone


def _by_key(kind: Kind, name: str, records: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    repeated = [key for key, count in Counter(key for key, _ in records).items() if count > 1]
    if repeated:
        raise FixSettings(
            f"{name}: {len(repeated)} ids stand there more than once ({kind}); each may stand once"
        )
    return dict(records)


def _topic_row(vocabulary: str, t: Topic) -> Row:
    return {
        "uri": t.uri,
        "vocabulary": vocabulary,
        "scheme": t.scheme,
        "definition": t.definition,
        "notation": t.notation,
        "is_deprecated": t.is_deprecated,
        "withdrawn_at": None,
    }


def _dataset_row(key: str, catalogue: str, d: Dataset) -> Row:
    return {
        "dataset_key": key,
        "catalogue": catalogue,
        "identifier": d.identifier,
        "title": d.title,
        "description": d.description,
        "keywords": list(d.keywords),
        "themes": list(d.themes),
        "publisher": d.publisher,
        "landing_page": d.landing_page,
        "modified": d.modified,
        "lang": d.lang,
        "columns": list(d.columns),
        "withdrawn_at": None,
    }


def _entity_row(key: str, register: str, e: Entity) -> Row:
    return {
        "entity_key": key,
        "register": register,
        "native_id": e.native_id,
        "name": e.name,
        "aliases": list(e.aliases),
        "acronyms": list(e.acronyms),
        "identifiers": list(e.identifiers),
        "place": e.place,
        "address": e.address,
        "kind": e.kind,
        "attributes": e.attributes,
        "withdrawn_at": None,
    }
