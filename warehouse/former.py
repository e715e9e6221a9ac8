"""Ties that are no more, and why: what is written of a tie when it disappears."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Literal

import sqlalchemy as sa

from warehouse.rows import Row, delete_rows, read_rows, upsert_rows
from warehouse.tables import TIES, former_tie

Pair = tuple[str, str, str]
"""A post, a kind of target and the target's key."""
Reason = Literal["post", "methods", "catalogue", "review"]


def former(kind: str, tie: Row, reason: Reason, ended_at: datetime) -> Row:
    """Return the row of a former tie, given that of the tie."""
    target = TIES[kind].columns[1].name
    names = ("post_key", "method", "score", "model_version", "linked_at")
    ended = {"target": kind, "target_key": tie[target], "ended_at": ended_at, "reason": reason}
    return {name: tie[name] for name in names} | ended


def end_ties(
    connection: sa.Connection,
    pairs: Iterable[Pair],
    reason: Reason,
    ended_at: datetime,
) -> list[str]:
    """Return the posts of the ties, of these pairs, that ended with this."""
    found = ties_of_pairs(connection, pairs)
    for post_key, kind, target in found:
        table = TIES[kind]
        is_its = (table.c.post_key == post_key, table.columns[1] == target)
        connection.execute(sa.delete(table).where(*is_its))
    ended = [former(pair[1], row, reason, ended_at) for pair, row in sorted(found.items())]
    # Of what a person ends twice at one moment, the later is kept.
    upsert_rows(connection, former_tie, ended)
    return [row["post_key"] for row in ended]


def ties_of_pairs(connection: sa.Connection, pairs: Iterable[Pair]) -> dict[Pair, Row]:
    """Return the ties of these pairs, of those that are tied."""
    wanted = set(pairs)
    found: dict[Pair, Row] = {}
    for kind, table in TIES.items():
        posts = {key for key, of, _ in wanted if of == kind}
        for row in read_rows(connection, list(table.columns), posts):
            pair = (row["post_key"], kind, row[table.columns[1].name])
            if pair in wanted:
                found[pair] = row
    return found


def forget_ties(connection: sa.Connection, post_keys: Collection[str]) -> None:
    """Delete the ties of these posts, which are removed, and those they had."""
    for table in (*TIES.values(), former_tie):
        delete_rows(connection, table.c.post_key, post_keys)
