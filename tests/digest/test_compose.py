"""An issue holds the numbers of the store: known rows in, known lines out."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
import sqlalchemy as sa
from fernley_store import CHARTER, EARLIER, NOW, TOPICS, WEEK, Town

from connectors import discourse
from contract.errors import FixSettings
from digest import sentences
from digest.by_topic import both_ways
from digest.compose import compose
from digest.issue import Issue, TopicChange, numbers_of
from digest.language import speaking
from digest.quoting import why
from digest.trust import reasons
from warehouse import tables

ONE_DATABASE = pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
"""For what does not depend on the database."""


def issue_of(town: Town, name: str = "roads-weekly") -> Issue:
    return compose(town.conn, CHARTER, name, WEEK)


def read_all(town: Town) -> None:
    for week in (*EARLIER, WEEK):
        town.read(week)


def fill(town: Town) -> None:
    """Potholes rise from 10 a week to 30, lighting falls from 30 to 1; not all of it counts."""
    read_all(town)
    town.dataset("d1", "Road survey", "https://data.example/road-survey")
    town.entity("e1", "Elm Court")
    for week in EARLIER:
        town.say(10, week, topics=("Potholes",))
        town.say(30, week, topics=("Lighting",), community_key="c2", platform="reddit")
    town.say(6, EARLIER[-1], datasets={"d1": "words"}, entities=("e1",))
    town.say(4, topics=("Potholes", "Deep potholes"), datasets={"d1": "link"}, author="one")
    town.say(26, topics=("Potholes",))
    town.say(1, topics=("Lighting",), community_key="c2", platform="reddit")
    original = town.say(2, datasets={"d1": "words"}, entities=("e1",))
    town.say(9, topics=("Potholes",), near_duplicate_of=original)
    town.say(9, topics=("Potholes",), removed_at=NOW, removal_reason="gone")
    town.say(5, topics=("Potholes",), source="park-forum")


def test_the_numbers_are_those_of_the_store(town: Town) -> None:
    fill(town)
    issue = issue_of(town)
    assert (issue.posts, issue.authors, issue.in_communities) == (33, 30, 2)
    assert issue.usual == pytest.approx((40 * 4 + 6) / 4, abs=2)
    assert (issue.coverage, issue.usual_coverage) == (1, 1)
    shown = [(x.topic, x.posts, x.change) for x in issue.topics.lines]
    assert shown == [
        ("Potholes", 30, "rose"),
        ("Lighting", 1, "fell"),
        ("Deep potholes", 4, "too few"),
    ]
    for line, usual in zip(issue.topics.lines, (10, 30, 0), strict=True):
        assert line.usual == pytest.approx(usual, abs=0.5)
        assert line.low <= line.usual <= line.high
    communities = [(x.community, x.posts, x.before, x.authors) for x in issue.communities.lines]
    assert communities == [("Roads and cycling", 32, 16, 29), ("r/fernley", 1, 30, None)]
    (dataset,) = issue.datasets.lines
    assert (dataset.posts, dataset.before, dataset.with_link) == (6, 6, 4)
    assert dataset.url == "https://data.example/road-survey"
    (entity,) = issue.entities.lines
    assert (entity.name, entity.posts, entity.before) == ("Elm Court", 2, 6)
    # A third of what was said of potholes met a dataset: that is no topic without one.
    assert [(x.topic, x.posts, x.before) for x in issue.unmet.lines] == [("Lighting", 1, 30)]


def test_the_numbers_are_those_of_the_analysts_views(town: Town) -> None:
    fill(town)
    issue = issue_of(town)

    def view(name: str, *columns: str) -> list[tuple[Any, ...]]:
        where = f"where week = '{WEEK}' and purpose = 'roads' and posts > 0"
        rows = town.conn.exec_driver_sql(f"select {', '.join(columns)} from {name} {where}")
        return sorted(tuple(row) for row in rows)

    assert view("v_topic_week", "topic", "posts") == sorted(
        (x.topic, x.posts) for x in issue.topics.lines
    )
    assert {(x.topic, x.posts) for x in issue.unmet.lines} < set(
        view("v_unmet_demand", "topic", "posts")
    )
    assert view("v_community_week", "community", "posts", "authors") == sorted(
        (x.community, x.posts, x.authors) for x in issue.communities.lines
    )
    assert view("v_dataset_demand_week", "title", "posts", "explicit_posts") == sorted(
        (x.title, x.posts, x.with_link) for x in issue.datasets.lines
    )
    assert view("v_entity_week", "name", "posts") == sorted(
        (x.name, x.posts) for x in issue.entities.lines
    )


def test_a_digest_held_to_a_topic_has_its_narrower_ones_and_counts_a_post_once(town: Town) -> None:
    fill(town)
    town.say(3, topics=("Surface", "Lighting"), datasets={"d1": "words"})
    # A circle in the vocabulary must not run forever.
    uri = TOPICS["Surface"][0]
    town.add(tables.topic_broader, uri=uri, position=0, broader_uri=TOPICS["Deep potholes"][0])
    issue = issue_of(town, "surface-weekly")
    assert issue.scope == ("Surface",)
    assert issue.posts == 33
    assert {x.topic: x.posts for x in issue.topics.lines} == {
        "Potholes": 30,
        "Deep potholes": 4,
        "Surface": 3,
    }
    assert [x.posts for x in issue.datasets.lines] == [7]
    assert not issue.entities.lines


def test_what_platforms_want_said_stands_where_their_posts_count(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = {"discourse": None, "reddit": "Reddit did not check this.", "feed": "Nor did they."}
    terms = [
        SimpleNamespace(TERMS=replace(discourse.TERMS, platform=platform, notice=notice))
        for platform, notice in wanted.items()
    ]
    monkeypatch.setattr("connectors.notices.CONNECTORS", terms)
    town.say(topics=("Potholes",))
    town.say(topics=("Potholes",), platform="mastodon")
    town.say(platform="reddit", topics=("Lighting",), removed_at=NOW)
    assert issue_of(town).notices == ()
    town.say(week=EARLIER[-1], platform="reddit", topics=("Lighting",))
    assert issue_of(town).notices == ("Reddit did not check this.",), "it is compared with"
    assert issue_of(town, "surface-weekly").notices == ()
    assert issue_of(town, "parks-weekly").notices == ()


def test_a_topic_is_named_in_english_where_it_can_be(town: Town) -> None:
    read_all(town)
    town.topic(TOPICS["Potholes"][0], "Aussprachen", lang="de", position=1)
    town.say(5, topics=("Potholes",))
    assert [x.topic for x in issue_of(town).topics.lines] == ["Potholes"]


@ONE_DATABASE
@pytest.mark.parametrize(
    ("hours", "change", "coverage"),
    [
        ((168, 168, 168, 168, 168), "rose", 1.0),
        ((168, 168, 168, 168, 84), "not known", 0.5),
        ((0, 168, 168, 168, 168), "not known", 1.0),
        ((0, 0, 0, 0, 168), "not known", 1.0),
    ],
)
def test_no_change_is_claimed_on_thin_ground(
    town: Town, hours: tuple[int, ...], change: str, coverage: float
) -> None:
    for week, read in zip((*EARLIER, WEEK), hours, strict=True):
        if read:
            town.read(week, hours=read)
            town.say(10, week, topics=("Potholes",))
    town.say(30, topics=("Potholes",))
    issue = issue_of(town)
    assert issue.coverage == coverage
    assert [x.change for x in issue.topics.lines] == [change]
    is_week_before_read = hours[3] == 168 and hours[4] == 168
    assert [x.before for x in issue.communities.lines] == [10 if is_week_before_read else None]


@ONE_DATABASE
def test_a_source_that_joined_is_not_taken_for_a_rise(town: Town) -> None:
    read_all(town)
    town.read(WEEK, source="town-reddit")
    for week in EARLIER:
        town.say(10, week, topics=("Potholes",))
    town.say(40, topics=("Potholes",), source="town-reddit")
    issue = issue_of(town)
    assert issue.usual_coverage == 0.5
    assert [x.change for x in issue.topics.lines] == ["not known"]


def test_the_ground_says_what_was_not_read_and_why(town: Town) -> None:
    town.read(WEEK, hours=126)
    begun = datetime(2026, 11, 12, tzinfo=UTC)
    for number, reason in enumerate(("limit of the platform", "complete")):
        town.add(
            tables.ingest_run,
            run_id=str(number),
            source="forum",
            window_since_at=begun,
            window_until_at=begun,
            started_at=begun + timedelta(hours=number),
            status="done",
            is_backfill=False,
            stopped_because=reason,
        )
    for number, resolved in enumerate((None, None, begun)):
        town.add(
            tables.rejected,
            rejected_key=str(number),
            source="forum",
            reason="no id",
            detail="",
            landing="x:1",
            path="x",
            first_seen_at=begun,
            resolved_at=resolved,
        )
    unread, forum = issue_of(town).ground
    assert (unread.source, unread.coverage) == ("town-reddit", 0)
    assert (forum.source, forum.coverage, forum.rejected) == ("forum", 0.75, 2)
    assert forum.stopped_because == "limit of the platform"


LONG = "The lamp by the library has been dark since the storm, and nobody answers the phone."


def test_a_quote_is_the_strongest_liked_and_from_another_community(town: Town) -> None:
    read_all(town)
    on = {"topics": ("Potholes",), "text": LONG}
    town.say(score=0.9, likes=1, **on)
    town.say(score=0.9, likes=7, url="https://forum.example/best", **on)
    town.say(score=0.8, likes=99, **on)
    town.say(score=1.0, removed_at=NOW, **on)
    town.say(score=1.0, redactions=1, **on)
    town.say(score=1.0, author="bot-1", **on)
    town.say(score=1.0, topics=("Potholes",), text="Same here!")
    copied = town.say(score=1.0, **on)
    town.say(score=1.0, near_duplicate_of=copied, **on)
    town.say(score=1.0, week=EARLIER[-1], **on)
    town.say(score=0.9, topics=("Lighting",), text=LONG)
    town.say(
        score=0.3, topics=("Lighting",), text=LONG, community_key="c2", platform="reddit", lang="en"
    )
    potholes, lighting = issue_of(town).quotes
    assert (potholes.url, potholes.community) == ("https://forum.example/best", "Roads and cycling")
    assert (lighting.topic, lighting.community, lighting.lang) == ("Lighting", "r/fernley", "en")


@ONE_DATABASE
@pytest.mark.parametrize(
    ("name", "week", "said"),
    [
        ("nobody-weekly", WEEK, "there are: roads-weekly"),
        ("roads-weekly", "2026-W54", "such as 2026-W46"),
        ("roads-weekly", "2026-46", "such as 2026-W46"),
        ("lost-weekly", WEEK, "digests.lost-weekly.topics: 'Dragons' is no topic"),
    ],
)
def test_what_is_asked_wrongly_is_named(town: Town, name: str, week: str, said: str) -> None:
    with pytest.raises(FixSettings, match=said):
        compose(town.conn, CHARTER, name, week)


@ONE_DATABASE
def test_an_empty_store_gives_an_issue_that_says_so(engine: sa.Engine) -> None:
    with engine.connect() as conn:
        issue = compose(conn, CHARTER, "roads-weekly", WEEK)
    assert (issue.posts, issue.coverage, issue.change) == (0, None, "not known")


@ONE_DATABASE
def test_what_fades_is_told_beside_what_rises(town: Town) -> None:
    read_all(town)
    for week in EARLIER:
        town.say(20, week, topics=("Lighting",))
    others = [label for label in TOPICS if label != "Lighting"]
    town.say(10, topics=tuple(others))
    shown = [(x.topic, x.change) for x in issue_of(town).topics.lines]
    assert ("Lighting", "fell") in shown
    assert {(label, "rose") for label in others} <= set(shown)


def test_the_deepest_falls_come_before_the_smaller_rises() -> None:
    lines = [
        TopicChange(uri=f"{n}", topic=f"{n}", posts=20 - n, usual=1, change="rose")
        for n in range(9)
    ]
    lines += [TopicChange(uri="f", topic="f", posts=0, usual=20, change="fell")]
    assert [line.topic for line in both_ways(lines)][:8] == [*"012345", "f", "6"]
    fades = TopicChange(uri="s", topic="s", posts=3, usual=9, change="as usual", drift="fell",
                        four_weeks=12, four_before=61)  # fmt: skip
    assert [line.topic for line in both_ways([*lines, fades])][:8] == [*"012345", "f", "s"]


def test_what_was_not_read_by_the_hour_moves_nothing(town: Town) -> None:
    """Posts of a source that was read in neither week are beside its range, not beyond it."""
    fill(town)
    for name in (*"abcdefghi", "feed"):
        town._source(name, "feed", f"https://{name}.example", "roads")
        for week in (*EARLIER, WEEK) if name != "feed" else ():
            town.read(week, name)
    before = {x.uri: x for x in issue_of(town).topics.lines}
    town.say(60, topics=("Potholes", "Lighting"), source="feed")
    compared = [x for x in issue_of(town).topics.lines if x.low is not None]
    assert len(compared) >= 2
    for line in compared:
        was = before[line.uri]
        assert line.change == was.change
        assert line.posts - was.posts == line.low - was.low
        assert line.posts - was.posts == (60 if line.topic in ("Potholes", "Lighting") else 0)


@ONE_DATABASE
def test_a_name_that_several_bear_counts_for_none_of_them(town: Town) -> None:
    read_all(town)
    town.entity("e1", "Elm Court")
    town.say(2, entities=("e1",))
    (line,) = issue_of(town).entities.lines
    assert line.posts == 2
    town.conn.exec_driver_sql("update post_entity set method = 'ambiguous'")
    assert issue_of(town).entities.lines == ()


def test_stars_are_told_as_counts_and_an_example_says_why(town: Town) -> None:
    read_all(town)
    town.entity("e1", "Elm Court")
    for stars in (1.0, 3.0, 4.0, 5.0):
        town.say(entities=("e1",), evidence={"found": "Elm Court"}, rating=stars, best_rating=5.0)
    town.say(entities=("e1",), rating=4.0)
    (line,) = issue_of(town).entities.lines
    assert (line.posts, line.stars) == (5, (1, 1, 2))
    said = sentences.stars(line, speaking("en"))
    assert said == "4 with stars: 1 few, 1 middling, 2 most of them"
    assert line.example
    assert line.example.why == "says “Elm Court”"
    assert "example" not in numbers_of(issue_of(town))["entities"]["lines"][0]


def test_stances_are_told_from_a_bar_upwards_with_a_post_of_the_larger_side(town: Town) -> None:
    read_all(town)
    town.say(5, topics=("Lighting",))
    town.say(3, topics=("Lighting",), stance="positive")
    town.say(
        6,
        topics=("Lighting",),
        stance="negative",
        text="The lamps are a joke. " * 3,
        evidence={"found": "lamps", "stance": ["a joke"]},
    )
    assert issue_of(town).spoken == ()
    town.say(1, topics=("Lighting",), stance="mixed")
    (line,) = issue_of(town).spoken
    assert (line.posts, line.positive, line.negative, line.mixed) == (15, 3, 6, 1)
    assert line.example.text.startswith("The lamps are a joke.")
    assert line.example.why == "says “a joke”"
    assert sentences.stances(line, speaking("en")) == (
        "Lighting: 3 in favour, 6 against and 1 both, of 15 posts; the others show neither."
    )


def test_posts_no_dataset_could_be_ranked_for_are_told_apart(town: Town) -> None:
    read_all(town)
    town.say(7, topics=("Lighting",), lang="cy")
    assert (issue_of(town).unranked, issue_of(town).unmet.lines[0].posts) == (0, 7)
    town.dataset("d1", "Lamps")
    town.say(6, topics=("Lighting",), lang="en-GB")
    town.say(1, topics=("Lighting",), lang="cy", datasets={"d1": "link"})
    issue = issue_of(town)
    assert (issue.unranked, [line.posts for line in issue.unmet.lines]) == (7, [])
    town.conn.exec_driver_sql("delete from post_dataset")
    issue = issue_of(town)
    assert (issue.unranked, [line.posts for line in issue.unmet.lines]) == (8, [6])
    assert any(
        said.startswith("8 posts were in a language none of our")
        for said in reasons(issue, speaking("en"))
    )


def test_what_met_is_told_in_a_few_words() -> None:
    assert why("label", {"found": "bus stop"}) == "says “bus stop”"
    lent = {"found": "bus stop", "where": "thread title"}
    assert why("thread-title", lent) == "in a thread titled “bus stop”"
    assert why("tag", {"found": "BusStop", "where": "tag"}) == "tagged “BusStop”"
    assert why("label", {"found": "bus stop", "where": "text"}) == "says “bus stop”"
    assert (
        why("retrieval", {"terms": ["bus", "bus", "stop", "a", "b"]}) == "says “bus”, “stop”, “a”"
    )
    assert why("retrieval", {"words": [["bus", "title"], {"word": "stop"}]}) == "says “bus”, “stop”"
    assert why("link", {"found": "https://x.example"}) == "links to it"
    assert [why("new", odd) for odd in ({}, {"found": 3}, {"terms": 3}, {"words": [None]})] == [
        ""
    ] * 4
