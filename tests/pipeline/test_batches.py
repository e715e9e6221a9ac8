"""Batches of landed parts: all of them, in order, none much larger than another."""

from collections.abc import Iterator
from math import ceil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline import batches as module
from pipeline.batches import batches_of
from pipeline.landing import Part

MOST = 1_000


def part(number: int, size: int) -> Part:
    return Part(f"one/{number:06}.jsonl.zst", f"{number:016x}", size)


@pytest.fixture(autouse=True, scope="module")
def small() -> Iterator[None]:
    patch = pytest.MonkeyPatch()
    patch.setattr(module, "_BATCH_BYTES", MOST)
    yield
    patch.undo()


@given(st.lists(st.integers(0, 3 * MOST), max_size=50), st.integers(1, 5))
def test_every_part_is_in_one_batch(sizes: list[int], workers: int) -> None:
    parts = [part(number, size) for number, size in enumerate(sizes)]
    batches = list(batches_of(parts, workers))
    assert [one for batch in batches for one in batch] == parts
    assert all(batches)


@given(st.lists(st.integers(1, 60), min_size=1, max_size=300), st.integers(1, 4))
def test_batches_are_of_about_the_same_size(sizes: list[int], workers: int) -> None:
    parts = [part(number, size) for number, size in enumerate(sizes)]
    found = [sum(one.size for one in batch) for batch in batches_of(parts, workers)]
    most = MOST / workers**module._SHARED
    wanted = ceil(sum(sizes) / most / workers) * workers
    assert len(found) <= wanted
    assert all(abs(size - sum(sizes) / wanted) <= 60 for size in found)
