"""The log of who asked what of the posts, as the warehouse keeps it."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa

from warehouse.rows import upsert_rows
from warehouse.tables import access_log


class Access(NamedTuple):
    """What somebody asked of the posts."""

    access_key: str
    asked_at: datetime
    role: str
    purpose: str
    how: str
    question: str
    rows: int | None


class Use(NamedTuple):
    """How often a role asked in one way, under one purpose, and how many posts that gave."""

    purpose: str
    role: str
    how: str
    times: int
    rows: int


def keep_accesses(connection: sa.Connection, accesses: Sequence[Access]) -> None:
    """Keep them; what is known already stays as it is."""
    upsert_rows(connection, access_log, [one._asdict() for one in accesses])


def accesses_since(connection: sa.Connection, since: datetime, most: int) -> list[Access]:
    """Return at most so many accesses since then, the latest first."""
    columns = [access_log.c[name] for name in Access._fields]
    query = sa.select(*columns).where(access_log.c.asked_at >= since).limit(most)
    found = connection.execute(query.order_by(access_log.c.asked_at.desc(), columns[0]))
    return [Access(*row) for row in found]


def uses_between(connection: sa.Connection, since: datetime, until: datetime) -> list[Use]:
    """Return how the posts were asked in that time, by purpose, role and way."""
    asked = access_log.c
    by = (asked.purpose, asked.role, asked.how)
    rows = sa.func.coalesce(sa.func.sum(asked.rows), 0)
    query = (
        sa.select(*by, sa.func.count(), sa.cast(rows, sa.BigInteger))
        .where(asked.asked_at >= since, asked.asked_at < until)
        .group_by(*by)
        .order_by(*by)
    )
    return [Use(*row) for row in connection.execute(query)]
