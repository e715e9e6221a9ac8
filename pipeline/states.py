"""What a source is in: rules over the facts about it, the most urgent first."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from croniter import croniter

from contract.charter import Charter, Source
from contract.errors import GoodguestError
from pipeline.permission import may_listen
from warehouse.health import Health
from warehouse.rechecks import Duty
from warehouse.spending import Spent

_GRACE: Final = timedelta(minutes=30)
"""What a run may take, beside one whole period of its source."""
_PATIENCE: Final = timedelta(days=1)
"""What a run may wait for its platform before somebody looks."""
_ENOUGH_HOURS: Final = 14 * 24
"""Read whole, they show what is usual: two weekends are among them."""
_SHORTEST_SILENCE: Final = 3
_FEWEST_MISSED: Final = 5
_UNUSUAL: Final = 2
"""So many times the worst there was makes a silence or a drop worth a look."""
_FEWEST_USUAL: Final = 20
_MOST_REJECTED: Final = 0.05
_NEARLY_SPENT: Final = 0.9
_WEEK: Final = 7 * 24
_LOOK: Final = "look whether the community moved, its address changed, or the selection fits"


class State(NamedTuple):
    """What a source is in, and what to do."""

    name: str
    message: str


@dataclass(frozen=True, slots=True)
class Case:
    """A source of the charter with what is known of it at this time."""

    charter: Charter
    health: Health
    now: datetime
    spent: Spent | None
    duty: Duty | None = None

    @property
    def source(self) -> Source:
        """Return what the charter says of it."""
        return self.charter.sources[self.health.source]

    def run_after(self, moment: datetime) -> datetime:
        """Return when its schedule lets it be read next after a moment."""
        zone = ZoneInfo(self.charter.agency.timezone)
        local = moment.astimezone(zone)
        following: datetime = croniter(self.source.schedule, local).get_next(datetime)
        return following.astimezone(UTC)


def states_of(case: Case) -> Iterator[State]:
    """Yield every state the source is in, the most urgent first; last of all `ok`."""
    for name, rule in _RULES:
        if message := rule(case):
            yield State(name, message)
            if name in _ALONE:
                return
    yield State("ok", "")


def _off(case: Case) -> str | None:
    return None if case.source.enabled else "the charter has it switched off"


def _forbidden(case: Case) -> str | None:
    try:
        may_listen(case.charter, case.health.source, case.now)
    except GoodguestError as error:
        return str(error)
    return None


def _never_read(case: Case) -> str | None:
    if case.health.last_run_at is None:
        return f"begin with `goodguest collect {case.health.source}`"
    return None


def _spent(case: Case) -> str | None:
    budget = case.source.budget
    if budget is None or case.spent is None or case.spent.posts < budget.most:
        return None
    return (
        f"all {budget.most:,} posts of this month are spent, nothing is read before the next; "
        "raise the budget in the charter, or select less"
    )


def _failed(case: Case) -> str | None:
    if case.health.last_status != "failed":
        return None
    return f"{_why(case)}; see the log of its last run"


def _late(case: Case) -> str | None:
    due = _overdue(case)
    if due is None:
        return None
    began = case.health.last_run_at
    if case.health.last_status == "failed" and began and began >= due:
        # It came, and why it failed is told.
        return None
    if case.health.last_status != "waiting":
        return f"a run was due at {due:%Y-%m-%d %H:%M} UTC; is the scheduler running?"
    if due + _PATIENCE > case.now:
        return None
    return (
        f"a run was due at {due:%Y-%m-%d %H:%M} UTC and still waits ({_why(case)}); "
        "read less often or select less, or ask the platform for more"
    )


def _overdue(case: Case) -> datetime | None:
    """Return when a run was due that should be done by now: one period ago or longer."""
    began = case.health.last_run_at
    # A first reading may take long.
    until = case.health.read_until_at or (began and began + _PATIENCE)
    if until is None:
        return None
    due = case.run_after(until)
    return due if case.run_after(due) + _GRACE < case.now else None


def _waiting(case: Case) -> str | None:
    return f"{_why(case)}; it goes on by itself" if case.health.last_status == "waiting" else None


def _why(case: Case) -> str:
    return case.health.stopped_because or "no reason told"


def _unchecked(case: Case) -> str | None:
    duty = case.duty
    if duty is None or not duty.past:
        return None
    return (
        f"{duty.past:,} of its {duty.posts:,} posts were not asked for again within {duty.hours} "
        "hours, as its platform's terms want; does the DAG comply run?"
    )


def _silent(case: Case) -> str | None:
    volume, expect = case.health.volume, case.source.expect
    hours, fewest = volume.silence_hours, _FEWEST_MISSED
    if hours < _SHORTEST_SILENCE:
        return None
    least = expect.posts_per_day[0] / 24 * hours if expect else None
    if volume.hours_read >= _ENOUGH_HOURS and volume.posts_missed is not None:
        fewest = max(fewest, _UNUSUAL * (volume.posts_missed_before or 0))
        if volume.posts_missed >= fewest:
            return (
                f"no post in {hours} hours that were read, which usually bring "
                f"{volume.posts_missed:,} (the longest silence before took "
                f"{volume.longest_silence_hours} hours); {_LOOK}"
            )
    elif least is not None and least >= fewest:
        return f"no post in {hours} hours that were read, where {least:,.0f} are expected; {_LOOK}"
    if volume.hours_read == hours >= _ENOUGH_HOURS and (least is None or least > 0):
        return (
            f"no post in any of {hours} hours that were read; {_LOOK}. If that is how it is, say "
            "so in the charter: expect: {posts_per_day: [0, 1]}"
        )
    return None


def _dropped(case: Case) -> str | None:
    of = case.health.volume
    if of.hours_read < _ENOUGH_HOURS:
        return None
    day = _drop("day", of.posts_day, of.posts_usual_day, of.posts_lowest_day)
    return day or _drop("week", of.posts_week, of.posts_usual_week, of.posts_lowest_week)


def _drop(span: str, brought: int | None, usual: float | None, lowest: int | None) -> str | None:
    if brought is None or usual is None or lowest is None:
        return None
    if usual < _FEWEST_USUAL or brought * _UNUSUAL >= lowest:
        return None
    return (
        f"{brought:,} posts in the latest {span} that was read, where {usual:,.0f} are usual and "
        f"seldom fewer than {lowest:,} come; {_LOOK}"
    )


def _rejecting(case: Case) -> str | None:
    share = case.health.rejected_share
    if share is None or share <= _MOST_REJECTED:
        return None
    return f"{share:.0%} of its records could not be read; the table `rejected` says why"


def _nearly_spent(case: Case) -> str | None:
    budget, spent = case.source.budget, case.spent
    if budget is None or spent is None:
        return None
    if not _NEARLY_SPENT * budget.most <= spent.posts < budget.most:
        return None
    return f"{spent.posts:,} of this month's {budget.most:,} posts are spent"


def _unexpected(case: Case) -> str | None:
    volume, expect = case.health.volume, case.source.expect
    hours = min(volume.hours_read, _WEEK)
    if expect is None or hours < _WEEK:
        return None
    low, high = expect.posts_per_day
    brought = volume.posts_week / 7
    if low <= brought <= high:
        return None
    return (
        f"{brought:,.1f} posts a day in the latest week that was read; the charter expects "
        f"{low:,} to {high:,}: correct it, or what is selected"
    )


def _drifted(case: Case) -> str | None:
    count = case.health.unknown_fields_new
    if not count:
        return None
    return (
        f"its platform sends {count} new field{'' if count == 1 else 's'} that nobody reads; the "
        "table `unknown_field` names them, tell who keeps the connector"
    )


_RULES: Final[tuple[tuple[str, Callable[[Case], str | None]], ...]] = (
    ("off", _off),
    ("forbidden", _forbidden),
    ("never read", _never_read),
    ("spent", _spent),
    ("failed", _failed),
    ("late", _late),
    ("waiting", _waiting),
    ("unchecked", _unchecked),
    ("silent", _silent),
    ("dropped", _dropped),
    ("rejecting", _rejecting),
    ("nearly spent", _nearly_spent),
    ("unexpected", _unexpected),
    ("drifted", _drifted),
)
_ALONE: Final = ("off", "forbidden", "never read")
"""Of a source that is not read nothing more is to be said."""
FINE: Final = ("waiting", "ok", "off")
"""What goes on by itself; every other state wants a person."""
URGENCY: Final = (*(name for name, _ in _RULES if name not in FINE), *FINE)
"""All states, the most urgent first."""
