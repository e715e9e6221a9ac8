"""The errors of the whole house, named for what the caller should do."""

from datetime import datetime


class GoodguestError(Exception):
    """Base of them all; the message says what was wrong, where, and what to do."""


class FixSettings(GoodguestError):
    """The charter, a file or an argument is wrong: a person has to change it. Exit code 2."""


class RetryLater(GoodguestError):
    """The other side is busy, down or limiting: go on at `at` (UTC) where you stood."""

    def __init__(self, message: str, at: datetime) -> None:
        super().__init__(message)
        self.at = at


class RateLimited(RetryLater):
    """A limit of the other side is used up until `at`."""


class MendFirst(RetryLater):
    """Our own disk or database is full, read-only or away: it goes on once a person mended that."""


class Busy(RetryLater):
    """Another process is at it: go on at `at`, when it may have ended."""


class StopSource(GoodguestError):
    """Nothing more may be asked of this source: refused, forbidden or not there. Others go on."""


class NotAllowed(StopSource):
    """The charter or a platform's terms do not let us ask: nobody was asked, nothing broke."""


class SkipPage(GoodguestError):
    """This page cannot be had or is not what was asked for; the next may be asked for."""


class OddAnswer(SkipPage):
    """Nobody means such an answer: too large, cut, round in circles; it is asked for once more."""


class OutOfBudget(StopSource):
    """The next request could cost more than the charter lets this source spend in the month."""
