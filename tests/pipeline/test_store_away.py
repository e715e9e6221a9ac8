"""A store that is away, held, read-only or damaged: told plainly, nothing lost, nothing twice."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa
from installed import heard, holdings, installed
from place import TODAY, Place
from stores import made_and_let_go

from bench.server import Server, own_server
from contract.errors import FixSettings, GoodguestError, MendFirst
from pipeline import refine as refining
from pipeline.collect import collect_source
from pipeline.refine import refine
from pipeline.settings import Settings
from warehouse import load, runs, store
from warehouse.store import check_revision, open_store, opened
from warehouse.tables import ingest_run

MIDNIGHT = datetime(TODAY.year, TODAY.month, TODAY.day, tzinfo=UTC)
SECRET = "goose-that-opens-it"


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """Return a PostgreSQL server that may crash, or skip."""
    try:
        with own_server(is_durable=False) as server:
            yield server
    except FixSettings as missing:
        pytest.skip(str(missing))


@pytest.fixture
def url(server: Server) -> str:
    """Return the address of a new database."""
    name = f"away_{time.monotonic_ns()}"
    with server.connect() as connection:
        connection.execute(f"create database {name}")
    return f"postgresql+psycopg://goodguest@/{name}?host={server.folder}"


def ended(server: Server) -> None:
    """Have the server end every connection to databases of these tests."""
    query = "select pg_terminate_backend(pid) from pg_stat_activity where datname like 'away%'"
    with server.connect() as connection:
        connection.execute(query)


def crashed(server: Server) -> None:
    """Kill a process of the server: all the others end, and it recovers."""
    with psycopg.connect(host=str(server.folder), user="goodguest", dbname="postgres") as victim:
        os.kill(victim.info.backend_pid, signal.SIGKILL)
        time.sleep(0.2)


@pytest.fixture
def given(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Return an installation on that database, with four parts landed, each a batch."""
    monkeypatch.setenv("GOODGUEST_KEY", "a key that is the same in all stores")
    monkeypatch.setattr("pipeline.batches._BATCH_BYTES", 1)
    given = installed(tmp_path / "place", url)
    for first in range(1, 41, 10):
        heard(given, first, 10)
    return given


def once(monkeypatch: pytest.MonkeyPatch, module: Any, step: str, then: Callable[[], None]) -> None:
    """Have this happen before the step, the second time it is taken."""
    whole = getattr(module, step)
    taken: list[int] = []

    def disturbed(*arguments: Any, **named: Any) -> Any:
        taken.append(1)
        if len(taken) == 2:
            then()
        return whole(*arguments, **named)

    monkeypatch.setattr(module, step, disturbed)


@pytest.mark.parametrize("trouble", [ended, crashed])
def test_a_connection_that_is_lost_in_a_batch(
    server: Server, given: Settings, monkeypatch: pytest.MonkeyPatch,
    trouble: Callable[[Server], None],
) -> None:  # fmt: skip
    once(monkeypatch, load, "write_around", lambda: trouble(server))
    with pytest.raises(MendFirst, match=r"it was stopped or started|does not answer|lost") as told:
        refine(given)
    assert (told.value.at - datetime.now(UTC)).total_seconds() < 60
    with opened(_again(given)) as engine, engine.connect() as connection:
        assert connection.scalar(sa.text("select count(*) from post")) == 10, "one batch is whole"
    assert refine(given)["posts_new"] == 30
    after = holdings(given)
    assert refine(given, reparse=True)["posts_changed"] == 0
    assert len(after["post"]) == 40


def _again(given: Settings) -> str:
    """Return the store's address once it answers."""
    for _ in range(100):
        try:
            with opened(given.warehouse):
                return given.warehouse
        except MendFirst:
            time.sleep(0.1)
    raise TimeoutError("the server did not recover within 10 seconds")


