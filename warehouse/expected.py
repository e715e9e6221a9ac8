"""What each hour of a source usually brings: the ground on which a silence is called one."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray

from warehouse.tables import coverage

_Posts = NDArray[np.float64]
_Hours = NDArray[np.int64]

_WEEK: Final = 7 * 24
_RHYTHMS: Final = ((_WEEK, 8), (24, 14))
"""Hours until the same hour comes again, and how often it is looked back: week, else day."""
_FEWEST: Final = 4
"""So many same hours are needed to say what is usual."""
_BURST: Final = 3
_FEW_POSTS: Final = 10
"""An hour with more than thrice the second highest, and ten, is no rhythm."""


def write_expected(connection: sa.Connection, sources: Sequence[str]) -> None:
    """Write of each hour of these sources how many posts it usually brings, where that changed.

    It follows from the hours and their posts alone, in whatever order they were read.
    """
    hour = coverage.c
    number = sa.cast(sa.extract("epoch", hour.hour_at), sa.BigInteger) // 3600
    posts = sa.case((hour.state == "complete", hour.fetched))
    query = (
        sa.select(number, posts, hour.expected)
        .where(hour.source == sa.bindparam("name"))
        .order_by(hour.hour_at)
    )
    changed: list[dict[str, Any]] = []
    for source in sources:
        rows = connection.execute(query, {"name": source}).all()
        hours = np.array([row[0] for row in rows], dtype=np.int64)
        found = expected_of(hours, np.array([row[1] for row in rows], dtype=np.float64))
        changed += [
            {"name": source, "hour": datetime.fromtimestamp(number * 3600, UTC), "posts": usual}
            for (number, _, stored), usual in zip(rows, found, strict=True)
            if usual != stored
        ]
    if changed:
        is_hour = (hour.source == sa.bindparam("name"), hour.hour_at == sa.bindparam("hour"))
        update = sa.update(coverage).where(*is_hour).values(expected=sa.bindparam("posts"))
        connection.execute(update, changed)


def expected_of(hours: _Hours, posts: _Posts) -> list[int | None]:
    """Return of each hour what it usually brings; None where too little is known to say.

    `hours` are numbered and ascending, `posts` not a number where an hour was not read whole. It is
    the mean of the same hour of the eight weeks before; where fewer than four are known, of the
    same hour of the fourteen days before. A single burst among them counts as the second highest.
    Whole numbers, rounded so that days and weeks add up.
    """
    if not len(hours):
        return []
    places = hours - hours[0]
    every = np.full(int(places[-1]) + 1, np.nan)
    every[places] = posts
    usual = np.full(len(every), np.nan)
    for period, times in _RHYTHMS:
        usual = np.where(np.isnan(usual), _mean_before(every, period, times), usual)
    usual = usual[places]
    is_known = ~np.isnan(usual)
    # Numbers below one half would all be nothing: what is left of one goes on to the next.
    whole = np.diff(np.floor(np.cumsum(usual[is_known]) + 0.5), prepend=0.0)
    found: list[int | None] = [None] * len(hours)
    for place, count in zip(np.flatnonzero(is_known).tolist(), whole.tolist(), strict=True):
        found[place] = int(count)
    return found


def _mean_before(every: _Posts, period: int, times: int) -> _Posts:
    """Return the mean of so many hours before, one period apart; one burst does not count."""
    before = np.full((times, len(every)), np.nan)
    for back in range(times):
        shift = min((back + 1) * period, len(every))
        before[back, shift:] = every[: len(every) - shift]
    known = np.isfinite(before).sum(axis=0)
    ordered = np.sort(np.where(np.isnan(before), -1.0, before), axis=0)
    highest, second = ordered[-1], ordered[-2]
    is_burst = highest > _BURST * second + _FEW_POSTS
    total = np.nansum(before, axis=0) - np.where(is_burst, highest - second, 0.0)
    return np.where(known >= _FEWEST, total / np.maximum(known, 1), np.nan)
