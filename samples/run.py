"""Runs the sample town under a real Airflow: `make run`, or `make run ONCE=1` to end after it."""

import argparse
import base64
import contextlib
import fcntl
import json
import os
import secrets
import shlex
import shutil
import signal
import socket
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

from rich.console import Console

from samples.connections import variables_with_airflow
from samples.first_runs import Api, watch
from samples.programs import GaveUp, Programs
from samples.set_back import WallClock, forget_future

ROOT = Path(__file__).parents[1]
PREFERRED_PORT = {"town": 18765, "airflow": 18080, "worker_log": 18793, "explorer": 18001}
_SAMPLE = ROOT / "samples" / "charter.yaml"
_say = Console(highlight=False, soft_wrap=True, markup=False).print


def main() -> int:
    """Run until Ctrl-C, or with --once until the first digest; return the exit code."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--once", action="store_true", help="end after the first digest")
    once = options.parse_args().once
    # SIGINT too: a script that starts this in the background has it ignored.
    for ending in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(ending, signal.default_int_handler)
    os.umask(0o077)  # what people said is for who runs this
    today = datetime.now(UTC).date()
    # A folder a day: the town's posts depend on the date, and so do the numbers of its digest.
    data = Path(os.environ.get("GOODGUEST_DATA", ROOT / "data")).absolute() / f"town-{today}"
    is_through = False
    try:
        with contextlib.ExitStack() as running:
            try:
                hold_alone(running, data / "running.lock")
            except BlockingIOError:
                raise GaveUp(f"another `make run` is at work in {data}; stop it first") from None
            ports = {n: port_of_our_own(running, port) for n, port in PREFERRED_PORT.items()}
            programs = Programs(running, data / "logs", environment(data, ports), _say)
            api, clock = _run_town(programs, data, ports, str(today)), WallClock()
            is_through = True
            while not once:
                programs.check()
                if clock.was_set_back():
                    _say("The clock was set back: Airflow starts again, and plans anew.")
                    forget_future(programs, api, clock, metadata_of(data))
                time.sleep(1)
            _say("Done; Airflow stops ...")
    except KeyboardInterrupt:
        _say("Stopped." if is_through else "Stopped before the digest.")
        return 0 if is_through else 128 + signal.SIGINT
    except GaveUp as problem:
        _say(
            f"{problem}\nNothing of this run is left running; the next one goes on from here.",
            style="red",
        )
        return 1
    return 0


def _run_town(programs: Programs, data: Path, ports: dict[str, int], today: str) -> Api:
    """Return Airflow's API once every DAG has run, and tell on the way what happens."""
    began = time.monotonic()
    town, airflow = (f"http://127.0.0.1:{ports[name]}" for name in ("town", "airflow"))
    serving = ("-m", "samples.server", "--port", str(ports["town"]), "--today", today)
    programs.start("town", "python", *serving)
    programs.wait_for(f"{town}/categories.json", "town")
    _say(f"The town talks at {town}. Airflow starts, which takes up to a minute ...")
    programs.finish("goodguest", "init")
    programs.finish("airflow", "db", "migrate")
    programs.start("api-server", "airflow", "api-server")
    programs.start("dag-processor", "airflow", "dag-processor")
    programs.wait_for(f"{airflow}/api/v2/version", "api-server")
    programs.are_well = True
    api = Api(airflow, programs.check)
    api.try_unfinished_again()
    programs.start("scheduler", "airflow", "scheduler")
    _say(f"Airflow runs at {airflow} (no login needed); its DAGs read slowly, as guests do:")
    watch(api, data / "logs" / "tasks", programs.check, _say)
    for source in json.loads(programs.finish("goodguest", "--json", "sources"))["sources"]:
        _say(
            "{source:<20} {posts_last_day:>5} posts, {rejected_last_run} rejected".format(**source)
        )
    asking = ("--as", "analyst of the sample town", "--purpose", "public-services")
    port = str(ports["explorer"])
    programs.start("explorer", "goodguest", "--json", "explore", "--port", port, *asking)
    explorer = programs.announced_by("explorer")
    programs.wait_for(explorer, "explorer")
    _where_to_look(data, airflow, town, explorer)
    _say(f"From start to digest: {time.monotonic() - began:.0f} s")
    return api


def metadata_of(data: Path) -> Path:
    """Return the file of Airflow's own database."""
    return data / "airflow.db"


