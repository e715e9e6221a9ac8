"""Runs all there is to compare, in turns, and keeps what each took."""

import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any, Final

from bench.checks import Check, checks, digest, equal
from bench.invented import Holdings
from bench.payloads import holdings
from bench.place import Place, environment, opened
from bench.process import Took, run
from pipeline.settings import Settings

FLOOR: Final = "floor"
LOAD_ONLY: Final = "load only"
REFINE: Final = "refine"
AGAIN: Final = "refine again, unchanged"
NOTHING: Final = "refine, nothing to do"
MATCHERS: Final = "matchers, built and read back"
TWO: Final = "refine, two workers"
PREPARED: Final = "all before storing"
PREPARED_BY_TWO: Final = "all before storing, two workers"
SMALL: Final = "refine, 10,000 posts"
SMALL_NOTHING: Final = "refine, 10,000 posts, nothing to do"
SMALL_POSTS: Final = 10_000
_WITHOUT_POSTS: Final = (NOTHING, SMALL_NOTHING, MATCHERS)
_STAGE_POSTS: Final = 20_000
_MOST_PREPARED: Final = 100_000
"""Preparing alone says nothing new of a million."""

_PYTHON: Final = (sys.executable, "-m")
_REFINE: Final = (*_PYTHON, "pipeline.cli", "--json", "refine")
_NO_TELEMETRY: Final = {"RUNTIME__DLTHUB_TELEMETRY": "false"}


@dataclass(slots=True)
class Measured:
    """What was measured: of each run what it took in each round, and CPU seconds by stage."""

    platform: str
    dest: str
    posts: int
    runs: dict[str, list[Took]] = field(default_factory=dict)
    stages: dict[str, float] = field(default_factory=dict)
    stage_posts: int = 0
    checks: list[Check] = field(default_factory=list)
    peers: dict[str, str] = field(default_factory=dict)
    """The version of each."""
    tell: Callable[[str], None] = lambda _: None
    """Hears of each run once it is over."""

    def add(self, name: str, took: Took) -> None:
        """Keep what it took in a further round."""
        self.runs.setdefault(name, []).append(took)
        self.tell(f"{name}: {cpu(took):.2f} CPU s, {took.wall:.2f} s, {took.memory:.0f} MiB")

    def posts_of(self, name: str) -> int | None:
        """Return how many posts a run read; None for those that look whether there are any."""
        return None if name in _WITHOUT_POSTS else SMALL_POSTS if name == SMALL else self.posts

    def each(self, name: str, value: Callable[[Took], float]) -> list[float]:
        """Return the value in each round, none where it was not run."""
        return [value(took) for took in self.runs.get(name, ())]

    def ratio(self, name: str, other: str, value: Callable[[Took], float]) -> float | None:
        """Return the median of the ratios of each round, or None where one was not run."""
        pairs = zip(self.each(name, value), self.each(other, value), strict=False)
        ratios = [one / two for one, two in pairs]
        return median(ratios) if ratios else None


def cpu(took: Took) -> float:
    """Return the seconds of CPU time, a database server's among them."""
    return took.cpu + took.server_cpu


def memory(took: Took) -> float:
    """Return the MiB of all its processes at their highest."""
    return took.memory


def wall(took: Took) -> float:
    """Return the seconds of the clock."""
    return took.wall


@dataclass(frozen=True, slots=True)
class Peers:
    """Which of the peers to run, and the Python that has them."""

    names: Sequence[str] = ()
    python: Path = Path(sys.executable)


def measure(measured: Measured, rounds: int, cache: Path, holdings: Holdings, peers: Peers) -> None:
    """Measure everything, each in a process of its own and one after the other.

    In each round all are run once, so that what else the machine does meets all of them.
    """
    with (
        TemporaryDirectory(prefix="goodguest-bench-") as made,
        opened(measured.dest, Path(made), cache, holdings) as place_of,
    ):
        place = place_of(measured.platform, measured.posts)
        for number in range(rounds):
            _floors(place, measured)
            held = _refined(place, measured, is_first=number == 0)
            _two(place, measured, held)
            if measured.posts > SMALL_POSTS:
                _small(place_of(measured.platform, SMALL_POSTS), measured)
            for peer in peers.names:
                _peer(place, measured, peer, peers.python, Path(made))
        some = place_of(measured.platform, min(measured.posts, _STAGE_POSTS))
        took = _alone(some, (*_PYTHON, "bench.stages"))
        measured.stages, measured.stage_posts = json.loads(took.said), some.posts


