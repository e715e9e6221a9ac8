"""The part of the charter that says what is kept, told and published, how long and to whom."""

from collections import Counter
from datetime import timedelta
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, HttpUrl
from pydantic_core import PydanticCustomError

from contract.charter_values import Cron, Duration, Mail, Name, Strict, Text


class Retention(Strict):
    """How long what is kept."""

    raw: Duration = timedelta(days=30)
    text: Duration = timedelta(days=365)
    aggregates: Duration = timedelta(days=5 * 365)
    access: Annotated[Duration, Field(description="Who asked what of the posts, and when.")] = (
        timedelta(days=365)
    )


class Publication(Strict):
    """What may leave the agency."""

    min_authors: Annotated[
        int, Field(ge=2, description="Fewest different authors behind a published number.")
    ] = 10
    url: Annotated[HttpUrl | None, Field(description="Where the published files will stand.")] = (
        None
    )
    license: Annotated[HttpUrl, Field(description="Licence of the published figures.")] = Field(
        default=HttpUrl("https://creativecommons.org/licenses/by/4.0/")
    )


class Reader(Strict):
    """Who gets a digest, and of which topics alone."""

    mail: Mail
    topics: Annotated[
        tuple[Text, ...],
        Field(description="Only these of the digest's topics and what is narrower; none: all."),
    ] = ()


def _reader(value: Any) -> Any:
    return {"mail": value} if isinstance(value, str) else value


def _each_once(readers: tuple[Reader, ...]) -> tuple[Reader, ...]:
    times = Counter(reader.mail.casefold() for reader in readers)
    places = [str(at) for at, x in enumerate(readers, 1) if times[x.mail.casefold()] > 1]
    if places:
        raise PydanticCustomError(
            "readers",
            "are of one address at the places {places}; allowed is each once, with all its topics",
            {"places": ", ".join(places)},
        )
    return readers


class Digest(Strict):
    """A weekly digest."""

    purpose: Name
    to: Annotated[
        tuple[Annotated[Reader, BeforeValidator(_reader)], ...],
        Field(description="Addresses, or {mail, topics} for who wants some of it."),
        AfterValidator(_each_once),
    ] = ()
    language: Annotated[
        Literal["en", "de"], Field(description="Language of its own words (ISO 639).")
    ] = "en"
    topics: Annotated[
        tuple[Text, ...],
        Field(description="Only these topics and what is narrower: URIs or preferred labels."),
    ] = ()
    schedule: Cron = "0 7 * * MON"


class Alerts(Strict):
    """Who is told when a person has to act: a source that fell silent, an approval that ends."""

    to: tuple[Mail, ...] = ()
    before: Annotated[
        Duration, Field(description="How long before an approval or a purpose expires.")
    ] = timedelta(days=60)