def environment(data: Path, ports: dict[str, int]) -> dict[str, str]:
    """Return the environment of the town's Airflow, and of nothing else of this machine."""
    for name in ("jwt", "fernet"):
        _secret(ROOT / ".secrets" / name)
    airflow = {
        "CORE__EXECUTION_API_SERVER_URL": f"http://127.0.0.1:{ports['airflow']}/execution/",
        "CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS": "True",
        "API__PORT": str(ports["airflow"]),
        "API__BASE_URL": f"http://127.0.0.1:{ports['airflow']}",
        "DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{quote(str(metadata_of(data)))}",
        "LOGGING__BASE_LOG_FOLDER": f"{data}/logs/tasks",
        "LOGGING__DAG_PROCESSOR_CHILD_PROCESS_LOG_DIRECTORY": f"{data}/logs/dag_processor",
        "LOGGING__WORKER_LOG_SERVER_PORT": str(ports["worker_log"]),
    }
    # The invented town has no business in a real store, or in a real mailbox.
    ours = ("AIRFLOW_", "GOODGUEST_")
    others = {k: v for k, v in os.environ.items() if not k.startswith(ours)}
    past_proxies = ",".join(filter(None, [os.environ.get("no_proxy"), "127.0.0.1,localhost"]))
    return {
        **others,
        **{f"AIRFLOW__{key}": value for key, value in airflow.items()},
        "AIRFLOW_HOME": str(ROOT),
        **variables_with_airflow(),
        "GOODGUEST_DATA": str(data),
        "GOODGUEST_CHARTER": str(charter_for(data, ports["town"])),
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}",
        "PYTHONUNBUFFERED": "1",
        "no_proxy": past_proxies,
        "NO_PROXY": past_proxies,
    }


def _secret(path: Path) -> None:
    path.parent.mkdir(mode=0o700, exist_ok=True)
    if path.exists():
        return
    # A Fernet key is 32 bytes; a token's secret wants 64.
    key = secrets.token_bytes(32 if path.name == "fernet" else 64)
    # Half a secret would stay, and no task could ever run.
    with tempfile.NamedTemporaryFile(dir=path.parent) as file:
        file.write(base64.urlsafe_b64encode(key))
        file.flush()
        with contextlib.suppress(FileExistsError):
            path.hardlink_to(file.name)


def charter_for(data: Path, port: int) -> Path:
    """Return the sample's charter, or where its port is taken a copy for the port the town got."""
    return _SAMPLE if port == PREFERRED_PORT["town"] else charter_copied(data, port)


def charter_copied(folder: Path, port: int) -> Path:
    """Return a copy of the sample's charter, with all it names, for a town at that port."""
    for name in ("taxonomy.ttl", "data.json", "examples.csv"):
        shutil.copy(_SAMPLE.with_name(name), folder / name)
    shutil.copytree(_SAMPLE.with_name("registers"), folder / "registers", dirs_exist_ok=True)
    copy = folder / "charter.yaml"
    text = _SAMPLE.read_text("utf-8").replace(f":{PREFERRED_PORT['town']}", f":{port}")
    copy.write_text(text, "utf-8")
    return copy


def _where_to_look(data: Path, airflow: str, town: str, explorer: str) -> None:
    for page in sorted((data / "digests").glob("*.html")):
        _say(f"Digest    {page.as_uri()}")
    _say(f"Explorer  {explorer}")
    goodguest = Path(sys.executable).with_name("goodguest")
    tables = f"GOODGUEST_DATA={shlex.quote(str(data))} {shlex.quote(str(goodguest))}"
    _say(f"Tables    {tables} show v_rising")
    _say(f"Airflow   {airflow}")
    _say(f"The town  {town}")


def hold_alone(held: contextlib.ExitStack, path: Path) -> None:
    """Hold the file until the stack closes; raise OSError where another process holds it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    # In a folder that all may write to, a link could lead anywhere.
    lock = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    file = held.enter_context(os.fdopen(lock, "w"))
    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


def port_of_our_own(held: contextlib.ExitStack, preferred: int) -> int:
    """Return a free port that no second run, started a moment ago, is about to take."""
    try:
        hold_alone(held, Path(tempfile.gettempdir()) / f"goodguest-{os.getuid()}-{preferred}")
    except OSError:
        return free_port(0)
    return free_port(preferred)


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
