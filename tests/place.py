"""A place to run the whole way in: the sample town on loopback and a store of its own."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from stores import made_and_let_go

from connectors.http import Client
from pipeline.settings import Settings
from samples.connections import variables
from samples.run import charter_for
from samples.town import Town

TODAY = date(2026, 11, 22)
LAST_WEEK = "2026-W46"


@dataclass(frozen=True)
class Place:
    """A folder, the town's address and the settings to listen to it."""

    folder: Path
    address: str
    town: Town
    given: Settings

    @property
    def environment(self) -> dict[str, str]:
        """The settings as the environment variables of a process."""
        return {
            **variables(),
            "GOODGUEST_CHARTER": str(self.given.charter),
            "GOODGUEST_DATA": str(self.given.data),
            "GOODGUEST_WAREHOUSE": self.given.warehouse,
            "GOODGUEST_LANDING": self.given.landing,
        }

    def elsewhere(self, name: str) -> "Place":
        """Return the same town listened to from a folder of its own."""
        there = place_in(self.folder / name, self.address, self.town)
        made_and_let_go(there.given.warehouse)
        return there


def hurry() -> Any:
    """Return the HTTP client with a clock that jumps over its waits: as polite, in no time.

    Processes that are forked share the clock: time goes on when one of them is killed.
    """
    skipped = get_context("fork").Value("d", 0.0)

    def sleep(seconds: float) -> None:
        with skipped.get_lock():
            skipped.value += seconds

    def clock() -> datetime:
        return datetime.now(UTC) + timedelta(seconds=skipped.value)

    return partial(Client, clock=clock, sleep=sleep)


def place_in(folder: Path, address: str, town: Town) -> Place:
    """Return a place in the folder that listens to the town at the address."""
    data = folder / "data"
    data.mkdir(parents=True)
    given = Settings(
        charter=charter_for(data, int(address.rsplit(":", 1)[1])),
        data=data,
        warehouse=f"sqlite:///{data}/warehouse.db",
        landing=str(data / "landing"),
        smtp=None,
    )
    return Place(folder, address, town, given)
