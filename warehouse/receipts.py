"""Receipts: what is still to be done of removals, and that it is done."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

import sqlalchemy as sa

from contract.keys import stable_key, stem_of
from warehouse.due import forget_due
from warehouse.former import forget_ties
from warehouse.named_posts import stems_in
from warehouse.rows import chunks_of, delete_rows, is_among, read_rows, update_rows, upsert_rows
from warehouse.tables import due_step, post, post_words, removal, source

EDIT: Final = "edit"
"""Kind of a removal of which the post stays, with what it says now."""


class Pending(NamedTuple):
    """A removal that is done in the tables only."""

    removal_key: str
    what: str
    why: str
    at: datetime
    """When it was found or asked for."""
    until: datetime
    """What was received up to then has to go."""
    platform: str | None
    month: str | None
    """Month of the post's day, if it is still known."""
    since_at: datetime
    is_edit: bool


def take_up(connection: sa.Connection) -> None:
    """Note what else is to be cleaned: versions that were replaced, removals of older releases."""
    replaced = list(
        connection.scalars(sa.select(due_step.c.subject).where(due_step.c.step == "cut versions"))
    )
    columns = [post.c[name] for name in (
        "post_key", "observed_at", "removed_at", "platform", "source",
    )]  # fmt: skip
    rows = [
        {
            "removal_key": stable_key(EDIT, row["post_key"], row["observed_at"].isoformat()),
            "what": row["post_key"],
            "why": "changed there",
            "detected_at": row["observed_at"],
            "since_at": row["observed_at"],
            "done_at": None,
            "places": ["warehouse"],
            "platform": row["platform"],
            "source": row["source"],
        }
        for row in read_rows(connection, columns, replaced)
        if row["removed_at"] is None
    ]
    upsert_rows(connection, removal, rows)
    for chunk in chunks_of(replaced):
        forget_due(connection, "cut versions", chunk)
    began = sa.func.coalesce(removal.c.requested_at, removal.c.detected_at, removal.c.done_at)
    older = sa.update(removal).where(removal.c.since_at.is_(None))
    of_post = sa.select(post.c.platform).where(post.c.post_key == removal.c.what)
    connection.execute(
        older.values(
            since_at=began,
            done_at=None,
            latency_seconds=None,
            platform=sa.func.coalesce(removal.c.platform, of_post.scalar_subquery()),
        )
    )


def pending(connection: sa.Connection) -> list[Pending]:
    """Return what is still to be cleaned, in the order it was found."""
    rows = connection.execute(sa.select(removal).where(removal.c.done_at.is_(None))).all()
    columns = [post.c[name] for name in ("post_key", "day", "observed_at", "removed_at")]
    posts = {row["post_key"]: row for row in read_rows(connection, columns, {r.what for r in rows})}
    found = []
    for row in rows:
        held = posts.get(row.what)
        at = row.requested_at or row.detected_at or row.since_at
        is_edit = held is not None and held["removed_at"] is None
        until = at if held is None else held["removed_at"] or held["observed_at"] - _JUST
        found.append(
            Pending(
                row.removal_key, row.what, row.why, at, until, row.platform,
                None if held is None else held["day"][:7], row.since_at, is_edit,
            )
        )  # fmt: skip
    return sorted(found, key=lambda one: (one.at, one.removal_key))


_JUST: Final = timedelta(microseconds=1)


def done(
    connection: sa.Connection,
    cleaned: Sequence[Pending],
    places: Sequence[str],
    hours: Mapping[str, int],
    at: datetime,
) -> timedelta:
    """Return the longest that one of these took, once their receipts are written.

    `hours` is how long a removal may take, by platform.
    """
    took = [max(at - one.since_at, timedelta()) for one in cleaned]
    rows = [
        {
            "removal_key": one.removal_key,
            "done_at": at,
            "places": list(places),
            "latency_seconds": latency.total_seconds(),
            "duty_hours": hours.get(one.platform or ""),
        }
        for one, latency in zip(cleaned, took, strict=True)
    ]
    update_rows(connection, removal, "removal_key", rows)
    return max(took)


def note_dropped(connection: sa.Connection, what: str, why: str, at: datetime) -> None:
    """Note that rows were deleted, so that they leave the other places and get a receipt."""
    row = {
        "removal_key": stable_key("dropped", what, at.isoformat()),
        "what": what,
        "why": why,
        "detected_at": at,
        "done_at": None,
        "places": ["warehouse"],
        "since_at": at,
    }
    upsert_rows(connection, removal, [row])


def request(connection: sa.Connection, what: str, why: str, platform: str, at: datetime) -> None:
    """Note that a person asked for this to be removed; what was asked before is begun anew."""
    row = {
        "removal_key": stable_key("removal", what),
        "what": what,
        "why": why,
        "requested_at": at,
        "detected_at": None,
        "done_at": None,
        "places": [],
        "latency_seconds": None,
        "platform": platform,
        "source": None,
        "since_at": at,
        "duty_hours": None,
    }
    upsert_rows(connection, removal, [row])


def strip_titles(connection: sa.Connection, roots: Collection[str]) -> None:
    """Take the title of threads that are gone from their replies, and have these tied anew."""
    if not roots:
        return
    lent = sa.and_(post.c.title.is_not(None), post.c.post_key != post.c.root_key)
    found: list[str] = []
    for chunk in chunks_of(set(map(stem_of, roots))):
        is_below = is_among(connection, stems_in(post.c.root_key), chunk)
        found += connection.scalars(sa.select(post.c.post_key).where(is_below, lent))
    forget_ties(connection, found)
    delete_rows(connection, post_words.c.post_key, found)
    for chunk in chunks_of(found):
        connection.execute(
            sa.update(post)
            .values(title=None, row_hash=None, linked_with=None)
            .where(is_among(connection, post.c.post_key, chunk))
        )


def sources_of(connection: sa.Connection, platforms: Collection[str | None]) -> list[str]:
    """Return the sources, past ones too, of these platforms; with an unknown one those of all."""
    rows = connection.execute(sa.select(source.c.id, source.c.platform).order_by(source.c.id))
    return [row.id for row in rows if row.platform in platforms or None in platforms]


def receipt_of(connection: sa.Connection, what: str) -> dict[str, Any]:
    """Return the receipt of what a person asked to have removed, as plain JSON values."""
    # Of the same post other things may have been removed, such as what it said before an edit.
    is_it = removal.c.removal_key == stable_key("removal", what)
    row = connection.execute(sa.select(removal).where(is_it)).one_or_none()
    if row is None:
        return {"key": what}
    return {
        "key": what,
        "why": row.why,
        "platform": row.platform,
        "requested_at": row.requested_at and row.requested_at.isoformat(),
        "done_at": row.done_at and row.done_at.isoformat(),
        "places": row.places,
        "latency_seconds": row.latency_seconds,
    }
