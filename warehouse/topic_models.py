"""How well topics are learnt from examples, and what reviews add to the examples."""

from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from typing import Final, NamedTuple

import sqlalchemy as sa

from contract.catalogue import Example
from contract.context import REPLIES
from warehouse.rows import insert_rows
from warehouse.store import writing
from warehouse.tables import link_review, post, topic_model

_MOST_REVIEWS: Final = 20_000
_NOT_OF_POST: Final = ("tag", "thread-title", "examples")
"""Methods of ties for which the post's own words do not speak, or only as examples do."""


class TopicModel(NamedTuple):
    """How well a topic is learnt, as cross-validation shows."""

    topic_uri: str
    examples: int
    precision: float
    recall: float
    is_used: bool


def store_models(engine: sa.Engine, version: str | None, models: Sequence[TopicModel]) -> None:
    """Have exactly these models of this version stored; what is stored already keeps its time."""
    now = datetime.now(UTC)
    with writing(engine) as connection:
        query = sa.select(topic_model).order_by(topic_model.c.topic_uri)
        stored = [row._asdict() for row in connection.execute(query)]
        wanted = [{**one._asdict(), "version": version} for one in sorted(models)]
        if [{name: row[name] for name in row if name != "trained_at"} for row in stored] != wanted:
            connection.execute(sa.delete(topic_model))
            insert_rows(connection, topic_model, [{**row, "trained_at": now} for row in wanted])


def models(connection: sa.Connection) -> list[TopicModel]:
    """Return how well the topics are learnt that have examples, by URI."""
    columns = [topic_model.c[name] for name in TopicModel._fields]
    rows = connection.execute(sa.select(*columns).order_by(topic_model.c.topic_uri))
    return [TopicModel(*row) for row in rows]


def examples_of_reviews(
    connection: sa.Connection, barred: Collection[str] = ()
) -> tuple[list[Example], list[Example]]:
    """Return posts that are about a topic, as people agreed, and such that are not.

    Of several verdicts on a post and a topic the latest counts; posts that were removed are no
    examples, nor are such as are tied only by their tags, their thread or other examples. Both are
    by post and topic, so that the same reviews give the same. `barred` are platforms whose posts
    may teach nothing.
    """
    review = link_review.c
    pair = (review.post_key, review.target_key)
    place = sa.func.row_number().over(
        partition_by=pair, order_by=(review.reviewed_at.desc(), review.review_key)
    )
    latest = (
        sa.select(*pair, review.verdict, review.method, place.label("place"))
        .where(review.target == "topic")
        .order_by(review.reviewed_at.desc(), review.review_key)
        .limit(_MOST_REVIEWS)
        .subquery()
    )
    query = (
        sa.select(latest.c.target_key, latest.c.verdict, post.c.kind, post.c.title)
        .add_columns(post.c.text, post.c.lang)
        .where(latest.c.place == 1, post.c.post_key == latest.c.post_key)
        .where((latest.c.verdict != "agree") | latest.c.method.not_in(_NOT_OF_POST))
        .where(post.c.removed_at.is_(None), post.c.text != "", post.c.platform.not_in(barred))
        .order_by(latest.c.post_key, latest.c.target_key)
    )
    found: dict[str, list[Example]] = {"agree": [], "disagree": []}
    for topic, verdict, kind, title, text, lang in connection.execute(query):
        own_title = None if kind in REPLIES else title
        said = "\n".join(filter(None, (own_title, text)))
        found[verdict].append(Example(topic=topic, text=said, lang=lang))
    return found["agree"], found["disagree"]
