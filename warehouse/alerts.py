"""Alerts as they are kept: what was found, since when, and who was told.

What is told is first written down as a notice, in the transaction that settles which alerts it
tells, and then sent until every channel took it: after a kill the same notice goes out once more
under the same key, and no alert is told by two notices.
"""

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Literal, NamedTuple

import sqlalchemy as sa

from contract.keys import stable_key
from warehouse.rows import upsert_rows
from warehouse.store import writing
from warehouse.tables import alert, alert_notice

Level = Literal["error", "warning"]
Told = Literal["began", "lasts", "ended"]
Channel = Literal["mail", "webhook"]
Row = dict[str, Any]
"""An alert as it is stored."""

HOLD: Final = timedelta(hours=6)
"""What is away for less and comes back is the same alert."""
REMINDED_AFTER: Final = timedelta(days=7)
GIVEN_UP_AFTER: Final = timedelta(days=7)
"""By then what lasts is in a reminder."""
_KEPT: Final = timedelta(days=90)
_MOST_NOTICES: Final = 20
"""Sent in a run; the rest is for the next."""
_TAKEN: Final[dict[Channel, str]] = {"mail": "mailed_at", "webhook": "posted_at"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something that is wrong now; of a kind and a subject there is one."""

    kind: str
    about: str
    subject: str
    level: Level
    message: str
    """The same for all that have the same cause."""
    detail: str | None
    to_do: str
    patience: timedelta
    """How long it has to last before it is told."""


class Line(NamedTuple):
    """An alert as a notice tells it; times as ISO 8601 text."""

    told: Told
    alert_key: str
    kind: str
    about: str
    subject: str
    level: Level
    message: str
    detail: str | None
    to_do: str
    since_at: str
    ended_at: str | None


class Notice(NamedTuple):
    """What is told at one time, and which channels took it already."""

    key: str
    made_at: datetime
    lines: tuple[Line, ...]
    taken: frozenset[Channel]


def settle(
    engine: sa.Engine, found: Collection[Finding], now: datetime, *, is_told: bool
) -> Notice | None:
    """Write what is found now, and return the notice of what is to be told of it, if anything.

    Without `is_told` nobody would be told, and what is open waits for a channel.
    """
    present = {(finding.kind, finding.subject): finding for finding in found}
    troubled = {(finding.about, finding.subject) for finding in found}
    with writing(engine) as connection:
        kept = unclosed(connection)
        kept = {at: _until(row, now) for at, row in kept.items()}
        # As they came, the most urgent first: so they stand in the notice.
        rows = {at: _found(kept.get(at), finding, now) for at, finding in present.items()}
        rows |= {at: _missed(row, now) for at, row in kept.items() if at not in present}
        lines = []
        for at, row in rows.items() if is_told else ():
            if told := _to_tell(row, present.get(at), troubled, now):
                lines.append(_line(told, row))
                rows[at] = row | ({"noticed_at": now} if told != "ended" else {})
        upsert_rows(connection, alert, list(rows.values()))
        return _noted(connection, lines, now) if lines else None


def _until(row: Row, now: datetime) -> Row:
    """Return the alert without times to come: a clock that was ahead would keep it untold."""
    times = {name: at for name in ("since_at", "noticed_at", "ended_at") if (at := row[name])}
    return row | {name: min(at, now) for name, at in times.items()}


def _found(row: Row | None, finding: Finding, now: datetime) -> Row:
    said = asdict(finding)
    del said["patience"]
    if row is not None:
        return row | said | {"ended_at": None}
    key = stable_key("alert", finding.kind, finding.subject, now.isoformat())
    return {
        "alert_key": key, **said, "since_at": now, "noticed_at": None, "told_at": None,
        "ended_at": None, "closed_at": None, "end_told_at": None,
    }  # fmt: skip


def _missed(row: Row, now: datetime) -> Row:
    ended = row["ended_at"] or now
    return row | {"ended_at": ended, "closed_at": now if now - ended >= HOLD else None}


def _to_tell(
    row: Row,
    finding: Finding | None,
    troubled: Collection[tuple[str, str]],
    now: datetime,
) -> Told | None:
    """Return what is to be told of an alert; without a finding it is no longer there."""
    noticed = row["noticed_at"]
    if finding and noticed is None:
        return "began" if now - row["since_at"] >= finding.patience else None
    if finding:
        return "lasts" if now - noticed >= REMINDED_AFTER else None
    # That one trouble gave way to another is no good news.
    is_over = row["closed_at"] and (row["about"], row["subject"]) not in troubled
    return "ended" if is_over and noticed else None


def _line(told: Told, row: Row) -> Line:
    said = {name: row[name] for name in Line._fields if name in row}
    ended = row["ended_at"]
    said |= {"since_at": row["since_at"].isoformat(), "ended_at": ended and ended.isoformat()}
    return Line(told=told, **said)


def _noted(connection: sa.Connection, lines: Sequence[Line], now: datetime) -> Notice:
    key = stable_key(
        "notice", now.isoformat(), *(f"{line.told} {line.alert_key}" for line in lines)
    )
    row = {"notice_key": key, "made_at": now, "lines": [line._asdict() for line in lines]}
    connection.execute(sa.insert(alert_notice).values(row))
    return Notice(key, now, tuple(lines), frozenset())


def pending_notices(engine: sa.Engine, channel: Channel) -> list[Notice]:
    """Return the oldest notices that this channel has still to take, no more than 20."""
    notice = alert_notice.c
    query = (
        sa.select(alert_notice)
        .where(notice.done_at.is_(None), notice[_TAKEN[channel]].is_(None))
        .order_by(notice.made_at, notice.notice_key)
        .limit(_MOST_NOTICES)
    )
    with engine.connect() as connection:
        return [_notice(row) for row in connection.execute(query).mappings()]


def give_up_notices(engine: sa.Engine, now: datetime) -> int:
    """Return how many notices nobody took within a week; they are not sent any more.

    Those that were done with a quarter of a year ago are forgotten; the alerts they told are kept.
    """
    notice = alert_notice.c
    is_old = sa.and_(notice.done_at.is_(None), notice.made_at < now - GIVEN_UP_AFTER)
    with writing(engine) as connection:
        connection.execute(sa.delete(alert_notice).where(notice.done_at < now - _KEPT))
        given_up = sa.update(alert_notice).where(is_old).values(done_at=now)
        return connection.execute(given_up).rowcount


def note_taken(
    engine: sa.Engine,
    notice: Notice,
    channel: Channel,
    channels: Collection[Channel],
    now: datetime,
) -> Notice:
    """Return the notice once it is written that a channel took it; with the last one it is told."""
    taken = notice.taken | {channel}
    values = {_TAKEN[channel]: now}
    is_done = taken.issuperset(channels)
    if is_done:
        values["done_at"] = now
    with writing(engine) as connection:
        at = alert_notice.c.notice_key == notice.key
        connection.execute(sa.update(alert_notice).where(at).values(values))
        if is_done:
            _note_told(connection, notice, now)
    return notice._replace(taken=taken)


def _note_told(connection: sa.Connection, notice: Notice, now: datetime) -> None:
    for told, column in (("began", "told_at"), ("ended", "end_told_at")):
        keys = [line.alert_key for line in notice.lines if line.told == told]
        for first in range(0, len(keys), 500):
            are_these = alert.c.alert_key.in_(keys[first : first + 500])
            connection.execute(sa.update(alert).where(are_these).values({column: now}))


def untaken_since(connection: sa.Connection, channel: Channel) -> datetime | None:
    """Return when the oldest notice was made that this channel has still to take."""
    notice = alert_notice.c
    query = sa.select(sa.func.min(notice.made_at)).where(
        notice.done_at.is_(None), notice[_TAKEN[channel]].is_(None)
    )
    since: datetime | None = connection.scalar(query)
    return since


def unclosed(connection: sa.Connection) -> dict[tuple[str, str], Row]:
    """Return the alerts that are there or were a short time ago, by kind and subject."""
    query = sa.select(alert).where(alert.c.closed_at.is_(None)).order_by(alert.c.since_at)
    rows = connection.execute(query).mappings()
    return {(row["kind"], row["subject"]): dict(row) for row in rows}


def _notice(row: sa.RowMapping) -> Notice:
    lines = tuple(Line(**line) for line in row["lines"])
    taken = frozenset(channel for channel, at in _TAKEN.items() if row[at])
    return Notice(row["notice_key"], row["made_at"], lines, taken)
