"""Runs every DAG once by `dag.test()`, in the order of stages, and prints the results as JSON."""

import json
import os
import sys

from airflow.dag_processing.dagbag import BundleDagBag
from airflow.utils.db import initdb
from place import hurry

import pipeline.collect
import pipeline.rechecking

STAGES = ["catalogue", "collect", "refine", "digest", "comply", "publish", "alerts", "upkeep"]

os.umask(0o022)  # what Airflow's own processes have: what others must not read is up to us
pipeline.collect.Client = pipeline.rechecking.Client = hurry()  # type: ignore[misc]
initdb()
bag = BundleDagBag(dag_folder=sys.argv[1], bundle_path=sys.argv[1], bundle_name="goodguest")
ordered = sorted(bag.dags.values(), key=lambda dag: STAGES.index(dag.dag_id.split("__")[0]))
results = {}
for dag in ordered:
    # Only a scheduler knows deadlines: Airflow 3.3 looks up what it has not written.
    dag.deadline = None
    run = dag.test()
    results[dag.dag_id] = {
        "state": str(run.state),
        "tasks": {ti.task_id: str(ti.state) for ti in run.get_task_instances()},
    }
sys.stdout.write("\n" + json.dumps({"errors": bag.import_errors, "runs": results}) + "\n")
