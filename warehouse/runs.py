"""How the reading goes: sources, runs, cursors, and the digests that were made."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from secrets import token_hex
from typing import Any, Literal

import sqlalchemy as sa

from contract.charter import Charter
from contract.page import Window
from warehouse.columns import Utc
from warehouse.recount import mark_stale
from warehouse.rows import upsert_rows
from warehouse.store import writing
from warehouse.tables import digest_issue, ingest_run, post, source, source_state

Status = Literal["done", "waiting", "failed"]
"""How a run ended: all asked for, told to come back later, or refused or broken."""


@dataclass(frozen=True, slots=True)
class Run:
    """A run that was begun; a backfill reads a past window and leaves the source's cursor alone."""

    run_id: str
    source: str
    window: Window
    started_at: datetime
    is_backfill: bool


def register_sources(engine: sa.Engine, charter: Charter) -> None:
    """Write the charter's sources; those it has no longer are kept and not enabled.

    What was counted of a source that is read for another purpose now is to be counted anew.
    """
    rows = []
    for name, item in charter.sources.items():
        purpose = charter.purposes[item.purpose]
        rows.append(
            {
                "id": name,
                "platform": item.platform,
                "url": str(item.url),
                "purpose": item.purpose,
                "legal_basis": purpose.legal_basis,
                "dpia": purpose.dpia,
                "owner": purpose.owner,
                "expires_on": purpose.expires.isoformat(),
                "schedule": item.schedule,
                "is_enabled": item.enabled,
                "approval": item.approval and item.approval.model_dump(mode="json"),
                "permission": item.permission and item.permission.model_dump(mode="json"),
            }
        )
    with writing(engine) as connection:
        purposes = {row["id"]: row["purpose"] for row in rows}
        known = connection.execute(sa.select(source.c.id, source.c.purpose))
        moved = [row.id for row in known if purposes.get(row.id, row.purpose) != row.purpose]
        weeks = sa.select(post.c.week).where(post.c.source.in_(moved)).distinct()
        mark_stale(connection, list(connection.scalars(weeks)) if moved else ())
        connection.execute(
            sa.update(source).where(source.c.id.not_in(charter.sources)).values(is_enabled=False)
        )
        upsert_rows(connection, source, rows)


def expiries(connection: sa.Connection) -> dict[str, str]:
    """Return until when the purpose of each source was last known to last, as an ISO date."""
    return {row.id: row.expires_on for row in connection.execute(sa.select(source))}


def begin_run(
    engine: sa.Engine,
    source_id: str,
    window: Window,
    *,
    is_backfill: bool = False,
    charter: str | None = None,
) -> Run:
    """Return a new run of the source, under a version of the charter.

    The ids of runs sort by time and serve as file names.
    """
    now = datetime.now(UTC)
    run = Run(f"{now:%Y%m%dT%H%M%SZ}-{token_hex(4)}", source_id, window, now, is_backfill)
    with writing(engine) as connection:
        connection.execute(
            sa.insert(ingest_run).values(
                run_id=run.run_id,
                source=source_id,
                window_since_at=window.since,
                window_until_at=window.until,
                is_backfill=is_backfill,
                started_at=now,
                status="running",
                charter=charter,
            )
        )
        connection.execute(
            sa.update(source)
            .where(source.c.id == source_id)
            .values(
                first_run_at=sa.func.coalesce(source.c.first_run_at, sa.literal(now, Utc)),
                last_run_at=now,
            )
        )
    return run


def resume_run(connection: sa.Connection, run: Run, charter: str) -> None:
    """Note that the run goes on under this version of the charter."""
    its = ingest_run.c.run_id == run.run_id
    connection.execute(sa.update(ingest_run).where(its).values(charter=charter))


def unfinished_run(engine: sa.Engine, source_id: str) -> Run | None:
    """Return the oldest run of the source that was killed or told to come back later."""
    query = (
        sa.select(ingest_run)
        .where(ingest_run.c.source == source_id, ingest_run.c.status.in_(("running", "waiting")))
        .order_by(ingest_run.c.started_at, ingest_run.c.run_id)
        .limit(1)
    )
    with engine.connect() as connection:
        row = connection.execute(query).one_or_none()
    if row is None:
        return None
    window = Window(row.window_since_at, row.window_until_at)
    return Run(row.run_id, row.source, window, row.started_at, row.is_backfill)


