"""What the public register says of the reading: since when, how much, and what was deleted."""

from datetime import datetime
from typing import Any, Final, NamedTuple

import sqlalchemy as sa

from warehouse.tables import post, removal, source

_HOUR: Final = 3600.0
_WISHED: Final = ("gone there", "erasure")
"""Why something was removed that people removed there or asked for; the rest has no duty."""


class Reading(NamedTuple):
    """A source that is or was read, and how."""

    source: str
    platform: str
    url: str
    purpose: str
    first_run_at: datetime | None
    last_run_at: datetime | None
    posts_kept: int


class Removals(NamedTuple):
    """What people removed, and how soon it went here, from when it was last known to stand."""

    done: int = 0
    within_duty: int = 0
    longest_hours: float | None = None
    waiting: int = 0
    """Known, and not yet gone everywhere."""


def readings_of(connection: sa.Connection) -> dict[str, Reading]:
    """Return by source, past ones too, since when it is read, and how many posts of it are kept."""
    is_kept = post.c.removed_at.is_(None)
    count = sa.select(post.c.source, sa.func.count()).where(is_kept).group_by(post.c.source)
    kept: dict[str, int] = {row[0]: row[1] for row in connection.execute(count)}
    names = ("id", "platform", "url", "purpose", "first_run_at", "last_run_at")
    rows = connection.execute(sa.select(*(source.c[name] for name in names)).order_by(source.c.id))
    return {row.id: Reading(*(*row, kept.get(row.id, 0))) for row in rows}


def removals_of(connection: sa.Connection, since: datetime) -> dict[str, Removals]:
    """Return by source what people removed since then, or asked to have removed."""
    gone = removal.c
    is_done = gone.done_at.is_not(None)
    in_time = gone.latency_seconds <= gone.duty_hours * _HOUR
    query = (
        sa.select(
            gone.source,
            sa.func.count(gone.done_at),
            sa.func.count(sa.case((is_done & in_time, 1))),
            sa.func.max(gone.latency_seconds) / _HOUR,
            sa.func.count(sa.case((~is_done, 1))),
        )
        .where(gone.source.is_not(None), gone.why.in_(_WISHED))
        .where(~is_done | (gone.done_at >= since))
        .group_by(gone.source)
    )
    return {row[0]: Removals(*_rounded(row[1:])) for row in connection.execute(query)}


def _rounded(values: Any) -> tuple[Any, ...]:
    done, within, longest, waiting = values
    return done, within, None if longest is None else round(longest, 1), waiting
