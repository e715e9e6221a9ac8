"""Writing what a post consists of: its tags, its addresses, its media, its words for search."""

from collections.abc import Callable, Collection
from typing import Any, Final

import msgspec
import pandas as pd
import sqlalchemy as sa

from contract.post import Tag
from warehouse.rows import Row, differing_keys, insert_rows, replace_rows, values_of
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
        insert_rows(
            connection, table, [r for key, rows in wanted.items() if key not in known for r in rows]
        )
        before = {key: rows for key, rows in wanted.items() if key in known}
        compared = [c for c in table.columns if c.name != "number"]
        differing = differing_keys(connection, compared, before)
        replace_rows(connection, table, before, differing)
        changed |= differing
    return changed


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
