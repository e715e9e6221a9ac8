"""What the DAGs share, in a process of its own: Airflow sets up its home when it is imported."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
ASK = """
import json
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
import pendulum
from airflow.sdk.exceptions import AirflowNotFoundException, AirflowRescheduleException
from airflow.sdk.execution_time.context import set_current_context
from contract.errors import FixSettings, OutOfBudget, RateLimited, RetryLater, SkipPage
from dags._manners import AtTheirTime
from dags._wiring import connection_of, new_dag, window_of
from dags.digest import WaitForGround
from airflow.serialization.serialized_objects import DagSerialization
from airflow.timetables.base import DataInterval, TimeRestriction

def decided(error, tries=1):
    decision = AtTheirTime().evaluate(error, tries, 3)
    delay = decision.retry_delay
    return [decision.action.value, delay and round(delay.total_seconds() / 60)]

def window(run_type, start, end, is_metered=False):
    at = [datetime.fromisoformat(moment) for moment in (start, end)]
    found = window_of(run_type, *at, datetime(2026, 11, 22, 12, 30, tzinfo=UTC), is_metered)
    return {name: str(value) for name, value in found.items()}

def next_runs(last):
    # The ends of the next two, where the last run began then.
    with new_dag("paused", "@hourly", owner="a", tags=[], doc=None) as dag:
        pass
    timetable = DagSerialization.from_dict(DagSerialization.to_dict(dag)).timetable
    found = []
    for _ in range(2):
        info = timetable.next_dagrun_info(
            last_automated_data_interval=DataInterval(last, last + timedelta(hours=1)),
            restriction=TimeRestriction(dag.start_date, None, dag.catchup),
        )
        last = info.data_interval.start
        found.append(info.data_interval.end)
    return found

def looked_at_a_store_that_is_away():
    context = {"ti": SimpleNamespace(get_first_reschedule_date=lambda context: None)}
    try:
        with set_current_context(context):
            WaitForGround(task_id="wait", digest="town-weekly").execute(context)
    except AirflowRescheduleException:
        return "comes back"

now = datetime.now(UTC)
hour = now.replace(minute=0, second=0, microsecond=0)
try:
    missing = connection_of("nothing")
except FixSettings as error:
    missing = str(error)
print()
print(json.dumps({
    "rate limited": decided(RateLimited("", now + timedelta(minutes=90))),
    "not reached": decided(RetryLater("", now + timedelta(minutes=15))),
    "still not": decided(RetryLater("", now + timedelta(minutes=15)), tries=3),
    "overdue": decided(RetryLater("", now - timedelta(hours=1))),
    "budget": decided(OutOfBudget("")),
    "settings": decided(FixSettings("")),
    "other": decided(SkipPage("")),
    "named": dict(connection_of("named")),
    "short": dict(connection_of("short")),
    "missing": missing,
    "away": looked_at_a_store_that_is_away(),
    "after a pause": [round((end.timestamp() - hour.timestamp()) / 3600) for end in next_runs(
        pendulum.instance(hour - timedelta(days=7)))],
    "live": window("scheduled", "2026-10-07T09:00Z", "2026-10-07T10:00Z"),
    "past": window("backfill", "2026-10-07T09:00Z", "2026-10-07T10:00Z"),
    "two weeks": window("backfill", "2026-10-25T23:00Z", "2026-10-26T01:00Z"),
    "metered": window("backfill", "2026-10-07T09:00Z", "2026-10-07T10:00Z", True),
    "this week": window("backfill", "2026-11-20T09:00Z", "2026-11-20T10:00Z"),
    "today": window("backfill", "2026-11-22T09:00Z", "2026-11-22T10:00Z"),
}))
"""


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    home = tmp_path_factory.mktemp("airflow")
    named = {"conn_type": "generic", "extra": {"client_id": "who", "client_secret": "hush"}}
    short = {"conn_type": "generic", "login": "who", "password": "hush"}
    environment = {
        **os.environ,
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{home}/nothing.db",
        "AIRFLOW_CONN_NAMED": json.dumps(named),
        "AIRFLOW_CONN_SHORT": json.dumps(short),
        "GOODGUEST_CHARTER": str(ROOT / "samples" / "charter.yaml"),
        "GOODGUEST_DATA": str(home),
        "GOODGUEST_WAREHOUSE": "postgresql+psycopg://nobody@127.0.0.1:1/away",
    }
    done = subprocess.run(
        [sys.executable, "-c", ASK], env=environment, capture_output=True, text=True,
        timeout=120, check=False, cwd=ROOT,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-4000:]
    found: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return found


def test_a_task_comes_back_when_the_other_side_said(said: dict[str, Any]) -> None:
    assert said["rate limited"] == ["retry", 90]
    assert said["not reached"] == ["retry", 15]
    assert said["still not"] == ["retry", 60]
    assert said["overdue"] == ["retry", 0]


def test_a_task_is_not_tried_again_where_a_person_has_to_act(said: dict[str, Any]) -> None:
    assert said["budget"] == said["settings"] == ["fail", None]
    assert said["other"] == ["default", None]


def test_a_digest_waits_for_its_store_without_using_up_its_tries(said: dict[str, Any]) -> None:
    assert said["away"] == "comes back"


def test_a_connection_gives_its_fields_or_login_and_password(said: dict[str, Any]) -> None:
    assert said["named"] == {"client_id": "who", "client_secret": "hush"}
    assert said["short"] == {"login": "who", "password": "hush"}
    assert said["missing"] == "there is no Airflow connection nothing; add it"


def test_after_a_paused_week_there_is_one_run(said: dict[str, Any]) -> None:
    """It ends with the last full hour; the one after it is due when this hour is over."""
    assert said["after a pause"] == [0, 1]


def test_a_run_reads_to_the_end_of_its_interval(said: dict[str, Any]) -> None:
    assert said["live"] == {"until": "2026-10-07 10:00:00+00:00"}


def test_a_backfill_reads_whole_weeks_of_the_agency_once(said: dict[str, Any]) -> None:
    """In summer a British midnight is 23 o'clock UTC."""
    once = {"unless_read": "1 day, 0:00:00"}
    assert said["past"] == once | {
        "since": "2026-10-04 23:00:00+00:00", "until": "2026-10-11 23:00:00+00:00"}  # fmt: skip
    assert said["two weeks"] == once | {
        "since": "2026-10-18 23:00:00+00:00", "until": "2026-11-02 00:00:00+00:00"}  # fmt: skip
    assert said["metered"] == once | {
        "since": "2026-10-06 23:00:00+00:00", "until": "2026-10-07 23:00:00+00:00"}  # fmt: skip
    assert said["this week"] == once | {
        "since": "2026-11-20 00:00:00+00:00", "until": "2026-11-21 00:00:00+00:00"}  # fmt: skip
    assert said["today"] == once | {
        "since": "2026-11-22 09:00:00+00:00", "until": "2026-11-22 10:00:00+00:00"}  # fmt: skip
