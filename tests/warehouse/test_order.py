"""Laws of loading: order, split, repeats, two loaders at once and being killed change nothing."""

import itertools
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from batches import (
    LONG,
    NOON,
    batch_of,
    holdings,
    later,
    load,
    many_files,
    moved,
    post_of,
    register,
    rows,
)
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from stores import made_and_let_go

from contract.keys import post_key
from contract.post import Media, Post, Tag
from warehouse.load import Counts
from warehouse.receipts import done, pending, take_up
from warehouse.store import open_store
from warehouse.tables import landing_part, post, removal

TIMES = st.sampled_from([later(hours) for hours in (-200, 0, 1, 2)])
POSTS = st.builds(
    post_of,
    native_id=st.sampled_from("abc"),
    source=st.sampled_from(["forum", "feed"]),
    text=st.sampled_from(["", LONG, LONG.upper(), "Thank you to whoever mended the swings"]),
    observed_at=TIMES,
    created_at=st.none() | TIMES,
    edited_at=st.none() | TIMES,
    removed_at=st.none() | st.none() | st.just(later(5)),
    likes=st.none() | st.integers(0, 3),
    author_id=st.sampled_from(["x", "y"]),
    author_kind=st.sampled_from(["unknown", "person", "organisation"]),
    author_name=st.none() | st.sampled_from(["Elm School", "Elm Street School"]),
    community_id=st.none() | st.just("roads"),
    community_name=st.none() | st.sampled_from(["Roads", "Streets"]),
    tags=st.sampled_from([(), (Tag(tag="roads"),), (Tag(tag="a"), Tag(tag="b"))]),
    media=st.sampled_from([(), (Media(url="https://a.ex/1"),), (Media(url="https://a.ex/1?2"),)]),
)


