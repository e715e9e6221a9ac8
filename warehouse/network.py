"""What joins communities in a week: the topics they share, and the sites they link to."""

from typing import Any, NamedTuple

import sqlalchemy as sa

from warehouse.cells import UNCERTAIN
from warehouse.sensitive import NOT_FOUND
from warehouse.tables import community, post_link, post_topic, sensitive_topic, source
from warehouse.weekly import Wanted, said_in, within

_MOST = 10_000
"""Edges that are read of a week at most; those with most posts first."""


class About(NamedTuple):
    """Posts of a community on a topic; name and address are None where it has none."""

    platform: str
    community_key: str
    name: str | None
    url: str | None
    topic_uri: str
    posts: int
    authors: int


class Place(NamedTuple):
    """A community and its posts of the week that are on a topic; each counts once."""

    community_key: str
    posts: int


class Led(NamedTuple):
    """Posts of a site that hold a link to a domain; `url` is the site's."""

    url: str
    domain: str
    posts: int


def about_topics(conn: sa.Connection, of: Wanted) -> list[About]:
    """Return communities and the topics their posts of the week are on; a post counts in each.

    Of a sensitive topic, communities with too few authors on it are left out.
    """
    said, posts = said_in(of), sa.func.count()
    authors = sa.func.count(said.c.author_key.distinct())
    fewest = (
        sa.select(sa.func.max(sensitive_topic.c.min_authors))
        .where(sensitive_topic.c.topic_uri.in_((post_topic.c.topic_uri, NOT_FOUND)))
        .scalar_subquery()
    )
    names = (said.c.platform, said.c.community_key, community.c.name, community.c.url)
    query = (
        sa.select(*names, post_topic.c.topic_uri, posts)
        .add_columns(authors)
        .select_from(said.join(post_topic, post_topic.c.post_key == said.c.post_key))
        .join(community, community.c.community_key == said.c.community_key)
        .where(said.c.week == of.week, post_topic.c.method != UNCERTAIN, *within(of))
        .group_by(*names, post_topic.c.topic_uri)
        .having(authors >= sa.func.coalesce(fewest, 0))
    )
    by = (posts.desc(), said.c.community_key, post_topic.c.topic_uri)
    return [About(*row) for row in _most(conn, query, *by)]


def places(conn: sa.Connection, of: Wanted) -> list[Place]:
    """Return communities with posts of the week on a topic, those with most of them first."""
    said, posts = said_in(of), sa.func.count()
    is_tied = sa.exists().where(
        post_topic.c.post_key == said.c.post_key, post_topic.c.method != UNCERTAIN, *within(of)
    )
    query = (
        sa.select(said.c.community_key, posts)
        .where(said.c.week == of.week, said.c.community_key.is_not(None), is_tied)
        .group_by(said.c.community_key)
    )
    return [Place(*row) for row in _most(conn, query, posts.desc(), said.c.community_key)]


def led_to(conn: sa.Connection, of: Wanted) -> list[Led]:
    """Return sites that are read and the domains their posts of the week link to."""
    said, posts = said_in(of), sa.func.count(post_link.c.post_key.distinct())
    names = (source.c.url, post_link.c.domain)
    query = (
        sa.select(*names, posts)
        .select_from(said.join(post_link, post_link.c.post_key == said.c.post_key))
        .join(source, source.c.id == said.c.source)
        .where(said.c.week == of.week)
        .group_by(*names)
    )
    return [Led(*row) for row in _most(conn, query, posts.desc(), *names)]


def _most(conn: sa.Connection, query: sa.Select[Any], *by: Any) -> list[Any]:
    return list(conn.execute(query.order_by(*by).limit(_MOST)))
