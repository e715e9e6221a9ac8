"""Policy for all DAGs: read without Airflow's database, each message says how to comply."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
DESCRIBE = """
import json, re, sys, time
import airflow, socket
def refuse(*_):
    raise RuntimeError("parsing a DAG file opens no connection: do it inside a task")
socket.socket.connect = refuse
from airflow.dag_processing.dagbag import BundleDagBag
from airflow.serialization.serialized_objects import DagSerialization
began = time.monotonic()
bag = BundleDagBag(dag_folder=sys.argv[1], bundle_path=sys.argv[1], bundle_name="goodguest")
seconds = time.monotonic() - began
print()
print(json.dumps({
    "seconds": seconds,
    "errors": bag.import_errors,
    "warnings": bag.captured_warnings,
    "dags": {
        dag.dag_id: {
            "schedule": sorted(set(re.findall(
                r'"(?:expression|uri)": "([^"]+)"',
                json.dumps(DagSerialization.to_dict(dag)["dag"]["timetable"])))),
            "tags": sorted(dag.tags), "doc": dag.doc_md, "catchup": dag.catchup,
            "max_active_runs": dag.max_active_runs,
            "tasks": {t.task_id: {
                "owner": t.owner, "retries": t.retries, "after": sorted(t.upstream_task_ids),
                "outlets": [o.name for o in t.outlets],
                "has_policy": t.retry_policy is not None,
            } for t in dag.tasks},
        } for dag in bag.dags.values()
    },
}))
"""


@pytest.fixture(scope="module")
def described(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Return what a parse of all DAG files finds, without a network and without a database."""
    home = tmp_path_factory.mktemp("airflow")
    environment = {
        **os.environ,
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{home}/nothing.db",
        "PYTHONPATH": str(ROOT),
        "GOODGUEST_CHARTER": str(ROOT / "samples" / "charter.yaml"),
        "GOODGUEST_DATA": str(home / "data"),
    }
    done = subprocess.run(
        [sys.executable, "-c", DESCRIBE, str(ROOT)],
        env=environment, capture_output=True, text=True, timeout=120, check=False, cwd=home,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    assert not (home / "data").exists(), "parsing a DAG file may write nothing"
    found: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return found


def test_the_files_parse_cleanly_and_fast(described: dict[str, Any]) -> None:
    assert described["errors"] == {}
    assert described["warnings"] == {}
    assert described["seconds"] < 1, "do heavy imports inside tasks"


def test_every_dag_is_there_and_wired(described: dict[str, Any]) -> None:
    shape = {
        name: (
            dag["schedule"],
            {t: (task["after"], task["outlets"]) for t, task in dag["tasks"].items()},
        )
        for name, dag in described["dags"].items()
    }
    snapshot = ROOT / "tests" / "dags" / "snapshot.json"
    found = json.dumps(shape, indent=1, sort_keys=True) + "\n"
    assert found == snapshot.read_text(), (
        "the wiring changed; if that is meant, write this into tests/dags/snapshot.json:\n" + found
    )


def test_every_dag_complies(described: dict[str, Any]) -> None:
    assert described["dags"]
    for name, dag in described["dags"].items():
        assert dag["doc"], f"{name}: give it doc_md"
        assert dag["tags"], f"{name}: give it tags"
        assert not dag["catchup"], f"{name}: catchup=False; a past window is a backfill's work"
        assert dag["max_active_runs"] == 1, (
            f"{name}: max_active_runs=1; two runs would share a cursor"
        )
        for task_id, task in dag["tasks"].items():
            where = f"{name}.{task_id}"
            assert task["owner"] != "airflow", f"{where}: name an owner through task_defaults"
            assert task["retries"] > 0, f"{where}: give it retries through task_defaults"
            assert task["has_policy"], f"{where}: give it the retry policy through task_defaults"
