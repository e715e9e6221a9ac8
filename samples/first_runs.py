"""Watches Airflow until every DAG has run once, and tells what happens on the way."""

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import requests

ROOT = Path(__file__).parents[1]
PATIENCE_SECONDS, NEWS_SECONDS = 400.0, 15.0


class GaveUp(Exception):
    """Something did not come up, ended or failed; the message says which and where its log is."""


def direct() -> requests.Session:
    """Return a session that says who asks, and reaches this machine past any proxy."""
    session = requests.Session()
    session.trust_env = False
    session.headers["User-Agent"] = "Goodguest sample run (operator@town.example)"
    return session


class Api:
    """Airflow's public API, as far as this run needs it."""

    def __init__(self, airflow: str) -> None:
        self._root, self._session = f"{airflow}/api/v2", direct()
        token = self._session.get(f"{airflow}/auth/token", timeout=60).json()["access_token"]
        self._session.headers["Authorization"] = f"Bearer {token}"

    def listed(self, path: str, key: str, **query: Any) -> list[dict[str, Any]]:
        """Return the first hundred things the API lists at this path."""
        answer = self._session.get(
            f"{self._root}/{path}", params={"limit": 100, **query}, timeout=60
        )
        answer.raise_for_status()
        things: list[dict[str, Any]] = answer.json()[key]
        return things

    def try_unfinished_again(self) -> None:
        """Let what failed or was cut off when this ran before be tried anew, and at once."""
        for run in self.listed("dags/~/dagRuns", "dag_runs", state=["failed", "running"]):
            path = f"dags/{quote(run['dag_id'])}/dagRuns/{quote(run['dag_run_id'])}/clear"
            self._session.post(
                f"{self._root}/{path}", json={"dry_run": False}, timeout=60
            ).raise_for_status()


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


def until_patience_ends() -> Iterator[None]:
    """Yield every second, until a newcomer would have given up too."""
    end = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < end:
        yield
        time.sleep(1)
