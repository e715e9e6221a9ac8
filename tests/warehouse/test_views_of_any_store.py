"""Laws of the views: whatever small store they stand on, they say what they are said to mean."""

import shutil
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import sqlalchemy as sa
from batches import LONG, NOON, load, moved, post_of, register
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from oracle import ORACLE, held_by, said_of
from stores import made_and_let_go

from contract.catalogue import Dataset, Entity, Label, Topic
from contract.keys import post_key, stable_key
from contract.page import Window
from contract.post import Post, Tag
from warehouse.catalogue import load_datasets, load_entities, load_topics
from warehouse.coverage import write_coverage
from warehouse.links import store_ties, unlinked_posts
from warehouse.protecting import protect
from warehouse.queries import VIEWS
from warehouse.recount import recount
from warehouse.runs import begin_run
from warehouse.store import open_store, writing
from warehouse.views import rows_of

TARGETS = {
    "topic": ["https://example.gov/t/roads", "https://example.gov/t/parks"],
    "dataset": [stable_key("dataset", "town", name) for name in ("counts", "trees")],
    "entity": [stable_key("entity", "schools", name) for name in ("9", "10")],
}
BEGIN = datetime.fromisoformat("2026-09-07T00:00:00+00:00")
WEEKS = 9
STANCES = (None, "positive", "negative", "mixed")
POSTS = 7


def few(values: st.SearchStrategy[Any], most: int, least: int = 0) -> st.SearchStrategy[list[Any]]:
    return st.lists(values, min_size=least, max_size=most)


@st.composite
def posts(draw: st.DrawFn) -> Post:
    days = st.sampled_from([0, 1, 28, 29, 30, 35, 56])
    seen = draw(st.integers(0, 3).map(lambda days: NOON + timedelta(days=days)))
    tags = st.builds(
        Tag,
        tag=st.just("T"),
        normalised=st.sampled_from(["", "pothole", "bin"]),
        added_by=st.sampled_from(["author", "community"]),
    )
    return post_of(
        f"{draw(st.integers(0, POSTS))}",
        parent_id=draw(st.sampled_from([None, None, "0", "1"])),
        root_id=draw(st.sampled_from([None, None, None, "2"])),
        source=draw(st.sampled_from(["forum", "feed", "square"])),
        text=draw(st.sampled_from([LONG, LONG.upper(), *(f"{LONG} {n}" for n in range(6))])),
        author_id=draw(st.sampled_from([None, "x", "y"])),
        community_id=draw(st.sampled_from([None, "c", "d"])),
        created_at=draw(st.none() | days.map(lambda n: BEGIN + timedelta(days=n))),
        observed_at=seen,
        removed_at=draw(st.sampled_from([None, None, None, seen])),
        likes=draw(st.none() | st.integers(0, 9)),
        lang=draw(st.sampled_from([None, "en", "en-GB", "cy"])),
        rating=draw(st.sampled_from([None, 0.0, 2.0, 3.0, 3.9, 4.0, 5.0])),
        best_rating=draw(st.sampled_from([None, 5.0, 5.0])),
        tags=tuple(draw(few(tags, 3))),
    )


TIES = st.fixed_dictionaries({
    target: few(st.tuples(
        st.integers(0, POSTS), st.sampled_from(keys),
        st.sampled_from(["label", "link", "ambiguous"]),
    ), 16, 8)
    for target, keys in TARGETS.items()
})  # fmt: skip
WINDOWS = few(
    st.tuples(
        st.sampled_from(["forum", "feed", "square"]),
        st.integers(0, WEEKS * 7).map(lambda days: BEGIN + timedelta(days=days)),
        st.integers(1, 300),
        st.sampled_from([0, 0.3, 1, 1]),
    ),
    5,
    1,
)


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the file of a store with a charter and a catalogue, and nothing read."""
    folder = tmp_path_factory.mktemp("empty")
    made_and_let_go(f"sqlite:///{folder}/warehouse.db")
    engine = open_store(f"sqlite:///{folder}/warehouse.db")
    register(engine, folder)
    labels = (Label(kind="prefLabel", value="Straßen", lang="de"),
              Label(kind="prefLabel", value="Roads", lang="en-gb"))  # fmt: skip
    roads, parks = TARGETS["topic"]
    load_topics(engine, "taxonomy", [Topic(uri=roads, labels=labels), Topic(uri=parks)])
    load_datasets(engine, "town", [
        Dataset(identifier=name, title=name.title()) for name in ("counts", "trees")])  # fmt: skip
    load_entities(engine, "schools", [
        Entity(register="schools", native_id=name, name=f"School {name}") for name in ("9", "10")
    ])  # fmt: skip
    engine.dispose()
    return folder / "warehouse.db"


def _tie(engine: sa.Engine, wanted: dict[str, list[tuple[int, str, str]]]) -> None:
    with engine.connect() as connection:
        found = unlinked_posts(connection, "v1", 1000)
    frames = [
        pd.DataFrame({
            "post_key": [post_key("discourse", f"{post}") for post, _, _ in ties],
            "target": [target for _, target, _ in ties],
            "score": 0.5,
            "method": [method for _, _, method in ties],
            "evidence": pd.Series([{} for _ in ties], dtype=object),
            "stance": pd.Series([STANCES[post % 4] for post, _, _ in ties], dtype="str"),
        })
        for ties in (wanted[target] for target in TARGETS)
    ]  # fmt: skip
    store_ties(engine, found, "v1", *frames)


def _rows(rows: Iterator[dict[str, Any]] | list[dict[str, Any]]) -> list[str]:
    return sorted(repr(sorted((k, said_of(v)) for k, v in row.items())) for row in rows)


SENSITIVE = st.sampled_from([(), (), TARGETS["topic"][:1], ["Roads"], ["nobody's"]])


@given(
    batches=few(few(posts(), 12, 6), 2, 1),
    ties=TIES,
    windows=WINDOWS,
    sensitive=SENSITIVE,
    least=st.integers(2, 3),
)
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow],
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # a store is too slow to be shrunk
)  # fmt: skip
def test_views_say_what_they_mean(
    empty: Path,
    batches: list[list[Post]],
    ties: dict[str, Any],
    windows: list[Any],
    sensitive: list[str],
    least: int,
) -> None:
    file = empty.with_name("example.db")
    shutil.copy(empty, file)
    engine = open_store(f"sqlite:///{file}")
    try:
        for number, batch in enumerate(batches):
            load(engine, moved(batch, f"forum/{number}"))
            _tie(engine, ties)
            if number == 0:
                recount(engine)  # what comes after it is counted in the views themselves
        for source, since, hours, share in windows:
            run = begin_run(engine, source, Window(since, since + timedelta(hours=hours)))
            got = Window(since, since + timedelta(hours=hours * share)) if share else None
            with writing(engine) as connection:
                write_coverage(connection, run, got, "blocked")
        protect(engine, sensitive, least)
        held = held_by(engine)
        for view in VIEWS:
            assert _rows(rows_of(engine, view, 10**6)) == _rows(ORACLE[view](held)), view
    finally:
        engine.dispose()
