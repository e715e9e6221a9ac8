"""A budget is never passed: not by several processes at once, and not by one that is killed."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from contract import budget as contract_budget
from contract.charter import Budget, Charter
from contract.errors import OutOfBudget, StopSource
from pipeline.spending import Ledger
from warehouse.runs import register_sources
from warehouse.spending import cost_of
from warehouse.tables import spending

NOVEMBER = datetime(2026, 11, 30, 23, 59, 59, tzinfo=UTC)
DECEMBER = NOVEMBER + timedelta(seconds=1)
CHARTER = Charter.model_validate({
    "agency": {"name": "Town of Example", "contact": "listening@example.gov",
               "privacy_notice": "https://example.gov/listening"},
    "purposes": {"roads": {"title": "Roads", "legal_basis": "Act", "dpia": "D-1",
                           "owner": "transport", "expires": "2099-01-01"}},
    "sources": {name: {"platform": "discourse", "url": "https://example.org", "purpose": "roads"}
                for name in ("dear", "dearer")},
})  # fmt: skip


@pytest.fixture
def store(engine: sa.Engine) -> sa.Engine:
    """Return an engine for a store with two sources."""
    register_sources(engine, CHARTER)
    return engine


def _ledger(
    engine: sa.Engine, at: datetime = NOVEMBER, source: str = "dear", run: str | None = None,
    **budget: Any,
) -> contract_budget.Budget:  # fmt: skip
    return Ledger(engine, source, Budget(**budget), run, lambda: at)


def _rows(engine: sa.Engine) -> list[dict[str, Any]]:
    with engine.connect() as connection:
        query = sa.select(spending).order_by(spending.c.reserved_at, spending.c.posts_reserved)
        return [row._asdict() for row in connection.execute(query)]


def test_what_is_left_follows_what_was_charged(store: sa.Engine) -> None:
    ledger = _ledger(store, posts=100)
    assert ledger.left() == 100
    ledger.reserve(60)
    assert ledger.left() == 40
    ledger.settle(25)
    assert ledger.left() == 75
    ledger.reserve(75)
    ledger.settle(0)
    assert ledger.left() == 75
    assert _ledger(store, source="dearer", posts=100).left() == 100
    assert _ledger(store, posts=20).left() == 0, "a budget that was lowered is never less than none"
    for wrong in (lambda: ledger.settle(1), lambda: ledger.reserve(-1), lambda: ledger.settle(-1)):
        with pytest.raises(ValueError, match=r"settled once|fewer than no posts"):
            wrong()


def test_what_could_pass_the_budget_is_refused_and_leaves_nothing(store: sa.Engine) -> None:
    ledger = _ledger(store, posts=1200)
    ledger.reserve(1150)
    before = _rows(store)
    with pytest.raises(OutOfBudget) as refusal:
        ledger.reserve(51)
    assert isinstance(refusal.value, StopSource)
    said = str(refusal.value)
    for part in ("dear:", "2026-11", "51", "1,150", "1,200", "raise sources.dear.budget"):
        assert part in said
    assert _rows(store) == before
    ledger.settle(1100)
    assert _rows(store)[0]["posts_charged"] == 1100, "a refusal does not lose what was open"
    ledger.reserve(100)
    assert ledger.left() == 0


def test_a_month_begins_anew_and_an_answer_counts_where_it_was_asked(store: sa.Engine) -> None:
    november = _ledger(store, posts=10)
    november.reserve(10)
    december = _ledger(store, DECEMBER, posts=10)
    assert (november.left(), december.left()) == (0, 10)
    december.reserve(4)
    december.settle(3)
    november.settle(6)
    assert (november.left(), december.left()) == (4, 7)
    far_east = datetime.fromisoformat("2026-12-01T05:00:00+06:00")
    assert _ledger(store, far_east, posts=10).left() == 4, "months are UTC"


def test_a_run_knows_its_cost(store: sa.Engine) -> None:
    def cost(run: str) -> float | None:
        with store.connect() as connection:
            return cost_of(connection, run)

    assert cost("r1") is None
    first = _ledger(store, run="r1", posts=1000, money=5, price=0.25)
    assert first.left() == 20
    first.reserve(10)
    assert cost("r1") == 2.5
    first.settle(4)
    first.reserve(8)
    first.settle(8)
    _ledger(store, run="r2", posts=1000).reserve(1)
    assert (cost("r1"), cost("r2")) == (3.0, None)
    assert [(r["money"], r["currency"], r["posts_allowed"]) for r in _rows(store)] == [
        (None, None, 1000), (2.0, "USD", 20), (1.0, "USD", 20),
    ]  # fmt: skip


def test_money_is_spent_at_the_price_of_its_day(store: sa.Engine) -> None:
    dear = _ledger(store, posts=10_000, money=25, price=0.01)
    dear.reserve(2000)
    dear.settle(2000)
    cheaper = _ledger(store, posts=10_000, money=25, price=0.005)
    assert cheaper.left() == 1000, "of the money 20 are gone, not the 10 they would be today"
    with pytest.raises(OutOfBudget, match=r"20\.00 of 25\.00 USD"):
        cheaper.reserve(1001)
    assert _ledger(store, posts=10_000, money=25, price=0.02).left() == 250
    # What another currency was paid in is counted at the price of today.
    assert _ledger(store, posts=10_000, money=25, price=0.005, currency="GBP").left() == 3000
    assert _ledger(store, posts=2500).left() == 500


def test_what_comes_with_posts_has_a_price(store: sa.Engine) -> None:
    ledger = _ledger(store, posts=1000, money=10, price=0.01)
    assert (ledger.left(), ledger.left(3, 13), ledger.left(0, 2)) == (1000, 76, 500)
    ledger.reserve(300, 900)
    assert (ledger.left(), ledger.left(3, 13)) == (100, 7)
    with pytest.raises(OutOfBudget):
        ledger.reserve(1, 101)
    ledger.settle(200, 450)
    assert (ledger.left(), ledger.left(1, 2)) == (550, 275)
    ledger.reserve(0, 2)
    assert _ledger(store, posts=1000).left() == 800, "of posts alone others cost nothing"


ASKING = """
import os, signal, sys
from datetime import UTC, datetime
from contract.charter import Budget
from contract.errors import OutOfBudget
from pipeline.spending import Ledger
from warehouse.spending import spent_in_month
from warehouse.store import open_store

