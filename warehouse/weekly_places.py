"""What a weekly digest counts by community: posts, and questions that wait for an answer."""

from typing import Any, NamedTuple

import sqlalchemy as sa

from warehouse.cells import UNCERTAIN
from warehouse.sensitive import is_sensitive
from warehouse.tables import author, community, post, post_topic
from warehouse.weekly import Wanted, count_in, different, most, said_in, within


class CommunityCount(NamedTuple):
    """All names are None for posts in no community; `open` counts posts on no sensitive topic."""

    key: str | None
    platform: str
    name: str | None
    url: str | None
    posts: int
    before: int
    authors: int
    open: int


class Asked(NamedTuple):
    """A community as one source reads it: its posts of the week, how many are on the topics, and
    how many of these ask what nobody has answered there.
    """

    key: str
    source: str
    platform: str
    native_id: str
    name: str | None
    url: str | None
    posts: int
    on_topics: int
    questions: int


def communities(conn: sa.Connection, of: Wanted) -> list[CommunityCount]:
    """Return communities with posts in the week; a platform without any is one line."""
    return [CommunityCount(*row) for row in conn.execute(communities_query(of))]


def communities_query(of: Wanted) -> sa.Select[Any]:
    """Return the query of `communities`."""
    said = said_in(of, of.week, of.before)
    names = (said.c.community_key, said.c.platform, community.c.name, community.c.url)
    posts = count_in(said, of.week).label("posts")
    query = (
        sa.select(
            *names,
            posts,
            count_in(said, of.before).label("before"),
            different(said, of.week, said.c.author_key).label("authors"),
            count_in(said, of.week, ~is_sensitive(said.c.post_key)).label("open"),
        )
        .select_from(said.outerjoin(community, community.c.community_key == said.c.community_key))
        .group_by(*names)
        .having(posts > 0)
    )
    # One database has null first, the other last.
    return most(query, posts, said.c.platform, sa.func.coalesce(said.c.community_key, ""))


def asked(conn: sa.Connection, of: Wanted) -> list[Asked]:
    """Return communities with questions of the week on the topics that nobody answered there.

    A post answers it when another author wrote it later, to it or to the whole of its thread. Posts
    on sensitive topics are no questions here, nor are those of bots and organisations.
    """
    return [Asked(*row) for row in conn.execute(asked_query(of))]


def asked_query(of: Wanted) -> sa.Select[Any]:
    """Return the query of `asked`."""
    said = said_in(of._replace(topics=()), of.week)
    is_on_topics = sa.exists().where(
        post_topic.c.post_key == said.c.post_key, post_topic.c.method != UNCERTAIN, *within(of)
    )
    is_open = (
        (said.c.intent == "question")
        & is_on_topics
        & ~_answered(said)
        & ~is_sensitive(said.c.post_key)
        & sa.func.coalesce(author.c.kind, "unknown").in_(("person", "unknown"))
    )
    names = (
        *(said.c.community_key, said.c.source, said.c.platform),
        *(community.c.native_id, community.c.name, community.c.url),
    )
    questions = count_in(said, of.week, is_open).label("questions")
    query = (
        sa.select(
            *names,
            sa.func.count().label("posts"),
            count_in(said, of.week, is_on_topics).label("on_topics"),
            questions,
        )
        .select_from(
            said.join(community, community.c.community_key == said.c.community_key)
            .outerjoin(author, author.c.author_key == said.c.author_key)
        )
        .group_by(*names)
        .having(questions > 0)
    )  # fmt: skip
    return most(query, questions, said.c.community_key, said.c.source)


def _answered(said: sa.CTE) -> sa.ColumnElement[bool]:
    reply = post.alias("reply")
    return sa.exists().where(
        reply.c.parent_key.in_((said.c.post_key, said.c.root_key)),
        reply.c.created_at > said.c.created_at,
        reply.c.removed_at.is_(None),
        reply.c.author_key.is_distinct_from(said.c.author_key),
    )
