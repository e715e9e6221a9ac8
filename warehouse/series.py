"""Posts by day: the series of topics and communities that are tested for early signs."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any, Final, NamedTuple

import numpy as np
import sqlalchemy as sa

from contract.series import Counts, Series, Shares
from warehouse.calendar import monday_of, week_of_day
from warehouse.cells import UNCERTAIN
from warehouse.tables import community_week, coverage, post_topic, source
from warehouse.weekly import Wanted, said_in, within

WEEKS: Final = 26
"""As many weeks are read at most, the one in question among them."""
_MOST_POSTS: Final = 300_000
"""Weeks that hold more than this are not read: where so much is said, fewer tell what is usual."""
_FEWEST_WEEKS: Final = 8
_MOST_ROWS: Final = 1_000_000
_AT_ONCE: Final = 10_000
_LEAN: Final = 5.0
"""Posts on a topic that say as much of where it is talked of as all posts together do."""


class _Span(NamedTuple):
    """Which weeks are read, oldest first, and which share of each of their days was, by source."""

    weeks: list[str]
    sources: dict[str, int]
    shares: Shares
    """Shape (sources, days)."""

    def place(self, day: str) -> int:
        """Return the place of a day."""
        return (date.fromisoformat(day) - monday_of(self.weeks[0])).days


def topic_series(
    conn: sa.Connection,
    purpose: str,
    topics: tuple[str, ...],
    week: str,
    weeks: int = WEEKS,
    *,
    is_held: bool = False,
) -> list[Series]:
    """Return the posts by day on each topic, of so many weeks at most; `key` is its URI.

    Topics are those with posts in these weeks, of `topics` and what is narrower (none: all). Posts
    are counted as `weekly` counts them. Exposure is the share of a day's hours that was read whole,
    where each source counts as much as it usually brings to the series. `is_held` says that
    `weekly.held` holds the posts of these weeks on the connection.
    """
    span = _span(conn, purpose, week, weeks)
    said = said_in(_wanted(purpose, (), span.weeks)._replace(is_held=is_held))
    asked = _wanted(purpose, topics, span.weeks)
    query = (
        sa.select(post_topic.c.topic_uri, said.c.source, said.c.day, sa.func.count())
        .select_from(said.join(post_topic, post_topic.c.post_key == said.c.post_key))
        .where(post_topic.c.method != UNCERTAIN, *within(asked))
        .group_by(post_topic.c.topic_uri, said.c.source, said.c.day)
    )
    return _series(_rows(conn, query), span, _LEAN)


def community_series(
    conn: sa.Connection,
    purpose: str,
    topics: tuple[str, ...],
    week: str,
    weeks: int = WEEKS,
    *,
    is_held: bool = False,
) -> list[Series]:
    """Return the posts by day in each community, likewise; `key` is its community key.

    Posts in no community are a series by platform, whose key is `platform:` and its name.
    """
    span = _span(conn, purpose, week, weeks)
    said = said_in(_wanted(purpose, topics, span.weeks)._replace(is_held=is_held))
    place = sa.func.coalesce(said.c.community_key, "platform:" + said.c.platform).label("place")
    query = sa.select(place, said.c.source, said.c.day, sa.func.count()).group_by(
        place, said.c.source, said.c.day
    )
    # A community is read where its posts come from: other sources say nothing of it.
    return _series(_rows(conn, query), span, 0.0)


def _rows(conn: sa.Connection, query: sa.Select[Any]) -> Iterable[Any]:
    return conn.execute(query.limit(_MOST_ROWS).execution_options(yield_per=_AT_ONCE))


def _wanted(purpose: str, topics: tuple[str, ...], weeks: list[str]) -> Wanted:
    return Wanted(purpose, topics, weeks[-1], weeks[-2], tuple(weeks[:-2]))


def _span(conn: sa.Connection, purpose: str, week: str, most: int) -> _Span:
    weeks = _weeks(conn, purpose, week, most)
    names = sorted(conn.scalars(sa.select(source.c.id).where(source.c.purpose == purpose)))
    span = _Span(
        weeks,
        {name: place for place, name in enumerate(names)},
        np.zeros((len(names), 7 * len(weeks))),
    )
    hour = coverage.c
    query = (
        sa.select(hour.source, hour.day, sa.func.count())
        .where(hour.source.in_(names), hour.week.in_(weeks), hour.state == "complete")
        .group_by(hour.source, hour.day)
    )
    for name, day, hours in conn.execute(query):
        span.shares[span.sources[name], span.place(day)] = min(hours / 24, 1.0)
    return span


def _weeks(conn: sa.Connection, purpose: str, week: str, most: int) -> list[str]:
    """Return the week and those before it, oldest first, as many as hold not too many posts."""
    first = monday_of(week)
    weeks = [week_of_day(first - timedelta(weeks=back)) for back in range(most)]
    cell = community_week.c
    query = (
        sa.select(cell.week, sa.func.sum(cell.posts))
        .where(cell.purpose == purpose, cell.week.in_(weeks))
        .group_by(cell.week)
    )
    posts = {name: int(number) for name, number in conn.execute(query)}
    along = np.cumsum([posts.get(name, 0) for name in weeks])
    enough = max(int((along <= _MOST_POSTS).sum()), min(_FEWEST_WEEKS, most))
    return weeks[:enough][::-1]


def _series(rows: Iterable[Any], span: _Span, lean: float) -> list[Series]:
    """Return a series of each key, sorted by key.

    Sources of which neither this week nor the one before it was read are left out of counts and
    exposure: what they brought before has nothing to be compared with.
    """
    counts: dict[str, Counts] = {}
    for key, name, day, posts in rows:
        of = counts.setdefault(key, np.zeros(span.shares.shape, np.int64))
        of[span.sources[name], span.place(day)] += posts
    is_read = np.any(span.shares[:, -14:] > 0, axis=1)
    kept = is_read if is_read.any() else np.ones_like(is_read)
    days = np.maximum(span.shares.sum(axis=1), 1.0)
    rates = sum((of.sum(axis=1) for of in counts.values()), np.zeros(len(days))) / days * kept
    together = lean / span.shares.shape[1] * rates / max(rates.sum(), 1e-9)
    return [
        _one(key, of[kept], (of.sum(axis=1) / days + together)[kept], span.shares[kept])
        for key, of in sorted(counts.items())
    ]


def _one(key: str, counts: Counts, rates: Shares, shares: Shares) -> Series:
    """Return the series of the sources, each day read as far as those that bring posts were."""
    read = rates @ shares / max(rates.sum(), 1e-9)
    by_week = -1, 7
    return Series(key, counts.sum(axis=0).reshape(by_week), np.minimum(read, 1.0).reshape(by_week))
