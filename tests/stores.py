"""Stores that hold nothing yet: each is a copy of one that was migrated once."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

import psycopg
import sqlalchemy as sa

from contract.errors import FixSettings
from warehouse.store import check_revision, migrate, open_store

MIGRATED = "migrated"
"""The database in PostgreSQL that others are copied from; nobody writes to it."""
BARE = "template1"


def made_and_let_go(url: str) -> None:
    """Make a store, where there is none yet."""
    address = sa.make_url(url)
    if address.get_backend_name() == "sqlite" and address.database:
        file = Path(address.database)
        if not file.exists():
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(_migrated_file())
            return
    engine = open_store(url)
    try:
        check_revision(engine)
    except FixSettings:
        migrate(engine)
    finally:
        engine.dispose()


@cache
def _migrated_file() -> bytes:
    with TemporaryDirectory() as folder:
        file = Path(folder, "migrated.db")
        engine = open_store(f"sqlite:///{file}")
        migrate(engine)
        engine.dispose()
        return file.read_bytes()


@contextmanager
def database(folder: str, copied_from: str = MIGRATED) -> Iterator[str]:
    """Yield the address of a database of its own on the server in this folder, gone at the end."""
    name = f"test_{uuid4().hex}"
    run_on(folder, f"create database {name} template {copied_from}")
    try:
        yield f"postgresql+psycopg://goodguest@/{name}?host={folder}"
    finally:
        run_on(folder, f"drop database if exists {name} with (force)")


@contextmanager
def copied(url: str, file: Path) -> Iterator[str]:
    """Yield the address of a copy of a store that nobody uses: that file, or a database."""
    address = sa.make_url(url)
    if address.get_backend_name() == "postgresql":
        with database(str(address.query["host"]), str(address.database)) as copy:
            yield copy
        return
    if Path(str(address.database)).exists():
        shutil.copyfile(str(address.database), file)
    yield f"sqlite:///{file}"


def run_on(folder: str, statement: str) -> None:
    """Run a statement on the server in this folder."""
    with psycopg.connect(host=folder, user="goodguest", dbname="postgres", autocommit=True) as c:
        c.execute(statement.encode())


def lose_store(url: str) -> None:
    """Take a store away, as a broken disk does: an empty place is left."""
    address = sa.make_url(url)
    if address.get_backend_name() == "sqlite":
        file = Path(str(address.database))
        for each in file.parent.glob(f"{file.name}*"):
            each.unlink()
        return
    folder = str(address.query["host"])
    run_on(folder, f"drop database {address.database} with (force)")
    run_on(folder, f"create database {address.database} template {BARE}")
