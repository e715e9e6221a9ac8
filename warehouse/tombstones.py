"""Tombstones: keys of what a person asked to have erased, and which may not come back."""

from collections.abc import Iterable
from datetime import datetime
from typing import Literal, NamedTuple

import sqlalchemy as sa

from warehouse.rows import Row, upsert_best
from warehouse.tables import erased

Kind = Literal["post", "account", "opted out", "thread"]
"""Erased posts and accounts; accounts that opted out by a tag; posts left out that began threads,
whose title no reply may bring."""


class Tombstone(NamedTuple):
    """A post by its key, or an account by its keyed hash; `key_id` tells with which secret."""

    erased_key: str
    platform: str
    kind: Kind
    erased_at: datetime
    key_id: str | None = None


class Standing(NamedTuple):
    """What is erased: keys of posts, platform and hash of accounts, and the secrets of these.

    Beside them the accounts that opted out by a tag, and the threads of posts that were left out.
    """

    posts: frozenset[str]
    accounts: frozenset[tuple[str, str]]
    key_ids: frozenset[str | None]
    opted_out: frozenset[tuple[str, str]]
    threads: frozenset[str]
    noted: int


def standing(connection: sa.Connection) -> Standing:
    """Return all that is erased."""
    rows = connection.execute(sa.select(erased)).all()
    accounts = {
        kind: [(row.platform, row.erased_key) for row in rows if row.kind == kind]
        for kind in ("account", "opted out")
    }
    return Standing(
        frozenset(row.erased_key for row in rows if row.kind == "post"),
        frozenset(accounts["account"]),
        frozenset(row.key_id for row in rows if row.kind in accounts),
        frozenset(accounts["opted out"]),
        frozenset(row.erased_key for row in rows if row.kind == "thread"),
        len(rows),
    )


def noted_in(engine: sa.Engine) -> int:
    """Return how much is erased or noted as left out; what is, stays so."""
    with engine.connect() as connection:
        return connection.scalar(sa.select(sa.func.count()).select_from(erased)) or 0


def put_up(connection: sa.Connection, stones: Iterable[Tombstone]) -> None:
    """Note these, once each; the first time it was asked for is kept."""
    upsert_best(connection, erased, (stone._asdict() for stone in stones), _first)


def _first(row: Row) -> float:
    return -float(row["erased_at"].timestamp())
