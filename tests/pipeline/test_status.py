"""Status: each state from real runs and hours in a real store, and the command over it."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from typer.testing import CliRunner

from contract.charter_file import load_charter
from pipeline.cli import app
from pipeline.settings import Settings
from pipeline.status import status
from warehouse.runs import register_sources
from warehouse.store import migrate, open_store
from warehouse.tables import coverage, ingest_run

NOW = datetime(2026, 11, 22, 12, 10, tzinfo=UTC)
HOUR = timedelta(hours=1)
CHARTER = """
agency: {name: Town of Example, contact: listening@example.gov,
         privacy_notice: https://example.gov/listening, timezone: Europe/Berlin}
purposes:
  roads: {title: Roads, legal_basis: Act s. 1, dpia: D-1, owner: transport, expires: 2099-01-01}
  past: {title: Past, legal_basis: Act s. 2, dpia: D-2, owner: parks, expires: 2026-11-01}
sources:
  forum: {platform: feed, url: "https://forum.example.org", purpose: roads}
  old: {platform: feed, url: "https://old.example.org", purpose: past}
  idle: {platform: feed, url: "https://idle.example.org", purpose: roads, enabled: false}
"""


@pytest.fixture
def given(tmp_path: Path, store_url: str) -> Settings:
    (tmp_path / "charter.yaml").write_text(CHARTER, encoding="utf-8")
    engine = open_store(store_url)
    migrate(engine)
    register_sources(engine, load_charter(tmp_path / "charter.yaml"))
    engine.dispose()
    data = tmp_path / "data"
    return Settings(tmp_path / "charter.yaml", data, store_url, str(data / "landing"), None)


def _run(given: Settings, ended: datetime, state: str = "done", **more: Any) -> None:
    row = {
        "run_id": f"{ended:%d%H%M}", "source": "forum", "window_since_at": ended - HOUR,
        "window_until_at": ended, "is_backfill": False, "started_at": ended - HOUR / 2,
        "ended_at": ended, "status": state, "stopped_because": "end of window",
    }  # fmt: skip
    _insert(given, ingest_run, [row | more])


def _hours(given: Settings, posts: list[int | None], until: datetime = NOW) -> None:
    """Write the hours up to then, the latest last: how many posts, or None where none was read."""
    last = until.replace(minute=0) - HOUR
    _insert(given, coverage, [
        {
            "source": "forum", "hour_at": last - HOUR * back, "day": "2026-11-22",
            "week": "2026-W47", "state": "gap" if count is None else "complete", "fetched": count,
        }
        for back, count in enumerate(reversed(posts))
    ])  # fmt: skip


def _insert(given: Settings, table: sa.Table, rows: list[dict[str, Any]]) -> None:
    engine = open_store(given.warehouse)
    with engine.begin() as connection:
        connection.execute(sa.insert(table), rows)
    engine.dispose()


def _forum(given: Settings, now: datetime = NOW) -> dict[str, Any]:
    return next(row for row in status(given, now) if row["source"] == "forum")


def test_what_the_charter_says_comes_first(given: Settings) -> None:
    found = {row["source"]: row for row in status(given, NOW)}
    states = {name: row["state"] for name, row in found.items()}
    assert states == {"forum": "never read", "old": "forbidden", "idle": "off"}
    assert "expired" in found["old"]["message"]
    assert found["idle"]["next_run_at"] is None


def test_a_source_that_is_read_as_it_should_is_fine(given: Settings) -> None:
    _run(given, NOW - timedelta(minutes=10), records=100, posts_rejected=1, rate_limited_seconds=90)
    _hours(given, [0, 0, 1, 2, 0, 0, 3] * 72)
    forum = _forum(given)
    assert (forum["state"], forum["message"]) == ("ok", "")
    assert forum["next_run_at"] == NOW.replace(hour=13, minute=0)
    assert (forum["silence_hours"], forum["longest_silence_hours"]) == (0, 2)
    assert (forum["posts_week"], forum["posts_usual_week"]) == (144, 144.0)
    assert (forum["rate_limited_share"], forum["rejected_share"]) == (0.05, 0.01)


@pytest.mark.parametrize(("ended", "state"), [("failed", "failed"), ("waiting", "waiting")])
def test_how_the_last_run_ended_is_told(given: Settings, ended: str, state: str) -> None:
    _run(given, NOW - 3 * HOUR)
    _run(given, NOW - HOUR, ended, stopped_because="error: refused")
    forum = _forum(given)
    assert forum["state"] == state
    assert forum["message"].startswith("error: refused")
    assert forum["last_success_at"] == NOW - 3 * HOUR


def test_a_source_is_late_after_a_whole_period_of_its_own(given: Settings) -> None:
    _run(given, NOW.replace(minute=0))
    assert _forum(given, NOW + 2 * HOUR)["state"] == "ok"
    late = _forum(given, NOW + 2.5 * HOUR)
    assert late["state"] == "late"
    assert "2026-11-22 13:00 UTC" in late["message"]


def test_a_backfill_makes_nobody_punctual(given: Settings) -> None:
    _run(given, NOW - 9 * HOUR)
    _run(given, NOW, is_backfill=True)
    assert _forum(given)["state"] == "late"


def test_a_source_that_falls_silent_is_told_by_its_own_measure(given: Settings) -> None:
    _run(given, NOW - timedelta(minutes=10))
    quiet_nights = ([3] * 16 + [0] * 8) * 20
    _hours(given, [*quiet_nights, *[0] * 9])
    forum = _forum(given)
    assert forum["silence_hours"] == 17  # the night before counts too
    assert forum["state"] == "silent"
    assert "17 hours" in forum["message"]
    assert "more than 8" in forum["message"]


def test_hours_that_nobody_read_are_no_silence(given: Settings) -> None:
    _run(given, NOW - timedelta(minutes=10))
    _hours(given, [*([3] * 16 + [0] * 8) * 20, *[None] * 100])
    assert _forum(given)["silence_hours"] == 8
    assert _forum(given)["state"] == "ok"


def test_what_cannot_be_read_is_told(given: Settings) -> None:
    _run(given, NOW - timedelta(minutes=10), records=100, posts_rejected=6)
    forum = _forum(given)
    assert forum["state"] == "rejecting"
    assert forum["message"].startswith("6% ")


def test_the_command_tells_and_ends_with_1_when_something_is_to_be_done(
    given: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GOODGUEST_CHARTER", str(given.charter))
    monkeypatch.setenv("GOODGUEST_DATA", str(given.data))
    monkeypatch.setenv("GOODGUEST_WAREHOUSE", given.warehouse)
    done = CliRunner().invoke(app, ["--json", "status"])
    assert done.exit_code == 1
    rows = json.loads(done.stdout)["sources"]
    assert [row["state"] for row in rows] == ["never read", "forbidden", "off"]
    said = CliRunner().invoke(app, ["status"]).stdout
    assert "begin with `goodguest collect forum`" in said
