"""The analysts' views: the same on both databases, down to the number's type."""

import itertools
import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pandas as pd
import pytest
import sqlalchemy as sa
from batches import LONG, NOON, later, load, moved, post_of, rows

from contract.catalogue import Dataset, Entity, Label, Topic
from contract.charter import Budget
from contract.errors import FixSettings
from contract.keys import stable_key
from contract.page import Window
from contract.post import Post, Tag
from transforms.near_duplicates import is_copy
from warehouse.catalogue import load_datasets, load_entities, load_topics
from warehouse.columns import PERSONAL
from warehouse.copies import mark_copies
from warehouse.coverage import write_coverage
from warehouse.links import store_ties, unlinked_posts
from warehouse.queries import VIEWS
from warehouse.runs import begin_run
from warehouse.spending import reserve_posts, settle_posts
from warehouse.store import writing
from warehouse.tables import link_review
from warehouse.view_columns import VIEW_COLUMNS
from warehouse.views import platforms_behind, rows_of

MONDAY = datetime.fromisoformat("2026-11-09T00:00:00+00:00")
"""Of 2026-W46, the week of NOON."""
WEEK = timedelta(days=7)
ROADS, PARKS = "https://example.gov/t/roads", "https://example.gov/t/parks"
COUNTS = stable_key("dataset", "town", "counts")
SCHOOL = stable_key("entity", "schools", "9")


def _listen(engine: sa.Engine, source: str, since: datetime, hours: int, status: str) -> None:
    window = Window(since, since + timedelta(hours=hours))
    run = begin_run(engine, source, window)
    with engine.begin() as connection:
        write_coverage(connection, run, window if status == "done" else None, "blocked")


def _tie(
    engine: sa.Engine,
    topics: dict[str, list[str]],
    datasets: dict[str, str] | None = None,
    entities: dict[str, str] | None = None,
    entities_of: dict[str, list[str]] | None = None,
) -> None:
    """Tie posts, given by native id, to topics, to the dataset by method, to the school or rows."""
    with engine.connect() as connection:
        posts = unlinked_posts(connection, "v1", 1000)
    key = {row["native_id"]: row["post_key"] for row in rows(engine, "post")}
    wanted = (
        [(key[i], uri, "label") for i, uris in topics.items() for uri in uris],
        [(key[i], COUNTS, method) for i, method in (datasets or {}).items()],
        [
            *((key[i], SCHOOL, method) for i, method in (entities or {}).items()),
            *((key[i], to, "name") for i, many in (entities_of or {}).items() for to in many),
        ],
    )
    frames = [
        pd.DataFrame(ties, columns=["post_key", "target", "method"]).assign(
            score=0.9, evidence=None
        )
        for ties in wanted
    ]
    for frame in frames:
        frame["evidence"] = pd.Series([{} for _ in range(len(frame))], dtype=object)
    store_ties(engine, posts, "v1", *frames)


def _load(engine: sa.Engine, posts: Sequence[Post]) -> None:
    load(engine, posts)
    mark_copies(engine, is_copy)


@pytest.fixture
def read(town: sa.Engine) -> sa.Engine:
    """Return an engine for a store with a week of posts, ties, gaps, a copy and a removal."""
    load_topics(town, "taxonomy", [
        Topic(uri=ROADS, labels=(
            Label(kind="prefLabel", value="Straßen", lang="de"),
            Label(kind="prefLabel", value="Roads", lang="en-gb"),
            Label(kind="altLabel", value="Streets", lang="en"),
            Label(kind="prefLabel", value="Roads and lanes", lang="en"))),
        Topic(uri=PARKS, labels=(Label(kind="prefLabel", value="Parks"),)),
    ])  # fmt: skip
    load_datasets(town, "town", [Dataset(identifier="counts", title="Counts")])
    load_entities(town, "schools", [Entity(register="schools", native_id="9", name="Elm School")])
    square: dict[str, Any] = {"source": "square", "platform": "mastodon"}
    forum = {"community_id": "c", "community_name": "Roads"}
    _load(town, [
        post_of("1", author_id="x", text=LONG, **forum),
        post_of("2", author_id="x", text="Two", **forum),
        post_of("3", author_id="y", text="Three", source="feed"),
        post_of("copy", author_id="z", text=LONG.upper(), created_at=later(1), **forum),
        post_of("gone", author_id="z", text="Gone", removed_at=later(1), **forum),
        post_of("4", author_id="z", text="Four", **square),
        post_of("old", author_id="y", text="Old", created_at=later(-24 * 7)),
    ])  # fmt: skip
    _tie(
        town,
        {"1": [ROADS, PARKS], "2": [ROADS], "3": [ROADS], "copy": [ROADS], "4": [ROADS]},
        datasets={"1": "link", "2": "retrieval", "copy": "link"},
        entities={"3": "name"},
    )
    _listen(town, "forum", MONDAY, 126, "done")
    _listen(town, "forum", MONDAY + timedelta(hours=126), 42, "waiting")
    _listen(town, "feed", MONDAY, 84, "done")
    _listen(town, "feed", MONDAY + timedelta(hours=84), 84, "failed")
    return town


