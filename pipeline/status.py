"""Status: how the reading of every source goes, and what a person has to do about it."""

from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

from croniter import croniter

from contract.charter import Charter, Source
from contract.errors import GoodguestError
from pipeline.permission import may_listen
from pipeline.settings import Settings
from warehouse.health import Health, health_of
from warehouse.spending import spent_in_month
from warehouse.store import opened

_GRACE: Final = timedelta(minutes=30)
"""What a run may take, beside one whole period of its source."""
_SHORTEST_SILENCE: Final = 6
_UNUSUAL: Final = 2
"""So many times the longest silence there was makes one worth a look."""
_MOST_REJECTED: Final = 0.05
_NEARLY_SPENT: Final = 0.9


class State(NamedTuple):
    """What a source is in, and what to do; the first of several that are true."""

    name: str
    message: str


def status(given: Settings, now: datetime | None = None) -> list[dict[str, Any]]:
    """Return for each source of the charter its `state`, a `message` and the facts behind them.

    States: off, forbidden, never read, failed, waiting, late, silent, rejecting, nearly spent, ok.
    Beside the facts of warehouse.health stand `next_run_at`, `posts_spent` and `posts_allowed`.
    """
    at = now or datetime.now(UTC)
    charter = given.load_charter()
    with opened(given.warehouse) as engine, engine.connect() as connection:
        found = health_of(connection, list(charter.sources), at)
        spent = {
            name: spent_in_month(connection, name, source.budget, at).posts
            for name, source in charter.sources.items()
            if source.budget
        }
    rows = []
    for health in found:
        source = charter.sources[health.source]
        allowed = source.budget.most if source.budget else None
        state = next(_states(charter, health, at, spent.get(health.source, 0), allowed))
        rows.append({
            "source": health.source,
            "state": state.name,
            "message": state.message,
            **{name: value for name, value in asdict(health).items() if name != "source"},
            "next_run_at": _run_after(charter, source, at) if source.enabled else None,
            "posts_spent": spent.get(health.source),
            "posts_allowed": allowed,
        })  # fmt: skip
    return rows


def _states(
    charter: Charter, health: Health, now: datetime, spent: int, allowed: int | None
) -> Iterator[State]:
    source = charter.sources[health.source]
    if not source.enabled:
        yield State("off", "the charter has it switched off")
    try:
        may_listen(charter, health.source, now.date())
    except GoodguestError as error:
        yield State("forbidden", str(error))
    if health.last_run_at is None:
        yield State("never read", f"begin with `goodguest collect {health.source}`")
    why = health.stopped_because or "no reason told"
    if health.last_status == "failed":
        yield State("failed", f"{why}; see the log of its last run")
    if health.last_status == "waiting":
        yield State("waiting", f"{why}; it goes on by itself")
    if due := _overdue(charter, source, health, now):
        yield State("late", f"a run was due at {due:%Y-%m-%d %H:%M} UTC; is the scheduler running?")
    if _is_silent(health):
        longest = health.longest_silence_hours
        yield State(
            "silent",
            f"no post in {health.silence_hours} hours that were read, and never before in more "
            f"than {longest}; look whether the community moved or its address changed",
        )
    if health.rejected_share is not None and health.rejected_share > _MOST_REJECTED:
        share = f"{health.rejected_share:.0%}"
        yield State(
            "rejecting", f"{share} of its records could not be read; the table `rejected` says why"
        )
    if allowed is not None and spent >= _NEARLY_SPENT * allowed:
        yield State("nearly spent", f"{spent:,} of this month's {allowed:,} posts are spent")
    yield State("ok", "")


def _is_silent(health: Health) -> bool:
    unusual = max(_SHORTEST_SILENCE, _UNUSUAL * health.longest_silence_hours)
    return bool(health.posts_usual_week) and health.silence_hours > unusual


def _overdue(charter: Charter, source: Source, health: Health, now: datetime) -> datetime | None:
    """Return when a run was due that should be done by now: one period ago or longer."""
    if health.read_until_at is None:
        return None
    due = _run_after(charter, source, health.read_until_at)
    return due if _run_after(charter, source, due) + _GRACE < now else None


def _run_after(charter: Charter, source: Source, moment: datetime) -> datetime:
    zone = ZoneInfo(charter.agency.timezone)
    following: datetime = croniter(source.schedule, moment.astimezone(zone)).get_next(datetime)
    return following.astimezone(UTC)
