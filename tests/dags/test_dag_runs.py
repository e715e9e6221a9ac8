"""Each DAG is run once by `dag.test()`, on the sample town, a real server and a real store."""

import json
import os
import subprocess
import sys
from pathlib import Path

import sqlalchemy as sa
from place import Place

ROOT = Path(__file__).parents[2]


def test_every_dag_runs_to_its_end(place: Place) -> None:
    environment = {
        **os.environ,
        **place.environment,
        "AIRFLOW_HOME": str(place.folder),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__DAG_PROCESSOR__DAG_BUNDLE_CONFIG_LIST": json.dumps([{
            "name": "goodguest",
            "classpath": "airflow.dag_processing.bundles.local.LocalDagBundle",
            "kwargs": {"path": str(ROOT)},
        }]),
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{place.folder}/airflow.db",
        "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'tests'}",
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, str(ROOT / "tests" / "dags" / "each_dag.py"), str(ROOT)],
        env=environment, capture_output=True, text=True, timeout=280, check=False,
        cwd=place.folder,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
    results = json.loads(done.stdout.strip().splitlines()[-1])
    assert results["errors"] == {}
    assert len(results["runs"]) > 4
    for name, run in results["runs"].items():
        assert run["state"] == "success", f"{name}: {run['tasks']}"
    with sa.create_engine(place.given.warehouse).connect() as conn:
        assert conn.scalar(sa.text("select count(*) from post")) > 1000
        assert conn.scalar(sa.text("select count(*) from digest_issue")) == 2
