"""What processes share that run beside each other, on one machine or on several of a team."""

import fcntl
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic, sleep
from typing import Final

from sqlalchemy import Engine

from connectors.pace import Kept, in_files
from contract.errors import Busy
from pipeline.settings import Settings
from warehouse.sharing import held_alone, kept_paces

LANDED: Final = ".landed"
"""What is held to write what points into landed parts, and to take their places: no source's."""
DIGESTS: Final = ".digests"
"""What is held to write issues of digests, and, with a name behind it, to give one out."""
ALERTS: Final = ".alerts"
"""What is held to tell alerts."""
_COME_BACK = timedelta(minutes=1)
_PATIENCE_SECONDS, _FIRST_WAIT, _LONGEST_WAIT = 600, 0.01, 5


@contextmanager
def alone(given: Settings, engine: Engine, name: str) -> Iterator[None]:
    """Hold the name, given back when a process is killed; raise Busy where another holds it."""
    holding = held_alone(engine, name) if _is_of_a_team(engine) else _file_alone(given.data, name)
    with holding as is_held:
        if not is_held:
            message = f"{name}: another process is at it"
            raise Busy(message, datetime.now(UTC) + _COME_BACK)
        yield


@contextmanager
def in_turn(given: Settings, engine: Engine, name: str) -> Iterator[None]:
    """Hold the name once no other process does; raise Busy where that takes ten minutes."""
    ends, wait = monotonic() + _PATIENCE_SECONDS, _FIRST_WAIT
    with ExitStack() as held:
        while True:
            try:
                held.enter_context(alone(given, engine, name))
                break
            except Busy:
                if monotonic() > ends:
                    raise
            sleep(wait)
            wait = min(2 * wait, _LONGEST_WAIT)
        yield


def shared_pace(given: Settings, engine: Engine) -> Kept:
    """Return where the pace of hosts is kept, for all processes that use this store."""
    if _is_of_a_team(engine):
        return kept_paces(engine)
    return in_files(given.data / "locks" / "pace")


def _is_of_a_team(engine: Engine) -> bool:
    # A file of SQLite is on one machine, and so is whoever uses it.
    return engine.dialect.name == "postgresql"


@contextmanager
def _file_alone(data: Path, name: str) -> Iterator[bool]:
    path = data / "locks" / f"{name}.lock"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
