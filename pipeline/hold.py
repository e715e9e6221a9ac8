"""Legal hold: an order sets named posts aside, sealed, while all deletion goes on around them."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import Engine

from connectors import connector_of
from contract.errors import FixSettings
from pipeline.access import Asking, note
from pipeline.erased import Erased, note_erased
from pipeline.settings import Settings
from warehouse.holding import (
    Hold,
    Order,
    drop_ended,
    enter,
    gone_of,
    holds_of,
    lift,
    prolong,
    seal,
    sealed_by,
)
from warehouse.named_posts import post_named
from warehouse.receipts import note_dropped
from warehouse.store import opened, writing

LONGEST: Final = timedelta(days=731)
"""An order ends within two years of its day; a new word of who ordered it renews it."""
MOST: Final = 1_000
"""Posts that an order may name: it is for a case, not for a topic."""
_LONGEST_WORDS: Final = 300
"""Signs of a reference, a role or a why: the register shows them in a line."""
ENDED: Final = "hold ended"
"""Why sealed copies are deleted."""
_RENEWED: Final = "hold renewed until "
_TOO_MANY: Final = f"order {{}}: an order may hold {MOST:,} posts and no more; make another one"


def hold(
    given: Settings, order: Order, platform: str | None = None, posts: Sequence[str] = ()
) -> dict[str, Any]:
    """Set the posts aside under the order, by the platform's ids or addresses: all or none.

    One that stands is renewed: its end, who ordered it and why become those given, and posts are
    added. Returns `order, since, until, sealed` (now) and `records` (of the order). Raises
    FixSettings when the order lacks something, is too long or has ended, or a post is not here.
    """
    now = datetime.now(UTC)
    _refuse_unfit(order, now.date())
    if bool(platform) != bool(posts):
        raise FixSettings("name the posts as --platform P --post ID, more by another --post")
    if platform is not None:
        connector_of(platform)
    if len(posts) > MOST:
        raise FixSettings(_TOO_MANY.format(order.ref))
    with opened(given.warehouse) as engine, writing(engine) as connection:
        keys = {post_named(connection, platform or "", one): one for one in posts}
        known = holds_of(connection, order.ref)
        _refuse_ended(order, known, now.date())
        if not known and not posts:
            raise FixSettings(f"no order {order.ref} was entered; a new one names posts: --post ID")
        if gone := gone_of(connection, keys):
            said = "; ".join(f"{keys[key]} {why}" for key, why in sorted(gone.items()))
            raise FixSettings(f"nothing was set aside: {said}. What is gone cannot be held")
        enter(connection, order, now)
        sealed = seal(connection, order.ref, keys, now)
        (stands,) = holds_of(connection, order.ref)
        if stands.records > MOST:
            raise FixSettings(_TOO_MANY.format(order.ref))
        if known:
            # A restore of what was backed up before would find the order ended. Noted first: what
            # is cut short here is renewed by the same command, and nothing is lost until then.
            why = f"{_RENEWED}{stands.expires_on}"
            note_erased(given.landing, [Erased("hold", stands.hold_key, why, now)])
    return {
        "order": stands.ref, "since": stands.since, "until": stands.expires_on,
        "sealed": sealed, "records": stands.records,
    }  # fmt: skip


def holds(given: Settings) -> list[dict[str, Any]]:
    """Return the orders, the first to end first: `order, by, why, since, until, records, state`."""
    today = datetime.now(UTC).date()
    with opened(given.warehouse) as engine, engine.connect() as connection:
        found = holds_of(connection)
    return [
        {
            "order": one.ref, "by": one.by, "why": one.why, "since": one.since,
            "until": one.expires_on, "records": one.records, "state": _state(one, today),
        }
        for one in found
    ]  # fmt: skip


def release(given: Settings, ref: str) -> dict[str, Any]:
    """Lift the order: the next comply deletes its sealed copies, and a restore does so again.

    Returns `order, released_at, records`. Raises FixSettings when no such order stands.
    """
    now = datetime.now(UTC)
    with opened(given.warehouse) as engine:
        with engine.connect() as connection:
            found = _standing(holds_of(connection, ref), ref, now.date())
        note_erased(given.landing, [Erased("hold", found.hold_key, ENDED, now)])
        with writing(engine) as connection:
            lift(connection, {found.hold_key: now})
    return {"order": ref, "released_at": now.isoformat(), "records": found.records}


def held(given: Settings, ref: str, role: str) -> list[dict[str, Any]]:
    """Return the sealed records of an order that stands; that they were shown is noted first.

    Each has `post_key, sealed_at, sha256, is_intact, record`. Raises FixSettings when no such order
    stands, where no role is said, or where the login may not read them.
    """
    if not role.strip():
        raise FixSettings("--by: found nothing; say in which role you read what is sealed")
    with opened(given.warehouse) as engine:
        with engine.connect() as connection:
            found = _standing(holds_of(connection, ref), ref, datetime.now(UTC).date())
        note(given, Asking(role, f"order {ref}"), "held", f"order {ref}", found.records)
        with writing(engine) as connection:
            sealed = sealed_by(connection, ref)
    return [one._asdict() for one in sealed]


def end_holds(engine: Engine, now: datetime) -> int:
    """Return how many sealed copies were deleted because their order ended; receipts are due."""
    with writing(engine) as connection:
        ended = drop_ended(connection, now.date())
        for key, records in ended.items():
            note_dropped(connection, f"{records} sealed copies of order {key}", ENDED, now)
    return sum(ended.values())


def release_again(engine: Engine, erased: Sequence[Erased], now: datetime) -> int:
    """Return how many sealed copies a restore brought back of orders that ended since; they go.

    An order that was renewed since lasts as long as it was renewed for.
    """
    noted = [one for one in erased if one.kind == "hold"]
    lifted = {one.key: one.at for one in noted if one.why == ENDED}
    renewed = {
        one.key: one.why.removeprefix(_RENEWED)
        for one in sorted(noted, key=lambda one: one.at)
        if one.why.startswith(_RENEWED)
    }
    with writing(engine) as connection:
        prolong(connection, renewed)
        lift(connection, lifted)
    return end_holds(engine, now)


def sentence_of(one: Hold) -> str:
    """Return what a person is told of an order under which a copy of a post of theirs stands."""
    return (
        f"a sealed copy stands under order {one.ref} until {one.expires_on}; it is read under "
        "that order alone, and deleted when the order ends"
    )


def _state(one: Hold, today: date) -> str:
    if one.is_in_force(today):
        return "in force"
    ended = "released" if one.released_at else "expired"
    return f"{ended}, goes with the next comply" if one.records else ended


def _standing(found: Sequence[Hold], ref: str, today: date) -> Hold:
    if not found:
        raise FixSettings(f"no order {ref} was entered; goodguest holds lists those there are")
    if not found[0].is_in_force(today):
        raise FixSettings(
            f"order {ref} is {_state(found[0], today)}: it holds nothing any more that may be read"
        )
    return found[0]


def _refuse_ended(order: Order, known: Sequence[Hold], today: date) -> None:
    if known and not known[0].is_in_force(today):
        raise FixSettings(
            f"order {order.ref} is {_state(known[0], today)}; a new order has a reference of its "
            "own"
        )


def _refuse_unfit(order: Order, today: date) -> None:
    said: Mapping[str, str] = {"REF": order.ref, "--by": order.by, "--why": order.why}
    for name, value in said.items():
        if not value.strip():
            raise FixSettings(f"{name}: found nothing; an order has a reference, a role and a why")
        if "@" in value:
            raise FixSettings(f"{name}: found an address; allowed are words that name no person")
        if len(value) > _LONGEST_WORDS or not value.isprintable():
            raise FixSettings(f"{name}: allowed is a line of at most {_LONGEST_WORDS} signs")
    if order.ordered_on > today:
        raise FixSettings(f"--on: found {order.ordered_on}, which is to come; today is {today}")
    longest = order.ordered_on + LONGEST
    if not today <= order.expires_on <= longest:
        raise FixSettings(
            f"--until: found {order.expires_on}; allowed is {today} to {longest}, two years from "
            f"the order's day; it can be renewed before it ends"
        )
