"""Writing posts so that neither order nor repetition nor the split into batches matters.

Of all versions of a post that were ever loaded the latest is kept: the greatest `observed_at`, then
`edited_at`, then `content_hash`, then `landing`. The earliest observation gives `first_seen_at` and
`source`.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Literal, NamedTuple

import msgspec
import pandas as pd
import sqlalchemy as sa

from contract.keys import stable_key
from contract.post import COLUMNS, Privacy, Tag
from warehouse.calendar import day_of, week_of
from warehouse.copies import mark_copies
from warehouse.rows import (
    Row,
    delete_rows,
    differing_keys,
    read_rows,
    replace_rows,
    upsert_best,
    upsert_rows,
    values_of,
)
from warehouse.tables import TIES, post, post_link, post_media, post_tag, removal

Outcome = Literal["new", "changed", "unchanged"]
_BEFORE_ALL: Final = datetime.min.replace(tzinfo=UTC)
_STORED: Final = [name for name in COLUMNS if name in post.c]
_EMPTIED: Final = {
    name: None if COLUMNS[name].is_nullable else ""
    for name in _STORED
    if COLUMNS[name].privacy is Privacy.PERSONAL and name != "native_id"
} | {"text_signature": ""}
"""What is left of a removed post's columns; its id stays, so that it is known to be removed."""


class _Old(NamedTuple):
    post_key: str
    observed_at: datetime
    edited_at: datetime | None
    content_hash: str
    landing: str
    first_seen_at: datetime
    source: str
    created_at: datetime | None
    removed_at: datetime | None
    text_signature: str
    linked_with: str | None


class _Plan(NamedTuple):
    """What a batch does: rows by their place in it that win, and posts seen earlier than known."""

    outcomes: list[Outcome]
    winners: list[int]
    earlier: list[str]
    first: dict[str, tuple[datetime, str]]
    old: dict[str, _Old]


def write_posts(connection: sa.Connection, batch: pd.DataFrame, now: datetime) -> list[Outcome]:
    """Return what became of each row of the batch, in its order, once all are written.

    Communities and authors have to be there already. Of a removed post only what is not personal
    is kept; its tags, links, media and ties go.
    """
    plan = _plan(connection, batch)
    _write_winners(connection, batch, plan)
    upsert_best(connection, removal, _removals(batch, now), _removal_rank)
    return plan.outcomes


def _plan(connection: sa.Connection, batch: pd.DataFrame) -> _Plan:
    keys = values_of(batch["post_key"])
    names = ("observed_at", "edited_at", "content_hash", "landing", "removed_at", "source")
    rows = list(zip(*(values_of(batch[name]) for name in names), strict=True))
    versions = [_version(*row[:4]) for row in rows]
    last: dict[str, int] = {}
    first: dict[str, tuple[datetime, str]] = {}
    for i, key in enumerate(keys):
        last[key] = max(last.get(key, i), i, key=versions.__getitem__)
        seen = (rows[i][0], rows[i][5])
        first[key] = min(first.get(key, seen), seen)
    old = _read_old(connection, last)
    outcomes: list[Outcome] = ["unchanged"] * len(keys)
    winners, earlier = [], []
    for key, i in last.items():
        was = old.get(key)
        if was is None:
            outcomes[i] = "new"
            winners.append(i)
            continue
        first[key] = min(first[key], (was.first_seen_at, was.source))
        if versions[i] > _version(*was[1:5]):
            winners.append(i)
            if (rows[i][2], rows[i][4] is None) != (was.content_hash, was.removed_at is None):
                outcomes[i] = "changed"
        elif first[key] < (was.first_seen_at, was.source):
            earlier.append(key)
    return _Plan(outcomes, winners, earlier, first, old)


def _version(
    observed_at: datetime, edited_at: datetime | None, content_hash: str, landing: str
) -> tuple[datetime, datetime, str, str]:
    return observed_at, edited_at or _BEFORE_ALL, content_hash, landing


