"""Writing what a post consists of: its tags, its addresses, its media, its words for search."""

from collections.abc import Callable, Collection
from functools import partial
from typing import Any, Final

import msgspec
import pandas as pd
import sqlalchemy as sa

from contract.batch import values_of
from contract.post import Tag
from warehouse.rows import Row, delete_rows, differing_keys, insert_rows
from warehouse.tables import post_link, post_media, post_tag, post_words


def write_parts(connection: sa.Connection, won: pd.DataFrame, known: Collection[str]) -> set[str]:
    """Write the parts of these posts, each once there; of removed ones there are none.

    Returns the keys of those whose parts are not what they were.

    `known` are the keys of those that were stored before: only what differs is written of them.
    """
    keys = values_of(won["post_key"])
    stand = won["removed_at"].isna().tolist()
    changed: set[str] = set()
    for name, (table, rows_of) in _PARTS.items():
        found = zip(keys, stand, won[name], strict=True)
        wanted: dict[str, list[Row]] = {
            key: rows_of(key, value) if stands else [] for key, stands, value in found
        }
        compared = [c for c in table.columns if c.name != "number"]
        before = {key: rows for key, rows in wanted.items() if key in known}
        differing = differing_keys(connection, compared, before)
        delete_rows(connection, table.c.post_key, differing)
        insert = insert_words if table is post_words else partial(insert_rows, table=table)
        insert(
            connection,
            rows=[
                row
                for key, rows in wanted.items()
                if key not in known or key in differing
                for row in rows
            ],
        )
        changed |= differing
    return changed


def insert_words(connection: sa.Connection, rows: Collection[Row]) -> None:
    """Insert the words of posts that have none, and have SQLite's index learn them.

    PostgreSQL's index learns by itself.
    """
    if connection.dialect.name != "sqlite" or not rows:
        insert_rows(connection, post_words, rows)
        return
    last = connection.scalar(sa.select(sa.func.max(post_words.c.number))) or 0
    insert_rows(connection, post_words, rows)
    # All at once: a trigger would make it begin anew with each row, at four times the cost.
    learn = (
        "insert into post_fts (rowid, words) select number, words from post_words where number > ?"
    )
    connection.exec_driver_sql(learn, (last,))


def _tags(key: str, tags: tuple[Tag, ...]) -> list[Row]:
    return [
        {
            "post_key": key,
            "position": place,
            "tag": tag.tag,
            "tag_normalised": tag.normalised,
            "added_by": tag.added_by,
        }
        for place, tag in enumerate(tags)
    ]


def _items(key: str, items: tuple[msgspec.Struct, ...]) -> list[Row]:
    return [
        {"post_key": key, "position": place, **msgspec.structs.asdict(item)}
        for place, item in enumerate(items)
    ]


def _words(key: str, words: str) -> list[Row]:
    return [{"post_key": key, "words": words}]


_PARTS: Final[dict[str, tuple[sa.Table, Callable[[str, Any], list[Row]]]]] = {
    "tags": (post_tag, _tags),
    "links": (post_link, _items),
    "media": (post_media, _items),
    "words": (post_words, _words),
}
"""The table of each part of a post, and the rows of its value in a batch."""
