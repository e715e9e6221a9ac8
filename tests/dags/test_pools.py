"""The pool of a key is made once, even when two schedulers want it at the same time."""

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
RACE = """
import json, sys, threading, time
from types import SimpleNamespace
import sqlalchemy as sa
from sqlalchemy.orm import sessionmaker
from airflow_local_settings import create_metadata_engine
from goodguest_pools import on_dag_run_running
from airflow.models.dagrun import DagRun
from airflow.models.pool import Pool
from airflow.models.team import Team
from airflow.utils.sqlalchemy import prohibit_commit

engine = create_metadata_engine(sys.argv[1], engine_args={}, connect_args={})
Pool.metadata.create_all(engine, tables=[Team.__table__, Pool.__table__])
make = sessionmaker(engine, autoflush=False)
with make.begin() as session:
    session.add(Pool(pool="key.mine", slots=3, description="", include_deferred=False))

def started(session):
    # What the scheduler does when a run begins; nothing of the run itself is written here.
    run = DagRun(dag_id="collect__a", run_id="now")
    session.add(run)
    run.dag = SimpleNamespace(tasks=[SimpleNamespace(pool=p) for p in ("key.mine", "key.new")])
    on_dag_run_running(dag_run=run, msg="started")
    session.expunge(run)

with make() as one, make() as two, prohibit_commit(one) as first, prohibit_commit(two) as second:
    started(one)
    losing = threading.Thread(target=started, args=(two,))
    losing.start()
    time.sleep(0.5)
    assert losing.is_alive(), "they did not meet"
    first.commit()
    losing.join()
    # It goes on with what it was at, in the same transaction.
    two.execute(sa.update(Pool).where(Pool.pool == "key.mine").values(description="seen"))
    second.commit()
with engine.connect() as connection:
    rows = connection.execute(sa.select(Pool.pool, Pool.slots, Pool.description)).all()
print(json.dumps(sorted(map(list, rows))))
"""


def test_two_schedulers_make_one_pool(bare_url: str, tmp_path: Path) -> None:
    folders = [str(ROOT), str(ROOT / "dags" / "plugins")]
    environment = {
        **os.environ,
        "AIRFLOW_HOME": str(tmp_path),
        "PYTHONPATH": os.pathsep.join(folders),
    }
    done = subprocess.run(
        [sys.executable, "-c", RACE, bare_url],
        env=environment, capture_output=True, text=True, timeout=120, check=False, cwd=tmp_path,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    assert json.loads(done.stdout.strip().splitlines()[-1]) == [
        ["key.mine", 3, "seen"], ["key.new", 1, "one at a time"]
    ]  # fmt: skip
