"""Facts beside those of health that a person has to act on once they are as they should not be."""

from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa

from warehouse.tables import digest_issue, ingest_run, removal, source


class Unfinished(NamedTuple):
    """Removals that are done in the tables, and not yet in every other place."""

    removals: int
    since_at: datetime | None
    """When the oldest of them was found or asked for; None where there is none."""


def unfinished_removals(connection: sa.Connection) -> Unfinished:
    """Return how many removals are not carried through, and since when."""
    since = sa.func.min(sa.func.coalesce(removal.c.requested_at, removal.c.detected_at))
    query = sa.select(sa.func.count(), since).where(removal.c.done_at.is_(None))
    return Unfinished(*connection.execute(query).one())


def issue_of(connection: sa.Connection, digest: str, week: str) -> tuple[bool, bool]:
    """Return whether the digest of the week was made, and whether it was mailed."""
    issue = digest_issue.c
    query = sa.select(issue.sent_at).where(issue.digest == digest, issue.week == week)
    found = connection.execute(query).one_or_none()
    return found is not None, found is not None and found.sent_at is not None


def first_read_at(connection: sa.Connection) -> datetime | None:
    """Return when any source was read first; None where none ever was."""
    first: datetime | None = connection.scalar(sa.select(sa.func.min(source.c.first_run_at)))
    return first


def unended_runs(connection: sa.Connection) -> set[str]:
    """Return the runs that may still land pages."""
    query = sa.select(ingest_run.c.run_id).where(ingest_run.c.status.in_(("running", "waiting")))
    return set(connection.scalars(query))
