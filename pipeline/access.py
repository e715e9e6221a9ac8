"""The log of accesses: who asked what of the posts, when, and under which purpose.

An access is first a line of a file, then a row of the warehouse. Whoever only reads the warehouse
can write the line, and it is in the file before the answer is given, so that no kill loses it.
"""

import errno
import fcntl
import getpass
import logging
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from secrets import token_hex
from typing import Any, Final, Literal, NamedTuple

import msgspec
from sqlalchemy import Engine

from contract.charter import Charter
from contract.errors import FixSettings, GoodguestError
from contract.mending import mended_first
from pipeline.settings import Settings
from warehouse.accessing import Access, accesses_since, keep_accesses
from warehouse.store import opened, writing

_log = logging.getLogger("goodguest.access")
ROLE_VARIABLE: Final = "GOODGUEST_ROLE"
PURPOSE_VARIABLE: Final = "GOODGUEST_PURPOSE"
How = Literal[
    "explorer", "search", "show", "review", "export", "held", "subject access",
    "freedom of information",
]  # fmt: skip
_OPEN: Final = "open.jsonl"
_ENDING: Final = ".jsonl"
_MOST_BYTES: Final = 16 * 1024 * 1024
"""Of the file that is written to, some fifty thousand accesses: more is no person's reading."""
_LONGEST: Final = 1_000
_LONGEST_NAME: Final = 100
_AT_ONCE: Final = 5_000


class Asking(NamedTuple):
    """Who asks, and under which purpose."""

    role: str
    purpose: str


def asking(charter: Charter, role: str | None, purpose: str | None) -> Asking:
    """Return who asks and for what, as was said here or in the environment.

    Where no role is said, it is the account on this machine. Where no purpose is said, it is every
    one that the charter has: posts of all of them may be shown. Raises FixSettings for a purpose
    that the charter does not have.
    """
    named = purpose or os.environ.get(PURPOSE_VARIABLE)
    if named and named not in charter.purposes:
        raise FixSettings(
            f"--purpose: found {named!r}; the charter has {', '.join(charter.purposes)}"
        )
    said = role or os.environ.get(ROLE_VARIABLE) or _account()
    return Asking(said, named or ", ".join(charter.purposes))


def _account() -> str:
    try:
        return f"account {getpass.getuser()}"
    except (OSError, KeyError):
        return f"account {os.getuid()}"


def note(given: Settings, who: Asking, how: How, question: str, rows: int | None = None) -> None:
    """Have the log say that this is asked; once it returns, no kill loses it.

    Raises GoodguestError when the file is full, and MendFirst when the disk is: then nothing may
    be shown.
    """
    role, purpose = _short(who.role, _LONGEST_NAME), _short(who.purpose, _LONGEST)
    said = _short(question, _LONGEST)
    access = Access(token_hex(16), datetime.now(UTC), role, purpose, how, said, rows)
    folder = given.data / "access"
    with mended_first(folder), _alone(folder):
        path = folder / _OPEN
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW, 0o600)
        try:
            if os.fstat(file).st_size > _MOST_BYTES:
                raise GoodguestError(
                    f"{path}: the log of accesses is full, and nothing is shown without it; have "
                    "it gathered with: goodguest accesses"
                )
            # A line that a full disk cut short does not take the next one with it.
            line = b"\n" + msgspec.json.encode(access) + b"\n"
            if os.write(file, line) < len(line):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))
        finally:
            os.close(file)


def gather(given: Settings, engine: Engine) -> int:
    """Return how many accesses were taken from the files into the warehouse."""
    folder = given.data / "access"
    if not folder.exists():
        return 0
    with mended_first(folder):
        with _alone(folder):
            if (folder / _OPEN).exists():
                aside = f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{token_hex(4)}{_ENDING}"
                (folder / _OPEN).rename(folder / aside)
        count = 0
        for path in sorted(folder.glob(f"[0-9]*{_ENDING}")):
            for accesses in _read(path):
                with writing(engine) as connection:
                    keep_accesses(connection, accesses)
                count += len(accesses)
            path.unlink(missing_ok=True)
    return count


def accesses(given: Settings, since: datetime, most: int = 1000) -> list[dict[str, Any]]:
    """Return at most so many accesses since then, the latest first, those in the files too."""
    with opened(given.warehouse) as engine:
        gather(given, engine)
        with engine.connect() as connection:
            found = accesses_since(connection, since, most)
    return [
        {name: value for name, value in one._asdict().items() if name != "access_key"}
        for one in found
    ]


def _read(path: Path) -> Iterator[Sequence[Access]]:
    batch: list[Access] = []
    try:
        lines = path.read_bytes().splitlines()
    except FileNotFoundError:
        return  # another process gathered it in between
    for line in lines:
        if not line:
            continue
        try:
            batch.append(msgspec.json.decode(line, type=Access))
        except msgspec.MsgspecError:
            _log.error("%s: a line of the log of accesses is not whole and is left out", path)
        if len(batch) == _AT_ONCE:
            yield batch
            batch = []
    if batch:
        yield batch


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Hold the folder, for the moment that a line or a new name takes."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)


def _short(text: str, most: int) -> str:
    printable = "".join(sign if sign.isprintable() else " " for sign in text[: most + 1])
    return printable if len(printable) <= most else f"{printable[: most - 1]}…"
