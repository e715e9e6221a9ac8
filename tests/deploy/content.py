"""What a warehouse holds, without what tells when it was read, by which run and from which file."""

import json
from typing import Any

import sqlalchemy as sa

from warehouse.store import opened
from warehouse.tables import metadata

TABLES = (
    *("post", "post_metric", "post_tag", "post_link", "post_media", "post_words"),
    *("post_topic", "post_dataset", "post_entity", "former_tie", "short_reply"),
    *("author", "community", "topic", "topic_label", "topic_broader", "dataset", "entity"),
    *("topic_week", "dataset_week", "entity_week", "entity_tag_week", "community_week"),
    *("rejected", "unknown_field"),
)
_WHEN_AND_WHENCE = {
    *("observed_at", "first_seen_at", "last_seen_at", "linked_at", "removed_at", "resolved_at"),
    *("landing", "path", "rejected_key", "field_key", "number", "charter"),
}


def content_of(url: str) -> dict[str, list[str]]:
    """Return the rows of each table of content, in order, as text."""
    held = {}
    with opened(url) as engine, engine.connect() as connection:
        for name in TABLES:
            columns = [c for c in metadata.tables[name].columns if c.name not in _WHEN_AND_WHENCE]
            rows = connection.execute(sa.select(*columns))
            held[name] = sorted(repr([_plain(value) for value in row]) for row in rows)
    return held


def _plain(value: Any) -> Any:
    # PostgreSQL keeps the keys of JSON in an order of its own.
    return json.dumps(value, sort_keys=True) if isinstance(value, dict | list) else value
