"""Delivery: hands an issue to the mail server, once for each reader, whatever is killed between."""

import logging
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from typing import Final

from sqlalchemy import Engine

from contract.charter_outcomes import Reader
from contract.errors import FixSettings, RetryLater
from digest.mail import Content, Unsubscribing, message_of
from digest.smtp import hand_over, session, smtp_of_url
from digest.weeks import span
from pipeline.settings import Settings
from pipeline.tombstones import erasure_key
from warehouse.delivering import Delivery, deliveries, note_delivery, unsubscribed
from warehouse.store import opened

_log = logging.getLogger("goodguest.delivery")
_AGAIN: Final = timedelta(minutes=15)
_WANTING: Final = frozenset({"waiting", "put off"})
_OVER: Final = frozenset({"sent", "refused", "bounced", "sending"})
"""States in which an issue is not sent to a reader again.

What was being sent when a process was killed may have arrived: two of one mail are worse than a
line that says so.
"""

PATH: Final = "/unsubscribe/"


def deliver(
    given: Settings,
    engine: Engine,
    name: str,
    week: str,
    readers: Sequence[Reader],
    content_for: Callable[[Reader], Content],
) -> Counter[str]:
    """Mail the issue to each reader who has not got it, and return how many are in which state.

    States: sent, refused, bounced, put off, sending (cut off: it may have arrived) and
    unsubscribed. Raises FixSettings or RetryLater when the server takes nothing, and RetryLater at
    the end when it put some off: the others have theirs, and calling again is safe.
    """
    states = states_of(engine, name, week, readers)
    found = zip(readers, states, strict=True)
    waiting = [reader for reader, state in found if state in _WANTING]
    if waiting and given.smtp:
        _hand_over(given, engine, name, week, waiting, content_for)
    states = states_of(engine, name, week, readers)
    for state in ("refused", "put off", "sending", "bounced"):
        places = [str(place) for place, each in enumerate(states, start=1) if each == state]
        if places:
            _log.warning(
                "%s %s: %s for reader %s of %d: check `to` in the charter",
                name, week, state, ", ".join(places), len(states),
            )  # fmt: skip
    counts = Counter(states)
    if counts["put off"]:
        raise RetryLater(
            f"the mail server put off {counts['put off']} of {len(readers)} readers of {name}; "
            "they are sent it later",
            datetime.now(UTC) + _AGAIN,
        )
    return counts


def rehearse(
    given: Settings, engine: Engine, name: str, week: str, readers: Sequence[Reader]
) -> dict[str, int]:
    """Return how many readers are in which state, once the mail server let us in; nothing is sent.

    Raises FixSettings or RetryLater as sending would.
    """
    if not given.smtp:
        raise FixSettings("No mail server is named: set GOODGUEST_SMTP")
    with session(smtp_of_url(given.smtp)) as server:
        server.noop()
    return dict(Counter(states_of(engine, name, week, readers)))


def deliveries_of(given: Settings, name: str, week: str) -> list[dict[str, str]]:
    """Return for each reader of a digest what became of the issue: `reader, topics, state`.

    Raises FixSettings where the charter has no such digest, or the week is none.
    """
    readers = given.load_charter().digest(name).to
    span(week)
    with opened(given.warehouse) as engine:
        states = states_of(engine, name, week, readers)
    return [
        {"reader": reader.mail, "topics": ", ".join(reader.topics) or "all", "state": state}
        for reader, state in zip(readers, states, strict=True)
    ]


def states_of(engine: Engine, name: str, week: str, readers: Sequence[Reader]) -> list[str]:
    """Return what became of the issue for each reader, or `waiting`, or `unsubscribed`."""
    with engine.connect() as conn:
        gone, known = unsubscribed(conn, name), deliveries(conn, name, week)
    return [_state(known.get(reader.mail), is_gone=reader.mail in gone) for reader in readers]


def _state(delivery: Delivery | None, *, is_gone: bool) -> str:
    if delivery and delivery.state in _OVER:
        return delivery.state
    if is_gone:
        return "unsubscribed"
    return delivery.state if delivery else "waiting"


def _hand_over(
    given: Settings,
    engine: Engine,
    name: str,
    week: str,
    readers: Sequence[Reader],
    content_for: Callable[[Reader], Content],
) -> None:
    made_at = datetime.now(UTC)
    with session(smtp_of_url(str(given.smtp))) as server:
        for reader in readers:
            message = message_of(content_for(reader), made_at, ending_of(given, name, reader.mail))
            begin = _begin(engine, name, week, reader.mail)
            answer = hand_over(server, message, reader.mail, begin)
            note_delivery(engine, name, week, reader.mail, answer.state, str(answer.code))


def _begin(engine: Engine, name: str, week: str, recipient: str) -> Callable[[], None]:
    return lambda: note_delivery(engine, name, week, recipient, "sending")


def ending_of(given: Settings, name: str, recipient: str) -> Unsubscribing:
    """Return how this reader ends this digest; the token tells nobody else who they are."""
    token = token_of(erasure_key(given), name, recipient)
    page = given.unsubscribe and f"{given.unsubscribe.rstrip('/')}{PATH}{name}/{token}"
    return Unsubscribing(token, page)


def token_of(key: bytes, name: str, recipient: str) -> str:
    """Return the keyed hash of a digest and one of its readers."""
    said = f"{name}\0{recipient}".encode()
    return blake2b(said, key=key, digest_size=12, person=b"unsubscribe").hexdigest()
