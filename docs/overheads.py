"""Measures what Airflow itself costs on this machine: python -m docs.overheads

It writes docs/overheads.md: seconds a task and a hop, start until healthy, memory of the whole at
rest, and what it takes to parse the DAGs of few and of many sources.
"""

import contextlib
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import psutil

from samples.first_runs import Api
from samples.programs import GaveUp, Programs, direct, until_patience_ends
from samples.run import PREFERRED_PORT, ROOT, environment, free_port

PAGE: Final = Path(__file__).with_name("overheads.md")
_TASKS: Final = 10
_SOURCES: Final = (5, 300)
_ROUNDS: Final = 3
_REST_SECONDS: Final = 20
_CHAIN: Final = f"""
import pendulum
from airflow.sdk import DAG, chain, task

with DAG("chain", schedule=None, start_date=pendulum.datetime(2026, 1, 1, tz="UTC")):

    @task
    def nothing():
        pass

    chain(*(nothing.override(task_id=f"task_{{n}}")() for n in range({_TASKS})))
"""
_PARSE: Final = """
import json, sys, time
from airflow.dag_processing.dagbag import BundleDagBag
began, worked = time.monotonic(), time.process_time()
bag = BundleDagBag(dag_folder=sys.argv[1], bundle_path=sys.argv[1], bundle_name="goodguest")
took = {"seconds": time.monotonic() - began, "cpu": time.process_time() - worked}
errors = [str(error) for error in bag.import_errors.values()]
print("\\n" + json.dumps({**took, "dags": len(bag.dags), "errors": errors}))
"""


def main() -> int:
    """Write the page."""
    with tempfile.TemporaryDirectory(prefix="goodguest-") as name, contextlib.ExitStack() as held:
        folder = Path(name)
        parsed = {number: _parsed(folder / str(number), number) for number in _SOURCES}
        running = _running(held, folder / "airflow")
    PAGE.write_text("\n".join(_lines(parsed, running)) + "\n", encoding="utf-8")
    sys.stderr.write(f"wrote {PAGE.name}\n")
    return 0


def _surroundings(folder: Path) -> dict[str, str]:
    folder.mkdir(parents=True)
    return environment(folder, {name: free_port(port) for name, port in PREFERRED_PORT.items()})


def _parsed(folder: Path, number: int) -> dict[str, Any]:
    """Return the quickest of some parsings of all DAGs: `seconds`, `cpu` and `dags`."""
    surroundings = _surroundings(folder) | {"GOODGUEST_CHARTER": str(_charter(folder, number))}
    subprocess.run(
        [sys.executable, "-m", "airflow", "db", "migrate"],
        env=surroundings, cwd=ROOT, check=True, capture_output=True,
    )  # fmt: skip
    rounds = [_parsed_once(surroundings) for _ in range(_ROUNDS)]
    return min(rounds, key=lambda one: float(one["seconds"]))


def _parsed_once(surroundings: dict[str, str]) -> dict[str, Any]:
    done = subprocess.run(  # noqa: S603 - a program of our own environment
        [sys.executable, "-c", _PARSE, str(ROOT)],
        env=surroundings, cwd=ROOT, check=True, capture_output=True, text=True,
    )  # fmt: skip
    found: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    if found["errors"]:
        raise GaveUp("\n".join(found["errors"]))
    return found


def _charter(folder: Path, number: int) -> Path:
    """Return a charter of so many sources, all as the sample's news."""
    sample = (ROOT / "samples" / "charter.yaml").read_text("utf-8")
    head, rest = sample.split("\nsources:\n")
    sources = rest.split("\nvocabulary:")[0]
    news = "  riverside-news:" + sources.split("  riverside-news:")[1].split("\n\n")[0]
    many = "\n".join(news.replace("riverside-news:", f"news-{n}:", 1) for n in range(number))
    charter = folder / "charter.yaml"
    charter.write_text(f"{head}\nsources:\n{many}\n", encoding="utf-8")
    return charter


