"""Which posts are to be asked for again, and what was answered the last time."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import sqlalchemy as sa

from contract.terms import Terms
from warehouse.columns import Utc
from warehouse.rows import chunks_of, is_among, read_rows, upsert_rows
from warehouse.tables import post, rechecking


class Duty(NamedTuple):
    """How well the posts of a source are known to be there still."""

    source: str
    hours: int
    """How soon a removal there has to be honoured here, by the platform's terms."""
    posts: int
    """Held, with what they say."""
    oldest_at: datetime | None
    """When the one was seen that was not seen for longest; None where nothing is held."""
    deadline_at: datetime | None
    """When that one has to be asked for again at the latest."""
    past: int
    """How many have not been seen for longer than these hours."""


class Held(NamedTuple):
    """A post to be asked for again."""

    post_key: str
    native_id: str
    url: str | None
    last_seen_at: datetime


def duties(connection: sa.Connection, terms: Mapping[str, Terms], now: datetime) -> list[Duty]:
    """Return the duty of each source that has posts, given the terms of each by its name.

    All posts are looked at once: seconds for a million. Sources without terms are left out.
    """
    hours = {name: one.deletion_hours for name, one in terms.items()}
    limit = sa.case(
        *((post.c.source == name, sa.literal(now - timedelta(hours=h), Utc))
          for name, h in hours.items()),
        else_=None,
    ) if hours else sa.null()  # fmt: skip
    is_past = sa.case((post.c.last_seen_at < limit, 1))
    query = (
        sa.select(
            post.c.source,
            sa.func.count().label("posts"),
            sa.func.min(post.c.last_seen_at).label("oldest_at"),
            sa.func.count(is_past).label("past"),
        )
        .where(post.c.removed_at.is_(None))
        .group_by(post.c.source)
    )
    return [
        Duty(
            row.source,
            hours[row.source],
            row.posts,
            row.oldest_at,
            row.oldest_at and row.oldest_at + timedelta(hours=hours[row.source]),
            row.past,
        )
        for row in sorted(connection.execute(query))
        if row.source in hours
    ]


def oldest_posts(connection: sa.Connection, name: str, most: int) -> list[Held]:
    """Return at most so many posts of the source, that for longest not seen or asked for first.

    While an answer is to be had, those are returned that were asked for.
    """
    columns = [post.c[field] for field in Held._fields]
    is_held = (post.c.source == name, post.c.removed_at.is_(None))
    asked = rechecking.c
    waiting = connection.scalars(
        sa.select(asked.post_key).where(asked.source == name, asked.asked_at.is_(None))
    ).all()
    if waiting:
        query = sa.select(*columns).where(*is_held, is_among(connection, post.c.post_key, waiting))
        since: sa.ColumnElement[Any] = post.c.last_seen_at
    else:
        its_own = sa.and_(asked.source == name, asked.post_key == post.c.post_key)
        query = sa.select(*columns).outerjoin(rechecking, its_own).where(*is_held).limit(most)
        # One of which nothing is ever said would else keep all others from being asked for.
        later = sa.case((asked.asked_at > post.c.last_seen_at, asked.asked_at))
        since = sa.func.coalesce(later, post.c.last_seen_at)
    query = query.order_by(since, post.c.post_key)
    return [Held(*row) for row in connection.execute(query)]


def overdue_posts(connection: sa.Connection, name: str, before: datetime) -> list[str]:
    """Return the keys of posts of the source that were last seen before this time."""
    query = sa.select(post.c.post_key).where(
        post.c.source == name, post.c.removed_at.is_(None), post.c.last_seen_at < before
    )
    return list(connection.scalars(query))


def wait_for(connection: sa.Connection, name: str, keys: Iterable[str]) -> None:
    """Have these posts of the source asked for next, and no others before them."""
    waiting = (rechecking.c.source == name, rechecking.c.asked_at.is_(None))
    connection.execute(sa.delete(rechecking).where(*waiting))
    rows = [{"source": name, "post_key": key, "asked_at": None} for key in keys]
    upsert_rows(connection, rechecking, rows)


def note_silence(
    connection: sa.Connection, name: str, keys: Iterable[str], asked_at: datetime
) -> None:
    """Keep that nothing was said of these posts when they were asked for."""
    rows = [{"source": name, "post_key": key, "asked_at": asked_at} for key in keys]
    upsert_rows(connection, rechecking, rows)


def saw_posts(connection: sa.Connection, keys: Iterable[str], at: datetime) -> None:
    """Note that these posts were there at this time."""
    for chunk in chunks_of(keys):
        connection.execute(
            sa.update(post)
            .values(last_seen_at=at)
            .where(is_among(connection, post.c.post_key, chunk), post.c.last_seen_at < at)
        )


def not_seen_since(connection: sa.Connection, found: Mapping[str, datetime]) -> dict[str, datetime]:
    """Return those that were not observed after the time that is given with each."""
    columns = (post.c.post_key, post.c.observed_at)
    held = {row["post_key"]: row["observed_at"] for row in read_rows(connection, columns, found)}
    return {key: found[key] for key, seen_at in held.items() if seen_at <= found[key]}
