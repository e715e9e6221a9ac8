"""A team's set-up for real: CeleryExecutor, two workers, Redis, PostgreSQL, S3: the same rows."""

import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from tempfile import mkdtemp
from urllib.parse import quote

import pytest
import sqlalchemy as sa
from content import content_of
from object_store import KEYS
from place import hurry
from rich.console import Console
from stores import made_and_let_go
from team import WORKERS, LoggedIn, Team, needs, start_airflow, team_of

from pipeline.catalogue import load_catalogue
from pipeline.collect import collect_source
from pipeline.landing import parts
from pipeline.refine import refine
from pipeline.settings import Settings
from samples.connections import variables
from samples.first_runs import watch
from samples.server import serve
from samples.town import build_town
from warehouse.store import opened
from warehouse.tables import coverage, ingest_run

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


@pytest.fixture
def folder() -> Path:
    """Return a folder with a short path, for sockets; it is kept, with its logs, on a failure."""
    return Path(mkdtemp(prefix="goodguest-team-"))


def test_a_team_has_the_rows_of_one_machine(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    needs("redis-server")
    # Minutes on a machine that does nothing else; more where other tests run beside this one.
    monkeypatch.setattr("samples.programs.PATIENCE_SECONDS", 600.0)
    today = datetime.now(UTC).date()
    with ExitStack() as stack:
        say = stack.enter_context(_aloud(capsys))
        team = team_of(stack, folder, str(today), say)
        for name in (*KEYS, "AWS_ENDPOINT_URL"):
            monkeypatch.setenv(name, team.environment[name])
        say(f"well after {start_airflow(team):.0f} s")
        api = team.api()
        watch(api, folder / WORKERS[0], team.programs.check, say)
        say(f"megabytes: {json.dumps(team.megabytes())}")
        api.come_to_rest()
        for name in (*WORKERS, "scheduler"):
            team.programs.stop(name)
        assert all(_work_of(name, folder) for name in WORKERS), "a worker did nothing"
        assert '"dag_id": "catalogue"' in _log_from_afar(api)
        for name in ("api-server", "dag-processor"):
            team.programs.stop(name)
        # What was landed last may not have been refined before all came to rest.
        team.programs.finish("goodguest", "refine")
        wanted = _truth(_embedded(team, today, monkeypatch).warehouse)
        found = _truth(team.environment["GOODGUEST_WAREHOUSE"])
        for name, held in (("team", found), ("embedded", wanted)):
            (folder / f"{name}.json").write_text(json.dumps(held, indent=1))
        for name, rows in wanted.items():
            assert found[name] == rows, name
        assert len(found["post"]) > 1000
        assert parts(team.environment["GOODGUEST_LANDING"])
    shutil.rmtree(folder)


@contextmanager
def _aloud(capsys: pytest.CaptureFixture[str]) -> Iterator[Callable[[str], None]]:
    """Yield what says something at once: the test takes minutes, and its figures are worth it."""
    with capsys.disabled():
        yield Console(highlight=False, soft_wrap=True, markup=False).print


def _work_of(worker: str, folder: Path) -> int:
    """Return how many tasks the worker has logged."""
    return len(list((folder / worker).glob("dag_id=*/run_id=*/task_id=*/attempt=*.log")))


def _log_from_afar(api: LoggedIn) -> str:
    """Return the log of a catalogue task as the API server shows it, with no worker left to ask."""
    (run, *_) = api.listed("dags/catalogue/dagRuns", "dag_runs", state="success")
    path = f"dags/catalogue/dagRuns/{quote(run['dag_run_id'])}/taskInstances/catalogue/logs/1"
    return json.dumps(api.got(path))


def _embedded(team: Team, today: date, patch: pytest.MonkeyPatch) -> Settings:
    """Return an embedded set-up that has read the same windows: SQLite, files, one process."""
    given = Settings(
        charter=Path(team.environment["GOODGUEST_CHARTER"]),
        data=team.folder / "embedded",
        warehouse=f"sqlite:///{team.folder}/embedded/warehouse.db",
        landing=str(team.folder / "embedded" / "landing"),
        smtp=None,
    )
    made_and_let_go(given.warehouse)
    patch.setattr("pipeline.collect.Client", hurry())
    patch.setenv("GOODGUEST_KEY", team.environment["GOODGUEST_KEY"])
    for name, held in variables().items():
        patch.setenv(name, held)
    with opened(team.environment["GOODGUEST_WAREHOUSE"]) as engine, engine.connect() as connection:
        windows = connection.execute(sa.select(ingest_run).order_by(ingest_run.c.started_at)).all()
    team.programs.stop("town")
    with serve(build_town(today), team.ports["town"], per_ten_seconds=10_000):
        load_catalogue(given)
        for window in windows:
            collect_source(given, window.source, until=window.window_until_at)
        refine(given)
    return given


def _truth(url: str) -> dict[str, list[str]]:
    """Return the content of a warehouse, and what it says of how completely it was read."""
    runs = ("source", "window_since_at", "window_until_at", "status", "records")
    hours = ("source", "hour_at", "state", "fetched", "covered_since_at", "covered_until_at")
    with opened(url) as engine, engine.connect() as connection:
        read = {
            table.name: sorted(
                repr(list(row))
                for row in connection.execute(sa.select(*(table.c[name] for name in names)))
            )
            for table, names in ((ingest_run, runs), (coverage, hours))
        }
    return content_of(url) | read