def _running(held: contextlib.ExitStack, folder: Path) -> dict[str, float]:
    """Return `healthy` and `task` and `hop` in seconds, and `memory` in MiB, of an Airflow."""
    surroundings = _surroundings(folder) | {"GOODGUEST_CHARTER": str(_charter(folder, _SOURCES[0]))}
    dags = folder / "bundle"
    dags.mkdir()
    (dags / "chain.py").write_text(_CHAIN, encoding="utf-8")
    bundles = [
        {
            "name": name,
            "classpath": "airflow.dag_processing.bundles.local.LocalDagBundle",
            "kwargs": {"path": str(path)},
        }
        for name, path in (("goodguest", ROOT), ("chain", dags))
    ]
    surroundings |= {
        "AIRFLOW__DAG_PROCESSOR__DAG_BUNDLE_CONFIG_LIST": json.dumps(bundles),
        "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "True",
    }
    programs = Programs(held, folder / "logs", surroundings, sys.stderr.write)
    programs.finish("airflow", "db", "migrate")
    began = time.monotonic()
    for name in ("api-server", "dag-processor", "scheduler"):
        programs.start(name, "airflow", name)
    address = surroundings["AIRFLOW__API__BASE_URL"]
    _wait_until_healthy(f"{address}/api/v2/monitor/health", programs)
    healthy = time.monotonic() - began
    api = Api(address, programs.check)
    _wait_for_dag(api)
    task, hop = _chained(api)
    time.sleep(_REST_SECONDS)
    return {"healthy": healthy, "task": task, "hop": hop, "memory": _memory(programs)}


def _wait_until_healthy(url: str, programs: Programs) -> None:
    parts = ("metadatabase", "scheduler", "dag_processor")
    for _ in until_patience_ends():
        programs.check()
        with contextlib.suppress(OSError):
            said = direct().get(url, timeout=30).json()
            if all(said[part]["status"] == "healthy" for part in parts):
                return
    raise GaveUp("Airflow is not healthy")


def _wait_for_dag(api: Api) -> None:
    for _ in until_patience_ends():
        if any(dag["dag_id"] == "chain" for dag in api.listed("dags", "dags")):
            return
    raise GaveUp("the DAG of the measurement is not there")


def _chained(api: Api) -> tuple[float, float]:
    """Return the median seconds of a task, and from one's end to the next one's, over some runs."""
    api.patch("dags/chain", {"is_paused": False})
    runs = [list(_tasks_of(api, number)) for number in range(_ROUNDS + 1)][1:]  # the first is cold
    lasted = [(end - start).total_seconds() for run in runs for start, end in run]
    hops = [(run[-1][1] - run[0][0]).total_seconds() / len(run) for run in runs]
    return statistics.median(lasted), statistics.median(hops)


def _tasks_of(api: Api, number: int) -> Iterator[tuple[datetime, datetime]]:
    name = f"measured-{number}"
    api.post("dags/chain/dagRuns", {"dag_run_id": name, "logical_date": None}).raise_for_status()
    for _ in until_patience_ends():
        if api.state_of("chain", name) == "success":
            break
    tasks = api.listed(f"dags/chain/dagRuns/{name}/taskInstances", "task_instances")
    for task in sorted(tasks, key=lambda one: str(one["start_date"])):
        yield tuple(datetime.fromisoformat(task[at]) for at in ("start_date", "end_date"))  # type: ignore[misc]


def _memory(programs: Programs) -> float:
    """Return the memory all programs hold together in MiB, what they share counted once."""
    pids = [programs.pid(name) for name in ("api-server", "dag-processor", "scheduler")]
    leaders = [psutil.Process(pid) for pid in pids if pid is not None]
    family = {each for one in leaders for each in (one, *one.children(recursive=True))}
    return sum(process.memory_full_info().pss for process in family) / 2**20


def _lines(parsed: dict[int, dict[str, Any]], running: dict[str, float]) -> Iterator[str]:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    rows = {
        "start until scheduler, DAG processor and API are healthy": f"{running['healthy']:.0f} s",
        "a task that does nothing": f"{running['task']:.2f} s",
        f"the same in a chain of {_TASKS}, with the way to it": f"{running['hop']:.2f} s",
        "memory of the whole at rest (PSS)": f"{running['memory']:,.0f} MiB",
        **{
            f"parsing the DAGs of {number} sources ({one['dags']} DAGs)": (
                f"{one['seconds']:.2f} s, {one['cpu']:.2f} s of CPU"
            )
            for number, one in parsed.items()
        },
    }
    yield "# What Airflow costs"
    yield ""
    yield "*For operators who choose a machine.*"
    yield ""
    yield "Written by `python -m docs.overheads`, never by hand. Seconds are of the machine they"
    yield "were measured on, and of what else it did."
    yield ""
    yield f"- Machine: {os.cpu_count()} cores, {memory:.0f} GiB of memory, {platform.system()}"
    yield f"- Load when it ended: {os.getloadavg()[0]:.1f}"
    yield f"- Python {platform.python_version()}, Airflow {version('apache-airflow')}, SQLite"
    yield ""
    yield "| what | measured |"
    yield "| --- | --: |"
    yield from (f"| {what} | {measured} |" for what, measured in rows.items())


if __name__ == "__main__":
    sys.exit(main())