def _read_old(connection: sa.Connection, keys: dict[str, int]) -> dict[str, _Old]:
    columns = [post.c[name] for name in _Old._fields]
    return {row["post_key"]: _Old(**row) for row in read_rows(connection, columns, keys)}


def _write_winners(connection: sa.Connection, batch: pd.DataFrame, plan: _Plan) -> None:
    won = batch.iloc[plan.winners]
    columns = [values_of(won[name]) for name in _STORED]
    rows = [dict(zip(_STORED, values, strict=True)) for values in zip(*columns, strict=True)]
    for i, row in zip(plan.winners, rows, strict=True):
        key = row["post_key"]
        if row["removed_at"] is not None:
            row |= _EMPTIED
        keeps_ties = plan.outcomes[i] == "unchanged"
        row["linked_with"] = plan.old[key].linked_with if keeps_ties else None
        row["last_seen_at"] = row["observed_at"]
        row["near_duplicate_of"] = None  # set by mark_copies
        row |= _first_seen(row["created_at"], *plan.first[key])
    upsert_rows(connection, post, rows)
    for name, (table, row_of) in _LISTS.items():
        wanted = _by_post(rows, won[name], row_of)
        differing = differing_keys(connection, list(table.columns), wanted)
        replace_rows(connection, table, wanted, differing)
    gone = [row["post_key"] for row in rows if row["removed_at"] is not None]
    for table in TIES.values():
        delete_rows(connection, table.c.post_key, gone)
    written = {*(row["post_key"] for row in rows), *plan.earlier}
    left = {plan.old[key].text_signature for key in written & plan.old.keys()}
    _write_earlier(connection, plan)
    mark_copies(connection, left | {row["text_signature"] for row in rows})


def _write_earlier(connection: sa.Connection, plan: _Plan) -> None:
    if plan.earlier:
        values = [
            {"key": key, **_first_seen(plan.old[key].created_at, *plan.first[key])}
            for key in plan.earlier
        ]
        named: dict[str, Any] = {name: sa.bindparam(name) for name in values[0] if name != "key"}
        update = sa.update(post).where(post.c.post_key == sa.bindparam("key")).values(named)
        connection.execute(update, values)


def _first_seen(created_at: datetime | None, seen_at: datetime, source: str) -> dict[str, Any]:
    moment = created_at or seen_at
    return {
        "first_seen_at": seen_at,
        "source": source,
        "week": week_of(moment),
        "day": day_of(moment),
    }


def _by_post(
    rows: list[dict[str, Any]], lists: "pd.Series[Any]", row_of: Callable[[Any], dict[str, Any]]
) -> dict[str, list[Row]]:
    return {
        row["post_key"]: [
            {"post_key": row["post_key"], "position": place, **row_of(item)}
            for place, item in enumerate(items if row["removed_at"] is None else ())
        ]
        for row, items in zip(rows, lists, strict=True)
    }


def _tag_row(tag: Tag) -> dict[str, Any]:
    return {"tag": tag.tag, "tag_normalised": tag.normalised, "added_by": tag.added_by}


_LISTS: Final[dict[str, tuple[sa.Table, Callable[[Any], dict[str, Any]]]]] = {
    "tags": (post_tag, _tag_row),
    "links": (post_link, msgspec.structs.asdict),
    "media": (post_media, msgspec.structs.asdict),
}
"""The table of each list of a post, and the row of an element."""


def _removals(batch: pd.DataFrame, now: datetime) -> Iterator[Row]:
    gone = batch[batch["removed_at"].notna()]
    names = ("post_key", "removal_reason", "observed_at")
    for key, why, seen_at in zip(*(values_of(gone[name]) for name in names), strict=True):
        yield {
            "removal_key": stable_key("removal", key),
            "what": key,
            "why": why or "removed upstream",
            "requested_at": None,
            "detected_at": seen_at,
            "done_at": now,
            "places": ["warehouse"],
            "latency_seconds": (now - seen_at).total_seconds(),
        }


def _removal_rank(row: Row) -> tuple[timedelta, str]:
    return _BEFORE_ALL - row["detected_at"], row["why"]
