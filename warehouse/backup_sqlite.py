"""The file of a SQLite store: copied while others write, and replaced by another as a whole."""

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from urllib.parse import quote

from contract.errors import FixSettings
from contract.mending import damaged, mended_first

_BESIDE = ("-wal", "-shm", "-journal")
"""What SQLite keeps beside a file; that of another file would damage it."""
_WAIT_SECONDS = 60.0
_PATIENCE_SECONDS = 5.0


def address_of(file: Path) -> str:
    """Return the file's address for SQLAlchemy."""
    return f"sqlite:///{quote(str(file))}"


def read_only(file: Path) -> str:
    """Return an address by which nothing can be written to the file, not even beside it."""
    return f"sqlite:///file:{quote(quote(str(file)))}?immutable=1&uri=true"


def copy(database: Path, file: Path) -> None:
    """Write the database, as it is at one moment, into the new file; others go on writing.

    Raises GoodguestError when the database is damaged.
    """
    where = f"file:{quote(str(database))}?mode=ro"
    with (
        mended_first(database),
        closing(sqlite3.connect(where, uri=True, timeout=_WAIT_SECONDS)) as source,
        closing(sqlite3.connect(file)) as copied,
    ):
        copied.execute("PRAGMA synchronous = OFF")  # it is synced as a whole, once it is whole
        source.backup(copied)
        copied.execute("PRAGMA journal_mode = DELETE")  # one file, that can be read from anywhere
        (said,) = copied.execute("PRAGMA quick_check(1)").fetchone()
        if said != "ok":
            raise damaged(str(database), sqlite3.DatabaseError(said))


@contextmanager
def replaced(database: Path, file: Path) -> Iterator[Path]:
    """Yield a copy of the file to work on, and put it in the database's place at the end.

    Until then the database is as it was. Raises MendFirst while another process has it open.
    """
    aside = database.with_name(f".{database.name}.restored")
    database.parent.mkdir(parents=True, exist_ok=True)
    _forget(aside)
    try:
        with mended_first(aside):
            shutil.copyfile(file, aside)
            aside.chmod(0o600)
            yield aside
            sync(aside)
        with mended_first(database):
            _let_go(database)
            aside.replace(database)
            sync(database.parent)
    finally:
        _forget(aside)


def _let_go(database: Path) -> None:
    """Have nothing stand beside the database that belongs to what it holds now."""
    if database.exists():
        with closing(
            sqlite3.connect(database, isolation_level=None, timeout=_PATIENCE_SECONDS)
        ) as old:
            try:
                # In this mode it can only be written when nobody else has it open.
                old.execute("PRAGMA locking_mode = EXCLUSIVE")
                old.execute("BEGIN EXCLUSIVE")
                old.execute("COMMIT")
                old.execute("PRAGMA journal_mode = DELETE")
            except sqlite3.DatabaseError as error:
                if error.sqlite_errorcode not in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
                    raise
    for ending in _BESIDE:
        Path(f"{database}{ending}").unlink(missing_ok=True)


def _forget(aside: Path) -> None:
    for ending in ("", *_BESIDE):
        with suppress(FileNotFoundError):
            Path(f"{aside}{ending}").unlink()


def sync(path: Path) -> None:
    """Return once what was written to the file, or renamed in the folder, is on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def refuse_absent(database: Path) -> None:
    """Raise FixSettings where there is no such file: opening it would make one."""
    if not database.is_file():
        raise FixSettings(f"{database}: there is no warehouse yet; make it with: goodguest init")
