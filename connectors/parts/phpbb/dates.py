"""Dates as boards write them for people: in their own words, order and time zone."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

# English, French, German, Spanish, Welsh; without accents, cut where they differ.
_MONTHS: dict[str, int] = {
    name: number
    for number, names in enumerate(
        (
            "jan ene ion", "feb fev chw", "mar maw", "apr avr abr ebr", "may mai", "jun juin meh",
            "jul juil gor", "aug aou ago aws", "sep med", "oct okt hyd", "nov tac",
            "dec dez dic rha",
        ),
        1,
    )
    for name in names.split()
}  # fmt: skip
_DAYS_AGO = {
    "today": 0, "aujourd'hui": 0, "heute": 0, "hoy": 0, "heddiw": 0,
    "yesterday": 1, "hier": 1, "gestern": 1, "ayer": 1, "ddoe": 1,
}  # fmt: skip
_UNITS = {
    "second": 1, "sekund": 1, "segund": 1, "seconde": 1, "eiliad": 1,
    "minut": 60, "munud": 60, "hour": 3600, "heure": 3600, "stunde": 3600, "hora": 3600,
    "awr": 3600,
}  # fmt: skip

_ISO = re.compile(r"\b(\d{4})-(\d\d)-(\d\d)(?!\d)")
_NUMBERS = re.compile(r"(?<!\d)(\d{1,2})([-/.])(\d{1,2})\2(\d{4}|\d\d)(?!\d)")
_DAY_MONTH = re.compile(
    r"(?<!\d)(\d{1,2})[^\W\d_]{0,2}\W+(?:de\s+)?([^\W\d_]{3,})\W+(?:de\s+)?(\d{4})\b"
)
_MONTH_DAY = re.compile(r"\b([^\W\d_]{3,})\W+(\d{1,2})[^\W\d_]{0,2}\W+(\d{4})\b")
_CLOCK = re.compile(r"(?<!\d)(\d{1,2})\s?[:h]\s?(\d\d)(?::\d\d)?(?:\s?([ap])\.?\s?m\b)?")
_AGO = re.compile(
    r"(?:il y a|vor|hace)\s+(?:moins d')?(\d+|\w+)\s?(\w+)|(\d+|an?)\s+(\w+)\s+(?:ago|yn ol)"
)
_OFFSET = re.compile(
    r"\b(?:GMT|UTC)(?:\s*([+\-−])\s*(\d{1,2})(?:[:.](\d\d))?)?(?:\s+[^\W\d_]+\.?)?(\s*\[)?"
)
_LONGEST_OFFSET = timedelta(hours=15)
_QUARTER = 15 * 60


@dataclass(frozen=True, slots=True)
class Calendar:
    """How a page writes its times: zone, the moment it was received, day or month first."""

    zone: tzinfo
    now: datetime
    is_month_first: bool = False


def zone_said(footer: str, name: str | None = None) -> tzinfo | None:
    """Return the zone that "All times are GMT + 1 Hour [ DST ]" means, or that a name means.

    phpBB 3.0 adds "[ DST ]", in any language, when the times shown are an hour ahead of what the
    sentence says.
    """
    if name:
        try:
            return ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            # The offset is written there, not a name.
            pass
    said = _OFFSET.search(footer)
    if said is None:
        return None
    hours = timedelta(hours=int(said[2] or 0), minutes=int(said[3] or 0))
    offset = (-hours if said[1] in ("-", "−") else hours) + timedelta(hours=bool(said[4]))
    return timezone(offset) if abs(offset) < _LONGEST_OFFSET else None


def zone_of_clock(shown: str, calendar: Calendar) -> tzinfo | None:
    """Return the zone in which the page's clock, as it shows it, told the moment it was received.

    Zones are whole quarters of an hour; a clock that is minutes off one is taken for that one.
    """
    told = moment(shown, Calendar(UTC, calendar.now, calendar.is_month_first))
    if told is None:
        return None
    quarters = round((told - calendar.now).total_seconds() / _QUARTER)
    offset = timedelta(seconds=quarters * _QUARTER)
    return timezone(offset) if abs(offset) < _LONGEST_OFFSET else None


def is_month_first(dates: Iterable[str]) -> bool:
    """Return whether dates such as 06-04-2014 begin with the month, by all dates of a page.

    A number beyond 12 tells; if there is none, a clock with am and pm stands beside the month.
    """
    dates = list(dates)
    found = [match for text in dates if (match := _NUMBERS.search(text))]
    if any(int(match[1]) > 12 for match in found):
        return False
    if any(int(match[3]) > 12 for match in found):
        return True
    clocks = (_CLOCK.search(_plain(text)) for text in dates)
    return any(clock and clock[3] for clock in clocks) and any(m[2] != "." for m in found)


def moment(text: str, calendar: Calendar) -> datetime | None:
    """Return the first moment the text names, in UTC, or None when it names none."""
    text = _plain(text)
    if (ago := _ago(text)) is not None:
        return calendar.now - ago
    try:
        today = calendar.now.astimezone(calendar.zone).date()
        day = _day(text, today, calendar.is_month_first)
        if day is None:
            return None
        return datetime.combine(day, _time(text), calendar.zone).astimezone(UTC)
    except (ValueError, OverflowError):
        # 31 February, 25:61, the year 0.
        return None


def _plain(text: str) -> str:
    """Return the text in lower case without accents, in one kind of space and apostrophe."""
    decomposed = unicodedata.normalize("NFKD", text[:500].replace("’", "'"))
    plain = "".join(c for c in decomposed if not unicodedata.combining(c))
    return " ".join(plain.lower().split())


def _ago(text: str) -> timedelta | None:
    match = _AGO.search(text)
    if match is None:
        return None
    count, unit = (match[1], match[2]) if match[1] else (match[3], match[4])
    seconds = next((s for name, s in _UNITS.items() if unit.startswith(name)), None)
    # "less than a minute", "einer Stunde": one.
    return (
        None
        if seconds is None
        else timedelta(seconds=seconds * int(count[:4] if count.isdecimal() else 1))
    )


def _day(text: str, today: date, is_month_first: bool) -> date | None:
    if match := _ISO.search(text):
        return date(int(match[1]), int(match[2]), int(match[3]))
    if match := _NUMBERS.search(text):
        first, second, year = int(match[1]), int(match[3]), int(match[4])
        day, month = (second, first) if is_month_first else (first, second)
        return date(year + 2000 if year < 100 else year, month, day)
    for match in _DAY_MONTH.finditer(text):
        if month_number := _month(match[2]):
            return date(int(match[3]), month_number, int(match[1]))
    for match in _MONTH_DAY.finditer(text):
        if month_number := _month(match[1]):
            return date(int(match[3]), month_number, int(match[2]))
    back = next((days for word, days in _DAYS_AGO.items() if word in text), None)
    return None if back is None else today - timedelta(days=back)


def _month(word: str) -> int | None:
    return _MONTHS.get(word[:4]) or _MONTHS.get(word[:3])


def _time(text: str) -> time:
    match = _CLOCK.search(text)
    if match is None:
        return time()
    hour = int(match[1])
    if match[3]:
        hour = hour % 12 + (12 if match[3] == "p" else 0)
    return time(hour, int(match[2]))
