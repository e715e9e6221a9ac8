"""Tombstones: keys of what a person asked to have erased, and which may not come back."""

from collections.abc import Iterable
from datetime import datetime
from typing import Literal, NamedTuple

import sqlalchemy as sa

from warehouse.rows import Row, upsert_best
from warehouse.tables import erased


class Tombstone(NamedTuple):
    """A post by its key, or an account by its keyed hash; `key_id` tells with which secret."""

    erased_key: str
    platform: str
    kind: Literal["post", "account"]
    erased_at: datetime
    key_id: str | None = None


class Standing(NamedTuple):
    """What is erased: keys of posts, platform and hash of accounts, and the secrets of these."""

    posts: frozenset[str]
    accounts: frozenset[tuple[str, str]]
    key_ids: frozenset[str | None]


def standing(connection: sa.Connection) -> Standing:
    """Return all that is erased."""
    rows = connection.execute(sa.select(erased)).all()
    accounts = [row for row in rows if row.kind == "account"]
    return Standing(
        frozenset(row.erased_key for row in rows if row.kind == "post"),
        frozenset((row.platform, row.erased_key) for row in accounts),
        frozenset(row.key_id for row in accounts),
    )


def count_of(connection: sa.Connection) -> int:
    """Return how much is erased."""
    return connection.scalar(sa.select(sa.func.count()).select_from(erased)) or 0


def put_up(connection: sa.Connection, stones: Iterable[Tombstone]) -> None:
    """Note these, once each; the first time it was asked for is kept."""
    upsert_best(connection, erased, (stone._asdict() for stone in stones), _first)


def _first(row: Row) -> float:
    return -float(row["erased_at"].timestamp())
