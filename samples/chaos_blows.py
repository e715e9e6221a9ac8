"""What is done to the house: processes killed, a disk filled, a database and a clock disturbed."""

import contextlib
import os
import random
import signal
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import psutil  # type: ignore[import-untyped]  # comes with Airflow
import sqlalchemy as sa

from samples.chaos_house import House

Strike = Callable[[House, random.Random], str | None]
"""Returns what was done, or None when it cannot be done at the moment."""

_BUSY = "airflow worker -- "
_IDLE = "<idle>"
_SHARES = {"task": 0.6, "scheduler": 0.2, "api-server": 0.15, "dag-processor": 0.05}
_LASTING = {"warehouse held by another": 75.0}
"""Seconds; a task waits for another writer of SQLite for a minute, and then comes back later."""
_JUMP = timedelta(days=1)


@dataclass(frozen=True)
class Blow:
    """Something to be done, seconds after the begin; a disturbance has an `end` when it lasted."""

    at: float
    kind: str
    strike: Strike
    lasting: float = 0.0
    end: Strike | None = None


def kills(dice: random.Random, number: int, seconds: float) -> list[Blow]:
    """Return so many kills, spread over the time, most of them of tasks."""
    whole = {kind: round(share * number) for kind, share in _SHARES.items()}
    whole["task"] += number - sum(whole.values())
    kinds = [kind for kind, n in whole.items() for _ in range(n)]
    dice.shuffle(kinds)
    slot = seconds / max(number, 1)
    return [
        Blow((place + dice.random()) * slot, f"{kind} killed", _KILLS[kind])
        for place, kind in enumerate(kinds)
    ]


def disturbances(house: House, seconds: float) -> list[Blow]:
    """Return the disturbances that are possible here, one after the other."""
    return [
        Blow(
            at=seconds * (0.15 + 0.2 * place),
            kind=kind,
            strike=begin,
            lasting=min(_LASTING.get(kind, 40.0), seconds / 8),
            end=end,
        )
        for place, (kind, begin, end) in enumerate(_possible(house))
    ]


def _possible(house: House) -> Iterator[tuple[str, Strike, Strike]]:
    is_sqlite = house.database is None
    if house.has_disks:
        yield "disk full", _fill, _free
    if not is_sqlite:
        yield "warehouse read-only", _forbid_writing, _allow_writing
    elif house.has_disks:
        yield "warehouse read-only", _remount_read_only, _remount_writable
    if is_sqlite:
        yield "warehouse held by another", _hold, _let_go
    else:
        yield "warehouse away", _shut_out, _let_in
    if house.clock:
        yield "clock a day ahead", _jump, _jump_back


def _kill(pid: int | None, what: str) -> str | None:
    if pid is None:
        return None
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
        return f"kill -9 {pid}: {what}"
    return None


def _kill_service(name: str) -> Strike:
    return lambda house, dice: _kill(house.programs.pid(name), name)


def _kill_task(house: House, dice: random.Random) -> str | None:
    """Kill a task, or the worker that watches over it."""
    scheduler = house.programs.pid("scheduler")
    if scheduler is None:
        return None
    with contextlib.suppress(psutil.NoSuchProcess):
        children = psutil.Process(scheduler).children(recursive=True)
        busy = [(child, title) for child in children if (title := _title(child))]
        if busy:
            child, title = dice.choice(busy)
            return _kill(child.pid, f"a task ({title})")
    return None


def _title(process: psutil.Process) -> str | None:
    with contextlib.suppress(psutil.NoSuchProcess):
        title = " ".join(process.cmdline())
        # Killed while it waits, a worker keeps the lock of the queue all of them wait at: that
        # stops Airflow's LocalExecutor, and no task is hurt by it.
        if title.startswith(_BUSY) and _IDLE not in title:
            return "its worker" if "LocalExecutor" in title else "itself"
    return None


_KILLS: dict[str, Strike] = {
    "task": _kill_task,
    **{name: _kill_service(name) for name in ("scheduler", "api-server", "dag-processor")},
}


def _balloons(house: House) -> list[Path]:
    return [house.folder / place / "balloon" for place in ("disk", "store")]


def _fill(house: House, dice: random.Random) -> str:
    for balloon in _balloons(house):
        with balloon.open("wb", buffering=0) as file, contextlib.suppress(OSError):
            while True:
                file.write(bytes(65536))
        with balloon.open("ab", buffering=0) as file, contextlib.suppress(OSError):
            while True:
                file.write(b"\0")
    return "the disks of data, logs and warehouse are full"


def _free(house: House, dice: random.Random) -> str:
    for balloon in _balloons(house):
        balloon.unlink(missing_ok=True)
    return "there is room on the disks again"


def _remount(house: House, how: str) -> int:
    command = ["/usr/bin/mount", "-o", f"remount,{how}", str(house.folder / "store")]
    return subprocess.run(command, check=False, capture_output=True).returncode  # noqa: S603


def _remount_read_only(house: House, dice: random.Random) -> str | None:
    # It is refused while somebody has a file open for writing: the next tick tries again.
    return None if _remount(house, "ro") else "the warehouse's disk is read-only"


def _remount_writable(house: House, dice: random.Random) -> str | None:
    return None if _remount(house, "rw") else "the warehouse's disk can be written to again"


_holding: list[sqlite3.Connection] = []


def _hold(house: House, dice: random.Random) -> str:
    holder = sqlite3.connect(str(sa.make_url(house.given.warehouse).database), timeout=60)
    holder.execute("begin immediate")
    _holding.append(holder)
    return "another process holds the warehouse's write lock"


def _let_go(house: House, dice: random.Random) -> str:
    _holding.pop().close()
    return "the warehouse's write lock is free"


def _to_server(house: House, *statements: str) -> None:
    if house.database is None:
        raise ValueError("a house on SQLite has no server")
    with contextlib.closing(house.database.connect()) as connection:
        for statement in statements:
            connection.execute(statement.encode())


_CUT = "select pg_terminate_backend(pid) from pg_stat_activity where datname = 'goodguest'"


def _forbid_writing(house: House, dice: random.Random) -> str:
    read_only = "alter database goodguest set default_transaction_read_only = on"
    _to_server(house, read_only, _CUT)
    return "the warehouse is read-only, and all its connections were cut"


def _allow_writing(house: House, dice: random.Random) -> str:
    _to_server(house, "alter database goodguest reset default_transaction_read_only", _CUT)
    return "the warehouse can be written to again"


def _shut_out(house: House, dice: random.Random) -> str:
    _to_server(house, "alter database goodguest allow_connections false", _CUT)
    return "the warehouse takes no connections, and all it had were cut"


def _let_in(house: House, dice: random.Random) -> str:
    _to_server(house, "alter database goodguest allow_connections true")
    return "the warehouse takes connections again"


def _jump(house: House, dice: random.Random) -> str:
    house.set_clock(_JUMP)
    return "the clock of Airflow and its tasks is a day ahead"


def _jump_back(house: House, dice: random.Random) -> str:
    house.set_clock(timedelta())
    return "the clock is right again"
