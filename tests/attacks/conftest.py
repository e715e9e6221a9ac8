"""A hostile site on loopback, and clients that ask nothing else in the private network."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from loopback import Site, Time, serving

from connectors.http import Client
from contract.terms import Rate


@pytest.fixture
def hostile() -> Iterator[Site]:
    """Return a site whose answers the attacker writes."""
    with serving() as site:
        yield site


@pytest.fixture
def asking() -> Iterator[Callable[..., Client]]:
    """Return a maker of clients that sleep through no wait."""
    made: list[Client] = []

    def make(**options: Any) -> Client:
        time = options.pop("time", None) or Time()
        named = {"private_hosts": {"127.0.0.1"}, "limits": (Rate(1000, 1.0),), **options}
        who = {"agency": "Town of Example", "contact": "listening@example.gov"}
        made.append(Client(**who, clock=time.clock, sleep=time.sleep, **named))
        return made[-1]

    yield make
    for each in made:
        each.close()
