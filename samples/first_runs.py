"""Watches Airflow until every DAG has run once, and tells what happens on the way."""

import contextlib
import json
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import requests

from samples.programs import PATIENCE_SECONDS, GaveUp, direct, until_patience_ends

ROOT = Path(__file__).parents[1]
NEWS_SECONDS = 15.0


class Api:
    """Airflow's public API, as far as this run needs it; it waits for a server that starts again.

    `check` sees to it that the server does.
    """

    def __init__(self, airflow: str, check: Callable[[], None]) -> None:
        self._airflow, self._root = airflow, f"{airflow}/api/v2"
        self._session, self._check = direct(), check
        self._introduce()

    def listed(self, path: str, key: str, **query: Any) -> list[dict[str, Any]]:
        """Return the first hundred things the API lists at this path."""
        answer = self._asked("GET", f"{self._root}/{path}", params={"limit": 100, **query})
        answer.raise_for_status()
        things: list[dict[str, Any]] = answer.json()[key]
        return things

    def state_of(self, dag_id: str, run: str) -> str | None:
        """Return the state of a run, None where there is no such run."""
        answer = self._asked("GET", f"{self._root}/dags/{quote(dag_id)}/dagRuns/{quote(run)}")
        return None if answer.status_code == requests.codes.not_found else answer.json()["state"]

    def post(self, path: str, body: dict[str, Any]) -> requests.Response:
        """Return what the API answers to this body."""
        return self._asked("POST", f"{self._root}/{path}", json=body)

    def patch(self, path: str, body: dict[str, Any]) -> None:
        """Change the thing at this path."""
        self._asked("PATCH", f"{self._root}/{path}", json=body).raise_for_status()

    def forget_runs_after(self, moment: datetime) -> None:
        """Delete the runs that were begun at a time to come."""
        query = {"run_after_gt": moment.isoformat()}
        for run in self.listed("dags/~/dagRuns", "dag_runs", **query):
            path = f"{self._root}/dags/{quote(run['dag_id'])}/dagRuns/{quote(run['dag_run_id'])}"
            # Airflow deletes no run that is under way; one that is gone by now is as good.
            self._asked("PATCH", path, json={"state": "failed"})
            self._asked("DELETE", path)

    def try_unfinished_again(self) -> None:
        """Let what failed or was cut off when this ran before be tried anew, and at once."""
        for run in self.listed("dags/~/dagRuns", "dag_runs", state=["failed", "running"]):
            path = f"dags/{quote(run['dag_id'])}/dagRuns/{quote(run['dag_run_id'])}"
            # Cleared while it is "running", a task whose worker is dead would wait for its end.
            if run["state"] == "running":
                self._asked("PATCH", f"{self._root}/{path}", json={"state": "failed"})
            self.post(f"{path}/clear", {"dry_run": False}).raise_for_status()

    def _introduce(self) -> None:
        token = self._asked("GET", f"{self._airflow}/auth/token").json()["access_token"]
        self._session.headers["Authorization"] = f"Bearer {token}"

    def _asked(self, method: str, url: str, **said: Any) -> requests.Response:
        for _ in until_patience_ends():
            with contextlib.suppress(requests.ConnectionError, requests.Timeout):
                answer = self._session.request(method, url, timeout=60, **said)
                if answer.status_code in (requests.codes.unauthorized, requests.codes.forbidden):
                    self._introduce()  # a clock that jumped makes a token too old, or too young
                elif answer.status_code < 500:
                    return answer
            self._check()
        raise GaveUp(f"{url} does not answer")


def watch(api: Api, logs: Path, check: Callable[[], None], say: Callable[[str], None]) -> None:
    """Return once every DAG has run; say each first success, raise GaveUp at a failure.

    `check` raises when Airflow itself has ended.
    """
    done: set[str] = set()
    left: set[str] = set()
    failures: set[str] = set()
    told_at = time.monotonic()
    for _ in until_patience_ends():
        check()
        if errors := api.listed("importErrors", "import_errors"):
            raise GaveUp("\n".join(e["stack_trace"] for e in errors)[-3000:])
        news = [f"{name} has run" for name in sorted(left) if _has_run(api, name)]
        done |= {line.split()[0] for line in news}
        for task in api.listed("dags/~/dagRuns/~/taskInstances", "task_instances",
                               state=["failed", "up_for_retry"]):  # fmt: skip
            failure = _failure(task, logs)
            if task["state"] == "failed":
                raise GaveUp(failure)
            news += [] if failure in failures else [f"{failure}\n    it is tried again soon"]
            failures.add(failure)
        dag_ids = {dag["dag_id"] for dag in api.listed("dags", "dags")}
        left = dag_ids - done
        if not news and left and time.monotonic() - told_at > NEWS_SECONDS:
            news = [f"... still to run: {', '.join(sorted(left))}"]
        for line in news:
            told_at = time.monotonic()
            say(f"  {line}")
        if not left and _all_wired(dag_ids):
            return
    raise GaveUp(f"not run in {PATIENCE_SECONDS:.0f} s: {', '.join(sorted(left))}; logs: {logs}")


def _has_run(api: Api, dag_id: str) -> bool:
    path = f"dags/{quote(dag_id)}/dagRuns"
    return bool(api.listed(path, "dag_runs", state="success", limit=1))


def _failure(task: dict[str, Any], logs: Path) -> str:
    """Return which task failed, why, and where its log is."""
    steps = [f"{key}={task[key]}" for key in ("dag_id", "dag_run_id", "task_id")]
    steps[1] = steps[1].removeprefix("dag_")
    log = logs.joinpath(*steps, f"attempt={task['try_number']}.log")
    reason = "no reason is logged"
    for line in log.read_text("utf-8").splitlines() if log.exists() else []:
        for error in json.loads(line).get("error_detail", []):
            reason = f"{error['exc_type']}: {error['exc_value']}"
    return (
        f"{task['dag_id']}: task {task['task_id']} failed at try {task['try_number']}: {reason}\n"
        f"    its log: {log}"
    )


def _all_wired(dag_ids: set[str]) -> bool:
    """Whether the files of all kinds of DAGs have been read."""
    kinds = {dag_id.split("__")[0] for dag_id in dag_ids}
    return {path.stem for path in (ROOT / "dags").glob("[!_]*.py")} <= kinds
