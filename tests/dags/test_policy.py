"""Policy for all DAGs: read without Airflow's database, each message says how to comply."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from contract.charter_file import load_charter

ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "samples" / "charter.yaml"
DESCRIBE = """
import json, re, sys, time
import airflow, socket
def refuse(*_):
    raise RuntimeError("parsing a DAG file opens no connection: do it inside a task")
socket.socket.connect = refuse
from airflow.dag_processing.dagbag import BundleDagBag
from airflow.serialization.serialized_objects import DagSerialization
began = time.process_time()
bag = BundleDagBag(dag_folder=sys.argv[1], bundle_path=sys.argv[1], bundle_name="goodguest")
parsed = time.process_time()
written = {name: DagSerialization.to_dict(dag) for name, dag in bag.dags.items()}
seconds = {"parse": parsed - began, "serialise": time.process_time() - parsed}
print()
print(json.dumps({
    "seconds": seconds,
    "errors": bag.import_errors,
    "warnings": bag.captured_warnings,
    "modules": sorted(sys.modules),
    "dags": {
        dag.dag_id: {
            "schedule": sorted(set(re.findall(
                r'"(?:expression|uri)": "([^"]+)"',
                json.dumps(written[name]["dag"]["timetable"])))),
            "tags": sorted(dag.tags), "doc": dag.doc_md, "catchup": dag.catchup,
            "links": dag.owner_links,
            "max_active_runs": dag.max_active_runs,
            "due_hours": [alert.interval.total_seconds() / 3600 for alert in dag.deadline or ()],
            "tasks": {t.task_id: {
                "owner": t.owner, "retries": t.retries, "after": sorted(t.upstream_task_ids),
                "inlets": [i.name for i in t.inlets], "outlets": [o.name for o in t.outlets],
                "has_policy": t.retry_policy is not None, "pool": t.pool, "doc": t.doc_md,
                "hours": t.execution_timeout and t.execution_timeout.total_seconds() / 3600,
                "at_once": t.max_active_tis_per_dag,
            } for t in dag.tasks},
        } for name, dag in bag.dags.items()
    },
}))
"""


def describe(home: Path, charter: Path, folder: Path = ROOT, **more: str) -> dict[str, Any]:
    """Return what a parse of the DAG files finds, without a network and without a database."""
    environment = {
        **os.environ,
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{home}/nothing.db",
        "PYTHONPATH": str(ROOT),
        "GOODGUEST_CHARTER": str(charter),
        "GOODGUEST_DATA": str(home / "data"),
        **more,
    }
    done = subprocess.run(
        [sys.executable, "-c", DESCRIBE, str(folder)],
        env=environment, capture_output=True, text=True, timeout=120, check=False, cwd=home,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    assert not (home / "data").exists(), "parsing a DAG file may write nothing"
    found: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    assert found["errors"] == {}
    assert found["warnings"] == {}
    return found


@pytest.fixture(scope="module")
def described(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return describe(tmp_path_factory.mktemp("airflow"), SAMPLE)


def test_the_files_parse_fast_and_alone(described: dict[str, Any]) -> None:
    assert described["seconds"]["parse"] < 1.5, "do heavy imports inside tasks"
    heavy = {"matplotlib", "numpy", "pandas", "warehouse", "digest", "pipeline.collect"}
    assert heavy.isdisjoint(described["modules"]), "import what a task needs inside the task"


def test_every_dag_is_there_and_wired(described: dict[str, Any]) -> None:
    wiring = ("after", "inlets", "outlets", "pool", "at_once")
    shape = {
        name: {
            "schedule": dag["schedule"],
            "due_hours": dag["due_hours"],
            "tasks": {
                t: {k: task[k] for k in wiring if task[k]} for t, task in dag["tasks"].items()
            },
        }
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
        assert dag["links"], f"{name}: let its owner be asked, through new_dag"
        assert not dag["catchup"], f"{name}: catchup=False; a past window is a backfill's work"
        assert dag["max_active_runs"] == 1, (
            f"{name}: max_active_runs=1; two runs would share a cursor"
        )
        if name.split("__")[0] in {"collect", "comply", "digest"}:
            assert dag["due_hours"], f"{name}: tell when it is late: new_dag(within=)"
        for task_id, task in dag["tasks"].items():
            where = f"{name}.{task_id}"
            assert task["doc"], f"{where}: say what it does in its docstring"
            assert task["owner"] != "airflow", f"{where}: name an owner through new_dag"
            assert task["retries"] > 0, f"{where}: give it retries through new_dag"
            assert task["has_policy"], f"{where}: give it the retry policy through new_dag"
            assert task["hours"], f"{where}: nothing may hang for ever: execution_timeout"


def test_a_source_is_asked_by_one_task_and_a_key_used_by_one(described: dict[str, Any]) -> None:
    charter = load_charter(SAMPLE)
    for name, source in charter.sources.items():
        pool = f"key.{source.conn_id}" if source.conn_id else "default_pool"
        asking = [described["dags"][f"collect__{name}"]["tasks"]["collect"],
                  described["dags"]["comply"]["tasks"][f"sweep.{name}"]]  # fmt: skip
        for task in asking:
            assert (task["at_once"], task["pool"]) == (1, pool), name


def test_a_sweep_that_fails_fails_the_run(described: dict[str, Any]) -> None:
    """Airflow judges a run by its last tasks: none of them may shrug at a failure."""
    tasks = described["dags"]["comply"]["tasks"]
    assert sorted(tasks["report"]["after"]) == sorted(set(tasks) - {"report"})


def many_sources(count: int) -> str:
    said = load_charter(SAMPLE).model_dump(mode="json", exclude={"vocabulary"})
    names = list(said["sources"])
    chosen = (names[n % len(names)] for n in range(count))
    said["sources"] = {f"s{n}-{name}": said["sources"][name] for n, name in enumerate(chosen)}
    return json.dumps(said)


def test_three_hundred_sources_parse_in_seconds(tmp_path: Path) -> None:
    charter = tmp_path / "charter.yaml"
    charter.write_text(many_sources(300))
    found = describe(tmp_path, charter)
    assert sum(name.startswith("collect__") for name in found["dags"]) == 300
    assert sum(found["seconds"].values()) < 5, "seconds of CPU"
    a_task_s = describe(
        tmp_path, charter, ROOT / "dags" / "collect.py",
        _AIRFLOW_PARSING_CONTEXT_DAG_ID="collect__s7-museum-flickr",
    )  # fmt: skip
    assert list(a_task_s["dags"]) == ["collect__s7-museum-flickr"]


def test_the_page_of_a_source_tells_its_rules(tmp_path: Path) -> None:
    said = load_charter(SAMPLE).model_dump(mode="json", exclude={"vocabulary"})
    said["purposes"]["public-services"]["title"] = "*Bins* | <script>[x](y)"
    said["sources"]["allotment-board"]["permission"] = None
    charter = tmp_path / "charter.yaml"
    charter.write_text(json.dumps(said))
    explorer = {"GOODGUEST_EXPLORER": "http://127.0.0.1:8001/"}
    dags = describe(tmp_path, charter, ROOT / "dags" / "collect.py", **explorer)["dags"]
    page = dags["collect__town-x"]["doc"]
    for told in (
        r"| Purpose | \*Bins\* \| \<script\>\[x\]\(y\) |", "DPIA-2026-014", "2035-12-31",
        "listening@aberwennol.example", "read on 20", "hours.", "ref: GEU-0001",
        "posts: 5000, money: 25.0", r"the Airflow connection town\_x",
        "(<http://127.0.0.1:8001/goodguest/v_coverage_day?source=town-x>)",
        "[The community](<http://127.0.0.1:18765/x>)",
    ):  # fmt: skip
        assert told in page, told
    assert "It is not read" not in page
    refused = dags["collect__allotment-board"]["doc"]
    assert r"**It is not read:** allotment-board\: phpBB and MyBB asks for a permission" in refused
    without = describe(tmp_path, charter, ROOT / "dags" / "collect.py")["dags"]
    assert "v_coverage_day" not in without["collect__town-x"]["doc"]
