"""Months of posts: on PostgreSQL each stands in a partition of its own, to be dropped as a whole.

Posts from before 2000 and after 2099 share a partition each. The functions of the database that
make and drop partitions are the owner's (see the migration that made them): who writes posts need
not be allowed to change tables.
"""

import re
from collections.abc import Collection
from datetime import date, timedelta
from typing import Final

import sqlalchemy as sa

from contract.errors import FixSettings
from warehouse.cells import closed_week, stale_week
from warehouse.copies import leave_to_heirs
from warehouse.rows import upsert_rows
from warehouse.tables import post

_MONTH: Final = re.compile("20[0-9][0-9]-(0[1-9]|1[0-2])")


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

    What was counted of its weeks stays, and is not counted again; a post of another month that was
    a copy of one of them counts from now on.
    Raises FixSettings for what is no month since 2000, and while one of its weeks is to be counted.
    """
    if not _MONTH.fullmatch(month):
        raise FixSettings(f"found {month!r} as a month; allowed are 2000-01 to 2099-12")
    first = date.fromisoformat(f"{month}-01")
    after = (first + timedelta(days=31)).replace(day=1)
    of_month = sa.and_(post.c.day >= first.isoformat(), post.c.day < after.isoformat())
    weeks = set(connection.scalars(sa.select(post.c.week).where(of_month).distinct()))
    stale = sorted(weeks.intersection(connection.scalars(sa.select(stale_week.c.week))))
    if stale:
        raise FixSettings(
            f"{month} cannot be dropped before {', '.join(stale)} is counted; run: goodguest refine"
        )
    leave_to_heirs(connection, of_month)
    posts = connection.scalar(sa.select(sa.func.count()).select_from(post).where(of_month)) or 0
    if connection.dialect.name == "postgresql":
        connection.execute(sa.text("select goodguest_drop_month(:month)"), {"month": month})
    else:
        connection.execute(sa.delete(post).where(of_month))
    upsert_rows(connection, closed_week, [{"week": week} for week in sorted(weeks)])
    return posts
