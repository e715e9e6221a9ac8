"""A site on loopback, time that obeys, and clients that live in both."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from loopback import LOOPBACK, Site, Time, serving

from connectors.http import Client
from contract.terms import Rate


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def site() -> Iterator[Site]:
    with serving() as told:
        yield told


@pytest.fixture
def client(time: Time) -> Iterator[Callable[..., Client]]:
    """Return a maker of clients that may ask loopback and are closed at the end."""
    made: list[Client] = []

    def make(**options: Any) -> Client:
        options = {"limits": (Rate(1000, 1.0),), "private_hosts": LOOPBACK, **options}
        made.append(
            Client(
                agency="Town of Example",
                contact="listening@example.gov",
                clock=time.clock,
                sleep=time.sleep,
                **options,
            )
        )
        return made[-1]

    yield make
    for each in made:
        each.close()
