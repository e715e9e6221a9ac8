"""Eight weeks of five sources by `airflow backfill create`, beside live runs, in a real Airflow."""

import contextlib
import fcntl
import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from compared import heard
from place import TODAY, Place, hurry, place_in
from stores import made_and_let_go

from pipeline.catalogue import load_catalogue
from pipeline.collect import collect_source
from pipeline.refine import refine
from samples.connections import variables
from samples.first_runs import Api
from samples.programs import Programs
from samples.run import environment, free_port
from samples.server import serve
from samples.town import build_town

SOURCES = [
    "neighbourhood-blog", "riverside-news", "allotment-board", "town-reddit", "streets-flickr"
]  # fmt: skip
TOWN = ZoneInfo("Europe/London")
MONDAYS = [
    (datetime(2026, 9, 21, tzinfo=TOWN) + timedelta(weeks=n)).astimezone(UTC) for n in range(9)
]
PATIENCE = 900.0
KEY = "one key, so that both have the same pseudonyms"


def weekly(place: Place) -> None:
    """Let the five sources be read weekly, two of them with one key."""
    said = place.given.load_charter().model_dump(mode="json")
    said["sources"] = {name: said["sources"][name] for name in SOURCES}
    for source in said["sources"].values():
        source |= {"schedule": "0 0 * * MON", "lookback": "P7D"}
    for shared in SOURCES[:2]:
        said["sources"][shared]["conn_id"] = "one_key"
    place.given.charter.write_text(json.dumps(said))


@pytest.fixture
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Place, Place]]:
    """Return where Airflow listens to the town, and where we do."""
    for name, held in {**variables(), "GOODGUEST_KEY": KEY}.items():
        monkeypatch.setenv(name, held)
    town = build_town(TODAY)
    with serve(town, per_ten_seconds=10_000) as address:
        past, live = (place_in(tmp_path / name, address, town) for name in ("past", "live"))
        for place in (past, live):
            made_and_let_go(place.given.warehouse)
            load_catalogue(place.given)
        weekly(live)
        yield past, live


@pytest.fixture
def airflow(places: tuple[Place, Place]) -> Iterator[tuple[Programs, Api]]:
    """Return a running Airflow that listens in the first place, with its collecting DAGs on."""
    past, _ = places
    ports = {name: free_port(0) for name in ("airflow", "worker_log")}
    ports["town"] = int(past.address.rsplit(":", 1)[1])
    base_environment = environment(past.given.data, ports)
    weekly(past)  # it copied the sample's charter
    settings = {
        **base_environment, **past.environment, "GOODGUEST_KEY": KEY,
        "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "True", "AIRFLOW__CORE__PARALLELISM": "3",
        "AIRFLOW_CONN_ONE_KEY": '{"conn_type": "generic"}',
    }  # fmt: skip
    with contextlib.ExitStack() as running:
        programs = Programs(running, past.folder / "logs", settings, lambda _: None)
        programs.finish("airflow", "db", "migrate")
        programs.start("api-server", "airflow", "api-server")
        programs.start("dag-processor", "airflow", "dag-processor")
        base = f"http://127.0.0.1:{ports['airflow']}"
        programs.wait_for(f"{base}/api/v2/version", "api-server")
        api = Api(base, programs.check)
        programs.start("scheduler", "airflow", "scheduler")
        until(lambda: set(SOURCES) <= collecting(api), programs)
        programs.finish(
            "airflow", "dags", "unpause", "--yes", "--treat-dag-id-as-regex", "collect__.*"
        )
        yield programs, api


def collecting(api: Api) -> set[str]:
    return {d["dag_id"].removeprefix("collect__") for d in api.listed("dags", "dags")}


def until(is_so: Any, programs: Programs) -> None:
    """Return once it is so."""
    end = time.monotonic() + PATIENCE
    while not is_so():
        assert time.monotonic() < end, "it did not come to its end"
        programs.check()
        time.sleep(2)


def asked(store: str, query: str) -> int:
    """Return the number that a query gives, or 0."""
    with sa.create_engine(store).begin() as conn:
        done = conn.execute(sa.text(query))
        return int(done.scalar() or 0) if done.returns_rows else 0


def tasks(api: Api, **wanted: str) -> list[dict[str, Any]]:
    return api.listed("dags/~/dagRuns/~/taskInstances", "task_instances", **wanted)


def runs_of(api: Api) -> list[dict[str, Any]]:
    return api.listed("dags/~/dagRuns", "dag_runs")


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_a_backfill_gives_the_rows_of_the_live_runs(
    places: tuple[Place, Place], airflow: tuple[Programs, Api], monkeypatch: pytest.MonkeyPatch
) -> None:
    (past, live), (programs, api) = places, airflow
    held = past.given.data / "locks" / f"{SOURCES[-1]}.lock"
    held.parent.mkdir(exist_ok=True)
    with held.open("w") as lock:
        # As a worker that was killed and lives on: its source is come back to, no try is used up.
        fcntl.flock(lock, fcntl.LOCK_EX)
        for source in SOURCES:
            programs.finish(
                "airflow", "backfill", "create", "--dag-id", f"collect__{source}",
                "--from-date", f"{MONDAYS[0]:%Y-%m-%dT%H:%M:%SZ}",
                "--to-date", f"{MONDAYS[-2]:%Y-%m-%dT%H:%M:%SZ}",
            )  # fmt: skip
        until(lambda: tasks(api, state="up_for_reschedule"), programs)
        waited = {task["id"]: task["try_number"] for task in tasks(api, state="up_for_reschedule")}
        # No test can wait for a day: all was due long ago. The DAG of the alerts is off.
        in_airflow = f"sqlite:///{past.given.data}/airflow.db"
        late = "update deadline set deadline_time = '2026-01-01 00:00:00.000000'"
        asked(in_airflow, late)
        until(lambda: asked(past.given.warehouse, "select count(*) from alert"), programs)
        twice = "select count(*) from task_reschedule group by ti_id order by 1 desc limit 1"
        until(lambda: asked(in_airflow, twice) > 1, programs)
    until(lambda: all(run["state"] in {"success", "failed"} for run in runs_of(api)), programs)
    done = {(run["dag_id"], run["logical_date"]) for run in runs_of(api)}
    assert {run["state"] for run in runs_of(api)} == {"success"}
    assert done >= {
        (f"collect__{source}", f"{monday:%Y-%m-%dT%H:%M:%SZ}")
        for source in SOURCES for monday in MONDAYS[:-1]
    }  # fmt: skip
    tries = {task["id"]: task["try_number"] for task in tasks(api)}
    assert {task: tries[task] for task in waited} == waited
    assert "key.one_key" in {pool["name"] for pool in api.listed("pools", "pools")}

    monkeypatch.setattr("pipeline.collect.Client", hurry())
    for source in SOURCES:
        for end in MONDAYS[1:]:
            collect_source(live.given, source, until=end, connections=lambda _: {})
    for place in (past, live):
        refine(place.given)
    of_live, of_past = (heard(place, MONDAYS[0], MONDAYS[-1]) for place in (live, past))
    assert len(of_live["post"]) > 700
    for table, rows in of_live.items():
        assert of_past[table] == rows, table
