"""Retention: how long each table keeps what, and deleting what is older."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final, Literal, NamedTuple

import sqlalchemy as sa

from contract.charter_outcomes import Retention
from warehouse.calendar import day_of, month_of, week_of
from warehouse.cells import closed_week, stale_week
from warehouse.copies import leave_to_heirs
from warehouse.rows import upsert_rows
from warehouse.store import writing_checked
from warehouse.tables import BELONGINGS, author, metadata, post

Kept = Literal["raw", "text", "aggregates", "access", "with its post", "as long as it is so"]


class Rule(NamedTuple):
    """How long a table's rows are kept: as the charter says, from the time in a column, or why."""

    kept: Kept
    since: str = ""
    """The column that tells a row's age: a time, an ISO week, day or month."""
    why: str = ""
    """Why no age ends it."""


_LONELY_AT_ONCE: Final = 1_000
"""PostgreSQL looks at all posts for each author that goes."""
_WITH_POST: Final = Rule("with its post", why="It goes when its post goes.")
_WEEKLY: Final = Rule("aggregates", "week")

RULES: Final[Mapping[str, Rule]] = {
    "post": Rule("text", "day"),
    **{table.name: _WITH_POST for table in BELONGINGS},
    "author": Rule("with its post", why="A pseudonym goes when its last post goes."),
    "short_link": Rule("text", "asked_at"),
    "rejected": Rule("raw", "first_seen_at"),
    **dict.fromkeys(
        (
            *("topic_week", "community_week", "dataset_week", "entity_week", "entity_tag_week"),
            *("closed_week", "digest_issue", "coverage", "published_week", "published_cell"),
        ),
        _WEEKLY,
    ),
    "landing_part": Rule("aggregates", "loaded_at"),
    "ingest_run": Rule("aggregates", "started_at"),
    "spending": Rule("aggregates", "month"),
    "removal": Rule("aggregates", "done_at"),
    "alert": Rule("aggregates", "closed_at"),
    "alert_notice": Rule("aggregates", "done_at"),
    "digest_delivery": Rule("aggregates", "week"),
    "access_log": Rule("access", "asked_at"),
    "charter_version": Rule("aggregates", "last_used_at"),
    "hold": Rule("aggregates", "expires_on"),
    "held_record": Rule("as long as it is so", why="An order suspends its deletion."),
    "digest_unsubscribed": Rule("as long as it is so", why="Who unsubscribed stays so."),
    "catalogue_change": Rule("as long as it is so", why="Loading a catalogue prunes it."),
    "erased": Rule("as long as it is so", why="Without it what was erased would come back."),
    "host_pace": Rule("as long as it is so", why="When a host may be asked again; no person."),
    "rechecking": Rule("as long as it is so", why="It ends with the answer it waits for."),
    "uncompared_week": Rule("as long as it is so", why="Work that is left; it ends when done."),
    "sensitive_topic": Rule("as long as it is so", why="What the charter says; no person."),
    "stale_week": Rule("as long as it is so", why="Work that is left; it ends when done."),
    "due_step": Rule("as long as it is so", why="Work that is left; it ends when done."),
    "source": Rule("as long as it is so", why="What was read, and on what basis; no person."),
    "source_state": Rule("as long as it is so", why="Where the next run goes on; one a source."),
    "community": Rule("as long as it is so", why="Names of places that counts are read with."),
    "unknown_field": Rule("as long as it is so", why="Names of fields, which a person looks at."),
    "pseudonym_key": Rule("as long as it is so", why="Which key is in force; no secret."),
    **{
        name: Rule("as long as it is so", why="What the agency itself holds or decided.")
        for name in (
            *("topic", "topic_label", "topic_broader", "topic_example", "topic_model"),
            *("dataset", "dataset_distribution", "entity", "catalogue_version", "tie_threshold"),
        )
    },
}
"""The rule of every table; a test says that none is missing."""


def delete_old(connection: sa.Connection, kept: Retention, now: datetime) -> int:
    """Return how many rows were deleted because they were older than their table's rule allows.

    Posts are not among them: see `drop_days`.
    """
    before = {
        "raw": now - kept.raw,
        "text": now - kept.text,
        "aggregates": now - kept.aggregates,
        "access": now - kept.access,
    }
    count = 0
    for name, rule in RULES.items():
        if name == "post" or rule.kept not in before:
            continue
        column = metadata.tables[name].c[rule.since]
        limit = _AS_WRITTEN.get(rule.since, lambda at: at)(before[rule.kept])
        count += connection.execute(sa.delete(column.table).where(column < limit)).rowcount
    return count


_AS_WRITTEN: Final = {"week": week_of, "month": month_of, "expires_on": day_of}


def oldest_day(connection: sa.Connection, before: datetime) -> str | None:
    """Return the day of the oldest of the posts that were first read before this time."""
    day: str | None = connection.scalar(
        sa.select(sa.func.min(post.c.day)).where(post.c.first_seen_at < before)
    )
    return day


def drop_days(connection: sa.Connection, day: str, before: datetime) -> int:
    """Return how many posts there were of earlier days, first read before this time; they are gone.

    What was counted of their weeks stays, and is not counted again; one that is stale is left for
    the next time. A later post that was a copy of one of them counts from now on.
    """
    stale = sa.select(stale_week.c.week)
    old = sa.and_(post.c.day < day, post.c.first_seen_at < before, post.c.week.not_in(stale))
    leave_to_heirs(connection, old)
    weeks = set(connection.scalars(sa.select(post.c.week).where(old).distinct()))
    keys = sa.select(post.c.post_key).where(old)
    for table in BELONGINGS:
        connection.execute(sa.delete(table).where(table.c.post_key.in_(keys)))
    count = connection.execute(sa.delete(post).where(old)).rowcount
    upsert_rows(connection, closed_week, [{"week": week} for week in sorted(weeks)])
    return int(count)


def forget_lonely(engine: sa.Engine) -> int:
    """Return how many authors without a post there were, of at most so many; they are gone."""
    has_post = sa.select(post.c.author_key).where(post.c.author_key.is_not(None))
    alone = sa.except_(sa.select(author.c.author_key), has_post).limit(_LONELY_AT_ONCE)
    # Nothing refers to them: SQLite need not look at every post for each of them.
    with writing_checked(engine) as connection:
        gone = sa.delete(author).where(author.c.author_key.in_(alone))
        return int(connection.execute(gone).rowcount)
