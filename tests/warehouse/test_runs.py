"""Runs, cursors and coverage: what an operator and a digest rely on."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from batches import NOON, charter, later, load, post_of, rows

from contract.page import Window
from warehouse.coverage import State, count_fetched, write_coverage
from warehouse.runs import (
    Run,
    Status,
    begin_run,
    finish_run,
    last_until,
    note_digest_sent,
    register_sources,
    save_digest_issue,
    save_state,
    state_of,
    tried_until,
    unfinished_run,
)
from warehouse.tables import coverage, digest_issue, ingest_run, source
from warehouse.views import rows_of

MISSED: dict[Status, State] = {"done": "gap", "waiting": "rate_limited", "failed": "blocked"}


def _finish(engine: sa.Engine, run: Run, status: Status, got: Window | None = None) -> float:
    read = (got or run.window) if status == "done" else None
    with engine.begin() as connection:
        finish_run(
            connection, run, status=status, stopped_because="end of window",
            window_got=read, requests=3, pages=2, records=10, bytes_received=999,
            seconds_limited=1.5,
        )  # fmt: skip
        return write_coverage(connection, run, read, MISSED[status])


def _read(engine: sa.Engine, since: float, until: float, status: Status = "done") -> float:
    run = begin_run(engine, "forum", Window(later(since), later(until)))
    return _finish(engine, run, status)


def _states(engine: sa.Engine) -> dict[float, str]:
    found = sorted(rows(engine, coverage), key=lambda row: row["hour_at"])
    return {(row["hour_at"] - NOON) / timedelta(hours=1): row["state"] for row in found}


def test_a_run_is_begun_found_again_and_finished(town: sa.Engine) -> None:
    assert unfinished_run(town, "forum") is None
    assert last_until(town, "forum") is None
    run = begin_run(town, "forum", Window(later(0), later(2)))
    assert unfinished_run(town, "forum") == run
    assert unfinished_run(town, "feed") is None
    assert last_until(town, "forum") is None
    assert tried_until(town) == {}
    assert _finish(town, run, "done") == 1.0
    assert unfinished_run(town, "forum") is None
    assert last_until(town, "forum") == later(2)
    _finish(town, begin_run(town, "forum", Window(later(2), later(3))), "failed")
    past = begin_run(town, "forum", Window(later(-9), later(9)), is_backfill=True)
    _finish(town, past, "done")
    assert last_until(town, "forum") == later(2)
    assert tried_until(town) == {"forum": later(9)}
    (first,) = rows(town, ingest_run, run_id=run.run_id)
    assert (first["requests"], first["bytes"], first["rate_limited_seconds"]) == (3, 999, 1.5)
    (row,) = rows(town, source, id="forum")
    assert row["first_run_at"] == run.started_at
    assert row["last_run_at"] == past.started_at


def test_a_source_that_left_the_charter_is_kept_and_not_enabled(
    town: sa.Engine, tmp_path: Path
) -> None:
    begin_run(town, "forum", Window(later(0), later(1)))
    smaller = charter(tmp_path)
    left = {name: item for name, item in smaller.sources.items() if name != "feed"}
    register_sources(town, smaller.model_copy(update={"sources": left}))
    enabled = {row["id"]: row["is_enabled"] for row in rows(town, source)}
    assert enabled == {"forum": True, "feed": False, "square": True}
    (row,) = rows(town, source, id="forum")
    assert (row["purpose"], row["legal_basis"], row["dpia"]) == ("roads", "Act s. 1", "D-1")
    assert row["first_run_at"] is not None


def test_a_cursor_is_kept_as_it_is(town: sa.Engine) -> None:
    assert state_of(town, "forum") is None
    for cursor in ({"page": 2, "ü": [1, None]}, {"page": 3}):
        with town.begin() as connection:
            save_state(connection, "forum", cursor)
        assert state_of(town, "forum") == cursor


def test_hours_are_half_open_and_complete_once_their_pieces_meet(town: sa.Engine) -> None:
    assert _read(town, 0, 2.5) == 1.0
    assert _states(town) == {0: "complete", 1: "complete", 2: "partial"}
    _read(town, 2.25, 3)
    assert _states(town) == {0: "complete", 1: "complete", 2: "complete"}
    _read(town, 3.5, 3.75)
    _read(town, 3.25, 3.5)
    _read(town, 3, 3.2)
    assert _states(town)[3] == "partial"
    (row,) = rows(town, coverage, hour_at=later(3))
    assert (row["covered_since_at"], row["covered_until_at"]) == (later(3.25), later(3.75))
    assert (row["day"], row["week"]) == ("2026-11-15", "2026-W46")


@pytest.mark.parametrize(
    ("status", "state"), [("waiting", "rate_limited"), ("failed", "blocked"), ("done", "gap")]
)
def test_what_was_not_read_says_why_and_what_was_read_stays(
    town: sa.Engine, status: Status, state: str
) -> None:
    _read(town, 0, 1)
    run = begin_run(town, "forum", Window(later(0), later(4)))
    got = Window(later(3), later(4)) if status == "done" else run.window
    share = _finish(town, run, status, got)
    assert share == (0.25 if status == "done" else 0)
    last = "complete" if status == "done" else state
    assert _states(town) == {0: "complete", 1: state, 2: state, 3: last}


def test_hours_nobody_asked_for_are_gaps(town: sa.Engine) -> None:
    _read(town, 0, 1)
    _read(town, 30, 31)
    assert _states(town) == {0: "complete", **dict.fromkeys(range(1, 30), "gap"), 30: "complete"}
    _read(town, 10, 12)
    assert _states(town)[10] == _states(town)[11] == "complete"
    _read(town, 24 * 800, 24 * 800 + 1)
    gaps = [hour for hour, state in _states(town).items() if state == "gap" and hour > 30]
    assert len(gaps) == 24 * 366


def test_posts_are_counted_in_the_hour_they_were_published(town: sa.Engine) -> None:
    _read(town, 0, 3)
    moments = (0, 0.999, 1, -5)
    posts = [post_of(f"{n}", created_at=later(hours)) for n, hours in enumerate(moments)]
    load(town, [*posts, post_of("other", source="feed", created_at=later(2)), post_of("undated")])
    count_fetched(town, ["forum"])
    found = sorted(rows(town, coverage), key=lambda row: row["hour_at"])
    assert [row["fetched"] for row in found] == [2, 1, 0]


def test_a_digest_made_again_keeps_when_it_was_sent(town: sa.Engine) -> None:
    sent = datetime(2026, 11, 16, 7, tzinfo=UTC)
    given: dict[str, Any] = {"coverage": 0.5, "numbers": {"posts": 3}}
    save_digest_issue(town, "weekly", "2026-W46", **given, content={"title": "Roads"})
    note_digest_sent(town, "weekly", "2026-W46", sent, 2)
    save_digest_issue(town, "weekly", "2026-W46", **{**given, "numbers": {"posts": 4}})
    (row,) = rows(town, digest_issue)
    assert (row["numbers"], row["sent_at"], row["recipients"]) == ({"posts": 4}, sent, 2)
    assert row["content"] == {"title": "Roads"}


def test_health_tells_of_the_last_run(town: sa.Engine) -> None:
    done = begin_run(town, "forum", Window(later(0), later(1)))
    _finish(town, done, "done")
    _finish(town, begin_run(town, "forum", Window(later(1), later(2))), "waiting")
    now = datetime.now(UTC)
    recent = [now - timedelta(hours=hours) for hours in (1, 23, 25)]
    load(town, [post_of(f"{n}", observed_at=at) for n, at in enumerate(recent)])
    found = {row["source"]: row for row in rows_of(town, "v_source_health", 10)}
    health = found["forum"]
    assert (health["last_status"], health["posts_last_day"]) == ("waiting", 2)
    assert done.started_at <= health["last_success_at"] <= health["last_run_at"]
    assert (found["square"]["last_status"], found["square"]["posts_last_day"]) == (None, 0)
