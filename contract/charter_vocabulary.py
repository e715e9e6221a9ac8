"""The part of the charter that says what posts are tied to, and how carefully."""

from typing import Annotated, Literal

from pydantic import Field, field_validator
from pydantic_core import PydanticCustomError

from contract.charter_values import Name, Strict, Text
from contract.places import hosts_of

RegisterKind = Literal["facilities", "objects", "organisations", "places", "suppliers"]
_PEOPLE = frozenset(("people", "person", "persons", "staff", "employees", "members", "citizens"))


class Register(Strict):
    """A register as CSV or TSV: the file, what its rows are, and which column holds what."""

    file: Text
    kind: Annotated[RegisterKind | None, Field(description="What its rows are; never people.")] = (
        None
    )
    id: Text
    name: Text
    aliases: Annotated[Text | None, Field(description="Other names, | or ; between them.")] = None
    acronyms: Annotated[
        Text | None, Field(description="Its acronyms; they count as written, in capitals.")
    ] = None
    identifiers: Annotated[
        tuple[Text, ...],
        Field(description="Columns of further numbers, photo ids and addresses on the web."),
    ] = ()
    place: Text | None = None
    address: Annotated[Text | None, Field(description="Street and house number.")] = None

    @field_validator("kind", mode="before")
    @classmethod
    def _is_of_no_people(cls, kind: object) -> object:
        if isinstance(kind, str) and kind.strip().lower() in _PEOPLE:
            raise PydanticCustomError(
                "people", "is of people, and posts are tied to topics, never to persons"
            )
        return kind


class Vocabulary(Strict):
    """What posts are tied to."""

    topics: tuple[Text, ...] = ()
    examples: Annotated[
        tuple[Text, ...],
        Field(description="Example posts of topics as CSV: topic, text and, if told, lang."),
    ] = ()
    datasets: tuple[Text, ...] = ()
    registers: dict[Name, Register] = Field(default={})
    private_addresses: bool = False

    @property
    def private_hosts(self) -> frozenset[str]:
        """Return the hosts that may be asked in a private network: those that are named here."""
        files = (register.file for register in self.registers.values())
        named = (*self.topics, *self.examples, *self.datasets, *files)
        return hosts_of(named if self.private_addresses else ())


class Ties(Strict):
    """How sure a tie has to be."""

    false_links: Annotated[
        float,
        Field(
            ge=0.001,
            le=0.2,
            description="Of posts that no dataset fits, the share that may be tied to one.",
        ),
    ] = 0.01
