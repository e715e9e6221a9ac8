"""Months, ISO weeks and days in UTC, as text that both databases sort and group alike."""

from datetime import date, datetime
from functools import lru_cache


def month_of(moment: datetime) -> str:
    """Return the month of a UTC time, such as `2026-11`."""
    return moment.date().isoformat()[:7]


def week_of(moment: datetime) -> str:
    """Return the ISO week of a UTC time, such as `2026-W46`."""
    return week_of_day(moment.date())


@lru_cache(4096)
def week_of_day(day: date) -> str:
    """Return the ISO week of a day."""
    year, week, _ = day.isocalendar()
    return f"{year:04d}-W{week:02d}"


def monday_of(week: str) -> date:
    """Return the first day of an ISO week."""
    return date.fromisocalendar(int(week[:4]), int(week[6:]), 1)


def day_of(moment: datetime) -> str:
    """Return the day of a UTC time, such as `2026-11-15`."""
    return moment.date().isoformat()