def finish_run(
    connection: sa.Connection,
    run: Run,
    *,
    status: Status,
    stopped_because: str | None,
    window_got: Window | None,
    requests: int,
    pages: int,
    records: int,
    bytes_received: int,
    seconds_limited: float,
    cost: float | None = None,
) -> None:
    """Write how the run ended; `window_got` is what of its window was read whole.

    Its window may be shorter than that it was begun with.
    """
    connection.execute(
        sa.update(ingest_run)
        .where(ingest_run.c.run_id == run.run_id)
        .values(
            status=status,
            window_until_at=run.window.until,
            ended_at=datetime.now(UTC),
            stopped_because=stopped_because,
            got_since_at=window_got and window_got.since,
            got_until_at=window_got and window_got.until,
            requests=requests,
            pages=pages,
            records=records,
            bytes=bytes_received,
            rate_limited_seconds=seconds_limited,
            cost=cost,
        )
    )


def last_until(engine: sa.Engine, source_id: str) -> datetime | None:
    """Return the end of the latest window the source was read to, backfills aside."""
    run = ingest_run.c
    query = sa.select(sa.func.max(run.window_until_at)).where(
        run.source == source_id, run.status == "done", run.is_backfill.is_(False)
    )
    with engine.connect() as connection:
        until: datetime | None = connection.scalar(query)
    return until


def is_read(engine: sa.Engine, source_id: str, window: Window, after: datetime) -> bool:
    """Return whether one backfill has read the whole window, and ended after that moment."""
    run = ingest_run.c
    query = sa.select(run.run_id).where(
        run.source == source_id,
        run.is_backfill,
        run.status == "done",
        run.window_since_at <= window.since,
        run.window_until_at >= window.until,
        run.ended_at >= after,
    )
    with engine.connect() as connection:
        return connection.scalar(query.limit(1)) is not None


def tried_until(engine: sa.Engine) -> dict[str, datetime]:
    """Return the end of the latest window that was read or given up, by source."""
    run = ingest_run.c
    query = (
        sa.select(run.source, sa.func.max(run.window_until_at).label("until"))
        .where(run.status != "running")
        .group_by(run.source)
    )
    with engine.connect() as connection:
        return {row.source: row.until for row in connection.execute(query)}


def state_of(engine: sa.Engine, source_id: str) -> dict[str, Any] | None:
    """Return the source's cursor; None before it has one."""
    query = sa.select(source_state.c.cursor).where(source_state.c.source == source_id)
    with engine.connect() as connection:
        cursor: dict[str, Any] | None = connection.scalar(query)
    return cursor


def save_state(connection: sa.Connection, source_id: str, cursor: Mapping[str, Any] | None) -> None:
    """Write the source's cursor, once the pages before it are landed."""
    row = {"source": source_id, "cursor": cursor, "updated_at": datetime.now(UTC)}
    upsert_rows(connection, source_state, [row])


def save_digest_issue(
    engine: sa.Engine,
    digest: str,
    week: str,
    *,
    numbers: Mapping[str, Any],
    coverage: float | None,
    content: Mapping[str, Any] | None = None,
) -> None:
    """Write that a digest was made; one made again keeps when and to how many it was mailed.

    `content` is what is kept of it once it is given out; without, what was kept before stays.
    """
    row = {
        "digest": digest,
        "week": week,
        "numbers": dict(numbers),
        "coverage": coverage,
        "made_at": datetime.now(UTC),
    }
    if content is not None:
        row["content"] = dict(content)
    with writing(engine) as connection:
        upsert_rows(connection, digest_issue, [row])


def note_digest_sent(
    engine: sa.Engine, digest: str, week: str, sent_at: datetime, recipients: int
) -> None:
    """Write when and to how many a digest that was made was mailed."""
    made = digest_issue.c
    query = sa.update(digest_issue).where(made.digest == digest, made.week == week)
    with writing(engine) as connection:
        connection.execute(query.values(sent_at=sent_at, recipients=recipients))
