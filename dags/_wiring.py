"""What every DAG shares: the charter, the assets that wake the next stage, when to retry."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pendulum
from airflow.sdk import Asset, ExceptionRetryPolicy, RetryAction, RetryRule

from contract.charter import Charter
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


_RETRIES = ExceptionRetryPolicy(
    rules=[
        RetryRule(
            "contract.errors.RetryLater",
            retry_delay=timedelta(minutes=15),
            reason="the other side asks us to come back later",
        ),
        RetryRule(
            ["contract.errors.StopSource", "contract.errors.FixSettings"],
            RetryAction.FAIL,
            reason="asking again does not help: a person has to act on the message",
        ),
    ]
)


def task_defaults(owner: str) -> dict[str, Any]:
    """Return the arguments all tasks of a DAG share."""
    return {
        "owner": owner,
        "retries": 3,
        "retry_delay": timedelta(minutes=1),
        "retry_exponential_backoff": 2.0,
        "max_retry_delay": timedelta(minutes=30),
        "retry_policy": _RETRIES,
    }
