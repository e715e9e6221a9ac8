"""One town that is heard, for all pages that speak of it."""

import pytest
from heard import heard

from pipeline.settings import Settings


@pytest.fixture(scope="session")
def town(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Return the settings of a town that is heard; who changes it takes a copy."""
    return heard(tmp_path_factory.mktemp("town"))
