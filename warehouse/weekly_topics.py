"""What a weekly digest counts by topic: posts, what they ask and blame, and whom they thank."""

from typing import Any, NamedTuple

import sqlalchemy as sa

from warehouse.cells import UNCERTAIN
from warehouse.linking import sensitive_topic
from warehouse.sensitive import NOT_FOUND
from warehouse.tables import post_dataset, post_topic
from warehouse.weekly import Wanted, count_in, different, most, said_in, within


class TopicCount(NamedTuple):
    """Posts of the week on a topic; `unmet` are those that met no dataset, though one could be
    ranked for them, and `all_…` are of all weeks wanted.
    """

    uri: str
    posts: int
    before: int
    authors: int
    is_sensitive: bool
    positive: int
    negative: int
    mixed: int
    unmet: int
    unmet_before: int
    unmet_questions: int
    unmet_complaints: int
    thanks: int
    thankful_authors: int
    all_posts: int
    all_met: int


def topics(conn: sa.Connection, of: Wanted) -> list[TopicCount]:
    """Return topics with posts in the weeks wanted, those with most of them in the week first."""
    found = [TopicCount(*row) for row in conn.execute(topics_query(of))]
    return [count._replace(is_sensitive=bool(count.is_sensitive)) for count in found]


def topics_query(of: Wanted) -> sa.Select[Any]:
    """Return the query of `topics`."""
    said, tie = said_in(of), post_topic.c
    met = is_met(said)
    is_unmet = ~met & ~is_unranked(said, of)
    is_thanks = said.c.intent == "praise"
    is_sensitive = sa.exists().where(
        sensitive_topic.c.topic_uri.in_((tie.topic_uri, sa.literal(NOT_FOUND)))
    )
    posts = count_in(said, of.week).label("posts")
    query = (
        sa.select(
            tie.topic_uri,
            posts,
            count_in(said, of.before).label("before"),
            different(said, of.week, said.c.author_key).label("authors"),
            is_sensitive.label("is_sensitive"),
            *(
                count_in(said, of.week, tie.stance == side).label(side)
                for side in ("positive", "negative", "mixed")
            ),
            count_in(said, of.week, is_unmet).label("unmet"),
            count_in(said, of.before, is_unmet).label("unmet_before"),
            count_in(said, of.week, is_unmet, said.c.intent == "question").label("unmet_questions"),
            count_in(said, of.week, is_unmet, tie.stance == "negative").label("unmet_complaints"),
            count_in(said, of.week, is_thanks).label("thanks"),
            different(said, of.week, said.c.author_key, is_thanks).label("thankful_authors"),
            sa.func.count().label("all_posts"),
            sa.func.count(sa.case((met, 1))).label("all_met"),
        )
        .select_from(said.join(post_topic, tie.post_key == said.c.post_key))
        .where(tie.method != UNCERTAIN, *within(of))
        .group_by(tie.topic_uri)
    )
    return most(query, posts, tie.topic_uri)


def unmet_before(conn: sa.Connection, of: Wanted) -> set[str]:
    """Return the topics that had posts without a dataset in any week before: these are not new."""
    view = sa.table("v_unmet_demand", *map(sa.column, ("topic_uri", "purpose", "week", "posts"))).c
    query = sa.select(view.topic_uri).where(
        view.purpose == of.purpose, view.week < of.week, view.posts > 0
    )
    return set(conn.scalars(query.distinct()))


def unranked(conn: sa.Connection, of: Wanted) -> int:
    """Return how many posts of the week met no dataset and are in a language none is described in.

    Nothing but a link or a name could have tied them to one.
    """
    return conn.scalar(unranked_query(of)) or 0


def unranked_query(of: Wanted) -> sa.Select[Any]:
    """Return the query of `unranked`."""
    said = said_in(of, of.week)
    query = sa.select(sa.func.count().label("unranked")).select_from(said)
    return query.where(~is_met(said), is_unranked(said, of))


def is_met(said: sa.CTE) -> sa.ColumnElement[bool]:
    """Return the condition that a post met a dataset."""
    return sa.exists().where(post_dataset.c.post_key == said.c.post_key)


def is_unranked(said: sa.CTE, of: Wanted) -> sa.ColumnElement[bool]:
    """Return the condition that no dataset is described in the language of a post."""
    if not of.ranked:
        return sa.false()
    tag = sa.func.coalesce(said.c.lang, "")
    length = sa.case((sa.func.substr(tag, 3, 1).in_(("", "-", "_")), 2), else_=3)
    primary = sa.func.lower(sa.func.substr(tag, 1, length))
    return (tag != "") & primary.not_in(of.ranked)
