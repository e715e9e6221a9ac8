"""What every DAG shares: the charter, the assets that wake the next stage, and how it is made."""

from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pendulum
from airflow.sdk import (
    DAG,
    Asset,
    Connection,
    CronDataIntervalTimetable,
    DeadlineAlert,
    DeadlineReference,
    SyncCallback,
    get_parsing_context,
)
from airflow.sdk.exceptions import AirflowNotFoundException

from contract.charter import Charter, Source
from contract.errors import FixSettings
from dags._deadlines import overdue
from dags._manners import AtTheirTime
from pipeline.settings import settings

CHARTER: Charter = settings().load_charter()
# Airflow stores schedules in pendulum's zones only.
ZONE = pendulum.timezone(CHARTER.agency.timezone)
_CALENDAR = ZoneInfo(CHARTER.agency.timezone)
# Early and fixed: a run before it would be reported as a success without a task.
START = pendulum.datetime(2020, 1, 1, tz=ZONE)

CATALOGUE = Asset(name="catalogue", uri="goodguest://catalogue")
POSTS = Asset(name="posts", uri="goodguest://posts")
REMOVALS = Asset(name="removals", uri="goodguest://removals")
PUBLICATION = Asset(name="publication", uri="goodguest://publication")


def landed(source: str) -> Asset:
    """Return the asset that says: new pages of this source are landed."""
    return Asset(name=f"landing/{source}", uri=f"goodguest://landing/{source}")


def written(digest: str) -> Asset:
    """Return the asset that says: an issue of this digest is written."""
    return Asset(name=f"digest/{digest}", uri=f"goodguest://digest/{digest}")


def is_asked_for(dag_id: str) -> bool:
    """Return whether this parse needs the DAG: that of a task needs its own only."""
    return get_parsing_context().dag_id in (None, dag_id)


def new_dag(
    dag_id: str,
    schedule: Any,
    *,
    owner: str,
    tags: list[str],
    doc: str | None,
    within: timedelta | None = None,
) -> DAG:
    """Return a DAG that keeps the house's policy; a text as `schedule` is cron.

    A run of it that is not through `within` that time is told to those whom alerts go to.
    """
    deadline = within and DeadlineAlert(
        name=f"{dag_id} is not through",
        reference=DeadlineReference.DAGRUN_QUEUED_AT,
        interval=within,
        callback=SyncCallback(overdue),
    )
    if isinstance(schedule, str):
        schedule = CronDataIntervalTimetable(schedule, timezone=ZONE)
    return DAG(
        dag_id=dag_id,
        schedule=schedule,
        start_date=START,
        # A past window is a backfill's work; after a pause one run reads from the cursor on.
        catchup=False,
        max_active_runs=1,
        deadline=deadline,
        default_args=_task_defaults(owner),
        owner_links={owner: f"mailto:{CHARTER.agency.contact}"},
        tags=tags,
        doc_md=doc,
    )


def _task_defaults(owner: str) -> dict[str, Any]:
    return {
        "owner": owner,
        "retries": 3,
        "retry_delay": timedelta(minutes=1),
        "retry_exponential_backoff": 2.0,
        "max_retry_delay": timedelta(minutes=30),
        "retry_policy": AtTheirTime(),
        # Longer than a forum's first reading takes. What is cut off goes on where it stood.
        "execution_timeout": timedelta(hours=6),
    }


def alone_at(source: Source) -> dict[str, Any]:
    """Return what keeps a source's tasks from running beside each other, or with the same key.

    The pool of a key is made by dags/plugins/goodguest_pools.py when a run first names it.
    """
    shared = {"pool": f"key.{source.conn_id}"} if source.conn_id else {}
    return {"max_active_tis_per_dag": 1, **shared}


def plain(moment: datetime | None) -> datetime | None:
    """Return Airflow's time as a standard one: pendulum's loses its zone in `moment - delta`."""
    return moment and datetime.fromtimestamp(moment.timestamp(), UTC)


def window_of(
    run_type: str, start: datetime | None, end: datetime | None, now: datetime, is_metered: bool
) -> dict[str, Any]:
    """Return what of the past a run is to read, as `collect_source` takes it.

    A backfill reads whole weeks of the agency's zone, or days where posts cost money or the week
    is not over, and none of them twice in a day: to come to a past hour costs a community about
    as many answers as to come to its week.
    """
    if run_type != "backfill" or start is None or end is None:
        return {"until": plain(end)}
    past = {"since": plain(start), "until": plain(end), "unless_read": timedelta(days=1)}
    for days in (1,) if is_metered else (7, 1):
        since = _begin(start, days)
        until = _begin(end - timedelta(microseconds=1), days) + timedelta(days=days)
        if until <= now:
            return {**past, "since": since.astimezone(UTC), "until": until.astimezone(UTC)}
    return past


def _begin(moment: datetime, days: int) -> datetime:
    """Return the midnight that its day or, for 7 days, its week begins with."""
    day = moment.astimezone(_CALENDAR).date()
    day -= timedelta(days=day.weekday() % days)
    return datetime.combine(day, time(), _CALENDAR)


def connection_of(conn_id: str) -> Mapping[str, str]:
    """Return what an Airflow connection holds: its extras, its `login` and its `password`."""
    try:
        found = Connection.get(conn_id)
    except AirflowNotFoundException as error:
        raise FixSettings(f"there is no Airflow connection {conn_id}; add it") from error
    held = {"login": found.login, "password": found.password, **found.extra_dejson}
    return {name: str(value) for name, value in held.items() if value}
