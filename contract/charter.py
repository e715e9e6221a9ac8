"""The charter: everything an agency decides, in one YAML file that a lawyer can read."""

import re
from datetime import date, timedelta
from typing import Annotated, Any, Literal, TypeVar
from zoneinfo import ZoneInfo

from croniter import croniter
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    HttpUrl,
    PlainSerializer,
    TypeAdapter,
    WithJsonSchema,
    model_validator,
)
from pydantic_core import PydanticCustomError

from contract.errors import FixSettings

_Thing = TypeVar("_Thing")
_DURATION = re.compile(r"P(?:(\d+)Y)?(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?)?")
_NAME = r"^[a-z0-9][a-z0-9_-]{0,62}$"


def _duration(value: Any) -> timedelta:
    match = _DURATION.fullmatch(value) if isinstance(value, str) else None
    if not match or not any(match.groups()):
        raise PydanticCustomError(
            "duration", "is not an ISO 8601 duration; allowed are P30D, P2W, P5Y or PT6H"
        )
    years, weeks, days, hours, minutes = (int(g or 0) for g in match.groups())
    return timedelta(days=365 * years + 7 * weeks + days, hours=hours, minutes=minutes)


def _cron(value: str) -> str:
    if not croniter.is_valid(value):
        raise PydanticCustomError(
            "cron",
            'is not a schedule; allowed are five cron fields ("0 7 * * MON"), @hourly, @daily',
        )
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
    PlainSerializer(lambda d: f"P{d.days}D"),
    WithJsonSchema({"type": "string", "pattern": "^P", "examples": ["P30D", "P5Y", "PT6H"]}),
]
Name = Annotated[str, Field(pattern=_NAME)]
Cron = Annotated[str, AfterValidator(_cron)]
Text = Annotated[str, Field(min_length=1)]
Mail = Annotated[str, Field(pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$")]
Language = Annotated[str, Field(pattern=r"^[a-z]{2,3}$")]
Amount = Annotated[int, Field(ge=0)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class Agency(_Strict):
    """Who listens."""

    name: Text
    contact: Annotated[Mail, Field(description="Goes into every request's User-Agent.")]
    privacy_notice: HttpUrl
    country: Annotated[str, Field(pattern="^[A-Z]{2}$", description="ISO 3166-1.")] = "GB"
    languages: Annotated[
        tuple[Language, ...],
        Field(min_length=1, description="Languages people write in here (ISO 639)."),
    ] = ("en",)
    timezone: Annotated[str, AfterValidator(_zone)] = "UTC"


class Purpose(_Strict):
    """What the agency listens for, and on which basis."""

    title: Text
    legal_basis: Text
    dpia: Annotated[Text, Field(description="Id of the impact assessment.")]
    owner: Text
    expires: Annotated[date, Field(description="After it nothing is collected for it.")]


class Permission(_Strict):
    """The word of a community's owner."""

    by: Text
    on: date
    ref: Text


class Approval(_Strict):
    """A platform's approval."""

    by: Text
    on: date
    ref: Text
    expires: date
    clause: Text


class Select(_Strict):
    """What is read of a community: places in it, tags and words; never a person."""

    categories: tuple[Text, ...] = ()
    tags: tuple[Text, ...] = ()
    query: Text | None = None
    feeds: Annotated[
        tuple[Text, ...], Field(description="Feeds of the site, as paths or addresses.")
    ] = ()


class Expect(_Strict):
    """What an ordinary day brings."""

    posts_per_day: tuple[Amount, Amount]


class Source(_Strict):
    """A community that is read."""

    platform: Name
    url: HttpUrl
    purpose: Name
    select: Select = Select()
    schedule: Cron = "@hourly"
    lookback: Annotated[
        Duration, Field(description="How far a first run, and the late-arrival overlap, reach.")
    ] = timedelta(days=2)
    expect: Expect | None = None
    permission: Permission | None = None
    approval: Approval | None = None
    conn_id: Annotated[Text, Field(description="An Airflow connection.")] | None = None
    account_kind: Literal["organisation"] | None = None
    enabled: bool = True
    private_addresses: Annotated[
        bool, Field(description="The site stands in a private network and may be asked there.")
    ] = False


class Register(_Strict):
    """A register as CSV or TSV: the file, and which column holds what."""

    file: Text
    id: Text
    name: Text
    aliases: Text | None = None
    place: Text | None = None


class Vocabulary(_Strict):
    """What posts are tied to."""

    topics: tuple[Text, ...] = ()
    datasets: tuple[Text, ...] = ()
    registers: dict[Name, Register] = {}
    private_addresses: bool = False


class Retention(_Strict):
    """How long what is kept."""

    raw: Duration = timedelta(days=30)
    text: Duration = timedelta(days=365)
    aggregates: Duration = timedelta(days=5 * 365)


class Publication(_Strict):
    """What may leave the agency."""

    min_authors: Annotated[int, Field(ge=2)] = 10


class Digest(_Strict):
    """A weekly digest."""

    purpose: Name
    to: tuple[Mail, ...] = ()
    topics: Annotated[
        tuple[Text, ...],
        Field(description="Only these topics and what is narrower: URIs or preferred labels."),
    ] = ()
    schedule: Cron = "0 7 * * MON"


class Charter(_Strict):
    """The whole charter."""

    agency: Agency
    purposes: Annotated[dict[Name, Purpose], Field(min_length=1)]
    sources: Annotated[dict[Name, Source], Field(min_length=1)]
    vocabulary: Vocabulary = Vocabulary()
    retention: Retention = Retention()
    publication: Publication = Publication()
    digests: dict[Name, Digest] = {}

    def source(self, name: str) -> Source:
        """Return the source of that name, or raise FixSettings listing those there are."""
        return _named(self.sources, name, "source")

    def digest(self, name: str) -> Digest:
        """Return the digest of that name, or raise FixSettings listing those there are."""
        return _named(self.digests, name, "digest")

    @model_validator(mode="after")
    def _names_meet(self) -> "Charter":
        for section in ("sources", "digests"):
            for name, item in getattr(self, section).items():
                if item.purpose not in self.purposes:
                    raise PydanticCustomError(
                        "unknown_purpose",
                        "{at} names no purpose of this charter; allowed are {allowed}",
                        {
                            "at": f"{section}.{name}.purpose",
                            "allowed": ", ".join(self.purposes),
                            "loc": (section, name, "purpose"),
                            "found": item.purpose,
                        },
                    )
        return self


def _named(things: dict[str, _Thing], name: str, kind: str) -> _Thing:
    if name not in things:
        there = ", ".join(things) or "none"
        raise FixSettings(f"{name!r} is no {kind} of the charter; there are {there}")
    return things[name]


def charter_schema() -> dict[str, Any]:
    """Return the JSON Schema of a charter, for editors that complete and check it."""
    schema = TypeAdapter(Charter).json_schema()
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}
