"""What our stages did, as metrics by Airflow's StatsD or OpenTelemetry; nothing where both are off.

StatsD knows no tags: a second name ends with the source. In OpenTelemetry the source is a tag.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from airflow.sdk.observability import stats

_OF_SOURCES = (
    "behind_hours",
    "period_hours",
    "posts_day",
    "posts_usual_day",
    "silence_hours",
    "rate_limited_share",
    "rejected_share",
    "unknown_fields_new",
    "posts_unchecked",
    "posts_spent",
    "posts_allowed",
    "money_spent",
)


def count(stage: str, result: Mapping[str, Any], source: str | None = None) -> None:
    """Count every whole number of a stage's result: `goodguest.collect.pages` and so on."""
    for name, value in result.items():
        if isinstance(value, int) and not isinstance(value, bool):
            metric = f"goodguest.{stage}.{name}"
            stats.incr(metric, value, tags={"source": source} if source else None)
            if source:
                stats.incr(f"{metric}.{source}", value)


def gauge_sources(rows: Sequence[Mapping[str, Any]]) -> None:
    """Tell how every source goes, from the rows of pipeline.status: `goodguest.source.…`."""
    stats.gauge("goodguest.sources.with_problems", sum(bool(row["problems"]) for row in rows))
    for row in rows:
        values = {name: row[name] for name in _OF_SOURCES} | {"problems": len(row["problems"])}
        for name, value in values.items():
            if value is not None:
                stats.gauge(f"goodguest.source.{name}.{row['source']}", value)
                stats.gauge(f"goodguest.source.{name}", value, tags={"source": row["source"]})
