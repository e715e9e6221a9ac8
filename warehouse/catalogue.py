"""Loading and reading what the agency holds; what is gone is marked withdrawn, never deleted."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, Literal

import msgspec
import sqlalchemy as sa
from msgspec.structs import asdict

from contract.catalogue import Dataset, Distribution, Entity, Label, Topic
from contract.errors import FixSettings
from contract.keys import stable_key
from warehouse import tables
from warehouse.rows import Row, chunks_of, differing_keys, read_rows, replace_rows, upsert_rows
from warehouse.store import writing

Kind = Literal["topic", "dataset", "entity"]
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


def loaded_catalogues(connection: sa.Connection) -> set[tuple[Kind, str]]:
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


def topics(connection: sa.Connection) -> list[Topic]:
    """Return the topics that are not withdrawn, by URI."""
    labels = _grouped(connection, tables.topic_label)
    broader = _grouped(connection, tables.topic_broader)
    return [
        Topic(
            uri=row["uri"],
            scheme=row["scheme"],
            broader=tuple(up["broader_uri"] for up in broader.get(row["uri"], ())),
            labels=tuple(
                Label(kind=label["kind"], value=label["value"], lang=label["lang"])
                for label in labels.get(row["uri"], ())
            ),
            definition=row["definition"],
            notation=row["notation"],
            is_deprecated=row["is_deprecated"],
        )
        for row in _current(connection, tables.topic)
    ]


def datasets(connection: sa.Connection) -> dict[str, Dataset]:
    """Return the datasets that are not withdrawn by dataset_key."""
    ways = _grouped(connection, tables.dataset_distribution)
    return {
        row["dataset_key"]: Dataset(
            **{name: row[name] for name in ("identifier", "title", "description", "publisher")},
            **{name: row[name] for name in ("landing_page", "modified", "lang")},
            keywords=tuple(row["keywords"]),
            themes=tuple(row["themes"]),
            distributions=tuple(
                Distribution(url=way["url"], title=way["title"], format=way["format"])
                for way in ways.get(row["dataset_key"], ())
            ),
        )
        for row in _current(connection, tables.dataset)
    }


def entities(connection: sa.Connection) -> dict[str, Entity]:
    """Return the entities that are not withdrawn by entity_key."""
    return {
        row["entity_key"]: Entity(
            **{name: row[name] for name in ("register", "native_id", "name", "place")},
            aliases=tuple(row["aliases"]),
            attributes=row["attributes"],
        )
        for row in _current(connection, tables.entity)
    }


def _load(
    engine: sa.Engine,
    kind: Kind,
    name: str,
    records: Mapping[str, Any],
    rows: _Rows,
    below: Sequence[tuple[sa.Table, _Rows]],
) -> Changes:
    now = datetime.now(UTC)
    ordered = [records[key] for key in sorted(records)]
    digest = sha256(msgspec.json.encode(ordered, order="deterministic")).hexdigest()
    with writing(engine) as connection:
        if _stored_digest(connection, kind, name) == digest:
            return Changes(unchanged=len(records))
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
        said: Row = {
            "kind": kind,
            "name": name,
            "sha256": digest,
            "records": len(records),
            "loaded_at": now,
        }
        upsert_rows(connection, tables.catalogue_version, [said])
    return Changes(
        added=len(rows.keys() - known),
        changed=len(changed & known),
        unchanged=len(known - changed),
        withdrawn=withdrawn,
    )


def _stored_digest(connection: sa.Connection, kind: Kind, name: str) -> str | None:
    table = tables.catalogue_version
    query = sa.select(table.c.sha256).where(table.c.kind == kind, table.c.name == name)
    digest: str | None = connection.scalar(query)
    return digest


def _withdraw(
    connection: sa.Connection, kind: Kind, name: str, kept: Collection[str], now: datetime
) -> int:
    owner = _OWNER[kind]
    table = owner.table
    key = next(iter(table.primary_key))
    current = sa.select(key).where(owner == name, table.c.withdrawn_at.is_(None))
    gone = set(connection.scalars(current)) - set(kept)
    for chunk in chunks_of(gone):
        connection.execute(sa.update(table).where(key.in_(chunk)).values(withdrawn_at=now))
    return len(gone)


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
        "withdrawn_at": None,
    }


def _entity_row(key: str, register: str, e: Entity) -> Row:
    return {
        "entity_key": key,
        "register": register,
        "native_id": e.native_id,
        "name": e.name,
        "aliases": list(e.aliases),
        "place": e.place,
        "attributes": e.attributes,
        "withdrawn_at": None,
    }


def _current(connection: sa.Connection, table: sa.Table) -> Iterator[Row]:
    key = next(iter(table.primary_key))
    query = sa.select(table).where(table.c.withdrawn_at.is_(None))
    rows = [row._asdict() for row in connection.execute(query)]
    yield from sorted(rows, key=lambda row: row[key.name])


def _grouped(connection: sa.Connection, table: sa.Table) -> dict[str, list[Row]]:
    key = next(iter(table.primary_key)).name
    grouped: dict[str, list[Row]] = {}
    for row in connection.execute(sa.select(table).order_by(table.c.position)):
        grouped.setdefault(getattr(row, key), []).append(row._asdict())
    return grouped
