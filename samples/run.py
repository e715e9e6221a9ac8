"""Runs the sample town under a real Airflow: `make run`, or `make run ONCE=1` to end after it."""

import argparse
import base64
import contextlib
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import requests
from rich.console import Console

ROOT = Path(__file__).parents[1]
PREFERRED_PORT = {"town": 18765, "airflow": 18080, "worker_log": 18793, "trigger_log": 18794}
PATIENCE_SECONDS = 400.0
_say = Console(highlight=False, soft_wrap=True).print


class GaveUp(Exception):
    """Something did not come up, ended or failed; the message says which and where its log is."""


def main() -> int:
    """Run until Ctrl-C, or with --once until the first digest; return the exit code."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--once", action="store_true", help="end after the first digest")
    once = options.parse_args().once
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    today = datetime.now(UTC).date()
    # A folder a day: the town's posts depend on the date, and so do the numbers of its digest.
    data = Path(os.environ.get("GOODGUEST_DATA", ROOT / "data")).absolute() / f"town-{today}"
    ports = {name: free_port(port) for name, port in PREFERRED_PORT.items()}
    environment = _environment(data, ports)
    began = time.monotonic()
    try:
        with contextlib.ExitStack() as running:
            start = _Starter(running, data / "logs", environment)
            town = f"http://127.0.0.1:{ports['town']}"
            start("town", "python", "-m", "samples.server", "--port", str(ports["town"]),
                  "--today", str(today))  # fmt: skip
            start.wait_for(f"{town}/categories.json", "town")
            _say(f"The town talks at {town}")
            start.finish("goodguest", "init")
            start.finish("airflow", "db", "migrate")
            airflow = f"http://127.0.0.1:{ports['airflow']}"
            start("api-server", "airflow", "api-server")
            start("dag-processor", "airflow", "dag-processor")
            start.wait_for(f"{airflow}/api/v2/version", "api-server")
            start("scheduler", "airflow", "scheduler")
            _say(f"Airflow runs at {airflow} (no login needed)")
            _watch(airflow, start)
            start.finish("goodguest", "sources", show=True)
            _where_to_look(data, airflow, town)
            _say(f"From start to digest: {time.monotonic() - began:.0f} s")
            while not once:
                start.check()
                time.sleep(1)
    except KeyboardInterrupt:
        _say("Stopped.")
    except GaveUp as problem:
        _say(f"[red]{problem}[/red]")
        return 1
    return 0


def _environment(data: Path, ports: dict[str, int]) -> dict[str, str]:
    data.mkdir(parents=True, exist_ok=True)
    for name in ("jwt", "fernet"):
        _secret(ROOT / ".secrets" / name)
    airflow = {
        "CORE__EXECUTION_API_SERVER_URL": f"http://127.0.0.1:{ports['airflow']}/execution/",
        "CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS": "True",
        "API__PORT": str(ports["airflow"]),
        "API__BASE_URL": f"http://127.0.0.1:{ports['airflow']}",
        "DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{data}/airflow.db",
        "LOGGING__BASE_LOG_FOLDER": f"{data}/logs/tasks",
        "LOGGING__DAG_PROCESSOR_CHILD_PROCESS_LOG_DIRECTORY": f"{data}/logs/dag_processor",
        "LOGGING__WORKER_LOG_SERVER_PORT": str(ports["worker_log"]),
        "LOGGING__TRIGGER_LOG_SERVER_PORT": str(ports["trigger_log"]),
    }
    return {
        **os.environ,
        **{f"AIRFLOW__{key}": value for key, value in airflow.items()},
        "AIRFLOW_HOME": str(ROOT),
        "GOODGUEST_DATA": str(data),
        "GOODGUEST_CHARTER": str(charter_for(data, ports["town"])),
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}",
        "PYTHONUNBUFFERED": "1",
    }


def _secret(path: Path) -> None:
    path.parent.mkdir(mode=0o700, exist_ok=True)
    with contextlib.suppress(FileExistsError):
        # A Fernet key is 32 bytes; a token's secret wants 64.
        key = secrets.token_bytes(32 if path.name == "fernet" else 64)
        text = base64.urlsafe_b64encode(key).decode()
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(text)


def charter_for(data: Path, port: int) -> Path:
    """Return the sample's charter, or where its port is taken a copy for the port the town got."""
    sample = ROOT / "samples" / "charter.yaml"
    preferred = PREFERRED_PORT["town"]
    if port == preferred:
        return sample
    for name in ("taxonomy.ttl", "data.json"):
        shutil.copy(sample.with_name(name), data / name)
    shutil.copytree(sample.with_name("registers"), data / "registers", dirs_exist_ok=True)
    copy = data / "charter.yaml"
    copy.write_text(sample.read_text("utf-8").replace(f":{preferred}", f":{port}"), "utf-8")
    return copy


