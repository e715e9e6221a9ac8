"""The sample run finds its place beside others, and says why a task failed."""

import contextlib
import json
import os
import sys
from pathlib import Path

import pytest

from samples.first_runs import _failure
from samples.run import _hold_alone, _port_of_our_own, _Starter, free_port


def test_two_runs_started_together_get_ports_of_their_own() -> None:
    preferred = free_port(0)
    with contextlib.ExitStack() as first, contextlib.ExitStack() as second:
        assert _port_of_our_own(first, preferred) == preferred
        assert _port_of_our_own(second, preferred) != preferred


def test_one_folder_has_one_run(tmp_path: Path) -> None:
    with contextlib.ExitStack() as first, contextlib.ExitStack() as second:
        _hold_alone(first, tmp_path / "data" / "running.lock")
        with pytest.raises(BlockingIOError):
            _hold_alone(second, tmp_path / "data" / "running.lock")


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
        start = _Starter(running, tmp_path, {"PATH": os.environ["PATH"]})
        code = f"print('a warning'); print({json.dumps(json.dumps(said))}); input()"
        start("explorer", "sh", "-c", f'{sys.executable} -u -c "$0"; sleep 60', code)
        assert start.announced_by("explorer") == said["url"]
