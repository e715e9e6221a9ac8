"""What a weekly digest reads: counts of a week beside the weeks before, and what may be quoted.

Posts are counted as the analysts' views count them: none that was removed, copies once. When a
digest is held to topics, a post counts once however many of them, or narrower ones, it is tied to.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa

from warehouse.tables import (
    author,
    community,
    dataset,
    entity,
    post,
    post_dataset,
    post_entity,
    post_metric,
    post_topic,
    source,
    topic,
    topic_broader,
)

_MOST = 1000
"""Lines of one kind that are read at most."""
_SHORTEST_QUOTE = 40


class Wanted(NamedTuple):
    """Which posts: of a purpose, on `topics` and what is narrower (none: all), in which weeks."""

    purpose: str
    topics: tuple[str, ...]
    week: str
    before: str
    usual: tuple[str, ...]
    """Weeks that a usual week is the average of."""


class Total(NamedTuple):
    """`usual_posts` is the sum over the usual weeks."""

    posts: int
    usual_posts: int
    authors: int
    communities: int


class TopicCount(NamedTuple):
    """`earlier_posts` is the sum over the weeks asked for."""

    uri: str
    posts: int
    earlier_posts: int


class CommunityCount(NamedTuple):
    """Name and address are None for posts in no community."""

    platform: str
    name: str | None
    url: str | None
    posts: int
    before: int
    authors: int


class DatasetCount(NamedTuple):
    """`with_link` counts the week's posts that hold a link to it."""

    title: str
    landing_page: str | None
    posts: int
    before: int
    with_link: int


class EntityCount(NamedTuple):
    """A register's row and the posts that name it; `unsure` of them may name a namesake."""

    register: str
    name: str
    place: str | None
    posts: int
    before: int
    unsure: int


class Candidate(NamedTuple):
    """A post that may be quoted; its text is redacted but not yet cut."""

    post_key: str
    topic_uri: str
    text: str
    lang: str | None
    url: str | None
    day: str
    platform: str
    community: str | None


def total(conn: sa.Connection, of: Wanted) -> Total:
    """Return posts, those of the usual weeks, authors and communities."""
    said = _said(of)
    row = conn.execute(
        sa.select(
            _count(said, of.week),
            _count(said, *of.usual),
            _different(said, of.week, said.c.author_key),
            _different(said, of.week, said.c.community_key),
        )
    ).one()
    return Total(*row)


def platforms(conn: sa.Connection, of: Wanted) -> set[str]:
    """Return the platforms of the posts that count, in the week or in those it is compared with."""
    return set(conn.scalars(sa.select(_said(of).c.platform).distinct()))


def topics(conn: sa.Connection, of: Wanted) -> list[TopicCount]:
    """Return topics with posts in the week or before it; earlier are all of the usual weeks."""
    return _by_topic(conn, of, of.usual)


def unmet(conn: sa.Connection, of: Wanted) -> list[TopicCount]:
    """Return topics our datasets hardly touch, with the posts that met none.

    That is when less than one in twenty of its posts, in the week and the usual weeks, met one: a
    dataset on the topic would be met more often. Earlier is the week before.
    """
    met = sa.exists().where(post_dataset.c.post_key == post_topic.c.post_key)
    touched = {row.uri: row for row in _by_topic(conn, of, of.usual, met)}
    hardly = {
        row.uri
        for row in _by_topic(conn, of, of.usual)
        if row.uri not in touched
        or 20 * (touched[row.uri].posts + touched[row.uri].earlier_posts)
        < row.posts + row.earlier_posts
    }
    found = _by_topic(conn, of, (of.before,), ~met)
    return [row for row in found if row.posts and row.uri in hardly]


def _by_topic(
    conn: sa.Connection, of: Wanted, earlier: Sequence[str], *where: sa.ColumnElement[bool]
) -> list[TopicCount]:
    said = _said(of)
    query = (
        sa.select(post_topic.c.topic_uri, _count(said, of.week), _count(said, *earlier))
        .select_from(said.join(post_topic, post_topic.c.post_key == said.c.post_key))
        .where(*where, *_within(of))
        .group_by(post_topic.c.topic_uri)
    )
    return [TopicCount(*row) for row in _most(conn, query, said, of)]


def communities(conn: sa.Connection, of: Wanted) -> list[CommunityCount]:
    """Return communities with posts in the week; a platform without any is one line."""
    said = _said(of)
    names = (said.c.platform, community.c.name, community.c.url)
    query = (
        sa.select(*names, _count(said, of.week), _count(said, of.before))
        .add_columns(_different(said, of.week, said.c.author_key))
        .select_from(said.outerjoin(community, community.c.community_key == said.c.community_key))
        .group_by(said.c.community_key, *names)
        .having(_count(said, of.week) > 0)
    )
    return [CommunityCount(*row) for row in _most(conn, query, said, of)]


