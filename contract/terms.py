"""The terms of a platform: facts a lawyer can read, and the limits the client obeys."""

from dataclasses import dataclass
from datetime import date
from typing import Literal

Kind = Literal[
    "person timeline", "closed groups", "derived metrics", "protected speech", "training"
]
"""What a charter could ask for and a platform may forbid; `storage_days` stands for itself."""


@dataclass(frozen=True, slots=True)
class Duty:
    """What a platform asks, in which document it says so, and when that was last read."""

    what: str
    """`no …`, or what has to be done; without a full stop."""
    document: str
    url: str
    read_on: date

    def __str__(self) -> str:
        """Return it as messages and pages quote it."""
        return f"“{self.what}” ({self.document}, {self.url}, read on {self.read_on})"


@dataclass(frozen=True, slots=True)
class Rate:
    """At most `requests` in any `seconds`."""

    requests: int
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What a platform allows and asks. The charter may tighten it, never loosen it."""

    platform: str
    title: str
    document: str = ""
    """Title of the terms or the documented rules; empty: they are quoted as the platform's."""
    url: str
    """Where they stand."""
    read_on: date
    """When they were last read."""
    limits: tuple[Rate, ...]
    """All of them hold at once, for each site of the platform."""
    storage: str
    """What may be kept, and how long."""
    storage_days: int | None = None
    """Longest that a post may be kept in days; None: as long as the charter says."""
    deletion: str
    """What must happen when a post is removed there."""
    deletion_hours: int
    """How soon a removal there must be honoured here."""
    forbidden: tuple[str, ...]
    """What nobody may do with it, for people to read."""
    forbids: tuple[tuple[Kind, Duty | str], ...] = ()
    """What of that a charter could ask for: it is refused, and the duty quoted.

    A duty that stands in `document` is given as its words alone."""
    personal: tuple[str, ...]
    """Columns of the post contract that may hold personal data on this platform."""
    attribution: str
    """What a quotation must show."""
    may_quote: bool = True
    """Whether others may be shown its words, with that; else only numbers and links."""
    needs_permission: bool = False
    """The charter must name a permission of the community's owner."""
    needs_approval: bool = False
    """The charter must name an approval of the platform that has not expired."""
    selections: tuple[str, ...]
    """What of `Select` this platform can be asked for."""
    credentials: tuple[str, ...] = ()
    """What its connection has to hold. With a key the API's own terms rule, not robots.txt."""
    optional_credentials: tuple[str, ...] = ()
    """What its connection may hold, all or nothing, where some of it is read without."""
    is_metered: bool = False
    """Reading costs money: the charter must set a budget."""
    notice: str | None = None
    """A sentence that has to stand wherever its data is shown."""

    def duty(self, kind: Kind) -> Duty | None:
        """Return the duty that forbids this here, if one does."""
        duty = dict(self.forbids).get(kind)
        return self._duty(duty) if isinstance(duty, str) else duty

    @property
    def storage_duty(self) -> Duty:
        """What the platform says of keeping, as a duty to quote."""
        return self._duty(self.storage.rstrip("."))

    def _duty(self, what: str) -> Duty:
        return Duty(what, self.document or f"terms of {self.title}", self.url, self.read_on)
