"""Looks at the communities again, and removes here what was removed there or is past its time.

It runs often enough for the strictest deletion duty of the charter's platforms. Each source is
swept on its own: one that fails holds up no other, and still makes the run fail, so that a person
sees it.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from airflow.sdk import TriggerRule, task
from airflow.sdk.exceptions import AirflowFailException

from connectors import connector_of
from dags._wiring import CHARTER, REMOVALS, alone_at, new_dag

_DUTY = min(
    connector_of(source.platform).TERMS.deletion_hours for source in CHARTER.sources.values()
)
"""Hours; half of them to find out, half to finish."""
_EVERY = next((hours for hours in (24, 12, 8, 6, 4, 3, 2) if 2 * hours <= _DUTY), 1)

with new_dag(
    "comply",
    f"15 {'4' if _EVERY == 24 else f'*/{_EVERY}'} * * *",
    owner="operations",
    tags=["comply"],
    doc=__doc__,
    within=timedelta(hours=max(_DUTY / 2, 1)),
):
    swept = []
    for name, source in CHARTER.sources.items():

        @task(task_id=f"sweep.{name}", multiple_outputs=False, **alone_at(source))
        def sweep(source: str):
            """Ask for posts again, those whose duty is oldest first, and honour what became of
            them; then delete what is past its time.
            """
            from dags._manners import good_manners
            from dags._metrics import count
            from dags._wiring import connection_of
            from pipeline.comply import comply, may_recheck
            from pipeline.settings import settings

            with good_manners():
                result = comply(settings(), source, connection_of)
                count("comply", result, source)
                if result["errors"]:
                    may_recheck(CHARTER, source, datetime.now(UTC))
                    raise AirflowFailException(result["errors"][source])
            return result

        swept.append(sweep(name))

    @task(outlets=[REMOVALS], trigger_rule=TriggerRule.NONE_FAILED, multiple_outputs=False)
    def report(results: list[dict[str, Any] | None], outlet_events=None):
        """Add up what the sweeps did; where one of them failed, so does the run."""
        # What was skipped gave nothing; what is pending is so for all of them.
        done = [result for result in results if result]
        outlet_events[REMOVALS].extra = {
            key: sum(result[key] for result in done)
            for key in ("rechecked", "removed", "edited", "purged", "requests", "past")
        } | {"pending": max((result["pending"] for result in done), default=0)}

    report(swept)
