"""The rules of a site's robots.txt, and for how long they are gone by: RFC 9309."""

from datetime import datetime, timedelta
from typing import Final, NamedTuple

from protego import Protego

MOST_BYTES: Final = 512_000
"""How much of a robots.txt is read: section 2.5."""
_KEPT_FOR: Final = timedelta(hours=24)
"""Section 2.4."""


class Rules(NamedTuple):
    """What a site says, and when it was asked."""

    of_site: Protego
    read_at: datetime

    def is_old(self, now: datetime) -> bool:
        """Return whether the site is to be asked again."""
        return now >= self.read_at + _KEPT_FOR


def rules_of(said: str, now: datetime) -> Rules:
    """Return the rules of a robots.txt that was asked for now."""
    return Rules(Protego.parse(said), now)
