"""What a weekly digest counts: the posts of a week, beside those of the weeks before.

Posts are counted as the analysts' views count them: none that was removed, copies once. When a
digest is held to topics, a post counts once however many of them, or narrower ones, it is tied to.
Each `…_query` is what its function asks, so that whoever doubts a number can ask it again.
"""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import sqlalchemy as sa

from warehouse.cells import UNCERTAIN
from warehouse.sensitive import is_sensitive
from warehouse.tables import post, post_topic, source, topic, topic_broader

MOST = 1000
"""Lines of one kind that are read at most."""
_READ = (
    *("post_key", "source", "platform", "community_key", "author_key", "root_key", "week", "day"),
    *("created_at", "last_seen_at", "lang", "intent", "rating", "best_rating", "linked_with"),
)
"""The columns of a post that are read to count it."""
_held = sa.Table(
    "digest_said",
    sa.MetaData(),
    *(sa.Column(name, post.c[name].type) for name in _READ),
    sa.Column("is_within", sa.Boolean),
    sa.Index("ix_digest_said_week", "week"),
    prefixes=["TEMPORARY"],
    postgresql_on_commit="DROP",
)


class Wanted(NamedTuple):
    """Which posts: of a purpose, on `topics` and what is narrower (none: all), in which weeks."""

    purpose: str
    topics: tuple[str, ...]
    week: str
    before: str
    usual: tuple[str, ...]
    """Further weeks that tell what is usual."""
    ranked: tuple[str, ...] = ()
    """Languages our datasets are described in; posts in others meet none by what they say."""
    is_held: bool = False
    """Whether the posts are `held` on the connection."""


class Total(NamedTuple):
    """`withheld` are posts on sensitive topics, `earlier` those of the week before."""

    posts: int
    earlier: int
    authors: int
    communities: int
    withheld: int


@contextmanager
def held(conn: sa.Connection, of: Wanted, weeks: Collection[str]) -> Iterator[Wanted]:
    """Yield the same, with what counts the posts of these weeks held in a temporary table.

    Each post is then read once for all questions; without, they have the same answers. Where
    anything fails the table goes with the transaction.
    """
    _held.create(conn, checkfirst=False)
    is_within: sa.ColumnElement[bool] = sa.true()
    if of.topics:
        is_within = post.c.post_key.in_(sa.select(post_topic.c.post_key).where(*within(of)))
    query = _counting(of, weeks).add_columns(is_within)
    conn.execute(_held.insert().from_select([*_READ, "is_within"], query))
    conn.exec_driver_sql(f"analyze {_held.name}")
    yield of._replace(is_held=True)
    _held.drop(conn, checkfirst=False)


def total(conn: sa.Connection, of: Wanted) -> Total:
    """Return the posts of the week, their authors and communities."""
    return Total(*conn.execute(total_query(of)).one())


def total_query(of: Wanted) -> sa.Select[Any]:
    """Return the query of `total`."""
    said = said_in(of, of.week, of.before)
    counts: list[sa.ColumnElement[Any]] = [
        count_in(said, of.week).label("posts"),
        count_in(said, of.before).label("earlier"),
        different(said, of.week, said.c.author_key).label("authors"),
        different(said, of.week, said.c.community_key).label("communities"),
        count_in(said, of.week, is_sensitive(said.c.post_key)).label("withheld"),
    ]
    return sa.select(*counts)


def platforms(conn: sa.Connection, of: Wanted) -> set[str]:
    """Return the platforms of the posts that count, in the week or in those it is compared with."""
    return set(conn.scalars(sa.select(said_in(of).c.platform).distinct()))


def said_in(of: Wanted, *weeks: str) -> sa.CTE:
    """Return the posts that count, of these weeks; without any of all the weeks wanted."""
    wanted = {*weeks} or {of.week, of.before, *of.usual}
    if of.is_held:
        query = sa.select(*(_held.c[name] for name in _READ)).where(
            _held.c.week.in_(sorted(wanted))
        )
        return (query.where(_held.c.is_within) if of.topics else query).cte("said")
    query = _counting(of, wanted)
    if of.topics:
        query = query.where(
            sa.exists().where(post_topic.c.post_key == post.c.post_key, *within(of))
        )
    return query.cte("said")


def _counting(of: Wanted, weeks: Collection[str]) -> sa.Select[Any]:
    return (
        sa.select(*(post.c[name] for name in _READ))
        .join(source, source.c.id == post.c.source)
        .where(
            source.c.purpose == of.purpose,
            post.c.week.in_(sorted(weeks)),
            post.c.removed_at.is_(None),
            post.c.near_duplicate_of.is_(None),
        )
    )


def within(of: Wanted) -> tuple[sa.ColumnElement[bool], ...]:
    """Return the condition that a tie leads to a topic wanted or to a narrower one."""
    if not of.topics:
        return ()
    within = sa.select(topic.c.uri).where(topic.c.uri.in_(of.topics)).cte(recursive=True)
    narrower = topic_broader.c.broader_uri == within.c.uri
    within = within.union(sa.select(topic_broader.c.uri).join(within, narrower))
    return (
        post_topic.c.topic_uri.in_(sa.select(within.c.uri)),
        post_topic.c.method != UNCERTAIN,
    )


def count_in(said: sa.CTE, week: str, *where: sa.ColumnElement[bool]) -> sa.Function[int]:
    """Return how many posts of the week meet these conditions."""
    return sa.func.count(sa.case((sa.and_(said.c.week == week, *where), 1)))


def different(
    said: sa.CTE, week: str, key: sa.ColumnElement[Any], *where: sa.ColumnElement[bool]
) -> sa.Function[int]:
    """Return how many different keys the posts of the week have that meet these conditions."""
    return sa.func.count(sa.case((sa.and_(said.c.week == week, *where), key)).distinct())


def most(query: sa.Select[Any], *by: sa.ColumnElement[Any]) -> sa.Select[Any]:
    """Return the query with its first rows only: those with most of the first, then by the rest."""
    first, *rest = by
    return query.order_by(first.desc(), *rest).limit(MOST)
