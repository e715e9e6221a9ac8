"""What every DAG shares: the charter, the assets that wake the next stage, when to retry."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pendulum
from airflow.sdk import Asset, Connection, RetryPolicy
from airflow.sdk.definitions.retry_policy import RetryDecision
from airflow.sdk.exceptions import AirflowNotFoundException

from contract.charter import Charter
from contract.errors import FixSettings, RetryLater, StopSource
from pipeline.settings import settings

CHARTER: Charter = settings().load_charter()
# Airflow stores schedules in pendulum's zones only.
ZONE = pendulum.timezone(CHARTER.agency.timezone)
# Early and fixed: a run before it would be reported as a success without a task.
START = pendulum.datetime(2026, 1, 1, tz=ZONE)

CATALOGUE = Asset(name="catalogue", uri="goodguest://catalogue")
POSTS = Asset(name="posts", uri="goodguest://posts")


def landed(source: str) -> Asset:
    """Return the asset that says: new pages of this source are landed."""
    return Asset(name=f"landing/{source}", uri=f"goodguest://landing/{source}")


def plain(moment: datetime | None) -> datetime | None:
    """Return Airflow's time as a standard one: pendulum's loses its zone in `moment - delta`."""
    return moment and datetime.fromtimestamp(moment.timestamp(), UTC)


def connection_of(conn_id: str) -> Mapping[str, str]:
    """Return what an Airflow connection holds: its extras, its `login` and its `password`."""
    try:
        found = Connection.get(conn_id)
    except AirflowNotFoundException as error:
        raise FixSettings(f"there is no Airflow connection {conn_id}; add it") from error
    held = {"login": found.login, "password": found.password, **found.extra_dejson}
    return {name: str(value) for name, value in held.items() if value}


class AtTheirTime(RetryPolicy):
    """Comes back when the other side said, and not at all where a person has to act first."""

    def evaluate(
        self, exception: BaseException, try_number: int, max_tries: int, context: Any = None
    ) -> RetryDecision:
        """Return whether and when the task is tried again."""
        if isinstance(exception, RetryLater):
            wait = max(exception.at - datetime.now(UTC), timedelta(seconds=1))
            return RetryDecision.retry(wait, "the other side asks us to come back then")
        if isinstance(exception, StopSource | FixSettings):
            return RetryDecision.fail("a person has to act on the message first")
        return RetryDecision.default()


def task_defaults(owner: str) -> dict[str, Any]:
    """Return the arguments all tasks of a DAG share."""
    return {
        "owner": owner,
        "retries": 3,
        "retry_delay": timedelta(minutes=1),
        "retry_exponential_backoff": 2.0,
        "max_retry_delay": timedelta(minutes=30),
        "retry_policy": AtTheirTime(),
    }
