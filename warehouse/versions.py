"""Versions of posts: which of those in a batch and in the store is kept.

Of all versions of a post that were ever loaded the latest is: the greatest `observed_at`, then
`edited_at`, then `content_hash`, then `landing`. The earliest observation gives `first_seen_at` and
`source`. What was read before from the same place is read anew when it was completed with other
methods.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import chain
from operator import itemgetter
from typing import Any, Final, Literal, NamedTuple, TypeVar

import pandas as pd
import sqlalchemy as sa

from contract.errors import GoodguestError
from warehouse.rows import Columns, tuples_among
from warehouse.tables import post

Outcome = Literal["new", "changed", "unchanged"]
_BEFORE_ALL: Final = datetime.min.replace(tzinfo=UTC)
_OUTDATED: Final = "posts a batch takes for known are no longer stored so; prepare it anew"


class Outdated(GoodguestError):
    """What a batch took for known has been changed since by somebody else."""


class Standing(NamedTuple):
    """How a post stands in the store, by which it is known again."""

    post_key: str
    row_hash: str | None
    content_hash: str
    observed_at: datetime
    landing: str
    linked_with: str | None


class _Given(NamedTuple):
    observed_at: datetime
    edited_at: datetime | None
    content_hash: str
    landing: str
    removed_at: datetime | None
    source: str
    row_hash: str | None


class Stored(NamedTuple):
    """What of a stored post decides what a batch does to it."""

    post_key: str
    observed_at: datetime
    edited_at: datetime | None
    content_hash: str
    landing: str
    row_hash: str | None
    first_seen_at: datetime
    last_seen_at: datetime
    source: str
    created_at: datetime | None
    removed_at: datetime | None
    text_signature: str
    sketch: str | None
    near_duplicate_of: str | None
    linked_with: str | None
    week: str
    day: str


_Kept = TypeVar("_Kept", Standing, Stored)


class Plan(NamedTuple):
    """What a batch does: rows by their place in it that win, and posts seen earlier than known.

    `seen` are the places of those that win and say what is known. `replaced` are posts that are
    there, of which a version no later, in the batch or stored, said something else.
    """

    outcomes: list[Outcome]
    winners: list[int]
    seen: list[int]
    changed: set[str]
    earlier: list[str]
    first: dict[str, tuple[datetime, str]]
    old: dict[str, Stored]
    replaced: set[str]


def standing_of(connection: sa.Connection, keys: Iterable[str]) -> dict[str, Standing]:
    """Return by post_key how these posts stand in the store."""
    return {row.post_key: row for row in _read(connection, Standing, keys)}


def plan_of(connection: sa.Connection, batch: Columns, known: Collection[int]) -> Plan:
    """Return what a batch does to the store; the rows at the places `known` may only be seen again.

    Raises Outdated when such a row would win and is not what is stored.
    """
    columns = [batch[name] for name in ("post_key", *_Given._fields)]
    keys, rows = columns[0], list(zip(*columns[1:], strict=True))
    last, first = _ends(keys, rows)
    plan = Plan(["unchanged"] * len(keys), [], [], set(), [], first, {}, set())
    plan.old.update({was.post_key: was for was in _read(connection, Stored, last)})
    for key, i in last.items():
        was, is_known = plan.old.get(key), i in known
        if was is None:
            if is_known:
                raise Outdated(_OUTDATED)
            plan.outcomes[i] = "new"
            plan.winners.append(i)
            continue
        row = _Given(*rows[i])
        if is_known and not (_version(row) <= _version(was) or row.row_hash == was.row_hash):
            raise Outdated(_OUTDATED)
        first[key] = min(first[key], (was.first_seen_at, was.source))
        if _version(row) > _version(was) or (not is_known and _is_read_anew(row, was)):
            (plan.seen if is_known else plan.winners).append(i)
            if row.content_hash != was.content_hash or _is_gone(row) != _is_gone(was):
                plan.outcomes[i] = "changed"
                plan.changed.add(key)
        elif first[key] < (was.first_seen_at, was.source):
            plan.earlier.append(key)
    # Of other posts there is one version only, which replaces none.
    several = {key for i, key in enumerate(keys) if last[key] != i or key in plan.old}
    won = {keys[i]: _Given(*rows[i]) for i in (*plan.winners, *plan.seen) if keys[i] in several}
    # Those known say what is stored, which is looked at itself.
    read = (
        (key, _Given(*rows[i])) for i, key in enumerate(keys) if key in several and i not in known
    )
    # A page that is read anew says again all that was read of it: what is stored is no other.
    stored = (
        (key, was)
        for key, was in plan.old.items()
        if key not in won or not _is_read_anew(won[key], was)
    )
    plan.replaced.update(_replaced(chain(read, stored), {**plan.old, **won}))
    return plan


def are_latest(batch: pd.DataFrame) -> "pd.Series[bool]":
    """Return for each row of the batch whether it is the one of its post that would be kept."""
    names = ["post_key", "observed_at", "edited_at", "content_hash", "landing"]
    latest = pd.Series(True, index=batch.index)
    if len(set(batch["post_key"].tolist())) < len(batch):
        twice = batch.loc[batch["post_key"].duplicated(keep=False), names]
        ordered = twice.sort_values(names, kind="stable", na_position="first")
        latest[ordered.index[ordered["post_key"].duplicated(keep="last")]] = False
    return latest


def _ends(
    keys: Sequence[str], rows: Sequence[tuple[Any, ...]]
) -> tuple[dict[str, int], dict[str, tuple[datetime, str]]]:
    """Return by key the place of the row that would be kept, and when and where it came first."""
    last = dict(zip(keys, range(len(keys)), strict=True))
    seen = [_Given._fields.index(name) for name in ("observed_at", "source")]
    first = dict(zip(keys, map(itemgetter(*seen), rows), strict=True))
    if len(last) == len(keys):
        return last, first
    ends = dict(last)
    for i, key in enumerate(keys):
        if ends[key] == i:
            continue
        row, held = _Given(*rows[i]), _Given(*rows[last[key]])
        if (_version(row), -i) > (_version(held), -last[key]):
            last[key] = i
        first[key] = min(first[key], (row.observed_at, row.source))
    return last, first


def _replaced(
    versions: Iterable[tuple[str, _Given | Stored]], latest: Mapping[str, _Given | Stored]
) -> Iterator[str]:
    for key, one in versions:
        held = latest[key]
        # Of two of one moment either may be the newer: it counts as replaced in any order.
        is_other = one.observed_at <= held.observed_at and one.content_hash != held.content_hash
        if is_other and not _is_gone(held):
            yield key


def _is_read_anew(row: _Given, was: Stored) -> bool:
    """Return whether it is the stored one, completed with other methods or another key."""
    is_same = (row.observed_at, row.landing) == (was.observed_at, was.landing)
    return is_same and row.row_hash != was.row_hash


def _is_gone(row: _Given | Stored) -> bool:
    return row.removed_at is not None


def _version(row: _Given | Stored) -> tuple[datetime, datetime, str, str]:
    return row.observed_at, row.edited_at or _BEFORE_ALL, row.content_hash, row.landing


def _read(connection: sa.Connection, kind: type[_Kept], keys: Iterable[str]) -> Iterator[_Kept]:
    columns = [post.c[name] for name in kind._fields]
    yield from map(kind._make, tuples_among(connection, columns, keys))
