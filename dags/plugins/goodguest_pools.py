"""Makes the pool of a key when a run first names it: a task in an unknown pool never runs."""

import sys
from contextlib import suppress
from typing import Any, ClassVar

from airflow.listeners import hookimpl
from airflow.plugins_manager import AirflowPlugin


@hookimpl
def on_dag_run_running(dag_run: Any, msg: str) -> None:
    """Add the pools that the run's tasks name and nobody made, with one slot: one at a time."""
    from airflow.models.pool import Pool
    from sqlalchemy import insert
    from sqlalchemy.exc import IntegrityError
    from sqlalchemy.orm import object_session

    session = object_session(dag_run)
    if session is None or dag_run.dag is None:
        return
    there = {pool.pool for pool in Pool.get_pools(session=session)}
    pool = {"slots": 1, "description": "one at a time", "include_deferred": False}
    connection = session.connection()
    for name in sorted({task.pool for task in dag_run.dag.tasks} - there):
        # Another scheduler may make it at the same time. A savepoint of the session itself would
        # count as a commit, which the scheduler forbids, and an error would end its transaction.
        with suppress(IntegrityError), connection.begin_nested():
            connection.execute(insert(Pool).values(pool=name, **pool))


class Pools(AirflowPlugin):
    """Lets the scheduler call this module."""

    name = "goodguest_pools"
    listeners: ClassVar = [sys.modules[__name__]]
