"""Deliveries of digests: to whom each went, what became of it, and who wants it no more."""

from datetime import UTC, datetime
from typing import Any, Final, Literal, NamedTuple

import sqlalchemy as sa

from warehouse.rows import upsert_rows
from warehouse.store import writing
from warehouse.tables import digest_delivery, digest_unsubscribed

WEBHOOK: Final = "webhook"
"""Stands for the recipient of the event that tells of an issue; no reader."""
State = Literal["sending", "sent", "put off", "refused", "bounced"]
"""Sending: its content left, and no answer was noted; it may have arrived."""


class Delivery(NamedTuple):
    """What became of an issue for one reader; `code` is the server's last answer."""

    recipient: str
    state: State
    state_at: datetime
    tries: int
    code: str | None


def deliveries(conn: sa.Connection, digest: str, week: str) -> dict[str, Delivery]:
    """Return the deliveries of an issue by recipient."""
    found = conn.execute(_of_issue(digest, week).order_by(digest_delivery.c.recipient))
    return {each.recipient: Delivery(*each) for each in found}


def _of_issue(digest: str, week: str) -> sa.Select[Any]:
    row = digest_delivery.c
    columns = (row[name] for name in Delivery._fields)
    return sa.select(*columns).where(row.digest == digest, row.week == week)


def note_delivery(
    engine: sa.Engine,
    digest: str,
    week: str,
    recipient: str,
    state: State,
    code: str | None = None,
) -> None:
    """Write what became of an issue for one reader; it lasts before the call returns."""
    with writing(engine) as conn:
        its = digest_delivery.c.recipient == recipient
        before = conn.execute(_of_issue(digest, week).where(its)).one_or_none()
        goes_on = before is not None and before.state == "sending"
        row = {
            "digest": digest,
            "week": week,
            "recipient": recipient,
            "state": state,
            "state_at": datetime.now(UTC),
            "tries": (before.tries if before else 0) + (not goes_on),
            "code": code,
        }
        upsert_rows(conn, digest_delivery, [row])


def note_bounce(engine: sa.Engine, digest: str, week: str, recipient: str, code: str) -> bool:
    """Return whether the issue had gone to the reader; now it is known that it came back."""
    row = digest_delivery
    with writing(engine) as conn:
        found = conn.execute(
            sa.update(row)
            .where(row.c.digest == digest, row.c.week == week, row.c.recipient == recipient)
            .values(state="bounced", state_at=datetime.now(UTC), code=code)
        )
        return bool(found.rowcount)


def unsubscribed(conn: sa.Connection, digest: str) -> frozenset[str]:
    """Return the addresses that want the digest no more."""
    row = digest_unsubscribed.c
    return frozenset(conn.scalars(sa.select(row.recipient).where(row.digest == digest)))


def unsubscribe(engine: sa.Engine, digest: str, recipient: str) -> bool:
    """Return whether the address had not unsubscribed before; now it has."""
    with writing(engine) as conn:
        if recipient in unsubscribed(conn, digest):
            return False
        row = {"digest": digest, "recipient": recipient, "unsubscribed_at": datetime.now(UTC)}
        upsert_rows(conn, digest_unsubscribed, [row])
        return True


def recipients_of(conn: sa.Connection, digest: str) -> frozenset[str]:
    """Return all addresses that issues of the digest went to."""
    row = digest_delivery.c
    of_readers = (row.digest == digest) & (row.recipient != WEBHOOK)
    return frozenset(conn.scalars(sa.select(row.recipient).where(of_readers).distinct()))


def unreached(conn: sa.Connection, digest: str, week: str) -> list[tuple[str, int]]:
    """Return in which state the issue is for how many readers, but for those who have it.

    `sending` is among them: whether these have it is not known.
    """
    row = digest_delivery.c
    query = (
        sa.select(row.state, sa.func.count())
        .where(row.digest == digest, row.week == week, row.state != "sent")
        .where(row.recipient != WEBHOOK)
        .group_by(row.state)
        .order_by(row.state)
    )
    return [(state, readers) for state, readers in conn.execute(query)]
