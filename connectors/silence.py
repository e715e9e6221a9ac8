"""Sites that nobody chose, and that a recheck meets: one that is away holds up no other."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from contract.errors import RetryLater, StopSource

_MOST_SILENT: Final = 30
"""Sites of a run: each is waited for, nearly a minute."""
_PAUSE: Final = timedelta(hours=1)


class Sites:
    """Which sites are `silent`, and which are `busy`: they answered, and then no more.

    Of a silent one all posts count as asked for. Those of a busy one do not: it would be asked for
    the same few every time, and never for the rest.
    """

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._answered = set[str]()
        self.silent = set[str]()
        self.busy: dict[str, datetime] = {}

    def answers(self, host: str) -> None:
        """Note that the site answered."""
        self._answered.add(host)

    def fails(self, host: str, closed: StopSource | RetryLater) -> None:
        """Note that it does not; it is asked no more in this run."""
        if host in self._answered and isinstance(closed, RetryLater):
            self.busy[host] = closed.at
        else:
            self.silent.add(host)

    def bear(self, *, is_end: bool = False) -> None:
        """Raise RetryLater once too many are silent, or at the end where some are busy."""
        soon = self._now() + _PAUSE
        if len(self.silent) >= _MOST_SILENT:
            raise RetryLater(f"{len(self.silent)} sites are silent", soon)
        if is_end and self.busy:
            at = min(soon, *self.busy.values())
            raise RetryLater(f"sites that are busy: {len(self.busy)}", at)
