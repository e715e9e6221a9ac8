"""What an issue tells beside plain counts: known rows in, known lines out, on both databases."""

import json
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa
from fernley_store import CHARTER, EARLIER, NOW, TOPICS, WEEK, Town

from contract.charter import Charter
from digest.compose import compose, scope_of
from digest.figures import figures_of, queries_of
from digest.issue import Issue, numbers_of
from digest.redacting import content_of, issue_of
from digest.render import render_text, summary_of
from digest.tables import tables_of
from warehouse import tables, weekly

ONE_DATABASE = pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
LONG = "Who empties the drain below the bridge, and when will it be done again this year?"


def issue(town: Town, name: str = "roads-weekly", charter: Charter = CHARTER, **how: Any) -> Issue:
    return compose(town.conn, charter, name, WEEK, **how)


def read_all(town: Town) -> None:
    for week in (*EARLIER, WEEK):
        town.read(week)


def but_for(**changes: Any) -> Charter:
    said = CHARTER.model_dump(mode="json")
    for at, value in changes.items():
        section, _, key = at.partition("__")
        said[section] = {**said[section], key: value} if key else value
    return Charter.model_validate(said)


def test_what_no_dataset_answers_is_asked_in_their_words_and_the_new_comes_first(
    town: Town,
) -> None:
    read_all(town)
    town.dataset("d1", "Lamps")
    for week in EARLIER:
        town.say(9, week, topics=("Lighting",))
    town.say(6, topics=("Lighting",), intent="question", lang="en")
    town.say(3, topics=("Lighting",), stance="negative", lang="en")
    town.say(5, topics=("Surface",), lang="en")
    town.say(topics=("Surface",), intent="question", text=LONG, lang="en", score=0.9)
    town.say(2, topics=("Surface",), intent="question", lang="cy", text=LONG)
    surface, lighting = issue(town).unmet.lines
    assert (surface.topic, surface.posts, surface.questions, surface.is_new) == (
        "Surface", 6, 1, True)  # fmt: skip
    assert (lighting.posts, lighting.questions, lighting.complaints, lighting.is_new) == (
        9, 6, 3, False)  # fmt: skip
    assert surface.example
    assert surface.example.text == LONG
    assert surface.example.credit == "Roads and cycling, forum.example"


def test_thanks_are_told_when_more_than_one_person_gives_them(town: Town) -> None:
    read_all(town)
    praise = {"topics": ("Potholes",), "intent": "praise", "text": "Well done, and thanks! " * 3}
    town.say(4, author="one", **praise)
    assert issue(town).thanks == ()
    town.say(author="two", **praise)
    (line,) = issue(town).thanks
    assert (line.topic, line.posts) == ("Potholes", 5)
    assert line.example
    assert line.example.text.startswith("Well done")


def test_an_official_is_led_to_open_questions_where_they_are_welcome(town: Town) -> None:
    read_all(town)
    asks = {"topics": ("Potholes",), "intent": "question"}
    town.say(3)
    town.say(2, **asks)
    answered = town.say(**asks)
    late = {"created_at": NOW, "topics": ("Potholes",)}
    town.say(parent_key=answered, **late)
    own = town.say(author="impatient", **asks)
    town.say(parent_key=own, author="impatient", **late)
    town.say(author="bot-9", **asks)
    town.say(4, community_key="c2", platform="reddit", source="town-reddit", **asks)
    # Reddit lets nobody in without its approval, and nobody there gave a permission.
    (line,) = issue(town).join_in
    assert (line.community, line.questions, line.has_permission) == ("Roads and cycling", 3, False)
    assert line.share == pytest.approx(7 / 10)
    assert line.rules == "https://discourse.example/guidelines"
    permitted = but_for(
        sources={
            name: {
                **source.model_dump(mode="json"),
                "permission": {"by": "its owner", "on": "2026-09-01", "ref": "1"},
            }
            for name, source in CHARTER.sources.items()
        }
    )
    assert [(x.community, x.questions) for x in issue(town, charter=permitted).join_in] == [
        ("r/fernley", 4),
        ("Roads and cycling", 3),
    ]
    left_alone = but_for(opt_outs={"communities": {"discourse": ["Roads and Cycling"]}})
    assert issue(town, charter=left_alone).join_in == ()
    town.protect("Potholes")
    assert issue(town).join_in == ()


