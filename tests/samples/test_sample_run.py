"""The sample run finds its place beside others, and says why a task failed."""

import contextlib
import json
import os
import signal
import sqlite3
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import psutil
import pytest

from samples.first_runs import _failure
from samples.programs import GaveUp, Programs
from samples.run import free_port, hold_alone, port_of_our_own
from samples.set_back import WallClock, end_jobs_to_come


def test_two_runs_started_together_get_ports_of_their_own() -> None:
    preferred = free_port(0)
    with contextlib.ExitStack() as first, contextlib.ExitStack() as second:
        assert port_of_our_own(first, preferred) == preferred
        assert port_of_our_own(second, preferred) != preferred


def test_one_folder_has_one_run(tmp_path: Path) -> None:
    with contextlib.ExitStack() as first, contextlib.ExitStack() as second:
        hold_alone(first, tmp_path / "data" / "running.lock")
        with pytest.raises(BlockingIOError):
            hold_alone(second, tmp_path / "data" / "running.lock")


def test_a_failure_names_the_reason_and_the_log(tmp_path: Path) -> None:
    task = {"dag_id": "refine", "dag_run_id": "r1", "task_id": "refine", "try_number": 2}
    log = tmp_path / "dag_id=refine" / "run_id=r1" / "task_id=refine" / "attempt=2.log"
    assert "no reason is logged" in _failure(task, tmp_path)
    log.parent.mkdir(parents=True)
    error = {"exc_type": "FixSettings", "exc_value": "the shelf is empty"}
    log.write_text(f"{json.dumps({'event': 'x'})}\n{json.dumps({'error_detail': [error]})}\n")
    assert "FixSettings: the shelf is empty" in _failure(task, tmp_path)
    assert str(log) in _failure(task, tmp_path)


def test_the_explorer_is_where_it_says(tmp_path: Path) -> None:
    said = {"url": "http://127.0.0.1:1/?key=k", "rows": {}}
    with contextlib.ExitStack() as running:
        programs = Programs(running, tmp_path, {"PATH": os.environ["PATH"]}, [].append)
        code = f"print('a warning'); print({json.dumps(json.dumps(said))}); input()"
        programs.start("explorer", "sh", "-c", f'{sys.executable} -u -c "$0"; sleep 60', code)
        assert programs.announced_by("explorer") == said["url"]


def test_what_is_killed_comes_back_with_nothing_of_it_left(tmp_path: Path) -> None:
    said: list[str] = []
    with contextlib.ExitStack() as running:
        programs = Programs(running, tmp_path, {"PATH": os.environ["PATH"]}, said.append)
        programs.start("father", "sh", "-c", "setsid sleep 300 & wait")
        first = programs.pid("father")
        assert first is not None
        child = _child_of(first)
        programs.check()
        os.kill(first, signal.SIGKILL)
        for _ in range(200):
            programs.check()
            if programs.pid("father") not in (None, first):
                break
            time.sleep(0.05)
        assert programs.pid("father") not in (None, first)
        assert not child.is_running() or child.status() == psutil.STATUS_ZOMBIE
        assert said == ["  father ended (exit code -9); it starts again in 1 s"]


def test_what_ends_by_itself_at_once_is_not_tried_again(tmp_path: Path) -> None:
    with contextlib.ExitStack() as running:
        programs = Programs(running, tmp_path, {"PATH": os.environ["PATH"]}, [].append)
        programs.start("broken", "sh", "-c", "exit 3")
        with pytest.raises(GaveUp, match=r"broken ended \(exit code 3\); its log: .*broken.log"):
            _check_long(programs)


def test_what_dies_again_and_again_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("samples.programs._LONGEST_REST_SECONDS", 0.0)
    with contextlib.ExitStack() as running:
        programs = Programs(running, tmp_path, {"PATH": os.environ["PATH"]}, [].append)
        programs.start("doomed", "sh", "-c", "kill -9 $$")
        with pytest.raises(GaveUp, match="doomed ended 11 times in a row"):
            _check_long(programs)


def _check_long(programs: Programs) -> None:
    for _ in range(200):
        programs.check()
        time.sleep(0.05)


def _child_of(pid: int) -> psutil.Process:
    for _ in range(200):
        if children := psutil.Process(pid).children():
            return children[0]
        time.sleep(0.02)
    raise AssertionError("no child was started")


def test_a_clock_that_is_set_back_is_noticed_once() -> None:
    ahead = [0.0]
    clock = WallClock(lambda: time.time() + ahead[0])
    steps = []
    for ahead[0] in (0.5, 86400.0, 86400.0, 0.0, 0.0, -30.0):
        steps.append(clock.was_set_back())
    assert steps == [False, False, False, True, False, False]


def test_a_scheduler_whose_last_sign_of_life_is_to_come_is_dead(tmp_path: Path) -> None:
    jobs = [
        (1, "running", "2026-11-23 09:00:00.000001"),
        (2, "running", "2026-11-22 11:59:59.900000"),
        (3, "success", "2026-11-23 09:00:00.000000"),
    ]
    with contextlib.closing(sqlite3.connect(tmp_path / "airflow.db")) as connection, connection:
        connection.execute("create table job (id integer, state text, latest_heartbeat timestamp)")
        connection.executemany("insert into job values (?, ?, ?)", jobs)
    noon = datetime(2026, 11, 22, 12, tzinfo=UTC)
    assert end_jobs_to_come(tmp_path / "airflow.db", noon) == 1
    with contextlib.closing(sqlite3.connect(tmp_path / "airflow.db")) as connection:
        left = connection.execute("select id, state from job").fetchall()
    assert left == [(1, "failed"), (2, "running"), (3, "success")]
