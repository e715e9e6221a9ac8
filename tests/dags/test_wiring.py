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
from airflow.sdk.exceptions import AirflowNotFoundException
from contract.errors import FixSettings, OutOfBudget, RateLimited, RetryLater, SkipPage
from dags._wiring import AtTheirTime, connection_of

def decided(error):
    decision = AtTheirTime().evaluate(error, 1, 3)
    delay = decision.retry_delay
    return [decision.action.value, delay and round(delay.total_seconds() / 60)]

now = datetime.now(UTC)
try:
    missing = connection_of("nothing")
except FixSettings as error:
    missing = str(error)
print()
print(json.dumps({
    "rate limited": decided(RateLimited("", now + timedelta(minutes=90))),
    "not reached": decided(RetryLater("", now + timedelta(minutes=15))),
    "overdue": decided(RetryLater("", now - timedelta(hours=1))),
    "budget": decided(OutOfBudget("")),
    "settings": decided(FixSettings("")),
    "other": decided(SkipPage("")),
    "named": dict(connection_of("named")),
    "short": dict(connection_of("short")),
    "missing": missing,
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
    assert said["overdue"] == ["retry", 0]


def test_a_task_is_not_tried_again_where_a_person_has_to_act(said: dict[str, Any]) -> None:
    assert said["budget"] == said["settings"] == ["fail", None]
    assert said["other"] == ["default", None]


def test_a_connection_gives_its_fields_or_login_and_password(said: dict[str, Any]) -> None:
    assert said["named"] == {"client_id": "who", "client_secret": "hush"}
    assert said["short"] == {"login": "who", "password": "hush"}
    assert said["missing"] == "there is no Airflow connection nothing; add it"
