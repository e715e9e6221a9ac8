"""Leaving: what is held of sources that the charter has no longer, and when it goes.

Nobody asks for these posts any more, so nobody could say that one was removed there. Where another
source reads the same for the same purpose, it takes them over. Else they go: after a week, for a
charter may be the wrong one, or missing a line; sooner where the platform's terms leave no week.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple

import sqlalchemy as sa

from connectors import CONNECTORS
from contract.charter import Charter
from pipeline.finding import Finding
from warehouse.left_sources import Left, hand_over, left_sources
from warehouse.rechecks import overdue_posts
from warehouse.removals import remove_posts
from warehouse.store import writing

GRACE: Final = timedelta(days=7)
_WRONG: Final = (
    "none of the sources that posts are held of is in this charter, and none that stood beside "
    "them: is it the right one? Nothing of them is removed; set GOODGUEST_CHARTER to the agency's "
    "own, or have one of them beside the new ones until comply has run once: {names}"
)


class Leaving(NamedTuple):
    """What is held of sources that left the charter, and have no heir."""

    sources: Sequence[Left]
    is_other_charter: bool
    """It has none of their sources, and none that stood beside: it may be another agency's."""

    def due(self, now: datetime) -> list[str]:
        """Return the names of those whose posts go now."""
        if self.is_other_charter:
            return []
        return [one.name for one in self.sources if one.left_at and one.left_at + GRACE <= now]


def leaving(connection: sa.Connection, charter: Charter) -> Leaving:
    """Return the sources with posts that left the charter, but for those with an heir."""
    left = left_sources(connection, charter)
    alone = [one for one in left if one.heir is None]
    is_other = bool(left) and not any(one.heir or one.has_kin for one in left)
    return Leaving(alone, is_other)


def hand_over_left(engine: sa.Engine, charter: Charter) -> None:
    """Give the posts of sources that were renamed to those that took over."""
    with engine.connect() as connection:
        left = left_sources(connection, charter)
    for one in left:
        if one.heir is not None:
            with writing(engine) as connection:
                hand_over(connection, one)


def remove_unverified(engine: sa.Engine, charter: Charter, now: datetime) -> tuple[int, int]:
    """Return how many posts of sources that left were removed, and how many are past their duty.

    Where reading wanted the platform's approval, what is not verified in time goes at once.
    """
    terms = {connector.TERMS.platform: connector.TERMS for connector in CONNECTORS}
    removed = past = 0
    with engine.connect() as connection:
        found = leaving(connection, charter)
    for one in found.sources:
        its = terms.get(one.platform)
        if its is None:
            continue
        with engine.connect() as connection:
            overdue = overdue_posts(connection, one.name, now - timedelta(hours=its.deletion_hours))
        if not its.needs_approval or found.is_other_charter:
            past += len(overdue)
            continue
        with writing(engine) as connection:
            removed += len(remove_posts(connection, dict.fromkeys(overdue, now), "not verified"))
    return removed, past


def leaving_findings(
    connection: sa.Connection, charter: Charter, now: datetime
) -> Iterator[Finding]:
    """Yield what is about to be removed because the charter has its source no longer."""
    found = leaving(connection, charter)
    if found.is_other_charter:
        names = ", ".join(one.name for one in found.sources)
        yield Finding("error", "charter", _WRONG.format(names=names))
        return
    for one in found.sources:
        goes_on = charter.today((one.left_at or now) + GRACE)
        yield Finding(
            "warning",
            "charter",
            f"{one.name} is in it no longer: nobody asks whether its {one.posts:,} posts still "
            f"stand there, and comply removes them from {goes_on} on; put the source back, or let "
            "one of the same site and purpose take them over",
        )
