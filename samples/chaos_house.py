"""The house that the chaos shakes: two small disks, a warehouse, the town, Airflow, and a clock."""

import contextlib
import os
import re
import secrets
import shutil
import struct
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from datetime import time as time_of_day
from pathlib import Path

from bench.server import Server, own_server
from pipeline.refine import is_refined
from pipeline.settings import Settings
from samples.connections import variables
from samples.programs import GaveUp, Programs
from samples.run import (
    PREFERRED_PORT,
    charter_copied,
    environment,
    hold_alone,
    metadata_of,
    port_of_our_own,
)
from samples.server import serve
from samples.set_back import AIRFLOW
from samples.town import Town, build_town

DAYS = 63
"""Before the end, that are read one by one."""
BY_SCHEDULE = "riverside-news"
"""The source that Airflow's own schedule reads, every two minutes: a wrong clock is its trouble."""
_NEVER = '"0 0 1 1 *"'
_DISK, _STORE = "600m", "300m"


@dataclass
class House:
    """All that stands while the chaos lasts; moments are UTC."""

    kind: str
    folder: Path
    town: Town
    programs: Programs
    calm_programs: Programs
    airflow: str
    calm_given: Settings
    given: Settings
    database: Server | None
    clock: Path | None
    has_disks: bool
    say: Callable[[str], None]

    @property
    def end(self) -> datetime:
        """Return to when the town is read."""
        return datetime.combine(self.town.today, time_of_day(), UTC)

    @property
    def begin(self) -> datetime:
        """Return from when on it is read."""
        return self.end - timedelta(days=DAYS)

    @property
    def metadata(self) -> Path:
        """Return the file of Airflow's own database."""
        return metadata_of(self.given.data)

    def read_in_calm(self) -> None:
        """Read the whole town once, by the commands alone."""
        began = time.monotonic()
        window = (
            "--since",
            (self.begin - timedelta(days=1)).isoformat(),
            "--until",
            self.end.isoformat(),
        )
        calm = self.calm_programs
        calm.finish("goodguest", "init")
        calm.finish("goodguest", "catalogue")
        known = self.calm_given.load_charter().sources
        with ThreadPoolExecutor() as pool:
            sources = [name for name, source in known.items() if source.enabled]
            list(pool.map(lambda name: calm.finish("goodguest", "collect", name, *window), sources))
        calm.finish("goodguest", "refine")
        self.say(f"The town was read in calm in {time.monotonic() - began:.0f} s.")

    def start_airflow(self) -> None:
        """Return once Airflow answers and its DAGs are there."""
        programs = self.programs
        programs.finish("goodguest", "init")
        programs.finish("airflow", "db", "migrate")
        self.start_services()
        programs.wait_for(f"{self.airflow}/api/v2/version", "api-server")
        programs.are_well = True

    def start_services(self) -> None:
        """Start what Airflow consists of here."""
        for name in AIRFLOW:
            self.programs.start(name, "airflow", name)

    def shown(self) -> float:
        """Return the Unix seconds that the clock of Airflow's programs shows."""
        ahead = struct.unpack("q", self.clock.read_bytes())[0] if self.clock else 0
        return time.time() + ahead

    def set_clock(self, ahead: timedelta) -> None:
        """Have that clock be so much ahead."""
        if self.clock is None:
            raise ValueError("this house has no clock of its own")
        with self.clock.open("r+b") as file:
            file.write(struct.pack("q", round(ahead.total_seconds())))

    def is_refined(self) -> bool:
        """Return whether all that is landed is loaded."""
        return is_refined(self.given)


@contextlib.contextmanager
def built(
    folder: Path,
    warehouse: str,
    today: date,
    say: Callable[[str], None],
    names: Sequence[str] = (),
) -> Iterator[House]:
    """Yield the house in a folder that is emptied first; all of it is stopped at the end."""
    with contextlib.ExitStack() as running:
        disk, store = folder / "disk", folder / "store"
        try:
            hold_alone(running, folder.with_suffix(".lock"))
        except BlockingIOError:
            raise GaveUp(f"another chaos is at work in {folder}; stop it first") from None
        has_disks = _emptied(running, folder, {disk: _DISK, store: _STORE})
        if not has_disks:
            say("Small disks cannot be mounted (it takes root): none fills or turns read-only.")
        ports = {n: port_of_our_own(running, port + 10_000) for n, port in PREFERRED_PORT.items()}
        town = build_town(today)
        running.enter_context(serve(town, ports["town"]))
        database = None
        if warehouse != "sqlite":
            database = running.enter_context(own_server(is_durable=True))
            database.connect().execute("create database goodguest").connection.close()
        charter = charter_copied(folder, ports["town"])
        _have_read_by_day(charter, names)
        given = _settings(charter, disk, _address(database, store))
        calm = _settings(charter, folder / "calm", f"sqlite:///{folder}/calm/warehouse.db")
        clock = _clock(folder, say)
        ours = environment(disk, ports) | {"GOODGUEST_KEY": secrets.token_hex(16)}
        airflows = ours | _as_variables(given) | (_shifted_by(clock) if clock else {})
        yield House(
            kind=warehouse,
            folder=folder,
            town=town,
            programs=Programs(running, folder / "logs", airflows, say),
            calm_programs=Programs(running, folder / "calm", ours | _as_variables(calm), say),
            airflow=f"http://127.0.0.1:{ports['airflow']}",
            calm_given=calm,
            given=given,
            database=database,
            clock=clock,
            has_disks=has_disks,
            say=say,
        )


