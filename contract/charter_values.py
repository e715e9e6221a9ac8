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

_DURATION = re.compile(r"P(?:(\d+)Y)?(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?)?")
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
    return timedelta(days=365 * years + 7 * weeks + days, hours=hours, minutes=minutes)


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
Text = Annotated[str, Field(min_length=1)]
Mail = Annotated[str, Field(pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$")]
Language = Annotated[str, Field(pattern=r"^[a-z]{2,3}$")]
Amount = Annotated[int, Field(ge=0)]
Zone = Annotated[str, AfterValidator(_zone)]
