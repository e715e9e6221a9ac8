"""What a community itself told to be gone, noted to be removed from every place."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

import sqlalchemy as sa

from contract.keys import stable_key
from warehouse.rows import Columns, Row, chunks_of, taken, upsert_best
from warehouse.tables import post, removal
from warehouse.versions import Plan

_BEFORE_ALL: Final = datetime.min.replace(tzinfo=UTC)
_READ: Final = ("post_key", "removal_reason", "observed_at", "platform", "source")


def note_gone(connection: sa.Connection, batch: Columns, plan: Plan) -> None:
    """Note what of this batch, which is written, is still to be removed, and since when.

    When a post was last seen there is null until it is known to have been: what was seen before it
    was gone can be loaded after. Of a post that is gone such a version is landed anew, and so its
    removal, if that was done, is to be done again.
    """
    said = {name: batch[name] for name in _READ}
    gone = taken(said, [at is not None for at in batch["removed_at"]])
    upsert_best(connection, removal, _removals(gone), _rank)
    keys = {*gone["post_key"]}
    keys.update(was.post_key for was in plan.old.values() if was.removed_at is not None)
    if seen := _seen_there(batch, plan, keys):
        _begin_again(connection, seen)
        _note_seen(connection, seen)


def _removals(gone: Columns) -> Iterator[Row]:
    for key, why, seen_at, platform, source in zip(*gone.values(), strict=True):
        yield {
            "removal_key": stable_key("removal", key),
            "what": key,
            "why": why or "removed upstream",
            "requested_at": None,
            "detected_at": seen_at,
            "done_at": None,
            "places": ["warehouse"],
            "latency_seconds": None,
            "platform": platform,
            "source": source,
            "duty_hours": None,
        }


def _rank(row: Row) -> tuple[timedelta, str, str]:
    return _BEFORE_ALL - row["detected_at"], row["why"], row["source"] or ""


def _seen_there(batch: Columns, plan: Plan, keys: set[str]) -> dict[str, datetime]:
    """Return by removal_key when those of these posts that were seen there were so last."""
    if not keys:
        return {}
    rows = zip(*(batch[name] for name in ("post_key", "removed_at", "observed_at")), strict=True)
    sights = [
        *((key, seen_at) for key, removed_at, seen_at in rows if key in keys and not removed_at),
        *(
            (key, was.last_seen_at)
            for key in keys
            if (was := plan.old.get(key)) and not was.removed_at
        ),
    ]
    return {stable_key("removal", key): at for key, at in sorted(sights)}


def _begin_again(connection: sa.Connection, keys: Mapping[str, datetime]) -> None:
    is_gone = sa.exists().where(post.c.post_key == removal.c.what, post.c.removed_at.is_not(None))
    again = sa.update(removal).values(done_at=None, latency_seconds=None)
    for chunk in chunks_of(keys):
        is_done = (removal.c.removal_key.in_(chunk), removal.c.done_at.is_not(None))
        connection.execute(again.where(*is_done, is_gone))


def _note_seen(connection: sa.Connection, seen: Mapping[str, datetime]) -> None:
    """Note it of what is still to be removed; a person's request counts from when it was made."""
    at = sa.bindparam("at", type_=removal.c.since_at.type)
    is_news = sa.or_(removal.c.since_at.is_(None), removal.c.since_at < at)
    is_open = (removal.c.done_at.is_(None), removal.c.requested_at.is_(None))
    is_its = removal.c.removal_key == sa.bindparam("key")
    note = sa.update(removal).values(since_at=at).where(is_its, *is_open, is_news)
    connection.execute(note, [{"key": key, "at": when} for key, when in sorted(seen.items())])
