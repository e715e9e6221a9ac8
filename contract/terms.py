"""The terms of a platform: facts a lawyer can read, and the limits the client obeys."""

from dataclasses import dataclass
from datetime import date


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
    url: str
    """Where the terms or the documented rules stand."""
    read_on: date
    """When they were last read."""
    limits: tuple[Rate, ...]
    """All of them hold at once, for each site of the platform."""
    storage: str
    """What may be kept, and how long."""
    deletion: str
    """What must happen when a post is removed there."""
    deletion_hours: int
    """How soon a removal there must be honoured here."""
    forbidden: tuple[str, ...]
    personal: tuple[str, ...]
    """Columns of the post contract that may hold personal data on this platform."""
    attribution: str | None = None
    """What a quotation must show."""
    needs_permission: bool = False
    """The charter must name a permission of the community's owner."""
    needs_approval: bool = False
    """The charter must name an approval of the platform that has not expired."""
    selections: tuple[str, ...]
    """What of `Select` this platform can be asked for."""
    credentials: tuple[str, ...] = ()
    """What its connection has to hold. With a key the API's own terms rule, not robots.txt."""
    is_metered: bool = False
    """Reading costs money: the charter must set a budget."""
    notice: str | None = None
    """A sentence that has to stand wherever its data is shown."""
