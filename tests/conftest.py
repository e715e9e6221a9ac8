"""What all tests share."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest
import sqlalchemy as sa
from place import TODAY, Place, hurry, made_and_let_go, place_in

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


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """Return the socket folder of a PostgreSQL server of the tests' own, or skip."""
    initdb, server = _installed("initdb"), _installed("postgres")
    if not initdb or not server:
        pytest.skip("needs PostgreSQL's initdb and postgres (Debian: apt install postgresql)")
    # Not below tmp_path: as root the server runs as another user, who may not go there, and a
    # socket's path holds some hundred characters only.
    folder = Path(tempfile.mkdtemp(prefix="goodguest-"))
    runs_as: dict[str, Any] = {"cwd": folder, "stdout": subprocess.DEVNULL}
    if os.geteuid() == 0:
        user = _unprivileged()
        os.chown(folder, user.pw_uid, user.pw_gid)
        runs_as |= {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    settings = {
        "fsync": "off",
        "listen_addresses": "",
        "unix_socket_directories": str(folder),
        "log_min_messages": "fatal",
    }
    options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    who = ["--username=goodguest", "--auth=trust", "--encoding=UTF8", "--no-locale", "--no-sync"]
    process = None
    try:
        subprocess.run([initdb, "-D", folder / "data", *who], check=True, **runs_as)
        process = subprocess.Popen(
            [server, "-D", folder / "data", *options], stderr=subprocess.DEVNULL, **runs_as
        )
        _wait_until_ready(folder, process)
        yield str(folder)
    finally:
        if process:
            process.send_signal(signal.SIGQUIT)  # at once: nothing of it is kept
            process.wait(30)
        shutil.rmtree(folder, ignore_errors=True)


def _installed(program: str) -> str | None:
    debian = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{program}"))
    return str(debian[-1]) if debian else shutil.which(program)


def _unprivileged() -> pwd.struct_passwd:
    known = {user.pw_name: user for user in pwd.getpwall()}
    return known.get("postgres") or known["nobody"]


def _wait_until_ready(folder: Path, process: "subprocess.Popen[bytes]") -> None:
    for _ in range(300):
        assert process.poll() is None, "the PostgreSQL server ended at once"
        try:
            psycopg.connect(host=str(folder), user="goodguest", dbname="postgres").close()
        except psycopg.OperationalError:
            time.sleep(0.1)
        else:
            return
    raise TimeoutError("the PostgreSQL server was not ready within 30 seconds")
