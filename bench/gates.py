"""What must hold of what was measured, and whether it does."""

import json
from collections.abc import Callable
from statistics import median
from typing import Final, NamedTuple

from bench.measuring import (
    AGAIN,
    FLOOR,
    LOAD_ONLY,
    MATCHERS,
    NOTHING,
    PREPARED,
    PREPARED_BY_TWO,
    REFINE,
    SMALL,
    SMALL_NOTHING,
    SMALL_POSTS,
    TWO,
    Measured,
    cpu,
    memory,
    wall,
)

_HUNDRED: Final = 100_000
_MILLION: Final = 1_000_000


class Gate(NamedTuple):
    """A value that must not be passed, and of how many posts on it is judged.

    `value` is None where what it needs was not run.
    """

    name: str
    value: Callable[[Measured], float | None]
    limit: float
    is_least: bool = False
    fewest_posts: int = _HUNDRED
    loose: float | None = None
    """The limit for fewer posts than that, most of whose time is starting up."""
    only: tuple[str, str] | None = None
    """Platform and destination, where it is judged on these alone."""


class Verdict(NamedTuple):
    """What was found at a gate; `holds` is None where this measurement cannot judge it."""

    name: str
    found: float | None
    allowed: str
    holds: bool | None


def verdicts(measured: Measured) -> list[Verdict]:
    """Return what was found at each gate."""
    return [_verdict(gate, measured) for gate in GATES]


def _verdict(gate: Gate, measured: Measured) -> Verdict:
    found = gate.value(measured)
    limit, is_judged = gate.limit, measured.posts >= gate.fewest_posts
    if SMALL_POSTS <= measured.posts < gate.fewest_posts and gate.loose is not None:
        limit, is_judged = gate.loose, True
    allowed = f"{'≥' if gate.is_least else '≤'} {limit:g}"
    is_here = gate.only in (None, (measured.platform, measured.dest))
    if found is None or not (is_here and is_judged):
        return Verdict(gate.name, found, allowed, None)
    holds = found >= limit if gate.is_least else found <= limit
    return Verdict(gate.name, found, allowed, holds)


def _throughput(measured: Measured) -> float | None:
    return measured.posts / median(measured.each(REFINE, cpu))


def _growth(measured: Measured) -> float | None:
    """Return the CPU time a post takes against that at 10,000, each without starting up."""
    if SMALL not in measured.runs:
        return None
    large, few = (
        [took - start for took, start in zip(measured.each(name, cpu), starts, strict=True)]
        for name, starts in (
            (REFINE, measured.each(NOTHING, cpu)),
            (SMALL, measured.each(SMALL_NOTHING, cpu)),
        )
    )
    each = zip(large, few, strict=True)
    return median(one / measured.posts / (other / SMALL_POSTS) for one, other in each)


def _memory(measured: Measured) -> float:
    return max(measured.each(REFINE, memory) + measured.each(TWO, memory))


GATES: Final = (
    Gate("posts per CPU second of refine", _throughput, 4_000, is_least=True,
         only=("x", "sqlite"), loose=1_000),
    Gate("refine ÷ dlt's plain load, CPU", lambda m: m.ratio(REFINE, "dlt, load only", cpu), 0.7,
         only=("x", "sqlite")),
    Gate("load only ÷ floor, CPU", lambda m: m.ratio(LOAD_ONLY, FLOOR, cpu), 3.5),
    Gate("refine again, unchanged ÷ first, CPU", lambda m: m.ratio(AGAIN, REFINE, cpu), 0.2,
         fewest_posts=_MILLION, loose=0.4),
    Gate("CPU seconds until matchers are ready",
         lambda m: median(json.loads(took.said)["kept"] for took in m.runs[MATCHERS]), 1,
         fewest_posts=SMALL_POSTS),
    Gate("CPU a post ÷ that at 10,000 posts", _growth, 1.25, fewest_posts=_MILLION),
    Gate("MiB of all processes", _memory, 700,
         fewest_posts=_MILLION, loose=700),
    Gate("all before storing, one process ÷ two workers, wall",
         lambda m: m.ratio(PREPARED, PREPARED_BY_TWO, wall), 1.6, is_least=True),
)  # fmt: skip
