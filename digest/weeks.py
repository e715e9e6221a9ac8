"""ISO weeks such as `2026-W46`: Monday to Sunday, UTC."""

import re
from datetime import UTC, date, datetime, time, timedelta

from contract.errors import FixSettings
from digest.language import Language
from warehouse.calendar import monday_of, week_of_day

_WEEK = re.compile(r"\d{4}-W\d{2}")


def week_before(day: date) -> str:
    """Return the last week that was over when the day began."""
    return week_of_day(day - timedelta(days=7))


def monday(week: str) -> date:
    """Return the first day of the week. Raises FixSettings when it is no ISO week."""
    try:
        if not _WEEK.fullmatch(week):
            raise ValueError(week)
        return monday_of(week)
    except ValueError as error:
        raise FixSettings(
            f"{week!r} is not a week; allowed are ISO weeks such as 2026-W46"
        ) from error


def previous(week: str, n: int) -> tuple[str, ...]:
    """Return the n weeks before the week, oldest first."""
    first = monday(week)
    return tuple(week_of_day(first - timedelta(weeks=back)) for back in range(n, 0, -1))


def span(week: str) -> tuple[datetime, datetime]:
    """Return the half-open span `[Monday 00:00, next Monday 00:00)` in UTC."""
    since = datetime.combine(monday(week), time(), UTC)
    return since, since + timedelta(weeks=1)


def spoken(week: str, tongue: Language) -> str:
    """Return the week's days as people say them: `9 to 15 November 2026`."""
    first = monday(week)
    last = first + timedelta(days=6)
    end = tongue.date(last)
    if first.year != last.year:
        return tongue.say("{first} to {last}", first=tongue.date(first), last=end)
    if first.month != last.month:
        return tongue.say("{first} to {last}", first=tongue.day(first), last=end)
    return tongue.say("{day} to {last}", day=first.day, last=end)
