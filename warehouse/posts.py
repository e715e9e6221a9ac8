"""Writing posts so that neither order nor repetition nor the split into batches matters."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import pandas as pd
import sqlalchemy as sa

from contract.batch import values_of
from contract.columns import COLUMNS
from contract.keys import stable_key
from contract.post import Privacy
from warehouse.calendar import day_of, week_of
from warehouse.copies import compare_anew
from warehouse.months import hold_months
from warehouse.parts import write_parts
from warehouse.recount import mark_stale
from warehouse.reviews import forget_notes
from warehouse.rows import (
    Row,
    delete_rows,
    insert_rows,
    update_rows,
    upsert_best,
)
from warehouse.tables import TIES, post, removal
from warehouse.versions import Outcome, Plan, plan_of

_CLOCKS_DIFFER: Final = timedelta(days=1)
"""So much later than it was seen a post may say to be published."""
_STORED: Final = [name for name in COLUMNS if name in post.c]
_EMPTIED: Final = {
    name: None if COLUMNS[name].is_nullable else ""
    for name in _STORED
    if COLUMNS[name].privacy is Privacy.PERSONAL and name != "native_id"
} | {"text_signature": "", "sketch": None, "row_hash": None, "intent": None}
"""What is left of a removed post's columns; its id stays, so that it is known to be removed."""


def write_posts(
    connection: sa.Connection,
    batch: pd.DataFrame,
    now: datetime,
    tied_with: Mapping[tuple[str, str], str],
    known: Collection[int] = (),
) -> list[Outcome]:
    """Return what became of each row of the batch, in its order, once all are written.

    Communities and authors have to be there already. Of a removed post only what is not personal
    is kept; its tags, links, media and ties go. `tied_with` is the version of the ties that will be
    written of a post of this post_key and content_hash. `known` are the places of rows that say
    what is stored, or something older: of those no more is written than when and where they were
    seen. Raises Outdated when they no longer are.
    """
    plan = plan_of(connection, batch, known)
    won = batch.iloc[plan.winners]
    rows = _rows(won, plan, tied_with)
    seen = list(_seen(batch.iloc[plan.seen], plan))
    earlier = [_first_seen(plan.old[key].created_at, *plan.first[key], key) for key in plan.earlier]
    hold_months(connection, {row["day"][:7] for row in (*rows, *seen, *earlier)})
    new = [row for row in rows if row["post_key"] not in plan.old]
    insert_rows(connection, post, new)
    old = [row for row in rows if row["post_key"] in plan.old]
    for written in (old, seen, earlier):
        update_rows(connection, post, "post_key", written)
    plan.changed.update(write_parts(connection, won, {row["post_key"] for row in old}))
    gone = [row["post_key"] for row in old if row["removed_at"] is not None]
    for table in TIES.values():
        delete_rows(connection, table.c.post_key, gone)
    forget_notes(connection, gone)
    weeks, originals = _disturbed(plan, (*rows, *seen, *earlier))
    compare_anew(connection, weeks, originals)
    mark_stale(connection, weeks)
    upsert_best(connection, removal, _removals(batch, now), _removal_rank)
    return plan.outcomes


def _rows(
    won: pd.DataFrame, plan: Plan, tied_with: Mapping[tuple[str, str], str]
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


def _seen(batch: pd.DataFrame, plan: Plan) -> Iterator[Row]:
    names = ("post_key", "observed_at", "landing")
    for key, seen_at, landing in zip(*(values_of(batch[name]) for name in names), strict=True):
        yield {
            "observed_at": seen_at,
            "landing": landing,
            "last_seen_at": seen_at,
            **_first_seen(plan.old[key].created_at, *plan.first[key], key),
        }


def _disturbed(plan: Plan, rows: Iterable[Row]) -> tuple[set[str], set[str]]:
    """Return the weeks, old and new, in which what is counted may be another through these rows.

    And what posts may be copies of that copy one of these: it, or what it was a copy of.
    """
    weeks: set[str] = set()
    originals: set[str] = set()
    for row in rows:
        was = plan.old.get(row["post_key"])
        if was is None:
            weeks.add(row["week"])
            continue
        stands = (was.day, was.source) == (row["day"], row["source"]) and (
            was.created_at is not None or was.first_seen_at == row["first_seen_at"]
        )
        is_compared_anew = row.get("sketch", was.sketch) != was.sketch
        if row["post_key"] in plan.changed or is_compared_anew or not stands:
            weeks |= {row["week"], was.week}
            originals |= {was.post_key, was.near_duplicate_of or was.post_key}
    return weeks, originals


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
    return datetime.min.replace(tzinfo=UTC) - row["detected_at"], row["why"]
