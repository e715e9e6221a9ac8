"""Laws of refining: how records are split, ordered and repeated changes nothing in the store."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from itertools import permutations
from multiprocessing import get_context
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

import msgspec
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from listening import ENDS, listening

from contract.page import Page
from pipeline import landing
from pipeline.refine import refine
from pipeline.settings import Settings
from warehouse.store import opened
from warehouse.tables import metadata, post

NOON = datetime(2026, 11, 16, 12, tzinfo=UTC)
SOURCE = "discourse"
_OF_READING = {
    "landing_part",
    "ingest_run",
    "coverage",
    "rejected",
    "unknown_field",
    "source_state",
    "charter_version",
}
"""Tables that tell how something was read."""
_CLOCK = {"landing", "linked_at", "number"}
"""Columns that tell where it was read, and when or in which order it was written."""
_ENOUGH_FOR_A_BATCH = 6_000
WORDS = (
    "The lamp on Mill Lane is out again, and has been all week.",
    "THE LAMP on Mill Lane is out again, and has been all week!",
    "Danke an alle, die im Park geholfen haben, es war ein schöner Tag.",
    "Short.",
)


class Seen(NamedTuple):
    """A post as a page shows it: the hour it was seen is that of its page."""

    number: int
    hour: int
    words: str = WORDS[0]
    likes: int = 0


def page_of(hour: int, seen: Sequence[Seen], others: int = 0) -> Page:
    """Return a page seen at an hour, with others on it that are no posts."""
    posts = [
        {
            "id": each.number, "topic_id": 7, "post_number": each.number, "post_type": 1,
            "username": f"writer{each.number % 3}", "cooked": f"<p>{each.words}</p>",
            "created_at": NOON.isoformat(), "like_count": each.likes, "version": 1,
        }
        for each in seen
    ]  # fmt: skip
    small = {"topic_id": 7, "post_type": 3, "username": "system", "cooked": ""}
    posts += [{**small, "post_number": 100 + number} for number in range(others)]
    return Page(
        source=SOURCE, platform="discourse", url="https://discourse.example/posts.json",
        received_at=NOON + timedelta(hours=hour),
        body=msgspec.json.encode({"latest_posts": posts}),
    )  # fmt: skip


def land(given_: Settings, parts: Sequence[Sequence[Page]], run: str) -> None:
    for number, pages in enumerate(parts, 1):
        landing.land(given_.landing, pages, run, NOON, number)


def held(given_: Settings) -> dict[str, list[str]]:
    """Return all rows that tell of posts."""
    rows = {}
    with opened(given_.warehouse) as engine, engine.connect() as connection:
        for table in metadata.sorted_tables:
            if table.name not in _OF_READING:
                columns = [c for c in table.columns if c.name not in _CLOCK]
                found = connection.execute(sa.select(*columns)) if columns else ()
                rows[table.name] = sorted(map(repr, found))
    return rows


SEEN = st.builds(
    Seen,
    number=st.integers(1, 3),
    hour=st.integers(0, 2),
    words=st.sampled_from(WORDS),
    likes=st.integers(0, 2),
)


@st.composite
def _plans(draw: Any) -> tuple[list[Seen], list[list[list[Page]]]]:
    """Records, and runs of parts of pages that hold each of them at least once, in any order."""
    records = draw(st.lists(SEEN, min_size=2, max_size=8))
    shown = draw(st.permutations([*records, *draw(st.lists(st.sampled_from(records), max_size=2))]))
    pages = []
    for hour in draw(st.permutations([0, 1, 2])):
        rest = [each for each in shown if each.hour == hour]
        while rest:
            size = draw(st.integers(1, len(rest)))
            pages.append(page_of(hour, rest[:size]))
            rest = rest[size:]
    runs: list[list[list[Page]]] = [[[]]]
    for page in draw(st.permutations(pages)):
        runs[-1][-1].append(page)
        match draw(st.integers(0, 3)):
            case 0:
                runs[-1].append([])
            case 1:
                runs.append([[]])
    return records, [[part for part in run if part] for run in runs]


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Settings]:
    """Return what makes an installation, each time with a store of its own."""

    def made() -> Settings:
        folder = tmp_path_factory.mktemp("store")
        return listening(folder, f"sqlite:///{folder}/warehouse.db", [SOURCE])

    return made


@settings(
    max_examples=4,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # to find a smaller one takes minutes
)
@given(plan=_plans())
def test_split_order_and_repeats_change_nothing(
    plan: tuple[list[Seen], list[list[list[Page]]]], empty: Callable[[], Settings]
) -> None:
    records, runs = plan
    whole, split = empty(), empty()
    by_hour = [page_of(h, [each for each in records if each.hour == h]) for h in range(3)]
    land(whole, [by_hour], "whole")
    assert refine(whole)["pages"] == 3
    for number, parts in enumerate(runs):
        land(split, parts, f"run{number}")
        refine(split)
    assert held(split) == held(whole)
    assert sum(refine(split, reparse=True)[end] for end in ENDS) >= len(records)
    assert held(split) == held(whole)


@pytest.mark.parametrize("order", list(permutations(range(3))), ids=str)
def test_versions_of_one_moment_are_told_apart_in_any_order(
    order: tuple[int, ...], empty: Callable[[], Settings]
) -> None:
    one, other = Seen(1, 0, WORDS[0]), Seen(1, 0, WORDS[1])
    for later in (one, other):
        pages = [page_of(each.hour, [each]) for each in (one, other, later._replace(hour=1))]
        whole, split = empty(), empty()
        land(whole, [pages], "whole")
        refine(whole)
        for number in order:
            land(split, [[pages[number]]], f"run{number}")
            refine(split)
        assert held(split) == held(whole)
        assert any("cut versions" in row for row in held(whole)["due_step"])


OLD, NEW = Seen(1, 0, WORDS[1], likes=1), Seen(1, 0, WORDS[0], likes=5)
LATER = NEW._replace(hour=3)
WAYS: dict[str, list[list[list[Page]]]] = {
    "a page": [[[page_of(3, [LATER, LATER])]]],
    "pages": [[[page_of(3, [LATER]), page_of(0, [OLD])]]],
    "parts": [[[page_of(3, [LATER])], [page_of(0, [OLD])]]],
    "batches": [[[page_of(3, [LATER], _ENOUGH_FOR_A_BATCH)], [page_of(0, [OLD])]]],
    "runs": [[[page_of(3, [LATER])]], [[page_of(0, [OLD])]]],
}
"""Where a post comes twice, the newer first: runs of parts of pages."""


@pytest.mark.parametrize("way", WAYS)
def test_what_comes_twice_ends_as_its_newest(way: str, store_url: str, tmp_path: Path) -> None:
    given_ = listening(tmp_path, store_url, [SOURCE])
    for number, parts in enumerate(WAYS[way]):
        land(given_, parts, f"run{number}")
        refine(given_)
    newest(given_, {1: LATER})


def test_two_processes_at_once_end_with_the_newest(store_url: str, tmp_path: Path) -> None:
    given_, dice = listening(tmp_path, store_url, [SOURCE]), Random(1)
    every = [
        Seen(number, hour, f"{WORDS[0]} Seen {hour} times.", likes=hour)
        for number in range(1, 9)
        for hour in range(6)
    ]
    dice.shuffle(every)
    parts = [[page_of(each.hour, [each])] for each in every]
    land(given_, parts, "run")
    forked = get_context("fork")
    barrier = forked.Barrier(2)
    both = [forked.Process(target=refine_together, args=(given_, barrier)) for _ in range(2)]
    for process in both:
        process.start()
    for process in both:
        process.join(120)
    assert [process.exitcode for process in both] == [0, 0]
    assert refine(given_)["pages"] == 0
    newest(given_, {each.number: each for each in every if each.hour == 5})


def refine_together(given_: Settings, barrier: Any) -> None:
    """Refine once another process is about to."""
    barrier.wait(60)
    refine(given_)


def newest(given_: Settings, expected: dict[int, Seen]) -> None:
    """Fail unless each post is stored as it was last seen."""
    columns = (post.c.native_id, post.c.text, post.c.last_seen_at)
    with opened(given_.warehouse) as engine, engine.connect() as connection:
        stored = {int(row[0].rpartition("/")[2]): row[1:] for row in connection.execute(
            sa.select(*columns))}  # fmt: skip
    assert stored == {
        number: (seen.words, NOON + timedelta(hours=seen.hour)) for number, seen in expected.items()
    }