@st.composite
def _files_and_plan(draw: Any) -> tuple[list[list[Post]], list[list[int]]]:
    """Files of records, and batches of files that load each at least once, in any order."""
    found = draw(st.lists(st.lists(POSTS, min_size=1, max_size=3), min_size=1, max_size=5))
    files = [moved(posts, f"forum/{n}") for n, posts in enumerate(found)]
    repeats = draw(st.lists(st.sampled_from(range(len(files))), max_size=2))
    order = draw(st.permutations([*range(len(files)), *repeats]))
    batches: list[list[int]] = [[]]
    for number in order:
        if number in batches[-1] or draw(st.booleans()):
            batches.append([])
        batches[-1].append(number)
    return files, [batch for batch in batches if batch]


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a SQLite store with the sources registered, to be copied."""
    folder = tmp_path_factory.mktemp("template")
    made_and_let_go(f"sqlite:///{folder}/store.db")
    engine = open_store(f"sqlite:///{folder}/store.db")
    register(engine, folder)
    with engine.connect() as connection:
        connection.exec_driver_sql("pragma wal_checkpoint(truncate)")
    engine.dispose()
    return folder / "store.db"


def _copies(template: Path, folder: Path) -> Iterator[sa.Engine]:
    for number in itertools.count():
        shutil.copy(template, folder / f"{number}.db")
        yield open_store(f"sqlite:///{folder}/{number}.db")


def _one_by_one(*versions: dict[str, Any]) -> tuple[list[list[Post]], list[list[int]]]:
    """Files of a version of a post each, the last to be loaded first."""
    files = [moved([post_of("a", **each)], f"forum/{n}") for n, each in enumerate(versions)]
    return files, [[number] for number in reversed(range(len(files)))]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@example(case=_one_by_one(*({"source": name, "removed_at": NOON} for name in ("feed", "forum"))))
@example(case=_one_by_one({}, {"removed_at": later(2), "observed_at": later(2)}))
@example(case=_one_by_one({"text": "As it was."}, {"text": LONG, "observed_at": later(1)}))
@example(
    case=_one_by_one(
        {"media": (Media(url="https://a.ex/1?2"),), "observed_at": later(1)},
        {"media": (Media(url="https://a.ex/1"),)},
    )
)
@given(case=_files_and_plan())
def test_order_split_and_repeats_change_nothing(
    case: tuple[list[list[Post]], list[list[int]]], template: Path, tmp_path_factory: Any
) -> None:
    files, plan = case
    folder = tmp_path_factory.mktemp("stores")
    stores = _copies(template, folder)
    whole, split = next(stores), next(stores)
    every = [post for posts in files for post in posts]
    assert load(whole, every).records == len(every)
    for batch in plan:
        load(split, [post for number in batch for post in files[number]])
    assert holdings(split) == holdings(whole)
    _matches_the_rule(whole, every)
    whole.dispose()
    split.dispose()
    shutil.rmtree(folder)


def _matches_the_rule(engine: sa.Engine, records: Sequence[Post]) -> None:
    """Compare with the rule of versions and copies, spelled out record by record."""
    hashes = dict(zip(map(id, records), batch_of(records)["content_hash"], strict=True))
    signatures = dict(zip(map(id, records), batch_of(records)["text_signature"], strict=True))
    early = datetime.min.replace(tzinfo=UTC)
    expected: dict[str, dict[str, Any]] = {}
    for native_id in {record.native_id for record in records}:
        seen = [record for record in records if record.native_id == native_id]
        last = max(
            seen, key=lambda r: (r.observed_at, r.edited_at or early, hashes[id(r)], r.landing)
        )
        first = min(seen, key=lambda r: (r.observed_at, r.source))
        gone = last.removed_at is not None
        moment = last.created_at or first.observed_at
        day = moment if moment - first.observed_at <= timedelta(days=1) else first.observed_at
        week = "{}-W{:02}".format(*day.isocalendar())
        expected[native_id] = {
            "text": "" if gone else last.text,
            "landing": last.landing,
            "first_seen_at": first.observed_at,
            "source": first.source,
            "last_seen_at": last.observed_at,
            "week": week,
            "_signature": "" if gone else signatures[id(last)],
            "_order": (moment, post_key("discourse", native_id)),
        }
        expected[native_id]["_order"] = (
            expected[native_id]["week"],
            *expected[native_id]["_order"],
        )
    stored = {row["native_id"]: row for row in rows(engine, post)}
    assert stored.keys() == expected.keys()
    for native_id, row in expected.items():
        alike = [
            e["_order"] for e in expected.values() if e["_signature"] == row["_signature"] != ""
        ]
        original = min(alike)[2] if alike and min(alike) != row["_order"] else None
        assert stored[native_id]["near_duplicate_of"] == original
        shown = {name: value for name, value in row.items() if not name.startswith("_")}
        assert {name: stored[native_id][name] for name in shown} == shown


def test_a_removal_counts_from_the_last_sight_in_any_order(town: sa.Engine) -> None:
    sights = (("there", 0), ("there", 1), ("gone", 2), ("there", 3), ("gone", 4), ("gone", 2))
    for number, order in enumerate(itertools.permutations(sights[:5])):
        for what, hour in (*order, sights[5]) if number % 20 == 0 else ():
            gone = {"removed_at": later(hour)} if what == "gone" else {}
            seen = post_of(f"{number}", observed_at=later(hour), **gone)
            load(town, moved([seen], f"forum/{number}-{what}-{hour}"))
    found = {(row["detected_at"], row["since_at"]) for row in rows(town, removal)}
    assert found == {(later(2), later(3))}


def test_what_is_landed_after_a_removal_is_done_is_to_be_removed_too(town: sa.Engine) -> None:
    load(town, moved([post_of("a", removed_at=later(2), observed_at=later(2))], "forum/1"))
    with town.begin() as connection:
        take_up(connection)
        done(connection, pending(connection), ["landing"], {}, later(3))
    load(town, moved([post_of("a", removed_at=later(4), observed_at=later(4))], "forum/2"))
    with town.connect() as connection:
        assert pending(connection) == [], "nothing it said was landed"
    load(town, moved([post_of("a", text=LONG)], "forum/3"))
    with town.connect() as connection:
        (again,) = pending(connection)
    assert (again.until, again.is_edit) == (later(4), False)


def test_two_loaders_at_once_lose_and_double_nothing(town: sa.Engine, store_url: str) -> None:
    files = many_files(12)

    def load_all(order: list[list[Post]]) -> Counts:
        own = open_store(store_url)
        try:
            return sum((load(own, posts) for posts in order), Counts())
        finally:
            own.dispose()

    with ThreadPoolExecutor(2) as pool:
        both = list(pool.map(load_all, (files, files[::-1])))
    assert sum(both, Counts()).records == 2 * 120
    assert sum(both, Counts()).new == len(rows(town, post)) == 60
    together = holdings(town)
    for posts in files:
        load(town, posts)
    assert holdings(town) == together


def test_the_same_records_give_the_same_rows_in_any_order(
    town: sa.Engine, template: Path, tmp_path: Path
) -> None:
    files = many_files(6)
    for posts in (files[3], files[1], files[3], files[0], files[5], files[2], files[4]):
        load(town, posts)
    other = next(_copies(template, tmp_path))
    load(other, [post for posts in files for post in posts])
    assert holdings(town) == holdings(other)
    other.dispose()


KILLED = """
import os, signal, sys
import sqlalchemy as sa
from batches import load, many_files
from warehouse.store import open_store

url, last = sys.argv[1], int(sys.argv[2])
engine = open_store(url)
ran = 0

def count(*given):
    global ran
    ran += 1
    if ran == last:
        os.kill(os.getpid(), signal.SIGKILL)

sa.event.listen(engine, "before_cursor_execute", count)
for posts in many_files(6):
    load(engine, posts)
"""
"""A loader that is killed before its nth statement."""


@pytest.mark.parametrize("statement", [14, 60])
def test_a_killed_loader_loses_and_doubles_nothing(
    statement: int, template: Path, tmp_path: Path
) -> None:
    stores = _copies(template, tmp_path)
    killed, whole = next(stores), next(stores)
    here = Path(__file__).parent
    environment = {**os.environ, "PYTHONPATH": f"{here}:{here.parents[1]}"}
    done = subprocess.run(
        [sys.executable, "-c", KILLED, str(killed.url), str(statement)],
        env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == -signal.SIGKILL, done.stderr
    parts = rows(killed, landing_part)
    assert len(parts) < 6
    assert len(rows(killed, post)) == sum(part["posts_new"] for part in parts)
    loaded = {part["path"] for part in parts}
    for posts in many_files(6):
        load(whole, posts)
        if posts[0].landing.split("#")[0] not in loaded:
            load(killed, posts)
    assert holdings(killed) == holdings(whole)
    killed.dispose()
    whole.dispose()