def _emptied(running: contextlib.ExitStack, folder: Path, disks: dict[Path, str]) -> bool:
    """Empty the folder, and return whether each of these in it is a small disk of its own."""
    for place in disks:
        _unmount(place)  # what a chaos that was killed left behind
    shutil.rmtree(folder, ignore_errors=True)
    for place, size in disks.items():
        place.mkdir(parents=True)
        if os.geteuid() != 0 or _mount("-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(place)):
            return False
        running.callback(_unmount, place)
    return True


def _unmount(place: Path) -> None:
    if place.is_mount():
        subprocess.run(["/usr/bin/umount", "--lazy", place], check=False)  # noqa: S603


def _mount(*arguments: str) -> int:
    return subprocess.run(["/usr/bin/mount", *arguments], check=False).returncode  # noqa: S603


def _settings(charter: Path, data: Path, warehouse: str) -> Settings:
    return Settings(charter, data, warehouse, str(data / "landing"), smtp=None)


def _address(database: Server | None, store: Path) -> str:
    if database is None:
        return f"sqlite:///{store}/warehouse.db"
    return f"postgresql+psycopg://goodguest@/goodguest?host={database.folder}"


def _as_variables(given: Settings) -> dict[str, str]:
    return {
        "GOODGUEST_CHARTER": str(given.charter),
        "GOODGUEST_DATA": str(given.data),
        "GOODGUEST_WAREHOUSE": given.warehouse,
        "GOODGUEST_LANDING": given.landing,
        **variables(),
    }


def _have_read_by_day(charter: Path, names: Sequence[str]) -> None:
    """Change a copy of the sample's charter: these (none named: all) are read by the day."""
    sources, vocabulary = charter.read_text("utf-8").split("\nvocabulary:")
    parts = re.split(r"(?m)^(?=  [a-z-]+:$)", sources)
    for place, part in enumerate(parts):
        is_left_out = names and part.partition(":")[0].strip() not in names
        if is_left_out:
            parts[place] = re.sub(r"(?m)^(    platform:)", r"    enabled: false\n\1", part)
        timed = part.startswith(f"  {BY_SCHEDULE}:")
        for key, value in {
            "schedule": '"*/2 * * * *"' if timed else _NEVER,
            "lookback": f"P{DAYS + 8}D" if timed else "P2D",
            "budget": "{posts: 100000000}",
        }.items():
            parts[place] = re.sub(rf"(?m)^(    {key}:).*$", rf"\1 {value}", parts[place])
    # Else who comes first decides whether the oldest weeks stand: refine or retention.
    vocabulary = re.sub(r"aggregates: \w+", "aggregates: P50Y", vocabulary)
    charter.write_text("\nvocabulary:".join(["".join(parts), vocabulary]), "utf-8")


def _clock(folder: Path, say: Callable[[str], None]) -> Path | None:
    """Return the file that says how far the clock of Airflow's programs is off, where it can be."""
    compiler = shutil.which("cc")
    if compiler is None or sys.platform != "linux":
        say("The clock cannot be moved here (it takes Linux and a C compiler): it does not jump.")
        return None
    code = Path(__file__).with_name("chaos_clock.c")
    shim = folder / "clock.so"
    build = [compiler, "-shared", "-fPIC", "-O1", "-o", str(shim), str(code)]
    subprocess.run(build, check=True)  # noqa: S603
    clock = folder / "clock"
    clock.write_bytes(struct.pack("q", 0))
    return clock


def _shifted_by(clock: Path) -> dict[str, str]:
    return {"LD_PRELOAD": str(clock.with_suffix(".so")), "CHAOS_CLOCK": str(clock)}
