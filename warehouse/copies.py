"""Exact copies: posts whose words have the same signature."""

from collections.abc import Iterable

import sqlalchemy as sa

from warehouse.rows import chunks_of, update_rows
from warehouse.tables import post


def mark_copies(connection: sa.Connection, signatures: Iterable[str]) -> set[str]:
    """Point all posts of each signature at the first of them, and the first at none.

    Returns the weeks of the posts that were pointed elsewhere. First is who was published first (or
    seen, where that is not known), then the smaller key. Removed posts are left out; the empty
    signature stands for too few words.
    """
    order = (sa.func.coalesce(post.c.created_at, post.c.first_seen_at), post.c.post_key)
    first = sa.func.first_value(post.c.post_key).over(
        partition_by=post.c.text_signature, order_by=order
    )
    columns = (post.c.post_key, post.c.week, post.c.near_duplicate_of)
    weeks: set[str] = set()
    for chunk in chunks_of(set(signatures) - {""}):
        alike = (
            sa.select(*columns, sa.func.nullif(first, post.c.post_key).label("original"))
            .where(post.c.text_signature.in_(chunk), post.c.removed_at.is_(None))
            .subquery()
        )
        are_wrong = alike.c.near_duplicate_of.is_distinct_from(alike.c.original)
        wrong = connection.execute(sa.select(alike).where(are_wrong)).all()
        pointed = [{"post_key": r.post_key, "near_duplicate_of": r.original} for r in wrong]
        update_rows(connection, post, "post_key", pointed)
        weeks |= {row.week for row in wrong}
    return weeks
