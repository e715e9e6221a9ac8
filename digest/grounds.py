"""The ground under an issue: how well its weeks were read, and what follows for comparing them."""

from collections.abc import Iterable, Sequence
from statistics import fmean
from typing import NamedTuple

import sqlalchemy as sa

from connectors.ends import COMPLETE
from contract.charter import Charter
from digest.issue import ENOUGH_COVERAGE, GroundLine
from digest.weeks import span
from warehouse import ground

_HOURS = 7 * 24


class Ground(NamedTuple):
    """How well the weeks were read: the digest's and those it is compared with, each 0 to 1."""

    coverage: float | None
    before: float | None
    usual: float | None
    usual_weeks: tuple[str, ...]
    """Those of the usual weeks that were read at all."""
    lines: tuple[GroundLine, ...]

    def posts_before(self, before: int) -> int | None:
        """Return the count of the week before, or None when it may not be compared with."""
        return before if self.is_enough(self.before) else None

    def is_enough(self, other: float | None) -> bool:
        """Return whether the week may be compared with others that were read so well."""
        return min(self.coverage or 0, other or 0) >= ENOUGH_COVERAGE


def ground_of(
    conn: sa.Connection, charter: Charter, purpose: str, earlier: Sequence[str], week: str
) -> Ground:
    """Return how well the week was read, and the weeks before it, oldest first."""
    hours = ground.hours_read(conn, purpose, (*earlier, week))
    shares = _shares(hours)
    read = tuple(w for w in earlier if shares.get(w))
    return Ground(
        coverage=shares.get(week),
        before=shares.get(earlier[-1]),
        usual=fmean(shares.get(w, 0) for w in earlier) if read else None,
        usual_weeks=read,
        lines=_lines(conn, charter, purpose, week, hours),
    )


def _shares(hours: Iterable[ground.SourceWeek]) -> dict[str, float]:
    """Return the share of each week's hours that was read, the mean of all sources.

    A source that was not read in a week counts with nothing, so that one that joined or fell away
    is not taken for a change in what people write.
    """
    rows = list(hours)
    sources = {row.source for row in rows}
    weeks = {row.week for row in rows}
    read = {(row.source, row.week): row.hours_complete for row in rows}
    return {w: fmean(read.get((s, w), 0) / _HOURS for s in sources) for w in weeks}


def _lines(
    conn: sa.Connection,
    charter: Charter,
    purpose: str,
    week: str,
    hours: Iterable[ground.SourceWeek],
) -> tuple[GroundLine, ...]:
    """Return a line for each source that is read, or was in this week; the least read first."""
    read = {x.source: x for x in hours if x.week == week}
    platforms = {x.source: x.platform for x in read.values()} | {
        name: s.platform
        for name, s in charter.sources.items()
        if s.purpose == purpose and s.enabled
    }
    since, until = span(week)
    stops = ground.stops(conn, purpose, since, until)
    unread = ground.unread_records(conn, purpose, since, until)
    lines = []
    for name, platform in platforms.items():
        coverage = read[name].hours_complete / _HOURS if name in read else 0
        reasons = [why for source, why in stops if source == name and why != COMPLETE]
        lines.append(
            GroundLine(
                source=name,
                platform=platform,
                coverage=coverage,
                stopped_because=reasons[-1] if reasons and coverage < 1 else None,
                rejected=unread.get(name, 0),
            )
        )
    return tuple(sorted(lines, key=lambda line: line.coverage))
