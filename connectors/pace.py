"""The pace at which a host may be asked, shared by all who ask it with the same credentials."""

import fcntl
import random
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from hashlib import sha256
from pathlib import Path

import msgspec

from contract.errors import RateLimited
from contract.page import Clock
from contract.terms import Rate

LONGEST_WAIT = timedelta(seconds=60)
"""A longer wait is not slept through: the run ends and comes back."""
LONGEST_HOLD = timedelta(hours=24)
"""No header may keep a source away for longer."""
_LONGEST_CRAWL_DELAY = 30.0
_NOTHING_LEFT = 1.0
"""Reddit says 0.0 to 0.9 when not one whole request remains."""


Kept = Callable[[str], AbstractContextManager[bytearray]]
"""Yields what is kept under a name, alone with it; what that is changed into is kept."""


def in_files(folder: Path) -> Kept:
    """Return what keeps each name in a file of the folder, for the processes of one machine."""

    @contextmanager
    def kept(name: str) -> Iterator[bytearray]:
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / f"{name}.json").open("a+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            file.seek(0)
            content = bytearray(file.read())
            yield content
            file.truncate(0)
            file.write(content)

    return kept


class _Past(msgspec.Struct):
    """What a host was asked and asked for: Unix seconds, the latest last."""

    sent: list[float] = []
    not_before: float = 0.0


class Pace:
    """Holds requests back until a host's limits, and what the host itself asked for, allow them.

    All who share what is `kept`, and the credentials, keep the limits together.
    """

    def __init__(
        self,
        limits: tuple[Rate, ...],
        clock: Clock,
        sleep: Callable[[float], None],
        kept: Kept | None = None,
        credentials_id: str = "",
    ) -> None:
        self._limits = limits
        self._clock, self._sleep = clock, sleep
        self._kept, self._credentials_id = kept, credentials_id
        self._pasts: dict[str, _Past] = defaultdict(_Past)
        self._interval: dict[str, float] = {}
        self.seconds_limited = 0.0

    def wait(self, host: str) -> None:
        """Return when one request may leave for the host, and count it.

        Raises RateLimited when that is more than a minute away.
        """
        with self._past_of(host) as past:
            now = self._clock()
            at = datetime.fromtimestamp(max(now.timestamp(), *self._earliest(host, past)), UTC)
            if at - now > LONGEST_WAIT:
                raise RateLimited(f"{host} is not to be asked before {at:%Y-%m-%dT%H:%M:%SZ}", at)
            kept = max((rate.requests for rate in self._limits), default=1)
            past.sent = [*past.sent, at.timestamp()][-kept:]
        if at > now:
            self._sleep((at - now).total_seconds())
            self.seconds_limited += (at - now).total_seconds()

    def _earliest(self, host: str, past: _Past) -> list[float]:
        sent = past.sent
        moments = [past.not_before]
        moments += [
            sent[-rate.requests] + rate.seconds
            for rate in self._limits
            if len(sent) >= rate.requests
        ]
        if sent and host in self._interval:
            moments.append(sent[-1] + self._interval[host])
        return moments

    def hold(self, host: str, until: datetime) -> None:
        """Ask the host nothing before `until`, at most for a day."""
        until = min(until, self._clock() + LONGEST_HOLD)
        with self._past_of(host) as past:
            past.not_before = max(until.timestamp(), past.not_before)

    def slow(self, host: str, crawl_delay_seconds: float) -> None:
        """Leave at least so many seconds between two requests to the host, at most 30."""
        self._interval[host] = max(0.0, min(crawl_delay_seconds, _LONGEST_CRAWL_DELAY))

    def heed(self, host: str, headers: Mapping[str, str]) -> None:
        """Hold the host back when its headers say that nothing remains of a limit."""
        for family in ("x-ratelimit-", "x-rate-limit-", "ratelimit-"):
            try:
                is_used_up = float(headers.get(f"{family}remaining", "")) < _NOTHING_LEFT
            except ValueError:
                continue
            until = moment_said(headers.get(f"{family}reset", ""), self._clock(), headers)
            if is_used_up and until:
                self.hold(host, until)

    @contextmanager
    def _past_of(self, host: str) -> Iterator[_Past]:
        if self._kept is None:
            yield self._pasts[host]
            return
        rates = ",".join(f"{rate.requests}/{rate.seconds}" for rate in self._limits)
        name = sha256(f"{host} {rates} {self._credentials_id}".encode()).hexdigest()[:24]
        with self._kept(name) as content:
            past = _read(bytes(content), self._clock())
            yield past
            content[:] = msgspec.json.encode(past)


def _read(content: bytes, now: datetime) -> _Past:
    """Return the past that was kept; what lies beyond what anybody reserves was a wrong clock."""
    try:
        past = msgspec.json.decode(content, type=_Past)
    except msgspec.DecodeError:
        return _Past()
    latest, longest = (now + LONGEST_WAIT).timestamp(), (now + LONGEST_HOLD).timestamp()
    past.sent = [moment for moment in past.sent if moment <= latest]
    past.not_before = past.not_before if past.not_before <= longest else 0.0
    return past


def moment_said(
    value: str, now: datetime, headers: Mapping[str, str] | None = None
) -> datetime | None:
    """Return the moment a `Retry-After` or `…-Reset` header means, or None when it says none.

    Servers write seconds to go, Unix seconds, an HTTP date (RFC 9110) or an ISO 8601 time. Where
    the answer's `date` tells their clock, a moment is read by it.
    """
    text = value.strip()
    try:
        seconds = float(text)
    except ValueError:
        moment = moment_dated(text)
    else:
        if not 0 <= seconds < 1e11:
            return None
        # A billion seconds to go is no wait anybody means: it is a moment of Unix time.
        if seconds <= 1e9:
            return now + min(timedelta(seconds=seconds), LONGEST_HOLD)
        moment = datetime.fromtimestamp(seconds, UTC)
    theirs = moment_dated((headers or {}).get("date", ""))
    if moment is None or theirs is None:
        return moment
    return now + max(-LONGEST_HOLD, min(moment - theirs, LONGEST_HOLD))


def moment_dated(text: str) -> datetime | None:
    """Return the moment of a date as HTTP or ISO 8601 write it, None when it is neither."""
    for read in (parsedate_to_datetime, datetime.fromisoformat):
        try:
            moment = read(text)
            return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
        except (ValueError, OverflowError):
            continue
    return None


def backoff(tries: int) -> timedelta:
    """Return how long to wait after so many tries, never twice the same."""
    return timedelta(seconds=2.0**tries * random.SystemRandom().uniform(0.5, 1.0))