def test_tags_of_others_are_told_in_the_week_they_are_new(town: Town) -> None:
    read_all(town)
    town.entity("e1", "The old ferry")
    town.tag(town.say(week=EARLIER[0], entities=("e1",)), "boat")
    town.tag(town.say(entities=("e1",)), "Boat", "winch", "1904")
    town.tag(town.say(entities=("e1",)), "ours", added_by="author")
    hidden = town.say(entities=("e1",), topics=("Lighting",))
    town.tag(hidden, "strike")
    town.protect("Lighting")
    (line,) = issue(town).entities.lines
    assert (line.posts, line.tags) == (3, ("1904", "winch"))


def test_a_sensitive_topic_is_counted_from_many_people_and_never_shown(town: Town) -> None:
    read_all(town)
    town.dataset("d1", "Lamps")
    town.entity("e1", "Elm Court")
    said = {"text": "Lantern march on Friday, who is coming with us to the town hall?"}
    about = {"datasets": {"d1": "words"}, "entities": ("e1",), "intent": "praise"}
    town.say(4, topics=("Lighting", "Potholes"), stance="negative", **about, **said)
    town.protect("Lighting", min_authors=5)
    charter = but_for(sensitive={"topics": ["Lighting"], "min_authors": 5})
    few = issue(town, charter=charter)
    assert few.withheld == few.posts == 4
    assert [x.topic for x in few.topics.lines] == ["Potholes"]
    assert (few.entities.lines, few.datasets.lines, few.communities.lines) == ((), (), ())
    assert "Lantern" not in content_of(few).decode()
    town.say(3, topics=("Lighting",), **about, **said)
    many = issue(town, charter=charter)
    assert {x.topic: x.posts for x in many.topics.lines} == {"Lighting": 7, "Potholes": 4}
    assert [x.posts for x in many.entities.lines] == [7]
    assert "Lighting" not in [x.topic for x in many.thanks]
    assert "Lantern" not in content_of(many).decode()
    assert many.quotes == ()


@ONE_DATABASE
def test_what_a_platform_does_not_let_others_show_is_counted_only(town: Town) -> None:
    read_all(town)
    town.say(5, topics=("Potholes",), platform="x")
    found = issue(town)
    assert (found.posts, found.quotes) == (5, ())
    town.say(topics=("Potholes",))
    assert [x.credit for x in issue(town).quotes] == ["Roads and cycling, forum.example"]


@ONE_DATABASE
def test_what_changed_since_the_last_issue_is_told(town: Town) -> None:
    read_all(town)
    town.say(3, EARLIER[-1])
    before = compose(town.conn, CHARTER, "roads-weekly", EARLIER[-1], counted_at=NOW)
    assert before.since is None
    town.say(week=EARLIER[-1])
    town.topic("https://t.example/new", "New")
    town.conn.execute(
        sa.update(tables.topic)
        .where(tables.topic.c.uri == TOPICS["Lighting"][0])
        .values(withdrawn_at=NOW.replace(day=17))
    )
    town.say(linked_with="another")
    lines = (replace(before.ground[0], source="old-board"), *before.ground[1:])
    since = issue(town, before=replace(before, ground=lines)).since
    assert since
    assert (since.sources_joined, since.sources_left) == (
        (before.ground[0].source,),
        ("old-board",),
    )
    assert (since.topics_added, since.topics_gone, since.datasets_added) == (1, 1, 0)
    assert since.has_new_methods
    assert (since.posts_then, since.posts_now) == (3, 4)


def fill(town: Town) -> None:
    read_all(town)
    town.dataset("d1", "Road 100% survey", "https://data.example/road-survey")
    town.entity("e1", "Elm Court")
    for week in EARLIER:
        town.say(12, week, topics=("Lighting", "Potholes"), lang="en")
    town.say(6, EARLIER[-1], datasets={"d1": "words"}, entities=("e1",))
    town.say(4, topics=("Potholes",), datasets={"d1": "link"}, author="one", intent="praise")
    town.say(9, topics=("Deep potholes",), intent="question", stance="negative")
    town.say(2, topics=("Potholes",), intent="question")
    town.say(9, topics=("Lighting",), intent="praise", stance="positive", lang="de")
    town.say(3, topics=("Lighting",), community_key="c2", platform="reddit", source="town-reddit")
    town.say(2, community_key=None, entities=("e1",), rating=4.0, best_rating=5.0)


