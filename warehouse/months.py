"""Months of posts: on PostgreSQL each stands in a partition of its own, to be dropped as a whole.

Posts from before 2000 and after 2099 share a partition each. The functions of the database that
make and drop partitions are the owner's (see the migration that made them): who writes posts need
not be allowed to change tables.
"""

from collections.abc import Collection
from datetime import date, timedelta

import sqlalchemy as sa

from warehouse.tables import BELONGINGS, post


def hold_months(connection: sa.Connection, months: Collection[str]) -> None:
    """Make sure that posts of these months, such as `2026-11`, can be stored."""
    if connection.dialect.name != "postgresql":
        return
    query = sa.text(
        "select substr(relname, 6) from pg_inherits join pg_class on pg_class.oid = inhrelid "
        "where inhparent = 'post'::regclass"
    )
    held = {name.replace("_", "-") for name in connection.scalars(query)}
    for month in sorted(m for m in set(months) - held if "2000" <= m < "2100"):
        connection.execute(sa.text("select goodguest_hold_month(:month)"), {"month": month})


def drop_month(connection: sa.Connection, month: str) -> int:
    """Return how many posts of the month there were, once they and all of theirs are gone.

    What the weeks' counts say of them stays.
    """
    first = date.fromisoformat(f"{month}-01")
    after = (first + timedelta(days=31)).replace(day=1)
    of_month = sa.and_(post.c.day >= first.isoformat(), post.c.day < after.isoformat())
    keys = sa.select(post.c.post_key).where(of_month)
    posts = connection.scalar(sa.select(sa.func.count()).select_from(post).where(of_month)) or 0
    for table in BELONGINGS:
        connection.execute(sa.delete(table).where(table.c.post_key.in_(keys)))
    if connection.dialect.name == "postgresql":
        connection.execute(sa.text("select goodguest_drop_month(:month)"), {"month": month})
    else:
        connection.execute(sa.delete(post).where(of_month))
    return posts
