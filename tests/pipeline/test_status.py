"""Status: each state from real runs and hours in a real store, and the command over it."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from typer.testing import CliRunner

from connectors import connector_of
from contract.charter_file import load_charter
from pipeline.cli import app
from pipeline.settings import Settings
from pipeline.states import Case, states_of
from pipeline.status import status
from warehouse.expected import write_expected
from warehouse.health import Health
from warehouse.rechecks import Duty
from warehouse.runs import register_sources
from warehouse.store import open_store, opened
from warehouse.tables import coverage, ingest_run, source, unknown_field
from warehouse.views import rows_of

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
    with opened(given.warehouse) as engine, engine.begin() as connection:
        write_expected(connection, ["forum"])


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


def test_a_first_reading_may_take_a_day_and_no_longer(given: Settings) -> None:
    begun = {"started_at": NOW, "ended_at": None, "stopped_because": None}
    _run(given, NOW, "running", **begun)
    assert _forum(given, NOW + 25 * HOUR)["state"] == "ok"
    assert _forum(given, NOW + 27 * HOUR)["state"] == "late"


def test_a_run_that_came_and_failed_is_not_called_late(given: Settings) -> None:
    _run(given, NOW - 9 * HOUR)
    _run(given, NOW, "failed", stopped_because="error: refused")
    assert [each["state"] for each in _forum(given)["problems"]] == ["failed"]


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
    assert "which usually bring 27 (the longest silence before took 8 hours)" in forum["message"]


def test_hours_that_nobody_read_are_no_silence(given: Settings) -> None:
    _run(given, NOW - timedelta(minutes=10))
    _hours(given, [*([3] * 16 + [0] * 8) * 20, *[None] * 100])
    assert _forum(given)["silence_hours"] == 8
    assert _forum(given)["state"] == "ok"


def test_a_sharp_drop_is_told(given: Settings) -> None:
    _run(given, NOW - timedelta(minutes=10))
    _hours(given, [*([3] * 16 + [0] * 8) * 28, *[0, 0, 0, 1] * 4, *[0] * 8])
    forum = _forum(given)
    assert (forum["posts_day"], forum["posts_usual_day"], forum["posts_lowest_day"]) == (4, 48, 48)
    assert forum["state"] == "dropped"
    assert "4 posts in the latest day" in forum["message"]
    assert "48 are usual" in forum["message"]


def test_what_the_charter_expects_is_held_against_the_week(given: Settings) -> None:
    said = 'url: "https://forum.example.org", expect: {posts_per_day: [40, 90]}'
    text = CHARTER.replace('url: "https://forum.example.org"', said)
    given.charter.write_text(text, encoding="utf-8")
    _run(given, NOW - timedelta(minutes=10))
    _hours(given, [1] * 168)
    assert _forum(given)["state"] == "unexpected"
    assert "24.0 posts a day" in _forum(given)["message"]


def test_who_expects_posts_learns_of_a_silence_before_anything_is_usual(given: Settings) -> None:
    _run(given, NOW - timedelta(minutes=10))
    _hours(given, [0] * 24)
    assert _forum(given)["state"] == "ok"
    said = 'url: "https://forum.example.org", expect: {posts_per_day: [10, 90]}'
    text = CHARTER.replace('url: "https://forum.example.org"', said)
    given.charter.write_text(text, encoding="utf-8")
    assert _forum(given)["state"] == "silent"


def test_what_never_brought_a_post_is_told_after_a_fortnight(given: Settings) -> None:
    _run(given, NOW - timedelta(minutes=10))
    _hours(given, [0] * 24 * 14)
    assert _forum(given)["state"] == "silent"
    assert "posts_per_day: [0, 1]" in _forum(given)["message"]


def test_new_fields_are_told_but_not_those_of_a_first_reading(given: Settings) -> None:
    _run(given, NOW - timedelta(minutes=10))
    engine = open_store(given.warehouse)
    with engine.begin() as connection:
        connection.execute(sa.update(source).values(first_run_at=NOW - 90 * 24 * HOUR))
        connection.execute(sa.insert(unknown_field), [
            {"field_key": str(days), "platform": "feed", "path": "a", "landing": "x:1",
             "source": "forum", "first_seen_at": NOW - days * 24 * HOUR}
            for days in (90, 30, 2)
        ])  # fmt: skip
    engine.dispose()
    assert _forum(given)["unknown_fields_new"] == 1
    assert _forum(given)["problems"] == [{"state": "drifted", "message": _forum(given)["message"]}]
    assert "1 new field that nobody reads" in _forum(given)["message"]


def test_a_wait_that_does_not_end_wants_a_person(given: Settings) -> None:
    _run(given, NOW - 30 * HOUR)
    _run(given, NOW - HOUR, "waiting", stopped_because="rate limited until noon")
    forum = _forum(given)
    assert forum["state"] == "late"
    assert "rate limited until noon" in forum["message"]
    assert [each["state"] for each in forum["problems"]] == ["late"]


def test_posts_that_were_not_asked_for_in_time_are_told(given: Settings) -> None:
    hours = connector_of("feed").TERMS.deletion_hours
    case = Case(
        given.load_charter(), Health("forum", last_run_at=NOW, last_status="done"), NOW, None,
        Duty("forum", hours, 9, NOW, NOW, 2),
    )  # fmt: skip
    first = next(states_of(case))
    assert first.name == "unchecked"
    assert f"2 of its 9 posts were not asked for again within {hours} hours" in first.message


def test_the_view_and_the_command_tell_the_same(given: Settings) -> None:
    _run(given, NOW - 3 * HOUR)
    _run(given, NOW - HOUR, "failed", stopped_because="error: refused")
    with opened(given.warehouse) as engine:
        view = {row["source"]: row for row in rows_of(engine, "v_source_health", 99)}
    shared = ("last_run_at", "last_status", "stopped_because", "last_success_at")
    for row in status(given, NOW):
        assert {name: row[name] for name in shared} == {
            name: view[row["source"]][name] for name in shared
        }


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
    assert [row["state"] for row in rows] == ["forbidden", "never read", "off"]
    said = CliRunner().invoke(app, ["status"]).stdout
    assert "begin with `goodguest collect forum`" in said
