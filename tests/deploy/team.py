"""A team's set-up on one machine: PostgreSQL, Redis, an object store, and workers apart."""

import base64
import json
import secrets
import shutil
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psutil
import pytest
from object_store import BUCKET, object_store

from bench.server import Server, own_server
from contract.errors import FixSettings
from samples.connections import CONNECTIONS
from samples.first_runs import Api
from samples.programs import Programs, until_patience_ends
from samples.run import charter_copied, environment, free_port

WORKERS = ("worker-1", "worker-2")
NEEDED = {
    "airflow.providers.celery": "apache-airflow-providers-celery",
    "airflow.providers.fab": "apache-airflow-providers-fab",
    "airflow.providers.amazon": "apache-airflow-providers-amazon",
}
NOT_FOR_WORKERS = (
    *("CORE__FERNET_KEY", "API__SECRET_KEY", "API_AUTH__JWT_SECRET"),
    *("DATABASE__SQL_ALCHEMY_CONN", "DATABASE__SQL_ALCHEMY_CONN_ASYNC"),
)
"""What Airflow's own parts share; a task that knew it could read and change all of Airflow."""
_FAB = "airflow.providers.fab.auth_manager.fab_auth_manager.FabAuthManager"
_FILES = "airflow.secrets.local_filesystem.LocalFilesystemBackend"


@dataclass(frozen=True)
class Team:
    """What runs: its programs, where they are reached, and what they were given."""

    programs: Programs
    folder: Path
    ports: dict[str, int]
    environment: dict[str, str]
    airflow_password: str

    def api(self) -> "LoggedIn":
        """Return Airflow's API, logged in as the administrator."""
        return LoggedIn(f"http://127.0.0.1:{self.ports['airflow']}", self)

    def megabytes(self) -> dict[str, int]:
        """Return the memory each program holds with all it started, shared pages divided."""
        held = {}
        for name in ("api-server", "scheduler", "dag-processor", *WORKERS):
            leader = psutil.Process(self.programs.pid(name))
            family = [leader, *leader.children(recursive=True)]
            held[name] = round(sum(_pss(one) for one in family) / 2**20)
        return held


def _pss(process: psutil.Process) -> int:
    try:
        return int(process.memory_full_info().pss)
    except psutil.NoSuchProcess:
        return 0


class LoggedIn(Api):
    """The API behind a login, as FAB asks for it."""

    def __init__(self, airflow: str, team: Team) -> None:
        self._who = {"username": "operator", "password": team.airflow_password}
        super().__init__(airflow, team.programs.check)

    def _introduce(self) -> None:
        answer = self._asked("POST", f"{self._airflow}/auth/token", json=self._who)
        self._session.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"

    def got(self, path: str) -> Any:
        """Return the thing at this path."""
        answer = self._asked("GET", f"{self._root}/{path}")
        answer.raise_for_status()
        return answer.json()

    def come_to_rest(self) -> None:
        """Begin nothing new, and return once no task is at work."""
        every = {"dag_id_pattern": "%", "limit": 100}
        answer = self._asked("PATCH", f"{self._root}/dags", params=every, json={"is_paused": True})
        answer.raise_for_status()
        for _ in until_patience_ends():
            if not self.listed(
                "dags/~/dagRuns/~/taskInstances", "task_instances", state=["running", "queued"]
            ):
                return
            self._check()


def needs(*programs: str) -> None:
    """Skip where a package of the extra or a program is not installed, and say how to have it."""
    absent = [package for module, package in NEEDED.items() if not _is_there(module)]
    if absent:
        pytest.skip(
            f"needs {', '.join(absent)}, of the extra `team`: pip install -c constraints.txt"
            " '.[team]' 'moto[server]'"
        )
    for program in programs:
        if shutil.which(program) is None:
            pytest.skip(f"needs {program} (apt-get install redis-server)")


