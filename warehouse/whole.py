"""A post as a whole: all that is held of it, for who has a right to it or an order on it."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa

from warehouse.labels import topic_names
from warehouse.rows import Row, read_rows
from warehouse.tables import (
    BELONGINGS,
    author,
    community,
    dataset,
    entity,
    post,
    post_words,
    source,
)

_TABLES: Final = tuple(table for table in BELONGINGS if table is not post_words)
"""The words for search are those of the text once more."""
_NAMED: Final[Mapping[str, tuple[sa.Column[Any], ...]]] = {
    "source": tuple(
        source.c[name] for name in ("id", "platform", "url", "purpose", "legal_basis", "dpia")
    ),
    "community_key": tuple(community.c[name] for name in ("community_key", "name", "url")),
    "author_key": tuple(
        author.c[name] for name in ("author_key", "kind", "name", "account_created_on")
    ),
}
"""By column of a post what it names, and what is told of that."""

Whole = dict[str, Any]
"""`post`, what it names (`source`, `community`, `author`), and by table the rows that are its."""


def whole_posts(connection: sa.Connection, keys: Collection[str]) -> dict[str, Whole]:
    """Return by key all that is held of those of the posts that say something, as plain JSON."""
    columns = [post.c.post_key, *(each for each in post.c if each is not post.c.post_key)]
    found: dict[str, Whole] = {
        row["post_key"]: {"post": plain(row)}
        for row in read_rows(connection, columns, keys)
        if row["removed_at"] is None
    }
    for name, of in _NAMED.items():
        wanted = {whole["post"][name] for whole in found.values() if whole["post"][name]}
        known = {row[of[0].name]: plain(row) for row in read_rows(connection, of, wanted)}
        for whole in found.values():
            whole[name.removesuffix("_key")] = known.get(whole["post"][name])
    for table in _TABLES:
        columns = [table.c.post_key, *(each for each in table.c if each.name != "post_key")]
        for row in read_rows(connection, columns, found):
            belonging = {name: value for name, value in plain(row).items() if name != "post_key"}
            found[row["post_key"]].setdefault(table.name, []).append(belonging)
    return found


def plain(row: Row) -> dict[str, Any]:
    """Return a row as JSON takes it: times as ISO 8601."""
    return {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in row.items()
    }


_NAMES: Final[Mapping[str, tuple[str, sa.Column[Any], sa.Column[Any]]]] = {
    "post_dataset": ("dataset_key", dataset.c.dataset_key, dataset.c.title),
    "post_entity": ("entity_key", entity.c.entity_key, entity.c.name),
}


def names_of_ties(connection: sa.Connection, wholes: Iterable[Whole]) -> dict[str, str]:
    """Return what the topics, datasets and entities are called that these posts are tied to."""
    wanted: dict[str, set[str]] = {}
    for whole in wholes:
        for table in ("post_topic", *_NAMES):
            of = _NAMES[table][0] if table in _NAMES else "topic_uri"
            wanted.setdefault(table, set()).update(row[of] for row in whole.get(table, ()))
    found = topic_names(connection, sorted(wanted.get("post_topic", ())))
    for table, (_, key, name) in _NAMES.items():
        rows = read_rows(connection, (key, name), wanted.get(table, ()))
        found |= {row[key.name]: row[name.name] for row in rows}
    return found


def meanings() -> dict[str, dict[str, str]]:
    """Return what each field of a whole post means, by table."""
    tables = {"post": post, "source": source, "community": community, "author": author}
    tables |= {table.name: table for table in _TABLES}
    return {
        name: {column.name: str(column.comment) for column in table.c}
        for name, table in tables.items()
    }
