"""Verdicts are followed: a rejected pair never returns, a method has to be as sure as needed."""

from typing import Literal

import pandas as pd
import pytest
import sqlalchemy as sa
from batches import LONG, later, load, post_of, rows
from hypothesis import given
from hypothesis import strategies as st

from contract.catalogue import Topic
from warehouse.catalogue import load_topics
from warehouse.links import store_ties, unlinked_posts
from warehouse.reviews import Verdict, store_verdicts
from warehouse.tables import former_tie, link_review, post, post_topic, stale_week
from warehouse.thresholds import LEAST_AGREED, NEVER, threshold_of, thresholds

ROADS = "https://example.gov/t/roads"
PARKS = "https://example.gov/t/parks"
Said = Literal["agree", "disagree"]


@pytest.fixture
def keys(town: sa.Engine) -> list[str]:
    """Return the keys of forty posts, each tied to two topics, more surely the later."""
    load_topics(town, "taxonomy", [Topic(uri=ROADS), Topic(uri=PARKS)])
    load(town, [post_of(f"{n}", text=f"{n} {LONG}") for n in range(40)])
    tie(town, "v1")
    return sorted(row["post_key"] for row in rows(town, post))


def tie(engine: sa.Engine, version: str, method: str = "label") -> None:
    """Tie the posts that want it, as any version of the methods does."""
    every = sorted(row["post_key"] for row in rows(engine, post))
    with engine.connect() as connection:
        posts = unlinked_posts(connection, version, 1000)
    found = [
        (key, topic, (every.index(key) + 1) / 40, method, {})
        for key in posts["post_key"]
        for topic in (ROADS, PARKS)
    ]
    names = pd.Index(["post_key", "target", "score", "method", "evidence"])
    frames = [pd.DataFrame(some, columns=names) for some in (found, [], [])]
    store_ties(engine, posts, version, *frames)


def say(
    engine: sa.Engine, keys: list[str], said: Said, hour: int, topic: str = ROADS, role: str = "a"
) -> int:
    verdicts = [Verdict(key, "topic", topic, "label", said, None) for key in keys]
    return store_verdicts(engine, verdicts, role, later(hour)).ties_ended


def tied(engine: sa.Engine, topic: str = ROADS) -> set[str]:
    return {row["post_key"] for row in rows(engine, post_topic, topic_uri=topic)}


def held(engine: sa.Engine) -> dict[tuple[str, str, str], float]:
    with engine.connect() as connection:
        return {of: found.threshold for of, found in thresholds(connection).items()}


def test_a_rejected_pair_ends_at_once_and_never_returns(town: sa.Engine, keys: list[str]) -> None:
    with town.begin() as connection:
        connection.execute(sa.delete(stale_week))
    assert say(town, keys[:2], "disagree", 1) == 2
    assert {row["week"] for row in rows(town, stale_week)} == {"2026-W46"}
    assert tied(town) == set(keys[2:])
    assert tied(town, PARKS) == set(keys)
    ended = rows(town, former_tie)
    assert [(row["reason"], row["target_key"]) for row in ended] == [("review", ROADS)] * 2
    for version, method in (("v2", "label"), ("v3", "another")):
        tie(town, version, method)
        assert tied(town) == set(keys[2:])
    # Another role knows better later; what was said earlier is outdated.
    assert say(town, keys[:1], "agree", 0, role="b") == 0
    tie(town, "v3")
    assert tied(town) == set(keys[2:])
    assert say(town, keys[:1], "agree", 2, role="c") == 0
    tie(town, "v3")
    assert tied(town) == {keys[0], *keys[2:]}
    assert len(rows(town, link_review)) == 4


def test_a_tie_may_end_twice_at_one_moment(town: sa.Engine, keys: list[str]) -> None:
    for said in ("disagree", "agree", "disagree"):
        say(town, keys[:1], said, 1)
        tie(town, "v1")
    assert tied(town) == set(keys[1:])
    assert len(rows(town, former_tie)) == 1


def test_enough_verdicts_set_a_threshold_that_is_followed(town: sa.Engine, keys: list[str]) -> None:
    say(town, keys[:9], "disagree", 1)
    say(town, keys[20:30], "agree", 1)
    assert held(town) == {}
    say(town, [keys[9], keys[2]], "disagree", 2)
    assert held(town) == {("topic", "label", ""): 0.25}
    (found,) = (row for row in rows(town, "tie_threshold"))
    assert (found["reviewed"], found["agreed"]) == (20, 10)
    wanting = {row["post_key"] for row in rows(town, post) if row["linked_with"] is None}
    assert wanting == set(keys[:9]), "only posts with such ties are tied anew"
    tie(town, "v1")
    assert tied(town, PARKS) == set(keys[9:])
    reasons = {row["reason"] for row in rows(town, former_tie, target_key=PARKS)}
    assert reasons == {"review"}
    assert say(town, [keys[3]], "agree", 3, PARKS) == 0
    tie(town, "v1")
    assert keys[3] in tied(town, PARKS), "what a person agrees with needs no score"


def test_a_topic_of_its_own_verdicts_has_its_own_threshold_and_it_can_fall(
    town: sa.Engine, keys: list[str]
) -> None:
    say(town, keys[:30], "disagree", 1)
    assert held(town) == {("topic", "label", ""): NEVER}
    say(town, keys[10:30], "agree", 1, PARKS)
    assert held(town) == {("topic", "label", ""): NEVER, ("topic", "label", PARKS): 0.0}
    tie(town, "v1")
    assert tied(town, PARKS) == set(keys), "what is true of the one topic is not of the other"
    assert tied(town) == {keys[-1]}
    say(town, keys[:30], "agree", 2)
    assert held(town) == {}


VERDICTS = st.lists(
    st.tuples(st.integers(1, 100).map(lambda n: n / 100), st.booleans()), min_size=20
)


@given(verdicts=VERDICTS)
def test_what_a_threshold_keeps_was_agreed_with(verdicts: list[tuple[float, bool]]) -> None:
    least = threshold_of(verdicts)
    kept = [agrees for score, agrees in verdicts if score >= least]
    assert least == NEVER or sum(kept) >= LEAST_AGREED * len(kept)
    share = sum(agrees for _, agrees in verdicts) / len(verdicts)
    assert (least == 0) == (share >= LEAST_AGREED)
