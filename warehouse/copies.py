"""Exact copies: posts whose words have the same signature."""

from collections.abc import Iterable

import sqlalchemy as sa

from warehouse.rows import chunks_of
from warehouse.tables import post


def mark_copies(connection: sa.Connection, signatures: Iterable[str]) -> set[str]:
    """Point all posts of each signature at the first of them, and the first at none.

    Returns the weeks of the posts that were pointed elsewhere.

    First is who was published first (or seen, where that is not known), then the smaller key.
    Removed posts are left out; the empty signature stands for too few words.
    """
    weeks: set[str] = set()
    for chunk in chunks_of(set(signatures) - {""}):
        order = (sa.func.coalesce(post.c.created_at, post.c.first_seen_at), post.c.post_key)
        first = sa.func.first_value(post.c.post_key).over(
            partition_by=post.c.text_signature, order_by=order
        )
        alike = (
            sa.select(post.c.post_key, first.label("first_key"))
            .where(post.c.text_signature.in_(chunk), post.c.removed_at.is_(None))
            .subquery("alike")
        )
        original = sa.func.nullif(alike.c.first_key, alike.c.post_key)
        marked = connection.scalars(
            sa.update(post)
            .values(near_duplicate_of=original)
            .where(post.c.post_key == alike.c.post_key)
            .where(post.c.near_duplicate_of.is_distinct_from(original))
            .returning(post.c.week)
        )
        weeks |= set(marked)
    return weeks
