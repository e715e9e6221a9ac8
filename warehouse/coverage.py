"""Coverage: how well each hour of a source was read, so that a number can say what it rests on."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Literal, Protocol

import sqlalchemy as sa

from contract.page import Window
from warehouse.calendar import day_of, week_of
from warehouse.columns import Utc
from warehouse.due import forget_due, leave_due
from warehouse.expected import write_expected
from warehouse.rows import upsert_rows
from warehouse.store import writing
from warehouse.tables import coverage, post

State = Literal["complete", "partial", "rate_limited", "blocked", "skipped", "gap"]
_HOUR: Final = timedelta(hours=1)
_LONGEST_GAP: Final = timedelta(days=366)
_MOST_HOURS: Final = 50 * 366 * 24


class _Run(Protocol):
    @property
    def source(self) -> str: ...
    @property
    def window(self) -> Window: ...


def write_coverage(
    connection: sa.Connection, run: _Run, got: Window | None, missed: State
) -> float:
    """Return the share of the run's window that was read, once its hours are written.

    What lies in `got` was read whole, the rest of the window is `missed`. Hours that several
    windows read piece by piece are complete once the pieces meet; what was read once stays read.
    Hours that nobody asked for since the source's last one are gaps, up to a year back.
    """
    window = run.window
    if window.until - window.since > _MOST_HOURS * _HOUR:
        raise ValueError("a window of more than 50 years is a mistake")
    read = got and _overlap(window, got)
    _fill_gap(connection, run.source, _hour_of(window.since))
    stored = _stored(connection, run.source, window)
    rows = [
        _row(run.source, hour, _piece(hour, read), missed, stored.get(hour))
        for hour in _hours(window)
    ]
    upsert_rows(connection, coverage, rows)
    # Also when nothing is landed: that nobody wrote is to be known too.
    leave_due(connection, "count fetched", [run.source])
    return (read.until - read.since) / (window.until - window.since) if read else 0.0


def count_fetched(engine: sa.Engine, sources: Sequence[str]) -> None:
    """Write how many stored posts each hour of these sources has, and how many are usual."""
    hour = _hour_text if engine.dialect.name == "sqlite" else _hour_trunc
    hour_at = sa.type_coerce(hour(post.c.created_at), Utc).label("hour_at")
    counted = (
        sa.select(post.c.source, hour_at, sa.func.count().label("posts"))
        .where(post.c.source.in_(sources), post.c.created_at.is_not(None))
        .group_by(post.c.source, hour_at)
        .subquery("counted")
    )
    of_sources = coverage.c.source.in_(sources)
    with writing(engine) as connection:
        connection.execute(
            sa.update(coverage)
            .where(coverage.c.source == counted.c.source, coverage.c.hour_at == counted.c.hour_at)
            .where(of_sources, coverage.c.fetched.is_distinct_from(counted.c.posts))
            .values(fetched=counted.c.posts)
        )
        connection.execute(
            sa.update(coverage)
            .where(of_sources, coverage.c.state == "complete", coverage.c.fetched.is_(None))
            .values(fetched=0)
        )
        write_expected(connection, sources)
        forget_due(connection, "count fetched", sources)


def _hour_text(moment: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    return sa.func.substr(sa.type_coerce(moment, sa.Text), 1, 13).concat(":00:00.000000Z")


def _hour_trunc(moment: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    return sa.func.date_trunc(sa.literal_column("'hour'"), moment, sa.literal_column("'UTC'"))


def _hour_of(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def _hours(window: Window) -> Iterator[datetime]:
    hour = _hour_of(window.since)
    while hour < window.until:
        yield hour
        hour += _HOUR


def _overlap(one: Window, other: Window) -> Window | None:
    since, until = max(one.since, other.since), min(one.until, other.until)
    return Window(since, until) if since < until else None


def _piece(hour: datetime, read: Window | None) -> Window | None:
    return read and _overlap(Window(hour, hour + _HOUR), read)


def _joined(piece: Window | None, known: Window | None) -> Window | None:
    """Return both as one where they meet, else the longer."""
    if piece is None or known is None:
        return piece or known
    if piece.since <= known.until and known.since <= piece.until:
        return Window(min(piece.since, known.since), max(piece.until, known.until))
    return max(piece, known, key=lambda window: window.until - window.since)


def _row(
    source: str, hour: datetime, piece: Window | None, missed: State, known: Window | None
) -> dict[str, Any]:
    covered = _joined(piece, known)
    if covered is None:
        state = missed
    else:
        state = "complete" if covered == Window(hour, hour + _HOUR) else "partial"
    return {
        "source": source,
        "hour_at": hour,
        "state": state,
        "covered_since_at": covered and covered.since,
        "covered_until_at": covered and covered.until,
        "day": day_of(hour),
        "week": week_of(hour),
    }


def _stored(connection: sa.Connection, source: str, window: Window) -> dict[datetime, Window]:
    c = coverage.c
    query = sa.select(c.hour_at, c.covered_since_at, c.covered_until_at).where(
        c.source == source,
        c.hour_at >= _hour_of(window.since),
        c.hour_at < window.until,
        c.covered_since_at.is_not(None),
    )
    return {hour: Window(since, until) for hour, since, until in connection.execute(query)}


def _fill_gap(connection: sa.Connection, source: str, until: datetime) -> None:
    query = sa.select(sa.func.max(coverage.c.hour_at)).where(coverage.c.source == source)
    last: datetime | None = connection.scalar(query)
    if last is not None and last + _HOUR < until:
        gap = Window(max(last + _HOUR, until - _LONGEST_GAP), until)
        rows = [_row(source, hour, None, "gap", None) for hour in _hours(gap)]
        upsert_rows(connection, coverage, rows)
