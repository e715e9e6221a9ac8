"""The pace at which a host may be asked."""

from collections import defaultdict, deque
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from contract.errors import RetryLater
from contract.page import Clock
from contract.terms import Rate

LONGEST_WAIT = timedelta(seconds=60)
"""A longer wait is not slept through: the run ends and comes back."""
LONGEST_HOLD = timedelta(hours=24)
"""No header may keep a source away for longer."""
_LONGEST_CRAWL_DELAY = 30.0


class Pace:
    """Holds requests back until a host's limits, and what the host itself asked for, allow them."""

    def __init__(
        self, limits: tuple[Rate, ...], clock: Clock, sleep: Callable[[float], None]
    ) -> None:
        self._limits = limits
        self._clock, self._sleep = clock, sleep
        self._sent: dict[str, deque[datetime]] = defaultdict(
            lambda: deque(maxlen=max((rate.requests for rate in limits), default=1))
        )
        self._interval: dict[str, timedelta] = {}
        self._not_before: dict[str, datetime] = {}
        self.seconds_limited = 0.0

    def wait(self, host: str) -> None:
        """Return when one request may leave for the host, and count it.

        Raises RetryLater when that is more than a minute away.
        """
        now = self._clock()
        at = max((now, *self._earliest(host)))
        if at - now > LONGEST_WAIT:
            raise RetryLater(f"{host} is not to be asked before {at:%Y-%m-%dT%H:%M:%SZ}", at)
        if at > now:
            self._sleep((at - now).total_seconds())
            self.seconds_limited += (at - now).total_seconds()
        self._sent[host].append(max(at, self._clock()))

    def _earliest(self, host: str) -> list[datetime]:
        sent = self._sent[host]
        moments = [
            sent[-rate.requests] + timedelta(seconds=rate.seconds)
            for rate in self._limits
            if len(sent) >= rate.requests
        ]
        if sent and host in self._interval:
            moments.append(sent[-1] + self._interval[host])
        if host in self._not_before:
            moments.append(self._not_before[host])
        return moments

    def hold(self, host: str, until: datetime) -> None:
        """Ask the host nothing before `until`, at most for a day."""
        until = min(until, self._clock() + LONGEST_HOLD)
        self._not_before[host] = max(until, self._not_before.get(host, until))

    def slow(self, host: str, crawl_delay_seconds: float) -> None:
        """Leave at least so many seconds between two requests to the host, at most 30."""
        self._interval[host] = timedelta(
            seconds=max(0.0, min(crawl_delay_seconds, _LONGEST_CRAWL_DELAY))
        )

    def heed(self, host: str, headers: Mapping[str, str]) -> None:
        """Hold the host back when its headers say that nothing remains of a limit."""
        for family in ("x-ratelimit-", "ratelimit-"):
            if headers.get(f"{family}remaining", "").strip() in ("0", "0.0"):
                until = moment_said(headers.get(f"{family}reset", ""), self._clock())
                if until:
                    self.hold(host, until)


def moment_said(value: str, now: datetime) -> datetime | None:
    """Return the moment a `Retry-After` or `…-Reset` header means, or None when it says none.

    Servers write seconds to go, Unix seconds, an HTTP date (RFC 9110) or an ISO 8601 time.
    """
    text = value.strip()
    try:
        seconds = float(text)
    except ValueError:
        return _date(text)
    if not 0 <= seconds < 1e11:
        return None
    # A billion seconds to go is no wait anybody means: it is a moment of Unix time.
    return datetime.fromtimestamp(seconds, UTC) if seconds > 1e9 else now + _bounded(seconds)


def _bounded(seconds: float) -> timedelta:
    return min(timedelta(seconds=seconds), LONGEST_HOLD)


def _date(text: str) -> datetime | None:
    for read in (parsedate_to_datetime, datetime.fromisoformat):
        try:
            moment = read(text)
        except ValueError:
            continue
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    return None