def _seen(engine: sa.Engine, view: str, columns: str) -> list[tuple[Any, ...]]:
    return [tuple(row[name] for name in columns.split()) for row in rows_of(engine, view, 100)]


def test_topics_of_a_week(read: sa.Engine) -> None:
    columns = "week purpose topic_uri topic posts authors communities coverage"
    assert _seen(read, "v_topic_week", columns) == [
        ("2026-W46", "parks", ROADS, "Roads and lanes", 1, None, 0, None),
        ("2026-W46", "roads", PARKS, "Parks", 1, None, 1, 0.625),
        ("2026-W46", "roads", ROADS, "Roads and lanes", 3, None, 1, 0.625),
    ]


def test_communities_of_a_week(read: sa.Engine) -> None:
    columns = "week purpose platform community posts authors coverage"
    assert sorted(_seen(read, "v_community_week", columns), key=repr) == [
        ("2026-W45", "roads", "discourse", None, 1, None, None),
        ("2026-W46", "parks", "mastodon", None, 1, None, None),
        ("2026-W46", "roads", "discourse", "Roads", 2, None, 0.625),
        ("2026-W46", "roads", "discourse", None, 1, None, 0.625),
    ]


def test_datasets_that_posts_meet_and_topics_they_do_not(read: sa.Engine) -> None:
    columns = "week purpose identifier title posts authors explicit_posts coverage"
    assert _seen(read, "v_dataset_demand_week", columns) == [
        ("2026-W46", "roads", "counts", "Counts", 2, None, 1, 0.625)
    ]
    assert _seen(read, "v_unmet_demand", "week purpose topic posts authors coverage") == [
        ("2026-W46", "parks", "Roads and lanes", 1, None, None),
        ("2026-W46", "roads", "Roads and lanes", 1, None, 0.625),
    ]


def test_entities_of_a_week(read: sa.Engine) -> None:
    columns = "week purpose register name place posts authors coverage"
    assert _seen(read, "v_entity_week", columns) == [
        ("2026-W46", "roads", "schools", "Elm School", None, 1, None, 0.625)
    ]


def test_tags_of_an_entity(read: sa.Engine) -> None:
    """Compared with the rule, spelled out post by post."""
    dice = random.Random(7)
    load_entities(read, "objects", [
        Entity(register="objects", native_id=f"{n}", name=f"Vase {n}") for n in range(3)
    ])  # fmt: skip
    words = [("Blue-Vase", "blue vase"), ("blue vase", "blue vase"), ("delft", "delft"), ("!", "")]
    posts = [
        post_of(
            f"v{n}", text=f"{LONG} {n % 20}", created_at=later(-24 * dice.randint(0, 30)),
            removed_at=later(1) if n % 9 == 0 else None,
            source=dice.choice(["forum", "square"]),
            tags=tuple(
                Tag(tag=tag, normalised=words_of, added_by=dice.choice(["author", "community"]))
                for tag, words_of in dice.sample(words, dice.randint(0, 4))
            ),
        )
        for n in range(60)
    ]  # fmt: skip
    _load(read, moved(posts, "forum/v"))
    objects = [stable_key("entity", "objects", f"{n}") for n in range(3)]
    tied = {post.native_id: dice.sample(objects, dice.randint(0, 2)) for post in posts}
    _tie(read, {}, entities_of=tied)

    stored = {row["post_key"]: row for row in rows(read, "post")}
    purposes = {row["id"]: row["purpose"] for row in rows(read, "source")}
    days: dict[tuple[str, ...], dict[str, str]] = {}
    for tie, tag in itertools.product(rows(read, "post_entity"), rows(read, "post_tag")):
        post = stored[tie["post_key"]]
        is_counted = post["removed_at"] is None and post["near_duplicate_of"] is None
        if tie["post_key"] == tag["post_key"] and is_counted and tag["tag_normalised"]:
            cell = (
                purposes[post["source"]], tie["entity_key"], tag["tag_normalised"], tag["added_by"]
            )  # fmt: skip
            days.setdefault(cell, {})[post["post_key"]] = post["day"]
    expected = {
        cell: (len(found), min(found.values()), max(found.values())) for cell, found in days.items()
    }
    assert len(expected) > 12
    shown = rows(read, "v_entity_tag")
    grain = ("purpose", "entity_key", "tag", "added_by")
    assert {
        tuple(row[n] for n in grain): (row["posts"], row["first_day"], row["last_day"])
        for row in shown
    } == expected
    assert len(shown) == len(expected)
    vase = next(row for row in shown if row["entity_key"] == objects[1])
    assert (vase["register"], vase["native_id"], vase["name"]) == ("objects", "1", "Vase 1")
    assert {row["coverage"] for row in shown if row["purpose"] == "roads"} == {0.625}