def test_a_connection_that_is_lost_between_batches_is_replaced(
    server: Server, given: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    once(monkeypatch, refining, "_load", lambda: ended(server))
    assert refine(given)["posts_new"] == 40


def test_a_connection_that_is_lost_when_a_run_ends(
    server: Server, place: Place, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = "riverside-news"
    given = Settings(place.given.charter, place.given.data, url, place.given.landing, None)
    made_and_let_go(url)
    whole = place.elsewhere("whole").given
    collect_source(whole, name, until=MIDNIGHT)
    refine(whole, [name])
    finish = runs.finish_run

    def cut(*arguments: Any, **named: Any) -> None:
        ended(server)
        finish(*arguments, **named)

    with monkeypatch.context() as patched:
        patched.setattr(runs, "finish_run", cut)
        with pytest.raises(MendFirst):
            collect_source(given, name, until=MIDNIGHT)
    collect_source(given, name, until=MIDNIGHT)
    refine(given, [name])
    with opened(url) as engine, engine.connect() as connection:
        assert connection.execute(sa.select(ingest_run.c.status)).scalars().all() == ["done"]
    for view in ("post", "coverage"):
        assert len(holdings(given)[view]) == len(holdings(whole)[view]) > 0


def test_a_read_only_database(given: Settings, server: Server) -> None:
    name = sa.make_url(given.warehouse).database
    with server.connect() as connection:
        connection.execute(f"alter database {name} set default_transaction_read_only = on")
        with pytest.raises(MendFirst, match=r"it cannot be written; let its login write"):
            refine(given)
        connection.execute(f"alter database {name} set default_transaction_read_only = off")
    assert refine(given)["posts_new"] == 40


def test_a_read_only_disk(tmp_path: Path) -> None:
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "tmpfs", str(folder)]
    if os.geteuid() or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("needs root, who may mount a disk in memory")
    try:
        given = installed(folder / "place", f"sqlite:///{folder}/place/warehouse.db")
        heard(given, 1, 10)
        subprocess.run(["mount", "-o", "remount,ro", folder], check=True)
        with pytest.raises(MendFirst, match=r"cannot be (written|opened)"):
            refine(given)
        with pytest.raises(MendFirst, match=r"cannot be written; mount it writable"):
            heard(given, 11, 10)
        subprocess.run(["mount", "-o", "remount,rw", folder], check=True)
        assert refine(given)["posts_new"] == 10
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


def test_a_file_that_another_process_holds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    quick = ("busy_timeout = 100", *store._PRAGMAS[1:])
    monkeypatch.setattr(store, "_PRAGMAS", quick)
    given = installed(tmp_path / "place", f"sqlite:///{tmp_path}/place/warehouse.db")
    heard(given, 1, 10)
    with (
        opened(given.warehouse) as engine,
        store.writing(engine),
        pytest.raises(MendFirst, match="another process has held it for too long"),
    ):
        refine(given)
    assert refine(given)["posts_new"] == 10


def test_a_damaged_file(tmp_path: Path) -> None:
    given = installed(tmp_path / "place", f"sqlite:///{tmp_path}/place/warehouse.db")
    heard(given, 1, 10)
    (tmp_path / "place" / "warehouse.db").write_bytes(b"nothing of a database" * 1000)
    with pytest.raises(GoodguestError, match=r"is damaged \(.*goodguest restore") as told:
        refine(given)
    assert not isinstance(told.value, MendFirst), "it does not mend itself"


@pytest.mark.parametrize(
    ("address", "said", "code"),
    [
        ("postgresql+psycopg://goodguest:{secret}@127.0.0.1:1/none", "does not answer", 1),
        ("postgresql+psycopg://goodguest@127.0.0.1:1/none?password={secret}", "not answer", 1),
        ("postgresql+psycopg://goodguest:{secret}@/none?host={folder}", "no such database", 2),
        ("postgresql+psycopg://nobody:{secret}@/postgres?host={folder}", "no such login", 2),
    ],
)
def test_no_message_tells_the_password(
    server: Server, tmp_path: Path, address: str, said: str, code: int
) -> None:
    url = address.format(secret=SECRET, folder=server.folder)
    with pytest.raises(GoodguestError, match=said) as told:
        check_revision(open_store(url))
    assert SECRET not in str(told.value)
    given = installed(tmp_path / "place", f"sqlite:///{tmp_path}/place/warehouse.db")
    done = subprocess.run(
        [sys.executable, "-m", "pipeline.cli", "status"],
        env={**os.environ, "GOODGUEST_CHARTER": str(given.charter),
             "GOODGUEST_DATA": str(given.data), "GOODGUEST_WAREHOUSE": url},
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert (done.returncode, "Traceback" in done.stderr) == (code, False), done.stderr
    assert SECRET not in done.stdout + done.stderr