def _is_there(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:
        return False


def team_of(stack: ExitStack, folder: Path, today: str, say: Callable[[str], None]) -> Team:
    """Start all a team has but Airflow itself, and the sample town; return what it needs to run."""
    try:
        database = stack.enter_context(own_server(is_durable=False))
    except FixSettings as missing:
        pytest.skip(str(missing))
    store = stack.enter_context(object_store(folder))
    names = ("town", "airflow", "redis", "worker_log", *WORKERS)
    ports = {name: free_port(0) for name in names}
    password = secrets.token_hex(16)
    given = _settings(folder, ports, database, password) | store.environment
    programs = Programs(stack, folder / "logs", given, say)
    programs.start(
        "redis", "redis-server", "--port", str(ports["redis"]), "--bind", "127.0.0.1",
        "--save", "", "--dir", str(folder), "--requirepass", password,
    )  # fmt: skip
    serving = ("-m", "samples.server", "--port", str(ports["town"]), "--today", today)
    programs.start("town", "python", *serving)
    programs.wait_for(f"http://127.0.0.1:{ports['town']}/categories.json", "town")
    return Team(programs, folder, ports, given, password)


def _settings(
    folder: Path, ports: dict[str, int], database: Server, password: str
) -> dict[str, str]:
    """Return the environment that turns the embedded set-up into a team's: no code changes."""
    with database.connect() as connection:
        for name in ("airflow", "results", "goodguest"):
            connection.execute(f"create database {name}")
    address = "postgresql+psycopg://goodguest@"
    airflow = f"{address}/airflow?host={database.folder}"
    (folder / "connections.json").write_text(
        json.dumps({"town_x": {"conn_type": "generic", "password": _bearer()}})
    )
    embedded = environment(folder, ports)
    # What a task needs to know comes by the backend of secrets, not by its environment.
    held = {name: value for name, value in embedded.items() if name != "AIRFLOW_CONN_TOWN_X"}
    team = {
        "CORE__EXECUTOR": "CeleryExecutor",
        "CORE__PARALLELISM": "8",
        "CORE__AUTH_MANAGER": _FAB,
        "CORE__FERNET_KEY": _key(32),
        "FAB__CONFIG_FILE": str(folder / "webserver_config.py"),
        "API__SECRET_KEY": _key(64),
        "API_AUTH__JWT_SECRET": _key(64),
        "DATABASE__SQL_ALCHEMY_CONN": airflow,
        "DATABASE__SQL_ALCHEMY_CONN_ASYNC": airflow,
        "CELERY__BROKER_URL": f"redis://:{password}@127.0.0.1:{ports['redis']}/0",
        "CELERY__RESULT_BACKEND": f"db+{address}/results?host={database.folder}",
        "CELERY__WORKER_CONCURRENCY": "4",
        "SECRETS__BACKEND": _FILES,
        "SECRETS__BACKEND_KWARGS": json.dumps(
            {"connections_file_path": str(folder / "connections.json")}
        ),
        "LOGGING__REMOTE_LOGGING": "True",
        "LOGGING__REMOTE_BASE_LOG_FOLDER": f"s3://{BUCKET}/logs",
    }
    return held | {f"AIRFLOW__{name}": value for name, value in team.items()} | {
        "GOODGUEST_CHARTER": str(charter_copied(folder, ports["town"])),
        "GOODGUEST_WAREHOUSE": f"{address}/goodguest?host={database.folder}",
        "GOODGUEST_LANDING": f"s3://{BUCKET}/landing",
        "GOODGUEST_KEY": password,
    }  # fmt: skip


def _key(size: int) -> str:
    """Return a new secret of so many bytes, as Airflow reads it."""
    return base64.urlsafe_b64encode(secrets.token_bytes(size)).decode()


def _bearer() -> str:
    return CONNECTIONS["town-x"]["bearer_token"]


def start_airflow(team: Team) -> float:
    """Start the parts of Airflow, as deploy/compose.yaml does; return seconds until all are well.

    Each worker has a folder of its own, as on a machine of its own.
    """
    began = time.monotonic()
    programs, airflow = team.programs, f"http://127.0.0.1:{team.ports['airflow']}"
    programs.finish("airflow", "db", "migrate")
    programs.finish("goodguest", "init")
    programs.finish(
        "airflow", "users", "create", "--username", "operator", "--password",
        team.airflow_password, "--role", "Admin", "--firstname", "On", "--lastname", "Duty",
        "--email", "operator@town.example",
    )  # fmt: skip
    programs.start("api-server", "airflow", "api-server", "--workers", "1")
    programs.start("dag-processor", "airflow", "dag-processor")
    for name in WORKERS:
        folder = team.folder / name
        folder.mkdir()
        programs.start(
            name, "env", *(f"--unset=AIRFLOW__{setting}" for setting in NOT_FOR_WORKERS),
            f"GOODGUEST_DATA={folder}", f"AIRFLOW__LOGGING__BASE_LOG_FOLDER={folder}",
            f"AIRFLOW__LOGGING__WORKER_LOG_SERVER_PORT={team.ports[name]}",
            "airflow", "celery", "worker", "--celery-hostname", name, "--pid", f"{folder}/pid",
        )  # fmt: skip
    programs.wait_for(f"{airflow}/api/v2/version", "api-server")
    programs.start("scheduler", "airflow", "scheduler")
    api = team.api()
    while True:
        parts = api.got("monitor/health")
        if all(parts[part]["status"] == "healthy" for part in ("scheduler", "dag_processor")):
            return time.monotonic() - began
        programs.check()
        time.sleep(0.5)
