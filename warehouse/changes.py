"""What changed of the catalogue since posts were tied with it, and having them tied anew.

A change is noted in the transaction that makes it, with the record as it was before. Who ties posts
looks up which of them it concerns, and settles it. Where too much changed every post is tied anew:
no post is touched for that, for what ties are made with has another version from then on.
"""

import time
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final, NamedTuple

import msgspec
import sqlalchemy as sa

from contract.keys import stable_key
from warehouse.context import retie_answers
from warehouse.rows import chunks_of, insert_rows
from warehouse.tables import TIES, catalogue_change, post

MOST_CHANGES: Final = 200
"""Records up to which it is looked up which posts a change concerns."""
_ALL: Final = "all"


class Change(NamedTuple):
    """A record that changed: what it is, the catalogue's version after it, how it was before.

    The number is the same for all of one load and higher for later ones.
    """

    kind: str
    target_key: str
    number: int
    version: str
    before: dict[str, Any] | None


def note_changes(
    connection: sa.Connection, kind: str, before: Mapping[str, Any], version: str
) -> None:
    """Note records that changed, by key as they were before: None where there was none.

    Where there is no post yet there is none to be tied anew.
    """
    if connection.scalar(sa.select(post.c.post_key).limit(1)) is None:
        return
    is_other = catalogue_change.c.kind != _ALL
    count = sa.select(sa.func.count()).select_from(catalogue_change).where(is_other)
    if len(before) + (connection.scalar(count) or 0) > MOST_CHANGES:
        retie_all(connection, version)
        return
    number = _next_number(connection)
    changes = [
        Change(kind, key, number, version, None if was is None else msgspec.to_builtins(was))
        for key, was in sorted(before.items())
    ]
    insert_rows(connection, catalogue_change, [change._asdict() for change in changes])


def pending_changes(connection: sa.Connection) -> list[Change]:
    """Return the changes, by number, of which it is not looked up yet which posts they concern."""
    query = sa.select(catalogue_change).where(catalogue_change.c.kind != _ALL)
    changes = [Change(*row) for row in connection.execute(query)]
    return sorted(changes, key=lambda change: (change.number, change.kind, change.target_key))


def _next_number(connection: sa.Connection) -> int:
    # By the clock, so that no number comes again once its changes are settled.
    latest = connection.scalar(sa.select(sa.func.max(catalogue_change.c.number))) or 0
    return max(latest + 1, time.time_ns() // 1000)


def retie_all(connection: sa.Connection, version: str) -> None:
    """Have every post tied anew; with that all changes are settled."""
    generation = stable_key(tying_generation(connection), version)[:16]
    connection.execute(sa.delete(catalogue_change))
    insert_rows(connection, catalogue_change, [Change(_ALL, "", 0, generation, None)._asdict()])


def tying_generation(connection: sa.Connection) -> str:
    """Return what is another one each time every post is to be tied anew."""
    query = sa.select(catalogue_change.c.version).where(catalogue_change.c.kind == _ALL)
    return connection.scalar(query) or ""


def retie(connection: sa.Connection, keys: Collection[str]) -> None:
    """Have these posts tied anew, and the short replies to them, which are read with them."""
    for chunk in chunks_of(keys):
        connection.execute(
            sa.update(post).where(post.c.post_key.in_(chunk)).values(linked_with=None)
        )
    retie_answers(connection, keys)


def settle(connection: sa.Connection, changes: Sequence[Change], keys: Collection[str]) -> None:
    """Have the posts tied anew that these changes concern, and forget the changes."""
    retie(connection, keys)
    key = sa.tuple_(*catalogue_change.primary_key)
    for at in range(0, len(changes), MOST_CHANGES):
        some = [change[:3] for change in changes[at : at + MOST_CHANGES]]
        connection.execute(sa.delete(catalogue_change).where(key.in_(some)))


def tied_to(connection: sa.Connection, kind: str, keys: Collection[str]) -> set[str]:
    """Return the posts that are tied to these records."""
    table = TIES[kind]
    target = table.columns[1]
    return {
        key
        for chunk in chunks_of(keys)
        for key in connection.scalars(sa.select(table.c.post_key).where(target.in_(chunk)))
    }
