"""What all tests share."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from functools import cache
from pathlib import Path

import psutil
import pytest
import sqlalchemy as sa
from place import TODAY, Place, hurry, place_in
from playwright.sync_api import Browser, sync_playwright
from stores import BARE, MIGRATED, database, made_and_let_go, run_on

from bench.server import own_server
from contract.errors import FixSettings
from docs.pictures import CHROMIUM
from pipeline import language_cache
from samples.connections import variables
from samples.server import serve
from samples.town import build_town
from transforms.language_tables import tables_of
from warehouse import store
from warehouse.store import open_store

SHARED = Path(__file__).parents[2] / "shared"
_MEMORY = Path("/dev/shm")
_ROOM = 4 * 2**30


def pytest_configure() -> None:
    """Keep in memory what tests write, where there is room for it.

    A database of PostgreSQL is a thousand files: on a disk these take longer than most tests.
    """
    if "TMPDIR" not in os.environ and _has_room(_MEMORY):
        os.environ["TMPDIR"] = tempfile.tempdir = str(_MEMORY)


def _has_room(folder: Path) -> bool:
    if not os.access(folder, os.W_OK) or os.statvfs(folder).f_flag & os.ST_NOEXEC:
        return False
    return min(shutil.disk_usage(folder).free, psutil.virtual_memory().available) > _ROOM


@pytest.fixture(scope="session", autouse=True)
def _disks_are_not_waited_for() -> Iterator[None]:
    """Let what is written reach the disk when it likes: no test cuts the power."""
    pragmas = [each for each in store._PRAGMAS if not each.startswith("synchronous")]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", lambda _: None)
        patch.setattr(store, "_PRAGMAS", (*pragmas, "synchronous = OFF"))
        yield


@pytest.fixture(scope="session", autouse=True)
def _languages_are_unpacked_once() -> Iterator[None]:
    """Let installations share what the language model is made of; each still keeps its own file."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(language_cache, "tables_of", cache(tables_of))
        yield


@pytest.fixture(scope="session")
def recorded() -> Path:
    """Return the folder of recorded API responses, or skip."""
    return _beside("recorded")


@pytest.fixture(scope="session")
def bench() -> Path:
    """Return the folder of labelled sets, or skip."""
    return _beside("bench")


def _beside(name: str) -> Path:
    folder = SHARED / name
    if not folder.is_dir():
        pytest.skip(f"needs ../shared/{name}, which is not beside this checkout")
    return folder


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    """Return the sample town on loopback, and a migrated SQLite store to listen with."""
    monkeypatch.setattr("pipeline.collect.Client", hurry())
    for name, held in variables().items():
        monkeypatch.setenv(name, held)
    town = build_town(TODAY)
    with serve(town, per_ten_seconds=10_000) as address:
        found = place_in(tmp_path, address, town)
        made_and_let_go(found.given.warehouse)
        yield found


both_stores = pytest.fixture(params=["sqlite", "postgresql"])


@both_stores
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Return the address of a migrated store without a row: once SQLite, once PostgreSQL."""
    yield from _store_of(request, tmp_path, MIGRATED)


@both_stores
def bare_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Return the address of a place for a store, in which nothing was made."""
    yield from _store_of(request, tmp_path, BARE)


def _store_of(request: pytest.FixtureRequest, folder: Path, copied_from: str) -> Iterator[str]:
    if request.param == "postgresql":
        with database(request.getfixturevalue("postgres"), copied_from) as url:
            yield url
        return
    url = f"sqlite:///{folder}/warehouse.db"
    if copied_from == MIGRATED:
        made_and_let_go(url)
    yield url


@pytest.fixture
def engine(store_url: str) -> Iterator[sa.Engine]:
    """Return an engine for a migrated store without a row."""
    engine = open_store(store_url)
    try:
        yield engine
    finally:
        engine.dispose()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Return a headless Chromium, or skip."""
    if not CHROMIUM.exists():
        pytest.skip("needs /usr/bin/chromium (apt-get install chromium)")
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """Return the socket folder of a PostgreSQL server of the tests' own, or skip."""
    with ExitStack() as stack:
        try:
            server = stack.enter_context(own_server(is_durable=False))
        except FixSettings as missing:
            pytest.skip(str(missing))
        folder = str(server.folder)
        run_on(folder, f"create database {MIGRATED}")
        made_and_let_go(f"postgresql+psycopg://goodguest@/{MIGRATED}?host={folder}")
        yield folder
