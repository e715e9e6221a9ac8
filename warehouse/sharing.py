"""What the machines of a team share by the store: who reads a source, and the pace of a host.

Both are of PostgreSQL alone: SQLite's store is on one machine, where files do.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from warehouse.running import host_pace

_ON_A_DEAD_LINE = (
    "set tcp_keepalives_idle = 30",
    "set tcp_keepalives_interval = 10",
    "set tcp_keepalives_count = 3",
)
"""So that a machine that fell from the network gives back in a minute what it held."""
_TAKE = sa.text(
    "select pg_try_advisory_lock(hashtextextended(current_schema() || ' ' || :name, 0))"
)


@contextmanager
def held_alone(engine: sa.Engine, name: str) -> Iterator[bool]:
    """Yield whether the name is held by this process, and by no other, on any machine.

    The server gives it back as soon as the process or its connection has ended.
    """
    with engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        # Not one that is used again: the lock goes with the connection.
        connection.detach()
        for setting in _ON_A_DEAD_LINE:
            connection.exec_driver_sql(setting)
        yield bool(connection.scalar(_TAKE, {"name": name}))


def kept_paces(engine: sa.Engine) -> Callable[[str], AbstractContextManager[bytearray]]:
    """Return what keeps each name in a row, locked while it is looked at and changed."""

    @contextmanager
    def kept(name: str) -> Iterator[bytearray]:
        its_row = host_pace.c.pace_key == name
        with engine.begin() as connection:
            made = insert(host_pace).values(pace_key=name, past="")
            connection.execute(made.on_conflict_do_nothing())
            past = sa.select(host_pace.c.past).where(its_row).with_for_update()
            content = bytearray(connection.execute(past).scalar_one().encode())
            yield content
            changed = sa.update(host_pace).where(its_row).values(past=content.decode())
            connection.execute(changed)

    return kept