engine, posts, is_killed = open_store(sys.argv[1]), int(sys.argv[2]), sys.argv[3] == "killed"
budget = Budget(posts=400)
ledger = Ledger(engine, "dear", budget)
print("ready", flush=True)
sys.stdin.readline()
asked = passed = 0
while asked < 100:
    try:
        ledger.reserve(posts)
    except OutOfBudget:
        continue
    asked += 1
    if is_killed and asked == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    with engine.connect() as connection:
        passed += spent_in_month(connection, "dear", budget, datetime.now(UTC)).posts > 400
    ledger.settle(0)
print(passed, flush=True)
"""
"""Asks a hundred times, all answers empty, and says how often the budget was passed meanwhile."""


@pytest.fixture
def asking(store: sa.Engine, store_url: str) -> Iterator[Any]:
    """Return a way to have processes ask at the same moment; it returns what each said."""
    begun: list[subprocess.Popen[str]] = []
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}

    def ask(*given: tuple[int, str]) -> list[tuple[int, str]]:
        processes = [
            subprocess.Popen(
                [sys.executable, "-c", ASKING, store_url, str(posts), how],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment,
            )
            for posts, how in given
        ]  # fmt: skip
        begun.extend(processes)
        for process in processes:
            assert process.stdout
            assert process.stdout.readline() == "ready\n"
        for process in processes:
            assert process.stdin
            process.stdin.write("go\n")
            process.stdin.flush()
        said = [process.communicate(timeout=60)[0] for process in processes]
        return [(p.returncode, words) for p, words in zip(processes, said, strict=True)]

    yield ask
    for process in begun:
        process.kill()


def test_a_killed_process_leaves_its_reservation_standing(store: sa.Engine, asking: Any) -> None:
    assert asking((50, "killed")) == [(-signal.SIGKILL, "")]
    assert [row["posts_charged"] for row in _rows(store)] == [0, 0, None]
    ledger = Ledger(store, "dear", Budget(posts=400))
    assert ledger.left() == 350
    with pytest.raises(OutOfBudget):
        ledger.reserve(351)


def test_processes_at_once_do_not_pass_the_budget_together(store: sa.Engine, asking: Any) -> None:
    """Each takes more than half of it, so that no two may have theirs at once."""
    assert asking((300, "to the end"), (250, "to the end")) == [(0, "0\n")] * 2
    assert [row["posts_charged"] for row in _rows(store)] == [0] * 200
