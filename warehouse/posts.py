"""Writing posts so that neither order nor repetition nor the split into batches matters."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import sqlalchemy as sa

from contract.columns import COLUMNS
from contract.post import Privacy
from warehouse.calendar import day_of, week_of
from warehouse.copies import compare_anew, passed_on_of
from warehouse.due import forget_due, leave_due
from warehouse.former import forget_ties
from warehouse.gone import note_gone
from warehouse.months import hold_months
from warehouse.parts import write_parts
from warehouse.recount import mark_stale
from warehouse.reviews import forget_notes
from warehouse.rows import (
    Columns,
    Row,
    chunks_of,
    insert_columns,
    rows_at,
    rows_of,
    taken,
    update_rows,
)
from warehouse.tables import post
from warehouse.versions import Outcome, Plan, plan_of

_CLOCKS_DIFFER: Final = timedelta(days=1)
"""So much later than it was seen a post may say to be published."""
_STORED: Final = [name for name in COLUMNS if name in post.c]
EMPTIED: Final = {
    name: None if COLUMNS[name].is_nullable else ""
    for name in _STORED
    if COLUMNS[name].privacy is Privacy.PERSONAL and name != "native_id"
} | {"text_signature": "", "sketch": None, "row_hash": None, "intent": None}
"""What is left of a removed post's columns; its id stays, so that it is known to be removed."""


def write_posts(
    connection: sa.Connection,
    batch: Columns,
    now: datetime,
    tied_with: Mapping[tuple[str, str], str | None],
    known: Collection[int] = (),
) -> list[Outcome]:
    """Return what became of each row of the batch, in its order, once all are written.

    Communities and authors have to be there already. Of a removed post only what is not personal
    is kept; its tags, links, media and ties go. `tied_with` is the version of the ties that will be
    written of a post of this post_key and content_hash, None for one to be tied anew. `known` are
    the places of rows that say what is stored, or something older: of those no more is written than
    when and where they were seen. Raises Outdated when they no longer are.
    """
    plan = plan_of(connection, batch, known)
    is_new = [outcome == "new" for outcome in plan.outcomes]
    fresh = taken(batch, is_new)
    new = _columns(fresh, plan, tied_with)
    again = rows_at(batch, [at for at in plan.winners if not is_new[at]])
    old = _as_known(rows_of(_columns(again, plan, tied_with)), plan, tied_with)
    seen = list(_seen(rows_at(batch, plan.seen), plan))
    earlier = [_first_seen(plan.old[key].created_at, *plan.first[key], key) for key in plan.earlier]
    days = {*new["day"], *(row["day"] for row in (*old, *seen, *earlier))}
    hold_months(connection, {day[:7] for day in days})
    insert_columns(connection, post, new)
    gone = [row["post_key"] for row in old if row["removed_at"] is not None]
    # While it is known what they said.
    leave_due(connection, "remove passed on", passed_on_of(connection, gone))
    for written in (old, seen, earlier):
        update_rows(connection, post, "post_key", written)
    write_parts(connection, fresh)
    plan.changed.update(write_parts(connection, again, are_known=True))
    forget_ties(connection, gone)
    forget_notes(connection, gone)
    leave_due(connection, "cut versions", plan.replaced)
    for chunk in chunks_of(gone):
        forget_due(connection, "cut versions", chunk)
    weeks, originals = _disturbed(plan, (*old, *seen, *earlier))
    weeks.update(new["week"])
    compare_anew(connection, weeks, originals)
    mark_stale(connection, weeks)
    note_gone(connection, batch, plan)
    return plan.outcomes


def _columns(
    won: Columns, plan: Plan, tied_with: Mapping[tuple[str, str], str | None]
) -> dict[str, Sequence[Any]]:
    """Return the rows that win as new posts are stored, by column."""
    columns = {name: won[name] for name in _STORED}
    is_gone = [at is not None for at in won["removed_at"]]
    if any(is_gone):
        for name, left in EMPTIED.items():
            pairs = zip(won[name], is_gone, strict=True)
            columns[name] = [left if gone else value for value, gone in pairs]
    keys = columns["post_key"]
    first = [plan.first[key] for key in keys]
    columns["source"] = [source for _, source in first]
    columns["first_seen_at"] = [seen_at for seen_at, _ in first]
    columns["last_seen_at"] = columns["observed_at"]
    moments = list(map(_moment, columns["created_at"], columns["first_seen_at"]))
    columns["day"] = list(map(day_of, moments))
    columns["week"] = list(map(week_of, moments))
    made = zip(keys, columns["content_hash"], strict=True)
    columns["linked_with"] = list(map(tied_with.get, made))
    columns["near_duplicate_of"] = [None] * len(keys)  # set by mark_copies
    return columns


def _as_known(
    rows: list[dict[str, Any]], plan: Plan, tied_with: Mapping[tuple[str, str], str | None]
) -> list[dict[str, Any]]:
    """Return rows of posts that were stored before, with what still holds of what was."""
    for row in rows:
        was = plan.old[row["post_key"]]
        if was.post_key in plan.changed:
            continue
        made = (was.post_key, row["content_hash"])
        row["linked_with"] = tied_with.get(made, was.linked_with)
        if was.text_signature == row["text_signature"]:
            row["near_duplicate_of"] = was.near_duplicate_of
    return rows


def _seen(batch: Columns, plan: Plan) -> Iterator[Row]:
    names = ("post_key", "observed_at", "landing")
    for key, seen_at, landing in zip(*(batch[name] for name in names), strict=True):
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
        was = plan.old[row["post_key"]]
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
    moment = _moment(created_at, seen_at)
    return {
        "post_key": key,
        "first_seen_at": seen_at,
        "source": source,
        "week": week_of(moment),
        "day": day_of(moment),
    }


def _moment(created_at: datetime | None, seen_at: datetime) -> datetime:
    """Return when a post counts as published."""
    is_credible = created_at is not None and created_at <= seen_at + _CLOCKS_DIFFER
    return created_at if created_at and is_credible else seen_at
