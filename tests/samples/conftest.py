"""The town of one Sunday, and its server."""

from collections.abc import Iterator

import pytest
from sample_site import TODAY, Site, running

from samples.town import Town, build_town


@pytest.fixture(scope="session")
def town() -> Town:
    return build_town(TODAY)


@pytest.fixture
def site() -> Iterator[Site]:
    with running(10_000) as opened:
        yield opened


@pytest.fixture
def strict_site() -> Iterator[Site]:
    with running(60) as opened:
        yield opened
