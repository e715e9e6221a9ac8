"""What the tests of the warehouse share."""

from pathlib import Path

import pytest
import sqlalchemy as sa
from batches import register


@pytest.fixture
def town(engine: sa.Engine, tmp_path: Path) -> sa.Engine:
    """Return an engine for a store whose sources are registered."""
    register(engine, tmp_path)
    return engine