def datasets(conn: sa.Connection, of: Wanted) -> list[DatasetCount]:
    """Return datasets that posts of the week met."""
    said, tie = _said(of), post_dataset.c
    names = (dataset.c.title, dataset.c.landing_page)
    with_link = sa.case(((said.c.week == of.week) & (tie.method == "link"), 1))
    query = (
        sa.select(*names, _count(said, of.week), _count(said, of.before), sa.func.count(with_link))
        .select_from(said.join(post_dataset, tie.post_key == said.c.post_key).join(dataset))
        .group_by(tie.dataset_key, *names)
        .having(_count(said, of.week) > 0)
    )
    return [DatasetCount(*row) for row in _most(conn, query, said, of)]


def entities(conn: sa.Connection, of: Wanted) -> list[EntityCount]:
    """Return rows of registers that posts of the week name."""
    said, tie = _said(of), post_entity.c
    names = (entity.c.register, entity.c.name, entity.c.place)
    unsure = sa.case(((said.c.week == of.week) & (tie.method == "name-ambiguous"), 1))
    query = (
        sa.select(*names, _count(said, of.week), _count(said, of.before), sa.func.count(unsure))
        .select_from(said.join(post_entity, tie.post_key == said.c.post_key).join(entity))
        .group_by(tie.entity_key, *names)
        .having(_count(said, of.week) > 0)
    )
    return [EntityCount(*row) for row in _most(conn, query, said, of)]


def candidates(conn: sa.Connection, of: Wanted) -> list[Candidate]:
    """Return posts that may be quoted, the strongest tie first, two of each topic and community.

    Left out are what bots and organisations wrote, what was copied, and what had to be redacted.
    """
    said, tie, copy = _said(of), post_topic.c, post.alias("copy")
    likes = sa.select(sa.func.max(post_metric.c.likes)).where(
        post_metric.c.post_key == said.c.post_key
    )
    best = (
        tie.score.desc(),
        sa.func.coalesce(likes.scalar_subquery(), 0).desc(),
        said.c.post_key,
    )
    shelf = (tie.topic_uri, said.c.community_key)
    columns = (said.c.text, said.c.lang, said.c.url, said.c.day, said.c.platform)
    ranked = (
        sa.select(said.c.post_key, tie.topic_uri, *columns, community.c.name)
        .add_columns(
            sa.func.row_number().over(partition_by=shelf, order_by=best).label("place"),
            sa.func.row_number().over(order_by=best).label("rank"),
        )
        .select_from(
            said.join(post_topic, tie.post_key == said.c.post_key)
            .outerjoin(author, author.c.author_key == said.c.author_key)
            .outerjoin(community, community.c.community_key == said.c.community_key)
        )
        .where(
            said.c.week == of.week,
            said.c.redactions == 0,
            sa.func.length(said.c.text) >= _SHORTEST_QUOTE,
            sa.func.coalesce(author.c.kind, "unknown").in_(("person", "unknown")),
            ~sa.exists().where(copy.c.near_duplicate_of == said.c.post_key),
            *_within(of),
        )
        .subquery()
    )
    wanted = [column for column in ranked.c if column.key not in ("place", "rank")]
    rows = sa.select(*wanted).where(ranked.c.place <= 2).order_by(ranked.c.rank).limit(_MOST)
    return [Candidate(*row) for row in conn.execute(rows)]


def _said(of: Wanted) -> sa.CTE:
    """Return the posts that count, of all the weeks wanted."""
    query = (
        sa.select(post)
        .join(source, source.c.id == post.c.source)
        .where(
            source.c.purpose == of.purpose,
            post.c.week.in_({of.week, of.before, *of.usual}),
            post.c.removed_at.is_(None),
            post.c.near_duplicate_of.is_(None),
        )
    )
    if of.topics:
        query = query.where(
            sa.exists().where(post_topic.c.post_key == post.c.post_key, *_within(of))
        )
    return query.cte("said")


def _within(of: Wanted) -> tuple[sa.ColumnElement[bool], ...]:
    """Return the condition that a tie leads to a topic wanted or to a narrower one."""
    if not of.topics:
        return ()
    within = sa.select(topic.c.uri).where(topic.c.uri.in_(of.topics)).cte(recursive=True)
    narrower = topic_broader.c.broader_uri == within.c.uri
    within = within.union(sa.select(topic_broader.c.uri).join(within, narrower))
    return (post_topic.c.topic_uri.in_(sa.select(within.c.uri)),)


def _count(said: sa.CTE, *weeks: str) -> sa.Function[int]:
    return sa.func.count(sa.case((said.c.week.in_(weeks), 1)))


def _different(said: sa.CTE, week: str, key: sa.ColumnElement[Any]) -> sa.Function[int]:
    return sa.func.count(sa.case((said.c.week == week, key)).distinct())


def _most(conn: sa.Connection, query: sa.Select[Any], said: sa.CTE, of: Wanted) -> list[Any]:
    first = query.selected_columns[0]
    return list(conn.execute(query.order_by(_count(said, of.week).desc(), first).limit(_MOST)))
