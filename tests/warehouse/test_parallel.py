"""Refines at once, readers beside them, and kills: the rows are those of one refine alone."""

import json
import os
import signal
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import islice
from multiprocessing import get_context
from multiprocessing.process import BaseProcess
from pathlib import Path
from random import Random
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa

from bench import payloads
from bench.invented import Holdings, held
from bench.place import Stores, stock
from connectors import connector_of
from contract.keys import post_key
from contract.page import Page
from contract.post import Post
from pipeline import landing
from pipeline.refine import refine
from pipeline.settings import Settings, pseudonym_key
from warehouse import weekly, weekly_places
from warehouse.queries import VIEWS
from warehouse.store import open_store
from warehouse.tables import landing_part, metadata, post, short_reply
from warehouse.views import rows_of

FORK = get_context("fork")
POSTS = 250
A_PART = 7
WEEK, BEFORE = "2026-W46", "2026-W45"
# When it was done, in which order, and what of a file was new to the last one that read it.
CLOCK = {"linked_at", "loaded_at", "done_at", "latency_seconds", "number", "first_used_at",
         "last_used_at",
         "posts_new", "posts_changed", "posts_unchanged"}  # fmt: skip

UNTIED = (
    post.c.linked_with.is_(None)
    & post.c.removed_at.is_(None)
    & post.c.post_key.not_in(sa.select(short_reply.c.post_key))
)
"""Short replies are tied once all is loaded."""
COUNTS = """
select coalesce(sum(records), 0) as records, coalesce(sum(
  posts_new + posts_changed + posts_unchanged + posts_rejected + posts_skipped), 0) as became
from landing_part"""


@dataclass(frozen=True)
class Ground:
    """Landed parts, what a refine alone makes of them, and the posts that each part holds."""

    given: Settings
    holdings: Holdings
    alone: dict[str, list[str]]
    keys: Mapping[str, set[str]]


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Ground:
    """Return some forty small parts that were refined once, in SQLite."""
    folder = tmp_path_factory.mktemp("ground")
    few = held(100, 50, 50)
    stores = Stores(folder, None)
    stores.stock(few)
    given = stores.settings("alone", str(folder / "landing"))
    _land(given, few)
    refine(given)
    return Ground(given, few, said(given), {p.path: keys_of(given, p) for p in parts(given)})


def _land(given: Settings, holdings: Holdings) -> None:
    """Land what people said on an invented forum, a few posts in a part."""
    platform = payloads.PLATFORMS["discourse"]
    people = payloads.said("discourse", POSTS, holdings)
    number = 0
    while some := list(islice(people, A_PART)):
        number += 1
        received = max(saying.created_at for saying in some) + timedelta(hours=1)
        page = Page(
            source="invented-discourse", platform="discourse", url=platform.asked,
            received_at=received, body=msgspec.json.encode(platform.page(some, POSTS)),
        )  # fmt: skip
        landing.land(given.landing, [page], "bench", received, number)


@pytest.fixture
def given(ground: Ground, store_url: str) -> Settings:
    """Return the settings of the same landing with an empty store."""
    here = replace(ground.given, warehouse=store_url)
    stock(here, ground.holdings)
    return here


def parts(given: Settings) -> list[landing.Part]:
    return landing.parts(given.landing)


def keys_of(given: Settings, part: landing.Part) -> set[str]:
    """Return the keys of the posts of a part."""
    outcomes = [
        outcome
        for _, page in landing.pages_of(given.landing, part)
        if isinstance(page, Page)
        for outcome in connector_of(page.platform).parse(page)
    ]
    return {post_key(o.platform, o.native_id) for o in outcomes if isinstance(o, Post)}


def said(given: Settings) -> dict[str, list[str]]:
    """Return all rows of all tables, but for what the clock or the order decides."""
    engine = open_store(given.warehouse)
    held = {}
    with engine.connect() as connection:
        for table in metadata.sorted_tables:
            columns = [column for column in table.columns if column.name not in CLOCK]
            rows = connection.execute(sa.select(*columns)).all()
            held[table.name] = sorted(json.dumps([*r], sort_keys=True, default=str) for r in rows)
    engine.dispose()
    return held


