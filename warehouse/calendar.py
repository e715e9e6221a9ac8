"""The month, week and day of a moment, as text that both databases sort and group alike."""

from datetime import date, datetime
from functools import lru_cache


def month_of(moment: datetime) -> str:
    """Return the month of a UTC time, such as `2026-11`."""
    return moment.date().isoformat()[:7]


def week_of(moment: datetime) -> str:
    """Return the ISO week of a UTC time, such as `2026-W46`."""
    return _week_of(moment.date())


def day_of(moment: datetime) -> str:
    """Return the day of a UTC time, such as `2026-11-15`."""
    return moment.date().isoformat()


@lru_cache(4096)
def _week_of(day: date) -> str:
    year, week, _ = day.isocalendar()
    return f"{year:04d}-W{week:02d}"
