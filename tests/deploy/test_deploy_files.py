"""What a team deploys is whole, keeps its secrets apart, and names settings that exist."""

import configparser
import os
import re
import shutil
import signal
import stat
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psycopg
import pytest
import yaml
from team import NOT_FOR_WORKERS

from bench.server import own_server
from contract.errors import FixSettings
from samples.run import free_port
from warehouse.store import migrate, open_store

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
OURS = {"init", "api-server", "scheduler", "dag-processor", "worker", "explorer"}
_OF_THE_CHART = {"core.execution_api_server_url", "api.host", "api.port"}
"""Settings that the Helm chart makes itself."""


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    held: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))
    return held


@pytest.fixture(scope="module")
def values() -> dict[str, Any]:
    held: dict[str, Any] = yaml.safe_load((DEPLOY / "values.yaml").read_text("utf-8"))
    return held


@pytest.fixture(scope="module")
def secrets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made") / "secrets"
    for _ in range(2):
        subprocess.run([DEPLOY / "make-secrets.sh", folder], check=True, capture_output=True)
    return folder


def _mounted(service: dict[str, Any]) -> set[str]:
    """Return the names of the files of secrets that a service sees."""
    return {s if isinstance(s, str) else s["target"] for s in service.get("secrets", ())}


def test_every_part_of_a_team_is_there(compose: dict[str, Any]) -> None:
    services = compose["services"]
    assert set(services) == OURS | {"postgres", "redis"}
    assert services["worker"]["deploy"]["replicas"] == 2
    for name, service in services.items():
        assert service["deploy"]["resources"]["limits"]["memory"], name
        assert name == "init" or service["restart"] == "unless-stopped"
        assert name == "init" or service["healthcheck"]["test"], name
        assert not {"privileged", "user"} & set(service), name
        for port in service.get("ports", ()):
            assert port.startswith("127.0.0.1:"), f"{name} listens to the world"
        for needed in service.get("depends_on", ()):
            assert needed in services
    for name in OURS:
        assert services[name]["cap_drop"] == ["ALL"]


def test_each_secret_is_a_file_that_the_script_makes(
    compose: dict[str, Any], secrets: Path
) -> None:
    made = {path.name for path in secrets.iterdir()}
    assert set(compose["secrets"]) == made
    assert {Path(held["file"]).name for held in compose["secrets"].values()} == made
    sources = {
        s if isinstance(s, str) else s["source"]
        for service in compose["services"].values()
        for s in service.get("secrets", ())
    }
    assert sources == made, "one is made and not used, or used and not made"
    assert stat.S_IMODE(secrets.stat().st_mode) == 0o700
    passwords = [path.read_text() for path in secrets.glob("*_password")]
    assert len(set(passwords)) == len(passwords)
    assert min(map(len, passwords)) == 48


def test_no_secret_is_a_value(compose: dict[str, Any], values: dict[str, Any]) -> None:
    named = re.compile(r"PASSWORD$|SECRET|KEY|TOKEN|CONN$|CONN_ASYNC$|WAREHOUSE|BROKER|RESULT_BACK")
    for name, service in compose["services"].items():
        for setting in service.get("environment", {}):
            assert not named.search(setting.removeprefix("AIRFLOW__SECRETS__")), (name, setting)
    for held in values["env"]:
        assert not named.search(held["name"].removeprefix("AIRFLOW__SECRETS__")), held
    for path in DEPLOY.iterdir():
        if path.is_file():
            assert not re.search(r"://[^\s$:@/]+:[^\s$@{]+@", path.read_text("utf-8")), path


def test_a_task_sees_nothing_of_airflow_itself(compose: dict[str, Any]) -> None:
    kept_from_tasks = {f"AIRFLOW__{name}" for name in NOT_FOR_WORKERS}
    assert not kept_from_tasks & _mounted(compose["services"]["worker"])
    assert kept_from_tasks <= _mounted(compose["services"]["scheduler"])


def test_settings_exist(compose: dict[str, Any], values: dict[str, Any]) -> None:
    services = compose["services"].values()
    named = {name for service in services for name in service.get("environment", {})}
    named |= set(compose["secrets"]) | {held["name"] for held in values["env"]}
    named |= {held["envName"] for held in values["secret"]}
    airflow = {name for name in named if name.startswith("AIRFLOW__")}
    known = _settings_of_airflow()
    for name in airflow:
        section = name.split("__")[1]
        # Those of a package that is not installed here cannot be looked up.
        assert name in known or section not in {n.split("__")[1] for n in known}, name
    ours = {name for name in named if name.startswith("GOODGUEST_")}
    read = set(re.findall(r'"(GOODGUEST_[A-Z]+)"', (ROOT / "pipeline/settings.py").read_text()))
    assert ours <= read
    assert {"GOODGUEST_WAREHOUSE", "GOODGUEST_LANDING", "GOODGUEST_KEY"} <= ours


def _settings_of_airflow() -> set[str]:
    found = find_spec("airflow")
    assert found
    assert found.submodule_search_locations
    (folder,) = map(Path, list(found.submodule_search_locations)[:1])
    sections = yaml.safe_load((folder / "config_templates" / "config.yml").read_text("utf-8"))
    for path in folder.glob("providers/*/get_provider_info.py"):
        said: dict[str, Any] = {}
        exec(path.read_text("utf-8"), said)  # a module of one function that returns a literal
        sections |= said["get_provider_info"]().get("config", {})
    return {
        f"AIRFLOW__{section.upper()}__{option.upper()}"
        for section, held in sections.items()
        for option in held["options"]
    }


