"""What is stored of learnt topics, and which posts reviews make examples of."""

import pandas as pd
import sqlalchemy as sa
from batches import LONG, NOON, later, load, post_of

from contract.catalogue import Example, Label, Topic
from warehouse.catalogue import load_topics
from warehouse.links import store_ties, unlinked_posts
from warehouse.reviews import Verdict, store_verdicts
from warehouse.store import writing
from warehouse.tables import post, topic_model
from warehouse.topic_models import TopicModel, examples_of_reviews, models, store_models

ROADS, PARKS = "https://example.gov/t/roads", "https://example.gov/t/parks"
MODELS = [TopicModel(ROADS, 12, 0.9, 0.5, True), TopicModel(PARKS, 4, 0.0, 0.0, False)]


def trained_at(engine: sa.Engine) -> list[object]:
    with engine.connect() as connection:
        return list(connection.scalars(sa.select(topic_model.c.trained_at)))


def test_models_are_replaced_as_a_whole_and_keep_their_time_while_they_are_the_same(
    engine: sa.Engine,
) -> None:
    store_models(engine, "v1", MODELS)
    first = trained_at(engine)
    store_models(engine, "v1", MODELS[::-1])
    assert trained_at(engine) == first
    with engine.connect() as connection:
        assert models(connection) == sorted(MODELS)
    store_models(engine, "v2", MODELS[:1])
    assert trained_at(engine) > first[:1]
    with engine.connect() as connection:
        assert models(connection) == MODELS[:1]
    store_models(engine, None, [])
    assert trained_at(engine) == []


def test_posts_that_people_reviewed_are_examples_and_counterexamples(town: sa.Engine) -> None:
    load_topics(town, "taxonomy", [
        Topic(uri=uri, labels=(Label(kind="prefLabel", value=uri[-5:], lang="en"),))
        for uri in (ROADS, PARKS)
    ])  # fmt: skip
    load(town, [
        post_of(f"{n}", title=f"Title {n}", text=f"{n} {LONG}", kind="reply" if n == 3 else "post")
        for n in range(7)
    ])  # fmt: skip
    with town.connect() as connection:
        posts = unlinked_posts(connection, "v1", 1000).sort_values("text", ignore_index=True)
    keys = posts["post_key"].tolist()
    ties = pd.DataFrame({"post_key": keys, "target": ROADS, "score": 0.5, "method": "label"})
    ties.loc[5:, "method"] = ["thread-title", "examples"]
    ties["evidence"] = pd.Series([{} for _ in keys], dtype=object)
    store_ties(town, posts, "v1", ties, ties[:0], ties[:0])

    def said(
        at: int, verdict: str, hours: int, role: str = "analyst", method: str = "label"
    ) -> None:
        given = Verdict(keys[at], "topic", ROADS, method, verdict, None)
        assert store_verdicts(town, [given], role, later(hours)).outcomes == ["stored"]

    said(0, "agree", 0)
    said(1, "disagree", 0)
    said(2, "agree", 0)
    said(2, "disagree", 1, "policy officer")
    said(3, "agree", 0)
    said(4, "agree", 0)
    said(5, "agree", 0, method="thread-title")
    said(6, "agree", 0, method="examples")
    with writing(town) as connection:
        connection.execute(
            sa.update(post).where(post.c.post_key == keys[4])
            .values(removed_at=NOON, removal_reason="author")
        )  # fmt: skip
        agreed, denied = examples_of_reviews(connection)
        assert examples_of_reviews(connection, ["discourse"]) == ([], []), "it may teach nothing"
    by_text = {
        example.text.split(" ")[0]
        if "\n" not in example.text
        else example.text.split("\n")[0]: example.topic
        for example in agreed
    }
    assert by_text == {"Title 0": ROADS, "3": ROADS}
    assert sorted(example.text.split("\n")[0] for example in denied) == ["Title 1", "Title 2"]
    assert all(isinstance(example, Example) for example in denied)
