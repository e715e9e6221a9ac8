"""When an item of a feed was published: a moment that is certain, or none."""

import re
from datetime import UTC, datetime, timedelta, timezone

from connectors.parts.feed.shape import Item

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
# RFC 822, section 5; other abbreviations mean several zones.
_ZONES = dict.fromkeys(("z", "ut", "utc", "gmt"), 0) | {
    zone: hours
    for hours, zones in (
        (-4, "edt"),
        (-5, "est cdt"),
        (-6, "cst mdt"),
        (-7, "mst pdt"),
        (-8, "pst"),
    )
    for zone in zones.split()
}
_ISO = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,]\d+)?)?\s*(Z|[+-][\d:]+))?", re.I
)
_MAIL = re.compile(
    r"(?:[a-z]+,?\s+)?(\d{1,2})[\s-]+([a-z]{3})[a-z]*\.?[\s-]+(\d{4}|\d\d)\s+"
    r"(\d\d?):(\d\d)(?::(\d\d))?\s*([a-z]+|[+-][\d:]+)(?:\s*\([^)]*\))?",
    re.I,
)
_UNIX = re.compile(r"(\d{10})(\d{3})?")
_OFFSET = re.compile(r"([+-])(\d\d):?(?:(\d\d)|0)?")
_EARLIEST = 1990
"""Feeds are younger; what is older stands for no date: 1970-01-01, 0001-01-01."""


def created_at(item: Item) -> datetime | None:
    """Return when the item was published, or failing that written or changed, or None."""
    # Not item.get("updated"): feedparser answers with `published` and a warning.
    names = ("published", "created", "updated")
    moments = (moment_of(dict.get(item, name)) for name in names)
    return next((m for m in moments if m), None)


def moment_of(text: str | None) -> datetime | None:
    """Return the moment in UTC of an RFC 822 or ISO 8601 date or of Unix seconds, else None.

    A time of day without a zone is None: it could be up to 14 hours off. A bare date is its
    midnight in UTC.
    """
    said = (text or "").strip()
    try:
        moment = _read(said)
    except (ValueError, OverflowError):
        return None
    return moment if moment and moment.year >= _EARLIEST else None


def _read(said: str) -> datetime | None:
    if unix := _UNIX.fullmatch(said):
        return datetime.fromtimestamp(int(unix[1]), UTC)
    if iso := _ISO.fullmatch(said):
        year, month, day, *clock, zone = iso.groups()
        return _moment(int(year), int(month), int(day), clock, zone or "Z")
    if mail := _MAIL.fullmatch(said):
        day, name, year, *clock, zone = mail.groups()
        if name.lower() not in _MONTHS:
            return None
        century = 0 if len(year) == 4 else 1900 if int(year) >= 50 else 2000
        month = _MONTHS.index(name.lower()) + 1
        return _moment(century + int(year), month, int(day), clock, zone)
    return None


def _moment(year: int, month: int, day: int, clock: list[str | None], zone: str) -> datetime | None:
    offset = _offset(zone)
    if offset is None:
        return None
    hour, minute, second = (int(part or 0) for part in clock)
    local = datetime(year, month, day, hour, minute, second, tzinfo=timezone(offset))
    return local.astimezone(UTC)


def _offset(zone: str) -> timedelta | None:
    if zone.lower() in _ZONES:
        return timedelta(hours=_ZONES[zone.lower()])
    match = _OFFSET.fullmatch(zone)
    if not match:
        return None
    size = timedelta(hours=int(match[2]), minutes=int(match[3] or 0))
    return -size if match[1] == "-" else size