class _Starter:
    """Starts commands of this environment; what runs on is stopped when the stack closes."""

    def __init__(
        self, running: contextlib.ExitStack, logs: Path, environment: dict[str, str]
    ) -> None:
        self._running, self._logs, self._environment = running, logs, environment
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        logs.mkdir(parents=True, exist_ok=True)

    def __call__(self, name: str, program: str, *arguments: str) -> None:
        """Start a program that runs on; its output goes to a log of that name."""
        log = self._running.enter_context((self._logs / f"{name}.log").open("wb"))
        process = subprocess.Popen(  # noqa: S603 - programs of our own environment
            [self._found(program), *arguments],
            cwd=ROOT, env=self._environment, stdin=subprocess.DEVNULL, stdout=log,
            stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
        self._processes[name] = process
        self._running.callback(_stop, process)

    def finish(self, program: str, *arguments: str, show: bool = False) -> None:
        """Run a program to its end; raise GaveUp with its last words when it fails."""
        done = subprocess.run(  # noqa: S603 - programs of our own environment
            [self._found(program), *arguments],
            cwd=ROOT, env=self._environment, stdin=subprocess.DEVNULL,
            stdout=None if show else subprocess.PIPE,
            stderr=None if show else subprocess.STDOUT, check=False, text=True,
        )  # fmt: skip
        if done.returncode:
            words = (done.stdout or "")[-2000:]
            raise GaveUp(f"`{program} {' '.join(arguments)}` failed:\n{words}")

    def check(self) -> None:
        """Raise GaveUp when something that should run on has ended."""
        for name, process in self._processes.items():
            if process.poll() is not None:
                raise GaveUp(f"{name} ended; its log: {self._logs / name}.log")

    def wait_for(self, url: str, name: str) -> None:
        """Return once the address answers."""
        for _ in _until_patience_ends(f"{name} does not answer; its log: {self._logs / name}.log"):
            self.check()
            with contextlib.suppress(requests.ConnectionError, requests.Timeout):
                if requests.get(url, headers=_AGENT, timeout=30).ok:
                    return

    def _found(self, program: str) -> str:
        found = shutil.which(program, path=self._environment["PATH"])
        if found is None:
            raise GaveUp(f"{program} is not installed in this environment; run `make clean run`")
        return found


_AGENT = {"User-Agent": "Goodguest sample run (operator@town.example)"}


def _watch(airflow: str, start: _Starter) -> None:
    """Return once every DAG has run; tell each first success, raise GaveUp at a failure."""
    told: set[str] = set()
    for _ in _until_patience_ends("not every DAG has run; see the Airflow UI and the logs"):
        start.check()
        if errors := _listed(airflow, "importErrors", "import_errors"):
            raise GaveUp("\n".join(e["stack_trace"] for e in errors)[-3000:])
        dags, runs = (
            _listed(airflow, "dags", "dags"),
            _listed(airflow, "dags/~/dagRuns", "dag_runs"),
        )
        if failed := {run["dag_id"] for run in runs if run["state"] == "failed"}:
            raise GaveUp(f"failed: {', '.join(sorted(failed))}; see {airflow}")
        done = {run["dag_id"] for run in runs if run["state"] == "success"}
        for dag_id in sorted(done - told):
            _say(f"  {dag_id} has run")
        told |= done
        if _all_wired({dag["dag_id"] for dag in dags}) and {d["dag_id"] for d in dags} <= done:
            return


def _listed(airflow: str, path: str, key: str) -> list[dict[str, Any]]:
    token = requests.get(f"{airflow}/auth/token", timeout=60).json()["access_token"]
    answer = requests.get(
        f"{airflow}/api/v2/{path}", params={"limit": 100},
        headers={"Authorization": f"Bearer {token}"}, timeout=60,
    )  # fmt: skip
    answer.raise_for_status()
    listed: list[dict[str, Any]] = answer.json()[key]
    return listed


def _all_wired(dag_ids: set[str]) -> bool:
    """Whether the files of all kinds of DAGs have been read."""
    kinds = {dag_id.split("__")[0] for dag_id in dag_ids}
    return {path.stem for path in (ROOT / "dags").glob("[!_]*.py")} <= kinds


def _until_patience_ends(problem: str) -> Iterator[None]:
    end = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < end:
        yield
        time.sleep(1)
    raise GaveUp(problem)


def _where_to_look(data: Path, airflow: str, town: str) -> None:
    for page in sorted((data / "digests").glob("*.html")):
        _say(f"[bold]Digest[/bold]    {page.as_uri()}")
    _say(f"[bold]Tables[/bold]    {data / 'warehouse.db'} (try: goodguest show v_rising)")
    _say(f"[bold]Airflow[/bold]   {airflow}")
    _say(f"[bold]The town[/bold]  {town}")


def _stop(process: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGINT)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def free_port(preferred: int) -> int:
    """Return the port on 127.0.0.1, or where it is taken another that is free."""
    for port in (preferred, 0):
        with contextlib.closing(socket.socket()) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise GaveUp("no free port on 127.0.0.1")


if __name__ == "__main__":
    sys.exit(main())
