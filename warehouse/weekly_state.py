"""What a weekly digest stands on: what its posts were tied with, what the agency held then."""

from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa

from warehouse.tables import dataset, topic
from warehouse.weekly import Wanted, said_in

_MOST_METHODS = 20


class State(NamedTuple):
    """`read_until` is the latest observation of a post that counts; topics and datasets are those
    not withdrawn.
    """

    revision: str
    read_until: datetime | None
    methods: tuple[str, ...]
    topics: int
    datasets: int


def state(conn: sa.Connection, of: Wanted) -> State:
    """Return what the week's posts were last seen and tied with, and how much is held."""
    said = said_in(of, of.week)
    methods = sa.select(said.c.linked_with).where(said.c.linked_with.is_not(None)).distinct()
    revision: sa.Select[Any] = sa.select(sa.column("version_num")).select_from(
        sa.table("alembic_version")
    )
    return State(
        revision=conn.scalar(revision) or "",
        read_until=conn.scalar(sa.select(sa.func.max(said.c.last_seen_at))),
        methods=tuple(conn.scalars(methods.order_by(said.c.linked_with).limit(_MOST_METHODS))),
        topics=_live(conn, topic),
        datasets=_live(conn, dataset),
    )


def gone_since(conn: sa.Connection, since: datetime) -> tuple[int, int]:
    """Return how many topics and datasets were withdrawn since then and still are."""
    return _gone(conn, topic, since), _gone(conn, dataset, since)


def _live(conn: sa.Connection, table: sa.Table) -> int:
    query = sa.select(sa.func.count()).select_from(table).where(table.c.withdrawn_at.is_(None))
    return conn.scalar(query) or 0


def _gone(conn: sa.Connection, table: sa.Table, since: datetime) -> int:
    query = sa.select(sa.func.count()).select_from(table).where(table.c.withdrawn_at > since)
    return conn.scalar(query) or 0
