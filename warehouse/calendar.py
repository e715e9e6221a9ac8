"""The month, week and day of a moment, as text that both databases sort and group alike."""

from datetime import datetime


def month_of(moment: datetime) -> str:
    """Return the month of a UTC time, such as `2026-11`."""
    return moment.date().isoformat()[:7]


def week_of(moment: datetime) -> str:
    """Return the ISO week of a UTC time, such as `2026-W46`."""
    year, week, _ = moment.isocalendar()
    return f"{year:04d}-W{week:02d}"


def day_of(moment: datetime) -> str:
    """Return the day of a UTC time, such as `2026-11-15`."""
    return moment.date().isoformat()
