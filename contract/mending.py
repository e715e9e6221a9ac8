"""What our own disks and files say when they cannot be used, and what a person has to do then."""

import errno
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final, NamedTuple

from contract.errors import GoodguestError, MendFirst


class Trouble(NamedTuple):
    """What is wrong, what to do, and how long to wait before it is tried again."""

    what: str
    to_do: str
    wait: timedelta
    is_of_room: bool = False


_LONG, _SHORT = timedelta(minutes=2), timedelta(seconds=30)
FULL: Final = Trouble("the disk is full", "make room there", _LONG, is_of_room=True)
READ_ONLY: Final = Trouble(
    "it cannot be written", "mount it writable, or give this account the right to write it", _LONG
)
FAILING: Final = Trouble(
    "the disk gives errors", "look into the system's log: a disk, share or quota fails", _LONG
)
BUSY: Final = Trouble(
    "another process has held it for too long", "wait until that ends, or end it", _SHORT
)
AWAY: Final = Trouble("it does not answer", "see that it runs and can be reached", _SHORT)
MIGRATED: Final = Trouble(
    "another version of goodguest migrated it while this one ran",
    "run this again with that version",
    _SHORT,
)

_OF_FILES: Final = {
    errno.ENOSPC: FULL,
    errno.EDQUOT: Trouble(
        "its quota is used up", "make room there, or raise the quota", _LONG, is_of_room=True
    ),
    errno.EFBIG: Trouble("a file may grow no more", "raise the limit of a file's size", _LONG),
    errno.EROFS: READ_ONLY,
    errno.EACCES: READ_ONLY,
    errno.EPERM: READ_ONLY,
    errno.EIO: FAILING,
    errno.ESTALE: FAILING,
}
_OF_SQLITE: Final = {
    sqlite3.SQLITE_FULL: FULL,
    sqlite3.SQLITE_IOERR: FAILING,
    sqlite3.SQLITE_READONLY: READ_ONLY,
    sqlite3.SQLITE_PERM: READ_ONLY,
    sqlite3.SQLITE_CANTOPEN: Trouble(
        "it cannot be opened", "see that it is there and that this account may write it", _LONG
    ),
    sqlite3.SQLITE_BUSY: BUSY,
    sqlite3.SQLITE_LOCKED: BUSY,
}
_LITTLE_BYTES: Final = 256 * 1024
"""Less than what SQLite keeps beside a file that somebody reads."""
_DAMAGED: Final = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}


@contextmanager
def mended_first(place: str | Path) -> Iterator[None]:
    """Raise MendFirst where what is done inside finds the disk of that place full or read-only.

    Other errors go through as they are.
    """
    try:
        yield
    except OSError as error:
        if error.errno not in _OF_FILES:
            raise
        named = error.filename if isinstance(error.filename, str) else place
        raise mending(str(named), _OF_FILES[error.errno], named) from error
    except sqlite3.Error as error:
        found = of_sqlite(error, str(place), place)
        if found is None:
            raise
        raise found from error


def of_sqlite(error: sqlite3.Error, shown: str, place: str | Path) -> GoodguestError | None:
    """Return what an error of SQLite means for who runs this; None where it is none of these."""
    # The lower byte is the kind, the others tell where it was met.
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code in _DAMAGED:
        return damaged(shown, error)
    if code not in _OF_SQLITE:
        return None
    # Where not even its own small files can grow, it says no more than that the disk fails.
    is_full = code == sqlite3.SQLITE_IOERR and _free_bytes(place) < _LITTLE_BYTES
    return mending(shown, FULL if is_full else _OF_SQLITE[code], place)


def damaged(shown: str, error: Exception) -> GoodguestError:
    """Return the error that says that what is stored cannot be read any more."""
    said = " ".join(str(error).split())
    return GoodguestError(
        f"{shown}: the warehouse is damaged ({said}); keep a copy of it, and put the last good "
        "state in its place with: goodguest restore"
    )


def mending(shown: str, trouble: Trouble, place: str | Path | None = None) -> MendFirst:
    """Return the error that says so; of a full disk with the room there is at the place."""
    room = f" ({_room(place)})" if trouble.is_of_room and place is not None else ""
    return MendFirst(
        f"{shown}: {trouble.what}{room}; {trouble.to_do}. What was not whole is not kept, and the "
        "next run goes on by itself",
        datetime.now(UTC) + trouble.wait,
    )


def _nearest(place: str | Path) -> Path:
    """Return the place, or the folder above it that is there."""
    path = Path(str(place).removeprefix("file://")).absolute()
    while not path.exists() and path != path.parent:
        path = path.parent
    return path


def _free_bytes(place: str | Path) -> int:
    return shutil.disk_usage(_nearest(place)).free


def _room(place: str | Path) -> str:
    path = _nearest(place)
    found, temporary = os.statvfs(path), Path(tempfile.gettempdir())
    if found.f_files and not found.f_favail:
        return "no more files can be made there: it has too many"
    said = _free(path)
    if path.stat().st_dev != temporary.stat().st_dev:
        said += f", and {_free(temporary)} in {temporary} for temporary files"
    return said


def _free(path: Path) -> str:
    usage = shutil.disk_usage(path)
    return f"{usage.free / 1e6:,.1f} of {usage.total / 1e6:,.1f} MB are free"
