"""What all tests share."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
import sqlalchemy as sa
from place import TODAY, Place, hurry, made_and_let_go, place_in
from playwright.sync_api import Browser, sync_playwright

from bench.server import own_server
from contract.errors import FixSettings
from docs.pictures import CHROMIUM
from samples.connections import variables
from samples.server import serve
from samples.town import build_town
from warehouse.store import migrate, open_store

SHARED = Path(__file__).parents[2] / "shared"


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


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return the address of an empty store: once a SQLite file, once a PostgreSQL schema."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/warehouse.db"
    folder = request.getfixturevalue("postgres")
    name = f"test_{uuid4().hex}"
    with psycopg.connect(host=folder, user="goodguest", dbname="postgres", autocommit=True) as c:
        c.execute(f"create schema {name}")
    where = f"host={folder}&options=-csearch_path%3D{name}"
    return f"postgresql+psycopg://goodguest@/postgres?{where}"


@pytest.fixture
def engine(store_url: str) -> Iterator[sa.Engine]:
    """Return an engine for an empty store that is migrated."""
    engine = open_store(store_url)
    try:
        migrate(engine)
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
        yield str(server.folder)
