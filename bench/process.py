"""Runs a process whole, as a user does, and says what it and all its children took."""

import os
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final, NamedTuple

_SAMPLED_EVERY: Final = 0.1
"""Seconds; memory that is given back sooner is not seen."""
_GROWN: Final = 1.01
"""How much more than ever before has to be resident, shared counted twice, to look closely."""
_CLOSELY_EVERY: Final = 3.0
"""Seconds after which to do so anyway: it alone shows when shared pages become own ones."""
_PAGE: Final = os.sysconf("SC_PAGE_SIZE")


class Took(NamedTuple):
    """What a process and its children took, with what it printed.

    Seconds of CPU time, of the clock and of the database server's CPU time; MiB of memory of all at
    once, at their highest: shared pages count once.
    """

    cpu: float
    wall: float
    server_cpu: float
    memory: float
    said: str


class Failed(Exception):
    """A process did not end well."""


def run(
    command: Sequence[str],
    environment: Mapping[str, str] = {},
    *,
    server_cpu: Callable[[], float] = lambda: 0.0,
) -> Took:
    """Return what the command took; its environment is this process's with what is given.

    Raises Failed when it ends with anything but 0.
    """
    before, began = server_cpu(), time.perf_counter()
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        process = subprocess.Popen(  # noqa: S603
            command, stdout=out, stderr=err, env={**os.environ, **environment}
        )
        memory = _Memory(process.pid)
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)  # nobody else has to wait for it
        highest = memory.highest()
        out.seek(0)
        err.seek(0)
        said, complained = out.read().decode(), err.read().decode(errors="replace")
    if process.returncode:
        what = " ".join(command)
        raise Failed(f"{what}: ended with {process.returncode}: {complained[-2_000:] or said}")
    cpu = usage.ru_utime + usage.ru_stime
    return Took(cpu, wall, server_cpu() - before, highest / 2**20, said)


class _Memory:
    """Looks at a process and its children again and again, until asked what their highest was."""

    def __init__(self, pid: int) -> None:
        self._pid, self._highest, self._is_over = pid, 0, threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()

    def highest(self) -> int:
        """Return the most bytes they had at once."""
        self._is_over.set()
        self._thread.join()
        return self._highest

    def _look(self) -> None:
        most_resident, due = 0, 0.0
        while not self._is_over.wait(_SAMPLED_EVERY):
            tree = list(_tree(self._pid))
            resident = sum(map(_resident_of, tree))
            # To look closely takes a fifth of a processor, which the measured have to do without.
            if resident > most_resident * _GROWN or time.monotonic() >= due:
                most_resident = max(most_resident, resident)
                due = time.monotonic() + _CLOSELY_EVERY
                self._highest = max(self._highest, sum(map(_memory_of, tree)))


def _tree(pid: int) -> Iterator[int]:
    yield pid
    with suppress(OSError):  # it ended in between
        for children in Path(f"/proc/{pid}/task").glob("*/children"):
            for child in children.read_text().split():
                yield from _tree(int(child))


def _resident_of(pid: int) -> int:
    """Return the bytes of a process, with all that it shares with others."""
    with suppress(OSError):
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * _PAGE
    return 0


def _memory_of(pid: int) -> int:
    """Return the bytes of a process; of what it shares with others its part."""
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    return 0