@pytest.mark.parametrize("name", ["roads-weekly", "surface-weekly"])
def test_every_number_is_what_its_query_gives(town: Town, name: str) -> None:
    fill(town)
    if name == "roads-weekly":
        town.protect("Deep potholes", min_authors=5)
    found = issue(town, name)
    queries = queries_of(scope_of(town.conn, CHARTER, name, WEEK))
    said = json.loads(figures_of(found, queries))
    answers = {
        query: [dict(row) for row in town.conn.execute(sa.text(_plain(sql))).mappings()]
        for query, sql in said["queries"].items()
    }
    assert len(said["numbers"]) > 15
    for number in said["numbers"]:
        (row,) = [
            row
            for row in answers[number["query"]]
            if all(row[key] == value for key, value in number.get("row", {}).items())
        ]
        assert row[number["column"]] == number["value"], number
    told = {number["number"].partition(".")[0] for number in said["numbers"]}
    assert told >= {"posts", "authors", "topics", "unmet", "datasets", "communities", "join_in"}


def _plain(sql: str) -> str:
    """Return what SQLAlchemy takes for the same SQL: a colon is a parameter to it."""
    return sql.replace(":", r"\:")


@pytest.mark.parametrize("topics", [(), (TOPICS["Surface"][0],)])
def test_held_posts_give_the_same_answers(town: Town, topics: tuple[str, ...]) -> None:
    fill(town)
    of = weekly.Wanted("roads", topics, WEEK, EARLIER[-1], EARLIER)
    free = weekly.total(town.conn, of), weekly.platforms(town.conn, of)
    with weekly.held(town.conn, of, (*EARLIER, WEEK)) as held:
        assert (weekly.total(town.conn, held), weekly.platforms(town.conn, held)) == free
        assert weekly.total(town.conn, held._replace(topics=())).posts == 29
    assert free[0].posts == (29 if not topics else 15)


def test_the_same_store_gives_the_same_issue_and_its_data_give_it_back(town: Town) -> None:
    fill(town)
    first, second = (issue(town, counted_at=NOW) for _ in range(2))
    assert first == second
    assert issue_of(content_of(first)) == first
    assert json.dumps(numbers_of(first))
    assert not {"example", "quotes", "tags", "text"} & _keys(numbers_of(first))


def _keys(value: Any) -> set[str]:
    if isinstance(value, dict):
        return {*value}.union(*map(_keys, value.values()))
    return set().union(*map(_keys, value)) if isinstance(value, list) else set()


@ONE_DATABASE
def test_tables_hold_what_the_issue_has_no_room_for_and_no_formula(town: Town) -> None:
    read_all(town)
    for number in range(9):
        town.entity(f"e{number}", f'=HYPERLINK("x{number}")')
        town.say(9 - number, entities=(f"e{number}",))
    found = issue(town)
    assert (len(found.entities.lines), found.entities.left_out) == (5, 4)
    files = tables_of(found)
    assert list(files) == [
        f"roads-weekly-{WEEK}-entities.csv",
        f"roads-weekly-{WEEK}-communities.csv",
    ]
    header, *lines = files[f"roads-weekly-{WEEK}-entities.csv"].decode("utf-8-sig").splitlines()
    assert header == "name,register,place,posts,before,tags"
    assert len(lines) == 9
    assert lines[0] == '"\'=HYPERLINK(""x0"")","care-homes","Fernley",9,0,""'


def _shown(value: Any) -> list[str]:
    """Return the keys of all posts that an issue shows, one for each time."""
    if isinstance(value, dict):
        own = [value["post_key"]] if value.get("post_key") else []
        return own + [key for part in value.values() for key in _shown(part)]
    return [key for part in value for key in _shown(part)] if isinstance(value, list) else []


@ONE_DATABASE
def test_each_post_is_shown_once(town: Town) -> None:
    fill(town)
    shown = _shown(json.loads(content_of(issue(town))))
    assert len(shown) > 4
    assert len(set(shown)) == len(shown)


@ONE_DATABASE
def test_a_week_in_which_nothing_moved_is_short(town: Town) -> None:
    read_all(town)
    for number in range(9):
        town.entity(f"e{number}", f"House {number}")
    for week in (*EARLIER, WEEK):
        town.say(20, week, topics=("Potholes",))
        for number in range(9):
            town.say(2, week, topics=("Lighting",), entities=(f"e{number}",))
    found = issue(town)
    assert {x.change for x in found.topics.lines} == {"as usual"}
    assert (len(found.entities.lines), found.entities.left_out) == (3, 6)
    assert summary_of(found)[1] == "No topic moved beyond its ordinary ups and downs."


@ONE_DATABASE
def test_weeks_too_few_to_compare_with_are_told_as_such(town: Town) -> None:
    fill(town)
    found = issue(town)
    lines = tuple(replace(x, change="not known") for x in found.topics.lines)
    young = replace(found, change="not known", topics=replace(found.topics, lines=lines))
    assert "too few weeks before" in summary_of(young)[-1]
    assert "WHAT ROSE AND WHAT FELL" not in render_text(young)
