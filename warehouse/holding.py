"""Legal hold: posts set aside by an order, sealed as they were, for as long as it stands."""

import json
from collections.abc import Collection, Mapping
from datetime import date, datetime
from hashlib import sha256
from typing import Any, Final, NamedTuple

import sqlalchemy as sa

from contract.errors import FixSettings
from contract.keys import stable_key, stem_of
from warehouse.named_posts import stems_in
from warehouse.roles import OWNER, is_owner
from warehouse.rows import insert_rows, is_among, read_rows, upsert_rows
from warehouse.tables import held_record, hold, post
from warehouse.whole import whole_posts


class Order(NamedTuple):
    """An order as it is entered."""

    ref: str
    by: str
    why: str
    ordered_on: date
    expires_on: date


class Hold(NamedTuple):
    """An order that was entered, and how many records it holds."""

    hold_key: str
    ref: str
    by: str
    why: str
    ordered_on: str
    expires_on: str
    made_at: datetime
    released_at: datetime | None
    records: int

    @property
    def since(self) -> str:
        """The day from which it has held something, however often it was renewed since."""
        return min(self.ordered_on, self.made_at.date().isoformat())

    def is_in_force(self, today: date) -> bool:
        """Return whether it still holds what it named."""
        return self.released_at is None and self.expires_on >= today.isoformat()


class Sealed(NamedTuple):
    """A record as it was set aside."""

    post_key: str
    record: dict[str, Any]
    sha256: str
    sealed_at: datetime
    is_intact: bool
    """Whether the record still has that sum."""


_SAID: Final = tuple(hold.c[name] for name in Hold._fields if name != "records")


def hold_key_of(ref: str) -> str:
    """Return the key of the order with that reference."""
    return stable_key("hold", ref)


def holds_of(connection: sa.Connection, ref: str | None = None) -> list[Hold]:
    """Return the orders, the first to end first; with `ref` that one, if it was entered."""
    count = sa.func.count(held_record.c.post_key)
    query = sa.select(*_SAID, count).outerjoin(held_record).group_by(*_SAID)
    if ref is not None:
        query = query.where(hold.c.hold_key == hold_key_of(ref))
    rows = connection.execute(query.order_by(hold.c.expires_on, hold.c.ref)).all()
    return [Hold(*tuple(row)) for row in rows]


def enter(connection: sa.Connection, order: Order, now: datetime) -> None:
    """Enter the order; one of the same reference is renewed."""
    known = holds_of(connection, order.ref)
    row = {
        **order._asdict(),
        "hold_key": hold_key_of(order.ref),
        "ordered_on": order.ordered_on.isoformat(),
        "expires_on": order.expires_on.isoformat(),
        "made_at": known[0].made_at if known else now,
    }
    upsert_rows(connection, hold, [row])


def gone_of(connection: sa.Connection, keys: Collection[str]) -> dict[str, str]:
    """Return by key why those of the posts cannot be sealed that say nothing here."""
    columns = [post.c[name] for name in ("post_key", "removed_at", "removal_reason")]
    rows = {row["post_key"]: row for row in read_rows(connection, columns, keys)}
    gone = {
        key: f"was removed on {row['removed_at']:%Y-%m-%d} ({row['removal_reason']})"
        for key, row in rows.items()
        if row["removed_at"] is not None
    }
    return gone | dict.fromkeys(set(keys) - rows.keys(), "is not held: never read, or erased")


def seal(connection: sa.Connection, ref: str, keys: Collection[str], now: datetime) -> int:
    """Return how many of the posts were set aside under the order that were not before."""
    key = hold_key_of(ref)
    query = sa.select(held_record.c.post_key).where(held_record.c.hold_key == key)
    wholes = whole_posts(connection, set(keys) - set(connection.scalars(query)))
    texts = {of: _written(whole) for of, whole in wholes.items()}
    rows = [
        {
            "hold_key": key,
            "post_key": of,
            "author_key": wholes[of]["post"]["author_key"],
            "record": text,
            "sha256": _sum(text),
            "sealed_at": now,
        }
        for of, text in texts.items()
    ]
    insert_rows(connection, held_record, rows)
    return len(rows)


def lift(connection: sa.Connection, released: Mapping[str, datetime]) -> None:
    """Have the orders of these keys hold nothing any more, from those times on.

    A later order of the same reference, once the first is forgotten, is another one.
    """
    for key, at in released.items():
        is_it = (hold.c.hold_key == key, hold.c.released_at.is_(None), hold.c.made_at <= at)
        connection.execute(sa.update(hold).values(released_at=at).where(*is_it))


def prolong(connection: sa.Connection, renewed: Mapping[str, str]) -> None:
    """Have the orders of these keys last until those days, where they would end before."""
    for key, until in renewed.items():
        is_it = (hold.c.hold_key == key, hold.c.expires_on < until)
        connection.execute(sa.update(hold).values(expires_on=until).where(*is_it))


def drop_ended(connection: sa.Connection, today: date) -> dict[str, int]:
    """Return how many records were held by each order that ended, by its key; they are deleted."""
    ended = {
        one.hold_key: one.records
        for one in holds_of(connection)
        if one.records and not one.is_in_force(today)
    }
    is_its = is_among(connection, held_record.c.hold_key, list(ended))
    connection.execute(sa.delete(held_record).where(is_its))
    return ended


def standing_over(
    connection: sa.Connection, keys: Collection[str], authors: Collection[str], today: date
) -> list[Hold]:
    """Return the orders in force under which a copy of these posts or of these authors stands."""
    is_of = sa.or_(
        is_among(connection, stems_in(held_record.c.post_key), list(map(stem_of, keys))),
        is_among(connection, held_record.c.author_key, list(authors)),
    )
    holding = set(connection.scalars(sa.select(held_record.c.hold_key).where(is_of)))
    return [
        one for one in holds_of(connection) if one.hold_key in holding and one.is_in_force(today)
    ]


def sealed_by(connection: sa.Connection, ref: str) -> list[Sealed]:
    """Return the records of an order, in the order of their keys; what is no JSON is empty.

    On PostgreSQL it acts as the owner's role for the rest of the transaction. Raises FixSettings
    when the login may not.
    """
    _may_read(connection)
    columns = (held_record.c[name] for name in ("post_key", "record", "sha256", "sealed_at"))
    query = sa.select(*columns).where(held_record.c.hold_key == hold_key_of(ref))
    return [
        Sealed(key, _read(text), kept, at, _sum(text) == kept)
        for key, text, kept, at in connection.execute(query.order_by(held_record.c.post_key))
    ]


def _may_read(connection: sa.Connection) -> None:
    if connection.dialect.name != "postgresql":
        return
    if is_owner(connection):
        connection.exec_driver_sql(f"set local role {OWNER}")
    may = "select current_user, has_column_privilege('held_record', 'record', 'select')"
    who, is_allowed = connection.exec_driver_sql(may).one()
    if not is_allowed:
        raise FixSettings(
            f"{who} may not read sealed records; use a login that is in {OWNER} "
            "(docs/postgresql.md)"
        )


def _written(whole: Mapping[str, Any]) -> str:
    return json.dumps(whole, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def _read(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _sum(text: str) -> str:
    return sha256(text.encode(errors="surrogatepass")).hexdigest()
