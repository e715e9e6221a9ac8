"""Writing what a post consists of: its tags, its addresses, its media, its words for search."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any, Final

import sqlalchemy as sa

from contract.post import Link, Media, Tag
from warehouse.rows import Columns, Row, delete_rows, differing_keys, insert_columns, taken
from warehouse.tables import post_link, post_media, post_tag, post_words

Part = tuple[Any, ...]
"""A row of what a post consists of."""


def write_parts(connection: sa.Connection, won: Columns, *, are_known: bool = False) -> set[str]:
    """Write the parts of these posts, each once there; of removed ones there are none.

    Returns the keys of those whose parts are not what they were: of posts that `are_known`, stored
    before, only what differs is written.
    """
    standing = taken(won, [at is None for at in won["removed_at"]])
    keys = standing["post_key"]
    changed: set[str] = set()
    for name, (table, columns, parts_of) in _PARTS.items():
        rows: list[tuple[Any, ...]] = []
        for key, value in zip(keys, standing[name], strict=True):
            if value != ():
                rows += parts_of(key, value)
        if are_known:
            wanted: dict[str, list[Row]] = {key: [] for key in won["post_key"]}
            for row in rows:
                wanted[row[0]].append(dict(zip(columns, row, strict=True)))
            compared = [table.c[column] for column in columns]
            differing = differing_keys(connection, compared, wanted)
            delete_rows(connection, table.c.post_key, differing)
            rows = [row for row in rows if row[0] in differing]
            changed |= differing
        insert = insert_words if table is post_words else partial(insert_columns, table=table)
        insert(connection, columns=dict(zip(columns, zip(*rows, strict=True), strict=False)))
    return changed


def insert_words(connection: sa.Connection, columns: Columns) -> None:
    """Insert the words of posts that have none, and have SQLite's index learn them.

    PostgreSQL's index learns by itself.
    """
    if connection.dialect.name != "sqlite" or not columns:
        insert_columns(connection, post_words, columns)
        return
    last = connection.scalar(sa.select(sa.func.max(post_words.c.number))) or 0
    insert_columns(connection, post_words, columns)
    # All at once: a trigger would make it begin anew with each row, at four times the cost.
    learn = (
        "insert into post_fts (rowid, words) select number, words from post_words where number > ?"
    )
    connection.exec_driver_sql(learn, (last,))


def _tags(key: str, tags: tuple[Tag, ...]) -> Iterator[Part]:
    return ((key, at, tag.tag, tag.normalised, tag.added_by) for at, tag in enumerate(tags))


def _links(key: str, links: tuple[Link, ...]) -> Iterator[Part]:
    return ((key, at, link.url, link.canonical_url, link.domain) for at, link in enumerate(links))


def _media(key: str, media: tuple[Media, ...]) -> Iterator[Part]:
    return ((key, at, m.url, m.kind, m.alt_text, m.licence) for at, m in enumerate(media))


def _words(key: str, words: str) -> Iterator[Part]:
    yield key, words


_PARTS: Final[dict[str, tuple[sa.Table, Sequence[str], Callable[[str, Any], Iterator[Part]]]]] = {
    "tags": (post_tag, ("post_key", "position", "tag", "tag_normalised", "added_by"), _tags),
    "links": (post_link, ("post_key", "position", "url", "canonical_url", "domain"), _links),
    "media": (post_media, ("post_key", "position", "url", "kind", "alt_text", "licence"), _media),
    "words": (post_words, ("post_key", "words"), _words),
}
"""The table of each part of a post, its columns, and the rows of its value in a batch."""
