"""What happens when a run is not through in time."""

import logging
from typing import Any

_log = logging.getLogger("goodguest.deadlines")


def overdue(context: dict[str, Any]) -> None:
    """Log which run is late, and have the alerts told at once. A backfill may take its time."""
    run = context["dag_run"]
    if run["run_type"] == "backfill":
        return
    due = context["deadline"]["deadline_time"]
    _log.error("%s is not through, and was due at %s: %s", run["dag_id"], due, run["dag_run_id"])
    from pipeline.alerts import tell
    from pipeline.settings import settings

    tell(settings())
