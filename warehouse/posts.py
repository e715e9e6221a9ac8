"""Writing posts so that neither order nor repetition nor the split into batches matters.

Of all versions of a post that were ever loaded the latest is kept: the greatest `observed_at`, then
`edited_at`, then `content_hash`, then `landing`. The earliest observation gives `first_seen_at` and
`source`.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Literal, NamedTuple

import pandas as pd
import sqlalchemy as sa

from contract.keys import stable_key
from contract.post import COLUMNS, Privacy
from warehouse.calendar import day_of, week_of
from warehouse.copies import mark_copies
from warehouse.months import hold_months
from warehouse.parts import write_parts
from warehouse.recount import mark_stale
from warehouse.reviews import forget_notes
from warehouse.rows import (
    Row,
    delete_rows,
    insert_rows,
    read_rows,
    update_rows,
    upsert_best,
    values_of,
)
from warehouse.tables import TIES, post, removal

Outcome = Literal["new", "changed", "unchanged"]
_CLOCKS_DIFFER: Final = timedelta(days=1)
"""So much later than it was seen a post may say to be published."""
_BEFORE_ALL: Final = datetime.min.replace(tzinfo=UTC)
_STORED: Final = [name for name in COLUMNS if name in post.c]
_EMPTIED: Final = {
    name: None if COLUMNS[name].is_nullable else ""
    for name in _STORED
    if COLUMNS[name].privacy is Privacy.PERSONAL and name != "native_id"
} | {"text_signature": "", "sketch": None, "row_hash": None, "intent": None}
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
    near_duplicate_of: str | None
    linked_with: str | None
    week: str
    day: str


class _Plan(NamedTuple):
    """What a batch does: rows by their place in it that win, and posts seen earlier than known."""

    outcomes: list[Outcome]
    winners: list[int]
    changed: set[str]
    earlier: list[str]
    first: dict[str, tuple[datetime, str]]
    old: dict[str, _Old]


def write_posts(
    connection: sa.Connection,
    batch: pd.DataFrame,
    now: datetime,
    tied_with: Mapping[tuple[str, str], str],
) -> list[Outcome]:
    """Return what became of each row of the batch, in its order, once all are written.

    Communities and authors have to be there already. Of a removed post only what is not personal
    is kept; its tags, links, media and ties go. `tied_with` is the version of the ties that will be
    written of a post of this post_key and content_hash.
    """
    plan = _plan(connection, batch)
    won = batch.iloc[plan.winners]
    rows = _rows(won, plan, tied_with)
    earlier = [_first_seen(plan.old[key].created_at, *plan.first[key], key) for key in plan.earlier]
    hold_months(connection, {row["day"][:7] for row in (*rows, *earlier)})
    new = [row for row in rows if row["post_key"] not in plan.old]
    insert_rows(connection, post, new)
    known = [row for row in rows if row["post_key"] in plan.old]
    update_rows(connection, post, "post_key", known)
    update_rows(connection, post, "post_key", earlier)
    plan.changed.update(write_parts(connection, won, {row["post_key"] for row in known}))
    gone = [row["post_key"] for row in known if row["removed_at"] is not None]
    for table in TIES.values():
        delete_rows(connection, table.c.post_key, gone)
    forget_notes(connection, gone)
    signatures = {row["text_signature"] for row in rows}
    signatures |= {plan.old[row["post_key"]].text_signature for row in (*known, *earlier)}
    mark_stale(connection, mark_copies(connection, signatures) | _weeks(plan, (*rows, *earlier)))
    upsert_best(connection, removal, _removals(batch, now), _removal_rank)
    return plan.outcomes


def latest_rows(batch: pd.DataFrame) -> pd.DataFrame:
    """Return of each post the row that would be kept, of those of the batch."""
    version = ["observed_at", "edited_at", "content_hash", "landing"]
    ordered = batch.sort_values(version, kind="stable", na_position="first")
    return ordered.drop_duplicates("post_key", keep="last").sort_index()


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
    winners, changed, earlier = [], set(), []
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
                changed.add(key)
        elif first[key] < (was.first_seen_at, was.source):
            earlier.append(key)
    return _Plan(outcomes, winners, changed, earlier, first, old)


def _version(
    observed_at: datetime, edited_at: datetime | None, content_hash: str, landing: str
) -> tuple[datetime, datetime, str, str]:
    return observed_at, edited_at or _BEFORE_ALL, content_hash, landing


def _read_old(connection: sa.Connection, keys: dict[str, int]) -> dict[str, _Old]:
    columns = [post.c[name] for name in _Old._fields]
    return {row["post_key"]: _Old(**row) for row in read_rows(connection, columns, keys)}


def _rows(
    won: pd.DataFrame, plan: _Plan, tied_with: Mapping[tuple[str, str], str]
) -> list[dict[str, Any]]:
    columns = [values_of(won[name]) for name in _STORED]
    rows = [dict(zip(_STORED, values, strict=True)) for values in zip(*columns, strict=True)]
    for row in rows:
        key = row["post_key"]
        if row["removed_at"] is not None:
            row |= _EMPTIED
        is_same = key in plan.old and key not in plan.changed
        before = plan.old[key].linked_with if is_same else None
        row["linked_with"] = tied_with.get((key, row["content_hash"]), before)
        # Otherwise set by mark_copies.
        has_same_words = is_same and plan.old[key].text_signature == row["text_signature"]
        row["near_duplicate_of"] = plan.old[key].near_duplicate_of if has_same_words else None
        row["last_seen_at"] = row["observed_at"]
        row |= _first_seen(row["created_at"], *plan.first[key], key)
    return rows


def _weeks(plan: _Plan, rows: Iterable[Row]) -> set[str]:
    """Return the weeks, old and new, in which what is counted may be another through these rows."""
    weeks = set()
    for row in rows:
        was = plan.old.get(row["post_key"])
        if was is None:
            weeks.add(row["week"])
            continue
        stands = (was.day, was.source) == (row["day"], row["source"])
        if row["post_key"] in plan.changed or not stands:
            weeks |= {row["week"], was.week}
    return weeks


def _first_seen(
    created_at: datetime | None, seen_at: datetime, source: str, key: str
) -> dict[str, Any]:
    is_credible = created_at is not None and created_at <= seen_at + _CLOCKS_DIFFER
    moment = created_at if created_at and is_credible else seen_at
    return {
        "post_key": key,
        "first_seen_at": seen_at,
        "source": source,
        "week": week_of(moment),
        "day": day_of(moment),
    }


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
