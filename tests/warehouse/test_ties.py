"""Ties: which posts want them, what replaces what, and what a removed post loses."""

from collections.abc import Sequence
from typing import Any

import msgspec
import pandas as pd
import pytest
import sqlalchemy as sa
from batches import LONG, batch_of, later, load, post_of, rows

from contract.catalogue import Dataset, Entity, Label, Topic
from contract.keys import post_key, stable_key
from contract.post import Link, Post, Tag
from warehouse.catalogue import (
    Changes,
    catalogue_version,
    counts,
    datasets,
    entities,
    load_datasets,
    load_entities,
    load_topics,
    loaded_catalogues,
    topics,
)
from warehouse.links import Tied, Ties, store_ties, unlinked_posts
from warehouse.load import Part, load_batch, path_of
from warehouse.tables import former_tie, post, post_dataset, post_entity, post_tag, post_topic

ROADS = Topic(
    uri="https://example.gov/t/roads",
    scheme="https://example.gov/t",
    labels=(
        Label(kind="prefLabel", value="Roads", lang="en"),
        Label(kind="altLabel", value="Straßen", lang="de"),
        Label(kind="hiddenLabel", value="rodes"),
    ),
    definition="Where people drive.",
    notation="1",
)
HOLES = Topic(uri="https://example.gov/t/holes", broader=(ROADS.uri,), is_deprecated=True)
COUNTS = Dataset(
    identifier="counts", title="Traffic counts", keywords=("cars", "bikes"), themes=("transport",),
    description="By hour.", publisher="Town of Example", landing_page="https://example.gov/d/1",
    modified="R/P1D", lang="en",
)  # fmt: skip
SCHOOL = Entity(
    register="schools", native_id="9", name="Elm School", aliases=("The Elm",), place="Mill Lane",
    attributes={"pupils": "210", "kind": "primary"},
)  # fmt: skip
COUNTS_KEY = stable_key("dataset", "town", "counts")
SCHOOL_KEY = stable_key("entity", "schools", "9")


def _frame(ties: Sequence[tuple[Any, ...]] = ()) -> pd.DataFrame:
    return pd.DataFrame(list(ties), columns=["post_key", "target", "score", "method", "evidence"])


@pytest.fixture
def stocked(town: sa.Engine) -> sa.Engine:
    """Return an engine for a store with a catalogue and three posts."""
    load_topics(town, "taxonomy", [ROADS, HOLES])
    load_datasets(town, "town", [COUNTS])
    load_entities(town, "schools", [SCHOOL])
    load(town, [
        post_of("1", text=LONG, tags=(Tag(tag="b"), Tag(tag="a", added_by="community"))),
        post_of("2", kind="comment", title="Mill Lane", parent_id="1", lang="en",
                links=(Link(url="https://a.ex/?u", canonical_url="https://a.ex/", domain="a.ex"),)),
        post_of("3", text="Thanks"),
    ])  # fmt: skip
    return town


def _unlinked(engine: sa.Engine, version: str, limit: int = 10, after: str = "") -> pd.DataFrame:
    with engine.connect() as connection:
        return unlinked_posts(connection, version, limit, after)


def _store(engine: sa.Engine, version: str, ties: Sequence[tuple[Any, ...]]) -> Ties:
    return store_ties(engine, _unlinked(engine, version), version, _frame(ties), _frame(), _frame())


def load_tied(engine: sa.Engine, changed: Post, version: str) -> None:
    """Load a post together with its ties, of which there are none."""
    batch = batch_of([changed])
    parts = [Part(path_of(changed.landing), "1" * 64, "forum", pages=1, records=1)]
    tied = Tied(batch, version, _frame(), _frame(), _frame())
    load_batch(engine, batch, parts, tied=tied, key_id="k")


def test_posts_to_tie_come_page_by_page_with_tags_and_links(stocked: sa.Engine) -> None:
    pages, after = [], ""
    while not (page := _unlinked(stocked, "v1", 2, after)).empty:
        pages.append(page)
        after = page["post_key"].iloc[-1]
    found = pd.concat(pages).set_index("post_key")
    assert [len(page) for page in pages] == [2, 1]
    assert list(found.index) == sorted(row["post_key"] for row in rows(stocked, post))
    first, second = (found.loc[post_key("discourse", i)] for i in "12")
    assert first["tags"] == (Tag(tag="b"), Tag(tag="a", added_by="community"))
    assert (second["kind"], second["title"], second["lang"]) == ("comment", "Mill Lane", "en")
    assert second["parent_key"] == first.name
    assert second["links"][0].canonical_url == "https://a.ex/"
    assert second["tags"] == () == first["links"]


def test_ties_replace_those_stored_and_are_not_written_twice(stocked: sa.Engine) -> None:
    keys = list(_unlinked(stocked, "v1")["post_key"])
    evidence = {"found": "pothole", "score": 0.1, "at": [1, 2]}
    ties = [
        (keys[0], ROADS.uri, 0.9, "label", evidence),
        (keys[0], ROADS.uri, 0.4, "tag", {}),
        (keys[1], HOLES.uri, 0.5, "label", {}),
        ("a post that is not there", HOLES.uri, 0.5, "label", {}),
    ]
    assert _store(stocked, "v1", ties) == Ties(topic=2)
    assert _unlinked(stocked, "v1").empty
    stored = rows(stocked, post_topic)
    (best,) = [row for row in stored if row["post_key"] == keys[0]]
    assert (best["score"], best["method"], best["evidence"]) == (0.9, "label", evidence)
    # Nothing changed: not even the time of the ties.
    everything = pd.DataFrame({"post_key": keys, "content_hash": [r["content_hash"] for r in sorted(
        rows(stocked, post), key=lambda r: r["post_key"])]})  # fmt: skip
    store_ties(stocked, everything, "v1", _frame(ties), _frame(), _frame())
    assert rows(stocked, post_topic) == stored
    assert _store(stocked, "v2", ties[2:3]) == Ties(topic=1)
    # A tie that is found again stays as it was; the other is no more.
    assert [(r["post_key"], r["model_version"]) for r in rows(stocked, post_topic)] == [
        (keys[1], "v1")
    ]
    (ended,) = rows(stocked, former_tie)
    assert (ended["post_key"], ended["target"], ended["target_key"]) == (
        keys[0],
        "topic",
        ROADS.uri,
    )
    assert (ended["reason"], ended["score"], ended["model_version"]) == ("methods", 0.9, "v1")