def test_the_cluster_is_told_what_our_own_settings_say(values: dict[str, Any]) -> None:
    ours = configparser.ConfigParser(interpolation=None)
    ours.read(ROOT / "airflow.cfg")
    said = {
        f"{section}.{option}": f"AIRFLOW__{section}__{option}".upper()
        for section in ours.sections()
        for option in ours[section]
        if not option.endswith("_cmd")
    }
    told = {held["name"] for held in values["env"]}
    assert {name for at, name in said.items() if at not in _OF_THE_CHART} <= told


def test_the_image_holds_all_code_and_nothing_else() -> None:
    lines = (DEPLOY / "Dockerfile").read_text("utf-8")
    copied = {
        name for line in re.findall(r"^COPY (.+)$", lines, re.M) for name in line.split()[:-1]
    }
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    packages = project["tool"]["setuptools"]["packages"]["find"]["include"]
    assert {name.rstrip("*") for name in packages} | {"dags", "airflow.cfg"} <= copied
    for name in copied:
        assert (ROOT / name).exists(), name
    let_in = (DEPLOY / "Dockerfile.dockerignore").read_text("utf-8").splitlines()
    whole = {name for name in copied if Path(name).parts[0] == name or name.startswith("deploy/")}
    assert {line[1:] for line in let_in if line.startswith("!")} == whole
    assert re.search(r"^USER 10001:0$", lines, re.M)
    assert "index-url" not in lines
    assert "team" in project["project"]["optional-dependencies"]


def test_secrets_reach_a_command(secrets: Path, tmp_path: Path) -> None:
    (tmp_path / "GOODGUEST_KEY").write_text("a b\n$HOME 'c'")
    (tmp_path / "GOODGUEST_SMTP").write_text("")
    (tmp_path / "redis_password").write_text("for redis alone")
    show = [sys.executable, "-c", "import json, os; print(json.dumps(dict(os.environ)))"]
    done = subprocess.run(
        ["sh", DEPLOY / "entrypoint.sh", *show],
        env={"SECRETS_FOLDER": str(tmp_path), "PATH": os.environ["PATH"]},
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    held = yaml.safe_load(done.stdout)
    assert held["GOODGUEST_KEY"] == "a b\n$HOME 'c'"
    assert "GOODGUEST_SMTP" not in held
    assert "for redis alone" not in done.stdout


@pytest.fixture
def own_postgres() -> Iterator[str]:
    """Return the socket folder of a server for roles that no other test may meet."""
    try:
        with own_server(is_durable=False) as server:
            yield str(server.folder)
    except FixSettings as missing:
        pytest.skip(str(missing))


def test_the_databases_are_made_with_their_roles(own_postgres: str, secrets: Path) -> None:
    postgres = own_postgres
    psql = sorted(Path("/usr/lib/postgresql").glob("*/bin/psql")) or [shutil.which("psql")]
    if psql[-1] is None:
        pytest.skip("needs psql (apt-get install postgresql)")
    subprocess.run(
        ["sh", DEPLOY / "postgres.sh"], check=True, capture_output=True,
        env={"PATH": f"{Path(psql[-1]).parent}:{os.environ['PATH']}", "PGHOST": postgres,
             "POSTGRES_USER": "goodguest", "SECRETS_FOLDER": str(secrets)},
    )  # fmt: skip

    def init_as(login: str) -> None:
        engine = open_store(f"postgresql+psycopg://goodguest_{login}@/goodguest?host={postgres}")
        try:
            migrate(engine)
        finally:
            engine.dispose()

    with pytest.raises(FixSettings):
        init_as("pipeline")
    init_as("migration")
    with psycopg.connect(host=postgres, user="goodguest_reading", dbname="goodguest") as reading:
        reading.execute("select count(*) from v_post")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            reading.execute("select count(*) from post")
    with psycopg.connect(host=postgres, user="goodguest_pipeline", dbname="goodguest") as pipeline:
        pipeline.execute("select count(*) from post")
    for database in ("airflow", "goodguest"):
        with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
            psycopg.connect(host=postgres, user="results", dbname=database)


@pytest.fixture
def redis(compose: dict[str, Any], secrets: Path) -> Iterator[list[str]]:
    """Run the command of the file on a port of our own, and return how to ask what it started."""
    if shutil.which("redis-server") is None:
        pytest.skip("needs redis-server (apt-get install redis-server)")
    *shell, said = compose["services"]["redis"]["command"]
    port = free_port(0)
    ours = f"{{ printf 'bind 127.0.0.1\\nport {port}\\ndir {secrets.parent}\\n'; "
    said = said.replace("/run/secrets", str(secrets)).replace("{ ", ours, 1)
    running = subprocess.Popen([*shell, said], stdout=subprocess.DEVNULL, start_new_session=True)
    yield ["redis-cli", "-p", str(port)]
    os.killpg(running.pid, signal.SIGTERM)
    running.wait(10)


def test_redis_asks_for_its_password(redis: list[str], secrets: Path) -> None:
    def ping(**given: str) -> str:
        done = subprocess.run(
            [*redis, "ping"],
            env={**os.environ, **given},
            capture_output=True,
            text=True,
            check=False,
        )
        return done.stdout + done.stderr

    end = time.monotonic() + 30
    while "refused" in (said := ping()) and time.monotonic() < end:
        time.sleep(0.1)
    assert "NOAUTH" in said
    assert ping(REDISCLI_AUTH=(secrets / "redis_password").read_text()) == "PONG\n"
