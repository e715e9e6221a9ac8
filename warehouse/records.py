"""Reading what the agency holds, as it was loaded; what is withdrawn is left out."""

from collections.abc import Iterator
from typing import Literal

import sqlalchemy as sa

from contract.catalogue import Dataset, Distribution, Entity, Example, Label, Topic
from warehouse import tables
from warehouse.rows import Row

Kind = Literal["topic", "dataset", "entity"]


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
            columns=tuple(row["columns"] or ()),
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
            **{name: row[name] for name in ("address", "kind")},
            aliases=tuple(row["aliases"]),
            acronyms=tuple(row["acronyms"] or ()),
            identifiers=tuple(row["identifiers"] or ()),
            attributes=row["attributes"],
        )
        for row in _current(connection, tables.entity)
    }


def examples(connection: sa.Connection) -> list[Example]:
    """Return the examples of topics, by file and in the order they stand there."""
    table = tables.topic_example
    query = sa.select(table).order_by(table.c.vocabulary, table.c.position)
    return [
        Example(topic=row.topic_uri, text=row.text, lang=row.lang)
        for row in connection.execute(query)
    ]


def records(connection: sa.Connection, kind: Kind) -> dict[str, Topic | Dataset | Entity]:
    """Return what of this kind is not withdrawn, by its key in the store."""
    if kind == "topic":
        return {topic.uri: topic for topic in topics(connection)}
    return {**datasets(connection)} if kind == "dataset" else {**entities(connection)}


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
