"""Airflow fills templates, shows Markdown and keeps results: no word of a charter acts in them."""

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
HARM = "{{ 1234 * 5678 }} {% raw %} <script>alert(1)</script> [x](javascript:alert(2)) `id` ${HOME}"
DESCRIBE = """
import json, sys
from airflow.dag_processing.dagbag import BundleDagBag
bag = BundleDagBag(dag_folder=sys.argv[1], bundle_path=sys.argv[1], bundle_name="goodguest")
def filled(task):
    return {f: repr(getattr(task, f)) for f in task.template_fields if getattr(task, f, None)}
print()
print(json.dumps({"errors": bag.import_errors, "dags": {
    dag.dag_id: {
        "doc": dag.doc_md, "params": sorted(dag.params),
        "tasks": {task.task_id: filled(task) for task in dag.tasks},
    } for dag in bag.dags.values()
}}))
"""


@pytest.fixture(scope="module")
def dags(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Return what the DAGs of a charter that means harm hold, and what templates are filled of."""
    home = tmp_path_factory.mktemp("airflow")
    said = load_charter(SAMPLE).model_dump(mode="json", exclude={"vocabulary"})
    for purpose in said["purposes"].values():
        purpose |= dict.fromkeys(("title", "legal_basis", "dpia", "owner"), HARM)
    for source in said["sources"].values():
        source["select"]["query"] = source["select"]["query"] and HARM
    (home / "charter.yaml").write_text(json.dumps(said))
    environment = {
        **os.environ, "AIRFLOW_HOME": str(home), "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{home}/nothing.db",
        "PYTHONPATH": str(ROOT), "GOODGUEST_CHARTER": str(home / "charter.yaml"),
        "GOODGUEST_DATA": str(home / "data"),
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-c", DESCRIBE, str(ROOT / "dags")],
        env=environment, cwd=home, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    found: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    assert found["errors"] == {}
    return dict(found["dags"])


def test_no_template_is_fed_by_a_charter(dags: dict[str, Any]) -> None:
    """Names alone, which hold no sign of Jinja's, become arguments of tasks."""
    tasks = [task for dag in dags.values() for task in dag["tasks"].values()]
    given = [text for task in tasks for text in task.values()]
    assert len(given) > 10
    assert any("town-forum" in text for text in given)
    assert not [text for text in given if "1234" in text or "{{" in text or "{%" in text]


def test_nobody_types_what_a_run_is_to_do(dags: dict[str, Any]) -> None:
    assert not [name for name, dag in dags.items() if dag["params"]], "params reach templates"


def test_a_page_in_airflow_shows_words(dags: dict[str, Any]) -> None:
    pages = [dag["doc"] for name, dag in dags.items() if name.startswith("collect__")]
    assert pages
    for page in pages:
        assert r"\<script\>" in page
        assert "<script>" not in page
        assert "](javascript" not in page
        assert not page.endswith(".md"), "Airflow would read a file of that name"
