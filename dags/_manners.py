"""What a task does when it is told to wait, is not allowed to ask, or fails."""

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from airflow.sdk import RetryPolicy, get_current_context
from airflow.sdk.definitions.retry_policy import RetryDecision
from airflow.sdk.exceptions import AirflowRescheduleException, AirflowSkipException

from contract.errors import (
    Busy,
    FixSettings,
    MendFirst,
    NotAllowed,
    OutOfBudget,
    RateLimited,
    RetryLater,
    StopSource,
)

_log = logging.getLogger("goodguest.manners")
LONGEST_WAIT = timedelta(hours=24)
"""A task that has come back for so long is retried a few times more, and then fails."""


@contextmanager
def good_manners() -> Iterator[None]:
    """Make of an error what Airflow is to do, where that is not to fail or to retry.

    What only has to wait gives its worker back, and uses up none of its tries. What the charter
    does not let us ask is skipped with its reason: nothing broke, and an alert has told of it.
    Files that are made meanwhile are for the account that runs Airflow, as on the command line.
    """
    before = os.umask(0o077)
    try:
        yield
    except (NotAllowed, OutOfBudget) as rule:
        raise AirflowSkipException(str(rule)) from rule
    except (RateLimited, Busy, MendFirst) as wait:
        context = get_current_context()
        first = context["ti"].get_first_reschedule_date(context) or datetime.now(UTC)
        if wait.at - first > LONGEST_WAIT:
            raise
        _log.warning("%s; it comes back at %s", wait, wait.at.isoformat("T", "seconds"))
        raise AirflowRescheduleException(_soon(wait.at)) from wait
    finally:
        os.umask(before)


def _soon(at: datetime) -> datetime:
    return max(at, datetime.now(UTC) + timedelta(seconds=1))


class AtTheirTime(RetryPolicy):
    """Comes back when the other side said, and not at all where a person has to act first."""

    def evaluate(
        self, exception: BaseException, try_number: int, max_tries: int, context: Any = None
    ) -> RetryDecision:
        """Return whether and when the task is tried again."""
        if isinstance(exception, RetryLater):
            wait = (_soon(exception.at) - datetime.now(UTC)) * 2 ** (try_number - 1)
            return RetryDecision.retry(wait, "not reached; each wait is twice the last")
        if isinstance(exception, StopSource | FixSettings):
            return RetryDecision.fail("a person has to act on the message first")
        return RetryDecision.default()
