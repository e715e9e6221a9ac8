"""What a place has heard of a span of time, so that two ways of listening can be compared."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from place import Place

from warehouse.store import opened
from warehouse.tables import metadata

_OBSERVED = {
    *("observed_at", "removed_at", "first_seen_at", "last_seen_at", "landing", "linked_at"),
    "charter",
}
"""When something was seen, in which file, or under which charter: not what was said."""
_OF_POSTS = [
    "post",
    "post_tag",
    "post_link",
    "post_media",
    "post_topic",
    "post_dataset",
    "post_entity",
]


def heard(place: Place, since: datetime, until: datetime) -> dict[str, list[tuple[Any, ...]]]:
    """Return by table the rows of posts written in that span, their last metrics, and coverage."""
    post, metric, coverage = (metadata.tables[name] for name in ("post", "post_metric", "coverage"))
    keys = sa.select(post.c.post_key).where(post.c.created_at >= since, post.c.created_at < until)
    queries = {
        name: sa.select(*_told(metadata.tables[name])).where(
            metadata.tables[name].c.post_key.in_(keys)
        )
        for name in _OF_POSTS
    }
    last = sa.select(metric.c.post_key, sa.func.max(metric.c.observed_at)).group_by(
        metric.c.post_key
    )
    queries["post_metric"] = sa.select(*_told(metric)).where(
        metric.c.post_key.in_(keys), sa.tuple_(metric.c.post_key, metric.c.observed_at).in_(last)
    )
    queries["coverage"] = sa.select(coverage).where(
        coverage.c.hour_at >= since, coverage.c.hour_at < until
    )
    with opened(place.given.warehouse) as engine, engine.connect() as conn:
        return {
            name: sorted((tuple(row) for row in conn.execute(query)), key=repr)
            for name, query in queries.items()
        }


def _told(table: sa.Table) -> list[sa.Column[Any]]:
    return [c for c in table.columns if c.name not in _OBSERVED]
