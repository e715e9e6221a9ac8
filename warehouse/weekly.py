"""What a weekly digest reads: counts of a week beside the weeks before.

Posts are counted as the analysts' views count them: none that was removed, copies once. When a
digest is held to topics, a post counts once however many of them, or narrower ones, it is tied to.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa

from warehouse.cells import UNCERTAIN
from warehouse.ranked import ranked_languages
from warehouse.tables import (
    community,
    dataset,
    entity,
    post,
    post_dataset,
    post_entity,
    post_topic,
    source,
    topic,
    topic_broader,
)

_MOST = 1000
"""Lines of one kind that are read at most."""


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


class TopicSpoken(NamedTuple):
    """Posts on a topic, and how many of them show a stance to it: an experiment."""

    uri: str
    posts: int
    positive: int
    negative: int
    mixed: int


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

    key: str
    title: str
    landing_page: str | None
    posts: int
    before: int
    with_link: int


class EntityCount(NamedTuple):
    """A register's row and the posts that name it, and how many of those give it stars.

    Few are up to two fifths of the most there are, many are four fifths and more.
    """

    key: str
    register: str
    name: str
    place: str | None
    posts: int
    before: int
    few_stars: int
    some_stars: int
    many_stars: int


def total(conn: sa.Connection, of: Wanted) -> Total:
    """Return posts, those of the usual weeks, authors and communities."""
    said = said_in(of)
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
    return set(conn.scalars(sa.select(said_in(of).c.platform).distinct()))


def topics(conn: sa.Connection, of: Wanted) -> list[TopicCount]:
    """Return topics with posts in the week or before it; earlier are all of the usual weeks."""
    return _by_topic(conn, of, of.usual)


def unmet(conn: sa.Connection, of: Wanted) -> list[TopicCount]:
    """Return topics our datasets hardly touch, with the posts that met none.

    That is when less than one in twenty of its posts, in the week and the usual weeks, met one: a
    dataset on the topic would be met more often. Earlier is the week before. Posts that `unranked`
    counts are left out.
    """
    touched = {row.uri: row for row in _by_topic(conn, of, of.usual, _met)}
    hardly = {
        row.uri
        for row in _by_topic(conn, of, of.usual)
        if row.uri not in touched
        or 20 * (touched[row.uri].posts + touched[row.uri].earlier_posts)
        < row.posts + row.earlier_posts
    }
    is_unranked = _unranked(conn)
    found = _by_topic(conn, of, (of.before,), lambda said: ~_met(said) & ~is_unranked(said))
    return [row for row in found if row.posts and row.uri in hardly]


_Condition = Callable[[sa.CTE], sa.ColumnElement[bool]]


def _met(said: sa.CTE) -> sa.ColumnElement[bool]:
    return sa.exists().where(post_dataset.c.post_key == said.c.post_key)


def _by_topic(
    conn: sa.Connection, of: Wanted, earlier: Sequence[str], where: _Condition | None = None
) -> list[TopicCount]:
    said = said_in(of)
    query = (
        sa.select(post_topic.c.topic_uri, _count(said, of.week), _count(said, *earlier))
        .select_from(said.join(post_topic, post_topic.c.post_key == said.c.post_key))
        .where(*((where(said),) if where else ()), post_topic.c.method != UNCERTAIN, *within(of))
        .group_by(post_topic.c.topic_uri)
    )
    return [TopicCount(*row) for row in _most(conn, query, said, of)]


def communities(conn: sa.Connection, of: Wanted) -> list[CommunityCount]:
    """Return communities with posts in the week; a platform without any is one line."""
    said = said_in(of)
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
    said, tie = said_in(of), post_dataset.c
    names = (tie.dataset_key, dataset.c.title, dataset.c.landing_page)
    with_link = sa.case(((said.c.week == of.week) & (tie.method == "link"), 1))
    query = (
        sa.select(*names, _count(said, of.week), _count(said, of.before), sa.func.count(with_link))
        .select_from(said.join(post_dataset, tie.post_key == said.c.post_key).join(dataset))
        .group_by(*names)
        .having(_count(said, of.week) > 0)
    )
    return [DatasetCount(*row) for row in _most(conn, query, said, of)]


def entities(conn: sa.Connection, of: Wanted) -> list[EntityCount]:
    """Return rows of registers that posts of the week name."""
    said, tie = said_in(of), post_entity.c
    names = (tie.entity_key, entity.c.register, entity.c.name, entity.c.place)
    stars = 5 * said.c.rating / said.c.best_rating
    shares = (stars <= 2, (stars > 2) & (stars < 4), stars >= 4)
    rated = [sa.func.count(sa.case(((said.c.week == of.week) & share, 1))) for share in shares]
    query = (
        sa.select(*names, _count(said, of.week), _count(said, of.before), *rated)
        .select_from(said.join(post_entity, tie.post_key == said.c.post_key).join(entity))
        .where(tie.method != UNCERTAIN)
        .group_by(*names)
        .having(_count(said, of.week) > 0)
    )
    return [EntityCount(*row) for row in _most(conn, query, said, of)]


def spoken(conn: sa.Connection, of: Wanted) -> list[TopicSpoken]:
    """Return topics that posts of the week show a stance to, those with most of them first."""
    said, tie = said_in(of), post_topic.c
    sides = [
        sa.func.count(sa.case((tie.stance == side, 1)))
        for side in ("positive", "negative", "mixed")
    ]
    shown = sa.func.count(tie.stance)
    query = (
        sa.select(tie.topic_uri, sa.func.count(), *sides)
        .select_from(said.join(post_topic, tie.post_key == said.c.post_key))
        .where(said.c.week == of.week, tie.method != UNCERTAIN, *within(of))
        .group_by(tie.topic_uri)
        .having(shown > 0)
        .order_by(shown.desc(), tie.topic_uri)
        .limit(_MOST)
    )
    return [TopicSpoken(*row) for row in conn.execute(query)]


def unranked(conn: sa.Connection, of: Wanted) -> int:
    """Return how many posts of the week met no dataset and are in a language none is described in.

    Nothing but a link or a name could have tied them to one.
    """
    said, is_unranked = said_in(of), _unranked(conn)
    query = sa.select(sa.func.count()).select_from(said)
    return conn.scalar(query.where(said.c.week == of.week, ~_met(said), is_unranked(said))) or 0


def _unranked(conn: sa.Connection) -> _Condition:
    """Return the condition that no dataset is described in the language of posts."""
    ranked = ranked_languages(conn)

    def is_unranked(said: sa.CTE) -> sa.ColumnElement[bool]:
        tag = sa.func.coalesce(said.c.lang, "")
        length = sa.case((sa.func.substr(tag, 3, 1).in_(("", "-", "_")), 2), else_=3)
        primary = sa.func.lower(sa.func.substr(tag, 1, length))
        return (tag != "") & primary.not_in(ranked) if ranked else sa.false()

    return is_unranked


def said_in(of: Wanted) -> sa.CTE:
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
            sa.exists().where(post_topic.c.post_key == post.c.post_key, *within(of))
        )
    return query.cte("said")


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


def _count(said: sa.CTE, *weeks: str) -> sa.Function[int]:
    return sa.func.count(sa.case((said.c.week.in_(weeks), 1)))


def _different(said: sa.CTE, week: str, key: sa.ColumnElement[Any]) -> sa.Function[int]:
    return sa.func.count(sa.case((said.c.week == week, key)).distinct())


def _most(conn: sa.Connection, query: sa.Select[Any], said: sa.CTE, of: Wanted) -> list[Any]:
    first = query.selected_columns[0]
    return list(conn.execute(query.order_by(_count(said, of.week).desc(), first).limit(_MOST)))