def test_spending_of_a_month(town: sa.Engine) -> None:
    def ask(source: str, day: int, reserved: int, charged: int | None, **budget: Any) -> None:
        at, allowed = NOON + timedelta(days=day), Budget(**budget)
        with writing(town) as connection:
            key = reserve_posts(connection, source, reserved, reserved, allowed, at, None)
            if charged is not None:
                settle_posts(connection, key, charged, charged, allowed)

    ask("forum", 0, 100, 40, posts=1000, price=0.5)
    ask("forum", 1, 100, None, posts=500, price=0.5)
    ask("forum", 30, 10, 10, posts=0)
    ask("feed", 0, 5, 5, posts=50, price=0.1)
    ask("feed", 0, 5, 5, posts=50, price=0.1, currency="EUR")
    ask("square", 0, 7, 0, posts=70)
    columns = "month source posts_charged posts_unsettled posts_allowed share_spent money currency"
    assert _seen(town, "v_spending_month", columns) == [
        ("2026-12", "forum", 10, 0, 0, None, None, None),
        ("2026-11", "feed", 10, 0, 50, 0.2, None, None),
        ("2026-11", "forum", 40, 100, 500, 0.28, 70.0, "USD"),
        ("2026-11", "square", 0, 0, 70, 0.0, None, None),
    ]


def test_platforms_behind_rows_are_told_by_what_the_rows_name(read: sa.Engine) -> None:
    def behind(view: str, **where: Any) -> set[str]:
        return platforms_behind(read, rows(read, view, **where))

    assert behind("v_topic_week", purpose="parks") == {"mastodon"}
    assert behind("v_topic_week", purpose="roads") == {"discourse", "feed"}
    assert behind("v_community_week", platform="mastodon") == {"mastodon"}
    assert behind("v_source_health", source="feed") == {"feed"}
    assert platforms_behind(read, [{"posts": 1}]) == {"discourse", "feed", "mastodon"}
    assert platforms_behind(read, []) == set()


def test_coverage_of_a_day(read: sa.Engine) -> None:
    _listen(read, "square", NOON, 1, "done")
    columns = (
        "day source platform hours_expected hours_complete hours_partial hours_missing coverage"
    )
    found = _seen(read, "v_coverage_day", columns)
    assert len(found) == 15
    assert found[:3] == [
        ("2026-11-15", "feed", "feed", 24, 0, 0, 24, 0.0),
        ("2026-11-15", "forum", "discourse", 24, 0, 0, 24, 0.0),
        ("2026-11-15", "square", "mastodon", 1, 1, 0, 0, 1.0),
    ]
    assert ("2026-11-14", "forum", "discourse", 24, 6, 0, 18, 0.25) in found


