"""Workers: what is prepared comes in order, failures in their turn, and unused objects go."""

import gc
import os
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from pipeline.tidying import tidying
from pipeline.workers import prepared_by

HERE = os.getpid()


class _Made:
    """Stands for what prepares: calls what it is given with each batch, slower in a worker."""

    def __init__(self, make: Callable[[int], Any]) -> None:
        self._make = make
        self.was_ready = False

    def ready(self) -> None:
        self.was_ready = True

    def __call__(self, batch: int) -> Iterator[Any]:
        if os.getpid() != HERE:
            time.sleep(0.05)
        yield self._make(batch)


def _prepared(made: Any, batches: Any, workers: int = 2) -> Iterator[Any]:
    return prepared_by(made, batches, workers)


def test_batches_come_in_order_whoever_prepares_them() -> None:
    found = list(_prepared(_Made(lambda batch: (batch, os.getpid())), range(12)))
    assert [batch for batch, _ in found] == list(range(12))
    assert len({process for _, process in found}) == 2
    assert HERE in {process for _, process in found}


@pytest.mark.parametrize("workers", [2, 3])
def test_what_is_too_large_for_a_tray_comes_as_well(
    monkeypatch: pytest.MonkeyPatch, workers: int
) -> None:
    monkeypatch.setattr("pipeline.prepared._TRAY_BYTES", 4096)
    sizes = [1, 5000, 3, 4090, 9000, 7, 2000, 4096, 10**6, 11, 12, 13]
    found = list(_prepared(_Made(lambda batch: bytes([batch]) * sizes[batch]), range(12), workers))
    assert found == [bytes([batch]) * sizes[batch] for batch in range(12)]


def test_who_takes_late_finds_what_was_handed_over() -> None:
    found = []
    for words in _prepared(_Made(lambda batch: f"{batch} " * 50_000), range(20), workers=3):
        time.sleep(0.02)
        found.append(words.split()[0])
    assert found == [f"{batch}" for batch in range(20)]


def test_the_last_batch_waits_for_nobody() -> None:
    found = list(_prepared(_Made(lambda batch: (batch, os.getpid())), [1, 2]))
    assert [batch for batch, _ in found] == [1, 2]
    assert [process == HERE for _, process in found] == [False, True]


@pytest.mark.parametrize("failing", range(6))
def test_what_comes_before_a_failure_is_prepared(failing: int) -> None:
    def make(batch: int) -> int:
        if batch == failing:
            raise ValueError(batch)
        return batch

    prepared = _prepared(_Made(make), range(8))
    assert [next(prepared) for _ in range(failing)] == list(range(failing))
    with pytest.raises(ValueError, match=str(failing)):
        next(prepared)


def test_nothing_is_made_ready_for_nothing() -> None:
    made = _Made(lambda batch: batch)
    assert list(_prepared(made, [])) == []
    assert not made.was_ready


def test_a_process_whose_threads_no_fork_has_prepares_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("transforms.embedding_e5.MultilingualE5.has_threads", True)
    found = list(_prepared(_Made(lambda batch: (batch, os.getpid())), range(6)))
    assert found == [(batch, HERE) for batch in range(6)]


class _Knot:
    there = 0

    def __init__(self) -> None:
        self.itself = self
        _Knot.there += 1

    def __del__(self) -> None:
        _Knot.there -= 1


def test_a_worker_collects_unused_objects_between_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    def make(_: int) -> tuple[int, int]:
        _Knot()
        return os.getpid(), _Knot.there

    monkeypatch.setattr("pipeline.tidying._EVERY", 2)
    with tidying():
        found = list(_prepared(_Made(make), range(16), workers=3))
    gc.collect()
    assert max(there for process, there in found if process != HERE) <= 2
