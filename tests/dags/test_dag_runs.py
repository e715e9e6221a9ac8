"""Each DAG is run once by `dag.test()`, on the sample town, a real server and a real store."""

import json
import os
import subprocess
import sys
from pathlib import Path

import sqlalchemy as sa
from place import Place

ROOT = Path(__file__).parents[2]
REFUSED = "allotment-board"
FLICKRS_KEY = "sample-api-key"
SOURCES = ["neighbourhood-blog", "riverside-news", REFUSED, "streets-flickr"]
"""Enough for every task there is: what each platform brings is for other tests."""


def test_every_dag_runs_to_its_end(place: Place) -> None:
    """One source may not be read: it is asked nothing, and holds nobody up."""
    said = place.given.load_charter().model_dump(mode="json")
    said["sources"] = {name: said["sources"][name] for name in SOURCES}
    said["sources"][REFUSED]["permission"] = None
    place.given.charter.write_text(json.dumps(said))
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
    runs = results["runs"]
    collecting = {f"collect__{name}" for name in SOURCES}
    digests = {f"digest__{name}" for name in said["digests"]}
    others = {"catalogue", "refine", "comply", "publish", "alerts", "upkeep"}
    assert set(runs) == collecting | digests | others
    for name, run in runs.items():
        assert run["state"] == "success", f"{name}: {run['tasks']}"
    assert runs[f"collect__{REFUSED}"]["tasks"] == {"collect": "skipped"}
    assert runs["digest__town-weekly"]["tasks"] == {
        "wait_for_ground": "success",
        "write": "success",
    }
    comply = runs["comply"]["tasks"]
    assert comply.pop(f"sweep.{REFUSED}") == "skipped"
    assert set(comply.values()) == {"success"}
    with sa.create_engine(place.given.warehouse).connect() as conn:
        read = sa.text("select count(*) from post group by source")
        assert len(conn.scalars(read).all()) == len(SOURCES) - 1
        asked = sa.text("select count(*) from ingest_run where source = :source")
        assert conn.scalar(asked, {"source": REFUSED}) == 0
        assert conn.scalar(sa.text("select count(*) from digest_issue")) == 2
        said = set(conn.scalars(sa.text("select text from post where length(text) > 40")))
    kept = _kept_by_airflow(place)
    assert "posts_new" in kept
    assert not [text for text in said if text in kept], "tasks hand on counts, never posts"
    assert FLICKRS_KEY in place.environment["GOODGUEST_CONN_STREETS_FLICKR"]
    assert FLICKRS_KEY not in kept
    for folder in ("landing", "digests"):
        made = list((place.given.data / folder).rglob("*"))
        assert made, folder
        assert not [path for path in made if path.stat().st_mode & 0o077], folder


def _kept_by_airflow(place: Place) -> str:
    """Return all that Airflow keeps of the runs: results of tasks, filled templates, logs."""
    with sa.create_engine(f"sqlite:///{place.folder}/airflow.db").connect() as conn:
        results = conn.scalars(sa.text("select value from xcom")).all()
        fields = conn.scalars(sa.text("select rendered_fields from rendered_task_instance_fields"))
        kept = [*map(str, results), *map(str, fields.all())]
    logs = (path for path in (place.folder / "logs").rglob("*") if path.is_file())
    return "\n".join([*kept, *(path.read_text("utf-8") for path in logs)])
