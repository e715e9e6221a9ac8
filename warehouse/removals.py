"""Removals: emptying posts that are gone, with all that belongs to them."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, Literal

import sqlalchemy as sa

from contract.keys import stable_key
from warehouse.context import retie_answers
from warehouse.copies import compare_anew, passed_on_of
from warehouse.due import forget_due, leave_due
from warehouse.former import forget_ties
from warehouse.posts import EMPTIED
from warehouse.recount import mark_stale
from warehouse.reviews import forget_notes
from warehouse.rows import Row, chunks_of, delete_rows, read_rows, upsert_rows
from warehouse.tables import (
    BELONGINGS,
    author,
    due_step,
    post,
    post_link,
    post_media,
    post_metric,
    post_tag,
    post_words,
    rechecking,
    removal,
    short_link,
    short_reply,
)

Why = Literal[
    "gone there",
    "changed there",
    "erasure",
    "not verified",
    "purpose expired",
    "source left",
    "opted out",
]
NOTHING: Final = stable_key("nothing")
"""Content hash of a post that says nothing any more."""
_SAID: Final = (
    *(post_metric, post_tag, post_link, post_media, post_words, short_reply),
    rechecking,
)


def remove_posts(
    connection: sa.Connection,
    found: Mapping[str, datetime],
    why: str,
    *,
    requested_at: datetime | None = None,
) -> list[str]:
    """Return the keys of those of the posts that said something, once they say nothing any more.

    `found` is when each was found to be gone, by post_key. What is left of one is what is not
    personal and its id, so that it is known; a later observation brings it back. Posts that only
    pass one on go with it. What is to be done in other places is noted.
    """
    columns = [post.c[name] for name in (
        "post_key", "platform", "source", "last_seen_at", "observed_at", "week",
        "near_duplicate_of", "removed_at", "native_id",
    )]  # fmt: skip
    passed_on = passed_on_of(connection, found)
    found = {**{key: found[other] for key, other in passed_on.items()}, **found}
    held = [row for row in read_rows(connection, columns, found) if row["removed_at"] is None]
    keys = [row["post_key"] for row in held]
    for row in held:
        at = found[row["post_key"]]
        emptied = {
            **EMPTIED,
            "content_hash": NOTHING,
            "edited_at": None,
            "author_key": None,
            "near_duplicate_of": None,
            "removed_at": at,
            "removal_reason": why,
            # Else what was landed before, and is read later, would bring it back.
            "observed_at": max(at, row["observed_at"]),
            "last_seen_at": max(at, row["last_seen_at"]),
        }
        connection.execute(
            sa.update(post).values(emptied).where(post.c.post_key == row["post_key"])
        )
    forget(connection, keys)
    originals = {row["near_duplicate_of"] or row["post_key"] for row in held} | set(keys)
    weeks = {row["week"] for row in held}
    compare_anew(connection, weeks, originals)
    mark_stale(connection, weeks)
    rows = [_pending(row, why, found[row["post_key"]], requested_at) for row in held]
    upsert_rows(connection, removal, rows)
    return keys


def remove_passed_on(connection: sa.Connection, at: datetime) -> None:
    """Remove the posts that only passed on what a load found to be gone."""
    step = sa.select(due_step.c.subject).where(due_step.c.step == "remove passed on")
    keys = list(connection.scalars(step))
    remove_posts(connection, dict.fromkeys(keys, at), "gone there")
    for chunk in chunks_of(keys):
        forget_due(connection, "remove passed on", chunk)


def forget(connection: sa.Connection, keys: Collection[str]) -> None:
    """Delete what these posts said, and all that was made of it; of verdicts the notes only."""
    _forget_short_links(connection, keys)
    for table in _SAID:
        delete_rows(connection, table.c.post_key, keys)
    forget_ties(connection, keys)
    forget_notes(connection, keys)
    retie_answers(connection, keys)
    if keys:
        leave_due(connection, "forget words", [""])


def _forget_short_links(connection: sa.Connection, keys: Collection[str]) -> None:
    """Delete where the short links of these posts lead, unless another post holds them too."""
    columns = (post_link.c.post_key, post_link.c.url)
    urls = {row["url"] for row in read_rows(connection, columns, keys)}
    known = [row["url"] for row in read_rows(connection, [short_link.c.url], urls)]
    delete_rows(connection, short_link.c.url, known)


def _pending(row: Row, why: str, at: datetime, requested_at: datetime | None) -> dict[str, Any]:
    return {
        "removal_key": stable_key("removal", row["post_key"]),
        "what": row["post_key"],
        "why": why,
        "requested_at": requested_at,
        "detected_at": at,
        "done_at": None,
        "places": ["warehouse"],
        "latency_seconds": None,
        "platform": row["platform"],
        "source": row["source"],
        "since_at": requested_at or row["last_seen_at"],
        "duty_hours": None,
    }


def keys_of_sources(connection: sa.Connection, names: Sequence[str], most: int) -> list[str]:
    """Return the keys of at most so many posts of these sources that say something."""
    query = sa.select(post.c.post_key).where(post.c.source.in_(names), post.c.removed_at.is_(None))
    return list(connection.scalars(query.limit(most)))


def posts_by(
    connection: sa.Connection, platform: str, authors: Collection[str], key_id: str
) -> tuple[list[str], int]:
    """Return the keys of the posts of these authors, and how many posts there are of other keys.

    All posts of the platform are looked at.
    """
    of_authors = sa.select(post.c.post_key).where(post.c.author_key.in_(authors))
    keys = list(connection.scalars(of_authors))
    others = sa.select(author.c.author_key).where(author.c.key_id.is_distinct_from(key_id))
    count = sa.select(sa.func.count()).select_from(post)
    is_other = (post.c.platform == platform, post.c.author_key.in_(others))
    return keys, connection.scalar(count.where(*is_other)) or 0


def forget_posts(connection: sa.Connection, keys: Collection[str]) -> None:
    """Delete what is left of removed posts."""
    for table in BELONGINGS:
        delete_rows(connection, table.c.post_key, keys)
    delete_rows(connection, post.c.post_key, keys)


def forget_authors(connection: sa.Connection, keys: Collection[str]) -> None:
    """Delete these authors, who have no post any more."""
    delete_rows(connection, author.c.author_key, keys)