def in_small_batches(given: Settings, *, backwards: bool, dies_at: int | None = None) -> None:
    """Refine part by part, and be killed before the nth statement, if one is given."""
    found, ran = landing.parts, 0

    def from_the_end(zone: str, names: Any = None) -> list[landing.Part]:
        return found(zone, names)[::-1]

    def count(*of_statement: Any) -> None:
        nonlocal ran
        ran += 1
        if ran == dies_at:
            os.kill(os.getpid(), signal.SIGKILL)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("pipeline.batches._BATCH_BYTES", 1)
        if backwards:
            patch.setattr("pipeline.landing.parts", from_the_end)
        sa.event.listen(sa.Engine, "before_cursor_execute", count)
        refine(given)


def started(given: Settings, **how: Any) -> BaseProcess:
    process = FORK.Process(target=in_small_batches, args=(given,), kwargs=how)
    process.start()
    return process


def read_on(given: Settings, keys: Mapping[str, set[str]], loops: Any, over: Any) -> None:
    """Read all views, a digest's lines and the whole of each part, until it is over."""
    of = weekly.Wanted("bench", (), WEEK, BEFORE, (BEFORE,))
    engine = open_store(given.warehouse)
    isolated = engine.execution_options(
        **({"isolation_level": "REPEATABLE READ"} if engine.dialect.name == "postgresql" else {})
    )
    while not over.is_set():
        with isolated.connect() as connection:
            seen = set(connection.scalars(sa.select(post.c.post_key)))
            paths = set(connection.scalars(sa.select(landing_part.c.path)))
            counts = connection.execute(sa.text(COUNTS)).one()
            untied = connection.scalar(sa.select(sa.func.count()).where(UNTIED))
            listed = sum(line.posts for line in weekly_places.communities(connection, of))
            assert weekly.total(connection, of).posts == listed
        assert seen == {key for path in paths for key in keys[path]}, "half a batch"
        assert counts.records == counts.became
        assert untied == 0, "posts without their ties"
        for view in VIEWS:
            rows_of(engine, view, 20)
        with loops.get_lock():
            loops.value += 1
    engine.dispose()


@pytest.fixture
def watched(ground: Ground, given: Settings) -> Iterator[Any]:
    """Yield how often a reader beside the test has read everything; it must not fail."""
    loops, over = FORK.Value("i", 0), FORK.Event()
    reader = FORK.Process(target=read_on, args=(given, ground.keys, loops, over))
    reader.start()
    yield loops
    over.set()
    reader.join(30)
    assert reader.exitcode == 0


def test_two_refines_and_a_reader_do_not_disturb_each_other(
    ground: Ground, given: Settings, watched: Any
) -> None:
    both = [started(given, backwards=False), started(given, backwards=True)]
    for process in both:
        process.join(60)
    assert [process.exitcode for process in both] == [0, 0]
    assert watched.value >= 2, "the reader read while they wrote"
    assert said(given) == ground.alone


def test_kills_beside_a_second_refine_leave_the_rows_of_one(
    ground: Ground, given: Settings
) -> None:
    second = started(given, backwards=True)
    exits = []
    for moment in sorted(Random(POSTS).sample(range(5, 200), 3)):
        first = started(given, backwards=False, dies_at=moment)
        first.join(60)
        exits.append(first.exitcode)
    second.join(60)
    assert second.exitcode == 0
    assert {*exits} <= {0, -signal.SIGKILL}
    assert exits[0] == -signal.SIGKILL
    refine(given)
    assert said(given) == ground.alone


def _key(given: Settings, together: Any, keys: Any) -> None:
    together.wait(30)
    keys.put(pseudonym_key(given))


def test_two_first_refines_make_one_key(ground: Ground, tmp_path: Path) -> None:
    for number in range(20):
        given = replace(ground.given, data=tmp_path / str(number))
        together, keys = FORK.Barrier(2), FORK.SimpleQueue()
        both = [FORK.Process(target=_key, args=(given, together, keys)) for _ in range(2)]
        for process in both:
            process.start()
        for process in both:
            process.join(30)
        assert [process.exitcode for process in both] == [0, 0]
        assert keys.get() == keys.get()
