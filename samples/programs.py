"""Programs that run on beside this one: started, kept running, and ended with all they started."""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import psutil  # type: ignore[import-untyped]  # comes with Airflow
import requests

ROOT = Path(__file__).parents[1]
PATIENCE_SECONDS = 400.0
_LONG_SECONDS = 30.0
"""What ran for so long was well: its earlier ends are forgotten."""
_now = time.monotonic
_MOST_SHORT_LIVES = 10
_LONGEST_REST_SECONDS = 15.0


class GaveUp(Exception):
    """Something did not come up, ended or failed; the message says which and where its log is."""


@dataclass
class _Kept:
    """A program that is kept running, and everything it started."""

    command: list[str]
    log: Path
    process: "subprocess.Popen[bytes]"
    since: float = field(default_factory=_now)
    family: list[psutil.Process] = field(default_factory=list)
    short_lives: int = 0
    again_at: float | None = None


class Programs:
    """Programs of one environment; they are stopped when the stack closes.

    Until `are_well` is set, one that ends by itself is not started again.
    """

    def __init__(
        self,
        running: contextlib.ExitStack,
        logs: Path,
        environment: Mapping[str, str],
        say: Callable[[str], None],
    ) -> None:
        self._running, self._logs, self._say = running, logs, say
        self._environment = dict(environment)
        self._kept: dict[str, _Kept] = {}
        self.are_well = False
        logs.mkdir(parents=True, exist_ok=True)

    def start(self, name: str, program: str, *arguments: str) -> None:
        """Start a program that runs on; its output goes to a log of that name."""
        log = self._logs / f"{name}.log"
        log.write_bytes(b"")
        command = [self._found(program), *arguments]
        self._kept[name] = _Kept(command, log, self._begun(command, log))
        self._running.callback(self._close, name)

    def _close(self, name: str) -> None:
        # A second Ctrl-C must not leave half of it running; the wait is short.
        for ending in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(ending, signal.SIG_IGN)
        self.stop(name)

    def again(self, name: str) -> None:
        """End a program and start it anew."""
        kept = self._kept[name]
        _stop(kept)
        kept.process, kept.since, kept.again_at = self._begun(kept.command, kept.log), _now(), None

    def stop(self, name: str) -> None:
        """End a program and all it started; it gets ten seconds to do it by itself."""
        if kept := self._kept.pop(name, None):
            _stop(kept)

    def pid(self, name: str) -> int | None:
        """Return the process a program runs as now, if it runs."""
        kept = self._kept[name]
        return kept.process.pid if kept.process.poll() is None else None

    def check(self) -> None:
        """Start again what has ended, after a rest that grows; raise GaveUp when it is hopeless."""
        for name, kept in self._kept.items():
            if kept.process.poll() is None:
                kept.family = _family_of(kept)
            elif kept.again_at is None:
                self._mourn(name, kept)
            elif _now() >= kept.again_at:
                kept.process, kept.again_at = self._begun(kept.command, kept.log), None
                kept.since = _now()

    def _mourn(self, name: str, kept: _Kept) -> None:
        """Say that a program has ended, end what it left behind, and set when it comes back."""
        code = kept.process.returncode
        lived = _now() - kept.since
        kept.short_lives = kept.short_lives + 1 if lived < _LONG_SECONDS else 1
        # What ends by itself as soon as it starts has a reason that no second try takes away.
        is_broken = not self.are_well and code >= 0
        if is_broken or kept.short_lives > _MOST_SHORT_LIVES:
            times = "" if is_broken else f" {kept.short_lives} times in a row"
            raise GaveUp(f"{name} ended{times} (exit code {code}); its log: {kept.log}")
        # Airflow's workers outlive their scheduler, and would read a source beside its next one.
        _end(kept.family)
        rest = min(2.0 ** (kept.short_lives - 1), _LONGEST_REST_SECONDS)
        kept.again_at = _now() + rest
        self._say(f"  {name} ended (exit code {code}); it starts again in {rest:.0f} s")

    def finish(self, program: str, *arguments: str) -> str:
        """Return what a program printed; raise GaveUp with its last words when it fails."""
        done = subprocess.run(  # noqa: S603 - programs of our own environment
            [self._found(program), *arguments],
            cwd=ROOT, env=self._environment, stdin=subprocess.DEVNULL, capture_output=True,
            check=False, text=True,
        )  # fmt: skip
        if done.returncode:
            words = (done.stdout + done.stderr)[-2000:]
            raise GaveUp(f"`{program} {' '.join(arguments)}` failed:\n{words}")
        return done.stdout

    def announced_by(self, name: str) -> str:
        """Return the address that a program says it answers at, in a JSON line of its log."""
        log = self._kept[name].log
        for _ in until_patience_ends():
            self.check()
            for line in log.read_text("utf-8").splitlines(keepends=True):
                if line.startswith('{"url"') and line.endswith("\n"):
                    return str(json.loads(line)["url"])
        raise GaveUp(f"{name} says no address; its log: {log}")

    def wait_for(self, url: str, name: str) -> None:
        """Return once the address answers."""
        for _ in until_patience_ends():
            self.check()
            with contextlib.suppress(requests.ConnectionError, requests.Timeout):
                if direct().get(url, timeout=30).ok:
                    return
        raise GaveUp(f"{name} does not answer; its log: {self._kept[name].log}")

    def _begun(self, command: list[str], log: Path) -> "subprocess.Popen[bytes]":
        with log.open("ab") as file:
            return subprocess.Popen(  # noqa: S603 - programs of our own environment
                command, cwd=ROOT, env=self._environment, stdin=subprocess.DEVNULL, stdout=file,
                stderr=subprocess.STDOUT, start_new_session=True,
            )  # fmt: skip

    def _found(self, program: str) -> str:
        found = shutil.which(program, path=self._environment["PATH"])
        if found is None:
            raise GaveUp(f"{program} is not installed in this environment; run `make clean run`")
        return found


def direct() -> requests.Session:
    """Return a session that says who asks, and reaches this machine past any proxy."""
    session = requests.Session()
    session.trust_env = False
    session.headers["User-Agent"] = "Goodguest sample run (operator@town.example)"
    return session


def until_patience_ends() -> Iterator[None]:
    """Yield every second, until a newcomer would have given up too."""
    end = _now() + PATIENCE_SECONDS
    while _now() < end:
        yield
        time.sleep(1)


def _family_of(kept: _Kept) -> list[psutil.Process]:
    """Return a program and all it started that is there still, also what it left behind."""
    family = {member for member in kept.family if member.is_running()}
    with contextlib.suppress(psutil.NoSuchProcess):
        leader = psutil.Process(kept.process.pid)
        family |= {leader, *leader.children(recursive=True)}
    return list(family)


def _stop(kept: _Kept) -> None:
    if kept.process.poll() is None:
        kept.family = _family_of(kept)
        os.killpg(kept.process.pid, signal.SIGINT)
        with contextlib.suppress(subprocess.TimeoutExpired):
            kept.process.wait(10)
    _end(kept.family)
    kept.process.wait()


def _end(family: list[psutil.Process]) -> None:
    """Kill what is left of a family; a task is in a session of its own, which no signal reaches."""
    for member in family:
        with contextlib.suppress(psutil.NoSuchProcess):
            for each in [member, *member.children(recursive=True)]:
                with contextlib.suppress(psutil.NoSuchProcess):
                    each.kill()
