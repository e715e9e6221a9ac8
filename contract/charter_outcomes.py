"""The part of the charter that says what is kept, told and published, how long and to whom."""

from datetime import timedelta
from typing import Annotated

from pydantic import Field, HttpUrl

from contract.charter_values import Cron, Duration, Mail, Name, Strict, Text


class Retention(Strict):
    """How long what is kept."""

    raw: Duration = timedelta(days=30)
    text: Duration = timedelta(days=365)
    aggregates: Duration = timedelta(days=5 * 365)


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


class Digest(Strict):
    """A weekly digest."""

    purpose: Name
    to: tuple[Mail, ...] = ()
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
