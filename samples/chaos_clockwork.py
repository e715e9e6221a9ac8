"""Has the sources of the chaos read day by day, as their schedule would."""

from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import requests

from samples.first_runs import Api

STEP = timedelta(days=1)
DAG = "collect__"


class Clockwork:
    """Asks Airflow to read each source's next day once the one before is over."""

    def __init__(self, api: Api, begin: datetime, end: datetime, by_schedule: str) -> None:
        self._api, self._end = api, end
        self._by_schedule = by_schedule
        self._read_to: dict[str, datetime] = {}
        self._begin = begin
        self._asked: dict[str, tuple[str, datetime]] = {}
        self._states: Counter[str] = Counter()
        self._step = STEP
        self._number = 0

    def hurry(self) -> None:
        """Have what is left read in one piece, as after a pause."""
        self._step = self._end - self._begin

    def stop_schedule(self) -> None:
        """Pause the one source that Airflow's own schedule reads."""
        self._api.patch(f"dags/{DAG}{self._by_schedule}", {"is_paused": True})

    def tick(self) -> bool:
        """Ask for what is next; return whether all sources are read to the end, and all is idle."""
        dags = self._api.listed("dags", "dags", dag_id_prefix_pattern=DAG)
        names = {dag["dag_id"] for dag in dags} - {f"{DAG}{self._by_schedule}"}
        busy = {run["dag_id"] for run in self._unfinished()}
        for dag_id in sorted(names - busy):
            self._note_end(dag_id)
            if self._read_to.get(dag_id, self._begin) < self._end:
                self._ask_for_next(dag_id)
        is_read = all(self._read_to.get(name, self._begin) >= self._end for name in names)
        return bool(names) and is_read and not busy

    def left(self) -> str:
        """Return what is not read to the end, or still at work."""
        busy = [f"{run['dag_id']} is {run['state']}" for run in self._unfinished()]
        late = [f"{name} to {at:%m-%d}" for name, at in self._read_to.items() if at < self._end]
        return ", ".join([*busy, *late]) or "what is landed is not refined"

    def told(self) -> str:
        """Return how many runs ended how."""
        return ", ".join(f"{n} {state}" for state, n in sorted(self._states.items()))

    def _note_end(self, dag_id: str) -> None:
        if dag_id not in self._asked:
            return
        run, until = self._asked.pop(dag_id)
        state = self._api.state_of(dag_id, run) or "forgotten, begun by a wrong clock"
        self._states[state] += 1
        if state == "success":
            self._read_to[dag_id] = until

    def _ask_for_next(self, dag_id: str) -> None:
        self._number += 1
        since = self._read_to.get(dag_id, self._begin)
        until = min(since + self._step, self._end)
        run = f"chaos-{self._number}"
        # No two runs of a DAG may be about one moment: what failed is asked for a second later.
        logical = since + timedelta(seconds=self._number)
        window = {"data_interval_start": since, "data_interval_end": until, "logical_date": logical}
        body = {name: moment.isoformat() for name, moment in window.items()}
        answer = self._api.post(f"dags/{dag_id}/dagRuns", {"dag_run_id": run, **body})
        if answer.status_code != requests.codes.conflict:
            answer.raise_for_status()
        self._asked[dag_id] = (run, until)

    def _unfinished(self) -> list[dict[str, Any]]:
        path = "dags/~/dagRuns"
        runs = self._api.listed(path, "dag_runs", state=["running", "queued"])
        return [run for run in runs if run["dag_id"].startswith(DAG) or run["dag_id"] == "refine"]
