"""Disturbs a town that is read under a real Airflow, and compares what is left with calm reading.

python -m samples.chaos [--minutes 10 --kills 40 --seed N --warehouse sqlite]

The town is read once in calm, by the commands alone. Then Airflow reads it day by day while tasks,
scheduler and API server are killed, the disk fills, the warehouse turns read-only and goes away,
and the clock jumps. Afterwards nobody helps: the same rows have to be there.
"""

import argparse
import os
import random
import signal
import sys
import time
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from rich.console import Console

from contract.errors import GoodguestError
from samples.chaos_blows import Blow, disturbances, kills
from samples.chaos_clockwork import Clockwork
from samples.chaos_house import BY_SCHEDULE, House, built
from samples.chaos_proof import Truth, differences, wrong_sums
from samples.first_runs import Api
from samples.programs import GaveUp
from samples.set_back import WallClock, forget_future

ROOT = Path(__file__).parents[1]
_PATIENCE_SECONDS = 15 * 60.0
"""How long the town may take, once nobody disturbs it, to be read to the end."""
_END = "the end of a disturbance"
_console = Console(highlight=False, soft_wrap=True, markup=False)


def main() -> int:
    """Return 0 when the disturbed warehouse equals the calm one."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--minutes", type=float, default=10.0)
    options.add_argument("--kills", type=int, default=40)
    options.add_argument("--seed", type=int, default=None, help="of the dice; printed if not given")
    options.add_argument("--warehouse", choices=("sqlite", "postgresql"), default="sqlite")
    options.add_argument("--sources", nargs="+", default=[], help="only these of the town's")
    asked = options.parse_args()
    for ending in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(ending, signal.default_int_handler)
    os.umask(0o077)
    seed = random.SystemRandom().randrange(10**6) if asked.seed is None else asked.seed
    folder = Path(os.environ.get("GOODGUEST_DATA", ROOT / "data")).absolute() / "chaos"
    try:
        with built(folder, asked.warehouse, _last_sunday(), _say, asked.sources) as house:
            plan = Plan(asked.minutes * 60, asked.kills, random.Random(seed))
            _say(f"seed {seed}: {asked.kills} kills in {asked.minutes:g} minutes, {house.kind}")
            return _disturbed(house, plan)
    except KeyboardInterrupt:
        _say("Stopped; nothing of it is left running.")
        return 128 + signal.SIGINT
    except (GaveUp, GoodguestError) as problem:
        _say(f"{problem}\nNothing of it is left running.")
        return 1


@dataclass(frozen=True)
class Plan:
    """For how many seconds, with how many kills, and whose dice decide the rest."""

    seconds: float
    kills: int
    dice: random.Random


def _last_sunday() -> date:
    today = datetime.now(UTC).date()
    return today - timedelta(days=today.isoweekday() % 7)


def _say(line: str) -> None:
    _console.print(f"{datetime.now(UTC):%H:%M:%S} {line}")


def _disturbed(house: House, plan: Plan) -> int:
    house.read_in_calm()
    truth = Truth(house.town, house.calm_given, house.given)
    house.start_airflow()
    blows = sorted(
        [*kills(plan.dice, plan.kills, plan.seconds), *disturbances(house, plan.seconds)],
        key=lambda blow: blow.at,
    )
    storm = _Storm(house, blows, truth, plan.dice)
    storm.api = api = Api(house.airflow, storm.tick)
    clockwork = Clockwork(api, house.begin, house.end, BY_SCHEDULE)
    while not storm.is_over:
        clockwork.tick()
        storm.tick()
        time.sleep(1)
    _say(f"Calm again: {storm.told()}; nobody helps from here on.")
    clockwork.hurry()
    _wait(house, storm, clockwork)
    clockwork.stop_schedule()  # all is there: nothing is to begin while it is compared
    _wait(house, storm, clockwork)
    return _judged(house, truth, storm, clockwork)


def _wait(house: House, storm: "_Storm", clockwork: Clockwork) -> None:
    """Return once the town is read to the end, and all that is landed is loaded."""
    until = time.monotonic() + _PATIENCE_SECONDS
    while not (clockwork.tick() and house.is_refined()):
        storm.tick()
        if time.monotonic() > until:
            raise GaveUp(f"not read to the end in {_PATIENCE_SECONDS:.0f} s: {clockwork.left()}")
        time.sleep(2)


class _Storm:
    """What is still to be done to the house, and what was done."""

    def __init__(self, house: House, blows: list[Blow], truth: Truth, dice: random.Random) -> None:
        self._house, self._truth, self._dice = house, truth, dice
        self._left = list(blows)
        self._began = time.monotonic()
        self._done: list[str] = []
        self._clock = WallClock(house.shown)
        self.api: Api | None = None
        self.lies: list[str] = []

    @property
    def is_over(self) -> bool:
        """Whether everything was done."""
        return not self._left

    def told(self) -> str:
        """Return how often each thing was done."""
        return ", ".join(f"{self._done.count(kind)} × {kind}" for kind in dict.fromkeys(self._done))

    def tick(self) -> None:
        """Keep the programs running, and do what is due and can be done now.

        What cannot, as nothing of the kind is alive, is left to a later tick; so is a disturbance
        while another lasts.
        """
        self._house.programs.check()
        if self.api and self._clock.was_set_back():
            forget_future(self._house.programs, self.api, self._clock, self._house.metadata)
        elapsed = time.monotonic() - self._began
        is_disturbed = any(blow.kind == _END for blow in self._left)
        for blow in [blow for blow in self._left if blow.at <= elapsed]:
            if blow.end and is_disturbed:
                continue
            if said := blow.strike(self._house, self._dice):
                self._left.remove(blow)
                self._note(blow, said, elapsed)
                return  # one at a time: what was killed a moment ago is still to be seen

    def _note(self, blow: Blow, said: str, elapsed: float) -> None:
        _say(f"  {said}")
        if blow.end:
            self._left.append(Blow(elapsed + blow.lasting, _END, blow.end))
        if blow.kind == _END:
            self.lies += self._truth.lies()
        else:
            self._done.append(blow.kind)


def _judged(house: House, truth: Truth, storm: _Storm, clockwork: Clockwork) -> int:
    lies = [*storm.lies, *truth.lies()]
    differing = differences(house.calm_given, house.given, house.begin, house.end)
    found = {
        "rows that differ from the calm run": differing,
        "runs whose sums are wrong": wrong_sums(house.given),
        "hours called complete that were not read": lies,
    }
    _say(f"Runs of Airflow: {clockwork.told()}")
    for what, wrong in found.items():
        _say(f"{what}: {len(wrong)}")
        for line in wrong[:20]:
            _say(f"    {line}")
    is_equal = not any(found.values())
    _say("The warehouse equals that of the calm run." if is_equal else "It does NOT.")
    return 0 if is_equal else 1


if __name__ == "__main__":
    sys.exit(main())
