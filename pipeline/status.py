"""Status: how the reading of every source goes, and what a person has to do about it."""

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any, Final

from connectors import connector_of
from pipeline.settings import Settings
from pipeline.states import FINE, URGENCY, Case, states_of
from warehouse.health import health_of
from warehouse.rechecks import duties
from warehouse.spending import spent_in_month
from warehouse.store import opened
from warehouse.views import rows_of

_MOST_SOURCES: Final = 10_000
_OF_RUNS: Final = (
    "last_run_at", "last_status", "stopped_because", "last_success_at", "posts_last_day",
    "rejected_last_run",
)  # fmt: skip
_NO_RUN: Final[dict[str, Any]] = {"posts_last_day": 0}


def status(given: Settings, now: datetime | None = None) -> list[dict[str, Any]]:
    """Return for each source of the charter its `state`, a `message` and the facts behind them.

    The most urgent first: forbidden, never read, spent, failed, late, unchecked, silent, dropped,
    rejecting, nearly spent, unexpected, drifted; then waiting, ok and off, which want nobody.
    `problems` are all that want a person, each with state and message. The facts are those of
    warehouse.health and warehouse.volume, with `period_hours` (of its schedule), `behind_hours`
    (since what was read ends), `next_run_at`, posts and money spent and allowed this month, and
    `recheck_by_at` (when its posts have to be asked for again) and `posts_unchecked` (past that).
    """
    at = now or datetime.now(UTC)
    charter = given.load_charter()
    with opened(given.warehouse) as engine, engine.connect() as connection:
        found = health_of(connection, list(charter.sources), at)
        spent = {
            name: spent_in_month(connection, name, source.budget, at)
            for name, source in charter.sources.items()
            if source.budget
        }
        terms = {name: connector_of(s.platform).TERMS for name, s in charter.sources.items()}
        owed = {duty.source: duty for duty in duties(connection, terms, at)}
    rows = [
        _row(Case(charter, one, at, spent.get(one.source), owed.get(one.source))) for one in found
    ]
    return sorted(rows, key=lambda row: URGENCY.index(row["state"]))


def sources(given: Settings) -> list[dict[str, Any]]:
    """Return for each source of the charter, in its order, what it is and the `state` it is in.

    With the columns of v_source_health: how its last run went, empty where there was none.
    """
    charter, states = given.load_charter(), {row["source"]: row["state"] for row in status(given)}
    with opened(given.warehouse) as engine:
        runs = {row["source"]: row for row in rows_of(engine, "v_source_health", _MOST_SOURCES)}
    return [
        {
            "source": name,
            "platform": source.platform,
            "purpose": source.purpose,
            "state": states[name],
            **{said: runs.get(name, _NO_RUN).get(said) for said in _OF_RUNS},
        }
        for name, source in charter.sources.items()
    ]


def _row(case: Case) -> dict[str, Any]:
    states = list(states_of(case))
    facts = asdict(case.health)
    volume = facts.pop("volume")
    return {
        "source": facts.pop("source"),
        "platform": case.source.platform,
        "purpose": case.source.purpose,
        "state": states[0].name,
        "message": states[0].message,
        "problems": [
            {"state": state.name, "message": state.message}
            for state in states
            if state.name not in FINE
        ],
        **facts,
        **volume,
        **_times(case),
        **_cost(case),
        **_duty(case),
    }


def _times(case: Case) -> dict[str, Any]:
    until, following = case.health.read_until_at, case.run_after(case.now)
    period = case.run_after(following) - following
    return {
        "period_hours": round(period.total_seconds() / 3600, 2),
        "behind_hours": until and round((case.now - until).total_seconds() / 3600, 2),
        "next_run_at": following if case.source.enabled else None,
    }


def _cost(case: Case) -> dict[str, Any]:
    budget, spent = case.source.budget, case.spent
    return {
        "posts_spent": spent and spent.posts,
        "posts_allowed": budget and budget.most,
        "money_spent": spent.money if spent and budget and budget.price else None,
        "money_allowed": budget and budget.money,
        "currency": budget and budget.currency,
    }


def _duty(case: Case) -> dict[str, Any]:
    duty = case.duty
    return {
        "recheck_by_at": duty and duty.deadline_at,
        "posts_unchecked": duty.past if duty else 0,
    }