def test_precision_of_ties(read: sa.Engine) -> None:
    (post_key,) = (row["post_key"] for row in rows(read, "post", native_id="1"))
    verdicts = [("agree", "analyst"), ("agree", "officer"), ("agree", "editor"), ("agree", "clerk")]
    with writing(read) as connection:
        for n, (verdict, role) in enumerate([*verdicts, ("disagree", "clerk")]):
            connection.execute(sa.insert(link_review).values(
                review_key=str(n), post_key=post_key, target="topic", target_key=ROADS,
                method="label", verdict=verdict, reviewer_role=role, reviewed_at=later(n),
            ))  # fmt: skip
    (found,) = rows_of(read, "v_link_precision", 9)
    assert tuple(found.values())[:5] == ("topic", "label", 4, 3, 0.75)
    # The example of every textbook: 3 of 4.
    assert (found["precision_low"], found["precision_high"]) == pytest.approx(
        (0.3006, 0.9544), abs=1e-4
    )
    (of_topic,) = rows_of(read, "v_link_precision_topic", 9)
    assert of_topic == {"topic_uri": ROADS, "topic": "Roads and lanes", "method": "label"} | {
        name: value for name, value in found.items() if name not in ("target", "method")
    }
    (tie,) = (t for t in rows_of(read, "v_post_tie", 99) if t["agreed"])
    assert (tie["post_key"], tie["label"], tie["agreed"]) == (post_key, "Roads and lanes", 4)
    assert tie["disagreed"] == 1
    assert tie["evidence"] == {}


def test_single_posts_are_shown_once_and_without_their_writers(read: sa.Engine) -> None:
    found = {row["text"]: row for row in rows_of(read, "v_post", 99)}
    assert found.keys() == {LONG, "Two", "Three", "Four", "Old"}
    assert found[LONG]["copies"] == 1
    assert found["Three"]["copies"] == 0
    assert found[LONG]["community"] == "Roads"
    assert found["Old"] == rows_of(read, "v_post", 99)[-1]
    tied = {row["post_key"] for row in rows_of(read, "v_post_tie", 99)}
    assert tied == {found[text]["post_key"] for text in (LONG, "Two", "Three", "Four")}


def test_rising_is_against_the_weeks_before_that_were_read(town: sa.Engine) -> None:
    load_topics(town, "taxonomy", [Topic(uri=ROADS), Topic(uri=PARKS)])
    by_week = {-4: 2, -3: 5, -2: 0, -1: 4, 0: 9}
    posts = [
        post_of(f"{week}/{n}", created_at=MONDAY + week * WEEK + timedelta(hours=1))
        for week, count in by_week.items()
        for n in range(count)
    ]
    _load(town, posts)
    _tie(town, {post.native_id: [ROADS] for post in posts} | {"-4/1": [ROADS, PARKS]})
    for week in by_week:  # nothing was read in the week of five: what is known of it is chance
        _listen(town, "forum", MONDAY + week * WEEK, 168, "waiting" if week == -3 else "done")
    _listen(town, "forum", MONDAY + WEEK, 84, "done")
    _listen(town, "forum", MONDAY + WEEK + timedelta(hours=84), 84, "failed")
    columns = "week topic posts baseline_posts change ratio coverage baseline_coverage"
    found = {row[:2]: row[2:] for row in _seen(town, "v_rising", columns)}
    assert found["2026-W46", ROADS] == (9, 2.0, 7.0, 4.5, 1.0, 1.0)
    assert found["2026-W46", PARKS] == (0, pytest.approx(1 / 3), pytest.approx(-1 / 3), 0, 1, 1)
    assert found["2026-W47", ROADS] == (0, pytest.approx(13 / 3), pytest.approx(-13 / 3), 0, 0.5, 1)
    assert ("2026-W42", ROADS) not in found
    assert ("2026-W47", PARKS) not in found
    kinds = {type(value) for row in found.values() for value in row}
    assert kinds == {int, float}


def test_what_is_personal_is_declared_so_and_nobody_who_wrote_is_shown(read: sa.Engine) -> None:
    told = ""
    for view in VIEWS:
        for row in rows_of(read, view, 1000):
            plain = {n: v for n, v in row.items() if VIEW_COLUMNS[n].privacy is not PERSONAL}
            told += repr(plain)
    assert "pothole" not in told.casefold()
    assert not any(row["author_key"] and row["author_key"] in told for row in rows(read, "post"))
    with pytest.raises(FixSettings, match="no view 'post'; there are v_topic_week"):
        rows_of(read, "post", 1)
