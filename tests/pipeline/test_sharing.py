"""What processes share beside each other: on one machine by files, on several by the store."""

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from listening import listening

from contract.errors import Busy, RateLimited
from pipeline.settings import Settings
from pipeline.sharing import alone, shared_pace
from warehouse.store import opened

_HOLDS = """
import sys
from pathlib import Path
from pipeline.sharing import alone
from pipeline.settings import Settings
from warehouse.store import opened
given = Settings(Path(), Path(sys.argv[2]), sys.argv[1], "", None)
with opened(given.warehouse) as engine, alone(given, engine, "forum"):
    print("held", flush=True)
    input()
"""
_ASKS = """
import sys, time
from datetime import UTC, datetime
from pathlib import Path
from connectors.pace import Pace
from contract.terms import Rate
from pipeline.sharing import shared_pace
from pipeline.settings import Settings
from warehouse.store import opened
given = Settings(Path(), Path(sys.argv[2]), sys.argv[1], "", None)
with opened(given.warehouse) as engine:
    kept = shared_pace(given, engine)
    pace = Pace((Rate(3, 1.5),), lambda: datetime.now(UTC), time.sleep, kept)
    for _ in range(2):
        pace.wait("api.example")
        print(time.time(), flush=True)
"""


@pytest.fixture
def given(tmp_path: Path, store_url: str) -> Settings:
    return listening(tmp_path / "here", store_url, ["forum"])


def _elsewhere(given: Settings) -> Path:
    """Return the folder of another machine: with PostgreSQL nothing of it is shared."""
    is_of_a_team = given.warehouse.startswith("postgresql")
    return given.data.parent / "there" if is_of_a_team else given.data


def _started(code: str, given: Settings) -> "subprocess.Popen[str]":
    arguments = [sys.executable, "-c", code, given.warehouse, str(_elsewhere(given))]
    return subprocess.Popen(
        arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
    )


def test_one_process_reads_a_source_and_a_killed_one_lets_go(given: Settings) -> None:
    with _started(_HOLDS, given) as other, opened(given.warehouse) as engine:
        assert other.stdout
        assert other.stdout.readline() == "held\n"
        said = pytest.raises(Busy, match="forum: another process is at it")
        with said, alone(given, engine, "forum"):
            raise AssertionError("two read it")
        with alone(given, engine, "another source"):
            other.kill()
            other.wait()
        with alone(given, engine, "forum"):
            pass
        with alone(given, engine, "forum"):
            pass


def test_machines_keep_the_limit_together(given: Settings) -> None:
    """In real time: four processes, eight requests, three a second and a half at most."""
    running = [_started(_ASKS, given) for _ in range(4)]
    left = sorted(float(line) for each in running for line in each.communicate()[0].split())
    assert len(left) == 8
    assert all(later - earlier > 1.3 for earlier, later in zip(left, left[3:], strict=False))


def test_what_is_kept_outlives_who_wrote_it(given: Settings) -> None:
    with opened(given.warehouse) as engine:
        kept = shared_pace(given, engine)
        with kept("a name") as content:
            assert content == b""
            content[:] = b'{"sent": [1.0]}'
        with pytest.raises(RateLimited), kept("a name"):
            raise RateLimited("not now", datetime.now(UTC))
    with opened(given.warehouse) as engine, shared_pace(given, engine)("a name") as content:
        assert content == b'{"sent": [1.0]}'


@pytest.mark.parametrize("store_url", ["postgresql"], indirect=True)
def test_a_lost_connection_fails_nothing_that_is_done(given: Settings) -> None:
    with opened(given.warehouse) as engine:
        with alone(given, engine, "forum"), engine.connect() as connection:
            assert connection.execute(_END_OTHERS).all(), "the lock's connection is cut"
        with alone(given, engine, "forum"):
            pass


_END_OTHERS = sa.text(
    "select pg_terminate_backend(pid) from pg_stat_activity"
    " where pid <> pg_backend_pid() and query ilike '%pg_try_advisory_lock%'"
)
