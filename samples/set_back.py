"""What to do when the machine's clock was ahead and is set back."""

import contextlib
import sqlite3
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from samples.first_runs import Api
from samples.programs import Programs

AIRFLOW = ("api-server", "dag-processor", "scheduler")
"""What Airflow consists of here, in the order it is started."""
_SMALL_SECONDS = 120.0
"""A clock that is kept right by small steps needs no help."""
_END_JOBS = "update job set state = 'failed' where state = 'running' and latest_heartbeat > ?"
_PATIENCE_SECONDS = 60.0


class WallClock:
    """Tells when the clock was set back, by comparing it with one that never is."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._ahead = clock() - time.monotonic()

    def was_set_back(self) -> bool:
        """Return whether it was, since this was asked before."""
        before, self._ahead = self._ahead, self._clock() - time.monotonic()
        return before - self._ahead > _SMALL_SECONDS

    def now(self) -> datetime:
        """Return what it shows."""
        return datetime.fromtimestamp(self._clock(), UTC)


def forget_future(
    programs: Programs,
    api: Api,
    clock: WallClock,
    metadata: Path,
) -> None:
    """Start Airflow again without what it noted in its database while the clock was ahead.

    Else it waits for moments that lie in the future: the next run of a schedule, a next try, the
    death of a scheduler that is dead.
    """
    for name in AIRFLOW:
        programs.again(name)
    end_jobs_to_come(metadata, clock.now())
    api.forget_runs_after(clock.now())
    api.try_unfinished_again()


def end_jobs_to_come(metadata: Path, now: datetime) -> int:
    """Return how many of Airflow's jobs were ended as their last sign of life lies in the future.

    Airflow takes such a scheduler for alive, and does not take up the tasks it left.
    """
    text = f"{now.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f}"
    connecting = sqlite3.connect(metadata, timeout=_PATIENCE_SECONDS)
    with contextlib.closing(connecting) as connection, connection:
        return connection.execute(_END_JOBS, (text,)).rowcount