def test_a_changed_post_is_tied_anew_and_a_late_answer_is_refused(stocked: sa.Engine) -> None:
    seen = _unlinked(stocked, "v1")
    one = post_key("discourse", "1")
    edited = post_of("1", text="Mended!", observed_at=later(1), landing="forum/b#1")
    gone = post_of("2", observed_at=later(1), removed_at=later(1), landing="forum/b#2")
    load(stocked, [edited, gone])
    ties = [(key, ROADS.uri, 0.9, "label", {}) for key in seen["post_key"]]
    assert store_ties(stocked, seen, "v1", _frame(ties), _frame(), _frame()) == Ties(topic=1)
    assert list(_unlinked(stocked, "v1")["post_key"]) == [one]
    assert _store(stocked, "v1", ties) == Ties(topic=1)
    edited = msgspec.structs.replace(edited, text="Mended now!", observed_at=later(1.5))
    load_tied(stocked, edited, "v1")
    (ended,) = rows(stocked, former_tie)
    assert (ended["post_key"], ended["reason"]) == (one, "post")
    again = msgspec.structs.replace(edited, observed_at=later(2), landing="forum/c#1")
    load(stocked, [again])
    assert _unlinked(stocked, "v1").empty
    load(stocked, [msgspec.structs.replace(again, tags=(Tag(tag="x"),), observed_at=later(3))])
    assert list(_unlinked(stocked, "v1")["post_key"]) == [one]


def test_a_removed_post_loses_its_ties(stocked: sa.Engine) -> None:
    keys = list(_unlinked(stocked, "v1")["post_key"])
    to_each = [
        _frame([(key, target, 1.0, "link", {"url": "https://a.ex/"}) for key in keys])
        for target in (ROADS.uri, COUNTS_KEY, SCHOOL_KEY)
    ]
    found = store_ties(stocked, _unlinked(stocked, "v1"), "v1", *to_each)
    assert found == Ties(3, 3, 3)
    load(stocked, [post_of("1", removed_at=later(1), observed_at=later(1))])
    for table in (post_topic, post_dataset, post_entity):
        left = {row["post_key"] for row in rows(stocked, table)}
        assert left == set(keys) - {post_key("discourse", "1")}
    assert rows(stocked, post_tag) == []
    _store(stocked, "v2", [])
    untie = _unlinked(stocked, "v3")
    store_ties(stocked, untie, "v3", _frame(), _frame(), _frame())
    assert {row["post_key"] for row in rows(stocked, former_tie)} == left
    load(stocked, [post_of("2", removed_at=later(1), observed_at=later(1), landing="forum/c#1")])
    assert {r["post_key"] for r in rows(stocked, former_tie)} == {post_key("discourse", "3")}


def test_what_is_loaded_is_read_back_the_same(stocked: sa.Engine) -> None:
    with stocked.connect() as connection:
        assert topics(connection) == [HOLES, ROADS]
        assert datasets(connection) == {COUNTS_KEY: COUNTS}
        assert entities(connection) == {SCHOOL_KEY: SCHOOL}
        assert loaded_catalogues(connection) == {
            ("topic", "taxonomy"), ("dataset", "town"), ("entity", "schools")
        }  # fmt: skip
    assert counts(stocked) == {"topics": 2, "datasets": 1, "entities": 1}


def test_a_reload_changes_what_differs_and_keeps_ties(stocked: sa.Engine) -> None:
    def version() -> str:
        with stocked.connect() as connection:
            return catalogue_version(connection)

    keys = list(_unlinked(stocked, "v1")["post_key"])
    _store(stocked, "v1", [(keys[0], HOLES.uri, 0.5, "label", {})])
    before = version()
    assert load_topics(stocked, "taxonomy", [HOLES, ROADS]) == Changes(unchanged=2)
    assert version() == before
    renamed = msgspec.structs.replace(ROADS, labels=ROADS.labels[:1])
    lanes = Topic(uri="https://example.gov/t/lanes")
    changes = load_topics(stocked, "taxonomy", [renamed, lanes])
    assert changes == Changes(added=1, changed=1, withdrawn=1)
    assert version() != before
    with stocked.connect() as connection:
        assert topics(connection) == [lanes, renamed]
    assert [row["topic_uri"] for row in rows(stocked, post_topic)] == [HOLES.uri]
    assert load_topics(stocked, "taxonomy", [ROADS, HOLES]) == Changes(
        added=0, changed=2, withdrawn=1
    )
    assert version() == before
    load_entities(stocked, "schools", [])
    with stocked.connect() as connection:
        assert entities(connection) == {}
        assert ("entity", "schools") not in loaded_catalogues(connection)
