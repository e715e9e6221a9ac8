"""The kinds of values that stand in a charter, each with what is allowed said in its error."""

import re
from datetime import timedelta
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from croniter import CroniterBadDateError, croniter
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    WithJsonSchema,
)
from pydantic_core import PydanticCustomError

_NUMBER = r"(\d{1,6})"
_DURATION = re.compile(
    rf"P(?:{_NUMBER}Y)?(?:{_NUMBER}W)?(?:{_NUMBER}D)?(?:T(?:{_NUMBER}H)?(?:{_NUMBER}M)?)?"
)
_LONGEST = timedelta(days=100 * 365)
"""A longer one leads out of the calendar."""
_UNSEEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")
"""All controls but tabs and ends of lines; what is joined, as in Persian or emoji, is seen."""
_IN_MAIL = r'[^@\s<>()\[\],;:\\"\x00-\x1f\x7f]+'
_NAME = r"^[a-z0-9][a-z0-9_-]{0,62}$"


class Strict(BaseModel):
    """A section of the charter: nothing may stand in it that has no meaning."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


def _duration(value: Any) -> timedelta:
    match = _DURATION.fullmatch(value) if isinstance(value, str) else None
    if not match or not any(match.groups()):
        raise PydanticCustomError(
            "duration", "is not an ISO 8601 duration; allowed are P30D, P2W, P5Y or PT6H"
        )
    years, weeks, days, hours, minutes = (int(g or 0) for g in match.groups())
    found = timedelta(days=365 * years + 7 * weeks + days, hours=hours, minutes=minutes)
    if found > _LONGEST:
        raise PydanticCustomError("duration", "is too long; allowed are 100 years at most")
    return found


def _seen(value: str) -> str:
    if _UNSEEN.search(value):
        raise PydanticCustomError(
            "text", "holds a sign that controls a terminal or turns text around; leave it out"
        )
    return value


def _written(value: timedelta) -> str:
    hours, minutes = value.seconds // 3600, value.seconds // 60 % 60
    time = "".join(f"{n}{unit}" for n, unit in ((hours, "H"), (minutes, "M")) if n)
    return f"P{value.days}D" + (f"T{time}" if time else "")


def _cron(value: str) -> str:
    if len(value.split()) not in (1, 5) or not croniter.is_valid(value):
        raise PydanticCustomError(
            "cron",
            'is not a schedule; allowed are five cron fields ("0 7 * * MON"), @hourly, @daily',
        )
    try:
        croniter(value).get_next()
    except CroniterBadDateError as error:
        raise PydanticCustomError(
            "cron", "is a schedule that never comes; allowed are days that there are"
        ) from error
    return value


def _zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (ValueError, OSError) as error:
        raise PydanticCustomError(
            "timezone", "is not an IANA time zone; allowed are names such as Europe/Berlin"
        ) from error
    return value


Duration = Annotated[
    timedelta,
    BeforeValidator(_duration),
    PlainSerializer(_written),
    WithJsonSchema({"type": "string", "pattern": "^P", "examples": ["P30D", "P5Y", "PT6H"]}),
]
Name = Annotated[str, Field(pattern=_NAME)]
Cron = Annotated[str, AfterValidator(_cron)]
Text = Annotated[str, Field(min_length=1), AfterValidator(_seen)]
Mail = Annotated[str, Field(pattern=rf"^{_IN_MAIL}@{_IN_MAIL}\.{_IN_MAIL}$")]
Language = Annotated[str, Field(pattern=r"^[a-z]{2,3}$")]
Amount = Annotated[int, Field(ge=0)]
Zone = Annotated[str, AfterValidator(_zone)]