def _floors(place: Place, measured: Measured) -> None:
    given = place.settings("floor")
    landing, store = given.landing, given.warehouse
    measured.add(FLOOR, _run(place, given, (*_PYTHON, "bench.floor", landing, store)))
    place.stores.drop("floor")
    measured.add(LOAD_ONLY, _alone(place, (*_PYTHON, "bench.load_only")))


def _refined(place: Place, measured: Measured, *, is_first: bool) -> str:
    """Return the digest of what refine stored, in the first round; its runs are one after another.

    The first is the first ever: nothing is kept from another.
    """
    given = place.settings("refined")
    measured.add(REFINE, _run(place, given, _REFINE))
    held = ""
    if is_first:
        measured.checks += checks(place, given.warehouse)
        held = digest(given.warehouse)
    again = _run(place, given, (*_REFINE, "--reparse"))
    measured.add(AGAIN, again)
    if is_first:
        said = json.loads(again.said)
        unknown = json.loads(measured.runs[REFINE][0].said)["unknown_fields"]
        changed = said["posts_new"] + said["posts_changed"]
        measured.checks += [
            equal("unknown fields", unknown, []),
            equal("posts changed by refining again", changed, 0),
            equal("digest of all rows after refining again", digest(given.warehouse), held),
        ]
    measured.add(NOTHING, _run(place, given, _REFINE))
    measured.add(MATCHERS, _run(place, given, (*_PYTHON, "bench.matchers")))
    place.stores.drop("refined")
    return held


def _small(place: Place, measured: Measured) -> None:
    given = place.settings("small")
    measured.add(SMALL, _run(place, given, _REFINE))
    measured.add(SMALL_NOTHING, _run(place, given, _REFINE))
    place.stores.drop("small")


def _two(place: Place, measured: Measured, held: str) -> None:
    given = place.settings("two")
    measured.add(TWO, _run(place, given, (*_REFINE, "--workers", "2")))
    if held:
        name = "digest of all rows with two workers"
        measured.checks.append(equal(name, digest(given.warehouse), held))
    place.stores.drop("two")
    if SMALL_POSTS <= measured.posts <= _MOST_PREPARED:
        for name, workers in ((PREPARED, "1"), (PREPARED_BY_TWO, "2")):
            measured.add(name, _alone(place, (*_PYTHON, "bench.preparing", workers)))


def _peer(place: Place, measured: Measured, peer: str, python: Path, folder: Path) -> None:
    with TemporaryDirectory(dir=folder) as theirs:
        script = Path(__file__).with_name("peers.py")
        command = (str(python), "-P", str(script), peer, str(place.answers()), theirs)
        took = run(command, _NO_TELEMETRY)
    measured.add(f"{peer}, load only", took)
    measured.peers[peer] = took.said


def _alone(place: Place, command: Sequence[str]) -> Took:
    """Return what a command took with a store of its own."""
    took = _run(place, place.settings("alone"), command)
    place.stores.drop("alone")
    return took


def _run(place: Place, given: Settings, command: Sequence[str]) -> Took:
    return run(command, environment(given), server_cpu=place.stores.server_cpu)


def stages_of(posts: int, rounds: int) -> dict[str, Any]:
    """Return how many posts a CPU second of each stage is good for, and its ratio to the floor."""
    floors: list[float] = []
    stages: list[dict[str, float]] = []
    with (
        TemporaryDirectory(prefix="goodguest-bench-") as made,
        opened("sqlite", Path(made), Path(made), holdings()) as place_of,
    ):
        place = place_of("x", posts)
        for _ in range(rounds):
            measured = Measured("x", "sqlite", posts)
            _floors(place, measured)
            floors += measured.each(FLOOR, cpu)
            stages.append(json.loads(_alone(place, (*_PYTHON, "bench.stages")).said))
    rows = [
        {
            "stage": name,
            "posts_per_cpu_second": round(posts / median(spent[name] for spent in stages)),
            "times_floor": round(
                median(s[name] / f for s, f in zip(stages, floors, strict=True)), 3
            ),
        }
        for name in stages[0]
    ]
    return {"posts": posts, "rounds": rounds, "stages": rows}
