"""A store of the invented town."""

from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from fernley_store import Town


@pytest.fixture
def town(engine: sa.Engine) -> Iterator[Town]:
    """Yield the town; what is written to it is read on the same connection and then undone."""
    with engine.connect() as conn:
        yield Town(conn)
        conn.rollback()
