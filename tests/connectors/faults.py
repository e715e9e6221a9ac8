"""What goes wrong between a client and a server: every fault, and when it is played."""

import gzip
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from email.utils import format_datetime
from random import Random

HTML = b"<!DOCTYPE html><html><head><title>One moment</title></head><body>...</body></html>"
BOMB = gzip.compress(b"[" * 4_000_000)
"""More than the visitors of these tests take."""


@dataclass(frozen=True)
class Wire:
    """An answer as it goes over the wire: `missing` bytes are promised and not sent."""

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    missing: int = 0
    is_silent: bool = False
    stall: float = 0.0


Fault = Callable[[Wire, str, datetime], Wire]
"""From the right answer, the target and the right time to what is sent."""


def _skewed(hours: float) -> Fault:
    def fault(wire: Wire, target: str, now: datetime) -> Wire:
        theirs = format_datetime(now + timedelta(hours=hours), usegmt=True)
        return replace(wire, headers={**wire.headers, "Date": theirs})

    return fault


def _limited_by_a_wrong_clock(wire: Wire, target: str, now: datetime) -> Wire:
    theirs = now + timedelta(hours=5)
    again = format_datetime(theirs + timedelta(seconds=20), usegmt=True)
    return Wire(429, {"Date": format_datetime(theirs, usegmt=True), "Retry-After": again})


def _used_up(seconds: float) -> Fault:
    def fault(wire: Wire, target: str, now: datetime) -> Wire:
        reset = str(int(now.timestamp() + seconds))
        told = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": reset}
        return replace(wire, headers={**wire.headers, **told})

    return fault


FAULTS: dict[str, Fault] = {
    "limited": lambda *_: Wire(429, {"Retry-After": "7"}),
    "limited without a header": lambda *_: Wire(429),
    "limited for long": lambda *_: Wire(429, {"Retry-After": "1200"}),
    "limited by a wrong clock": _limited_by_a_wrong_clock,
    "error 500": lambda *_: Wire(500, {}, b"Internal Server Error"),
    "error 502": lambda *_: Wire(502, {"Content-Type": "text/html"}, HTML),
    "error 503": lambda *_: Wire(503, {"Retry-After": "30"}, b"maintenance"),
    "silence": lambda *_: Wire(200, is_silent=True),
    "cut": lambda wire, *_: replace(
        wire, body=wire.body[: len(wire.body) // 2], missing=50 + len(wire.body) // 2
    ),
    "cut without a word": lambda wire, *_: replace(wire, body=wire.body[: len(wire.body) // 2]),
    "nothing": lambda wire, *_: replace(wire, body=b""),
    "html": lambda *_: Wire(200, {"Content-Type": "text/html"}, HTML),
    "circle": lambda _, target, __: Wire(302, {"Location": target}),
    "bomb": lambda wire, *_: Wire(200, {**wire.headers, "Content-Encoding": "gzip"}, BOMB),
}
"""What no client can take for an answer."""

ODDITIES: dict[str, Fault] = {
    "slow": lambda wire, *_: replace(wire, stall=0.01),
    "clock ahead": _skewed(5),
    "clock behind": _skewed(-30),
    "limit reset in the past": _used_up(-7200),
    "limit used up": _used_up(15),
}
"""What is odd and right all the same."""

Plan = Callable[[str], str | None]
"""Which fault is played when a target is asked for, by name."""


def no_faults(_: str) -> str | None:
    return None


def passing_faults(seed: int, never: frozenset[str] = frozenset()) -> Plan:
    """Return a plan by which every third target fails up to three times, and then is right."""
    left: dict[str, list[str]] = {}

    def plan(target: str) -> str | None:
        if target not in left:
            rng = Random(f"{seed} {target}")
            names = sorted({*FAULTS, *ODDITIES} - never)
            left[target] = rng.choices(names, k=rng.choice([0, 0, 0, 0, 1, 2, 3]))
        return left[target].pop() if left[target] else None

    return plan


def lasting_fault(target: str, fault: str) -> Plan:
    """Return a plan by which one target is never right."""
    return lambda asked: fault if asked == target else None
