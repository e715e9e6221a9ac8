"""What the agency itself holds: topics (SKOS), datasets (DCAT) and entities (register rows)."""

from typing import Literal

import msgspec

LabelKind = Literal["prefLabel", "altLabel", "hiddenLabel"]


class Label(msgspec.Struct, frozen=True, kw_only=True):
    """A label of a topic; `lang` is a BCP 47 tag in lower case, or None."""

    kind: LabelKind
    value: str
    lang: str | None = None


class Topic(msgspec.Struct, frozen=True, kw_only=True):
    """A SKOS concept."""

    uri: str
    scheme: str | None = None
    broader: tuple[str, ...] = ()
    labels: tuple[Label, ...] = ()
    definition: str | None = None
    notation: str | None = None
    is_deprecated: bool = False


class Distribution(msgspec.Struct, frozen=True, kw_only=True):
    """A way to get a dataset."""

    url: str
    title: str | None = None
    format: str | None = None


class Dataset(msgspec.Struct, frozen=True, kw_only=True):
    """A DCAT dataset; `modified` is the publisher's own text, a date or an interval."""

    identifier: str
    title: str
    description: str = ""
    keywords: tuple[str, ...] = ()
    themes: tuple[str, ...] = ()
    publisher: str | None = None
    landing_page: str | None = None
    distributions: tuple[Distribution, ...] = ()
    modified: str | None = None
    lang: str | None = None
    columns: tuple[str, ...] = ()
    """Names of its columns, where the catalogue tells them."""


class Example(msgspec.Struct, frozen=True, kw_only=True):
    """A post that is about a topic, as the agency's own people wrote or chose it."""

    topic: str
    text: str
    lang: str | None = None


class Entity(msgspec.Struct, frozen=True, kw_only=True):
    """A row of a register: a facility, a supplier, an object."""

    register: str
    native_id: str
    name: str
    aliases: tuple[str, ...] = ()
    acronyms: tuple[str, ...] = ()
    identifiers: tuple[str, ...] = ()
    """Further numbers, photo ids and addresses on the web."""
    place: str | None = None
    address: str | None = None
    kind: str | None = None
    """What the register's rows are, as the charter says."""
    attributes: dict[str, str] = {}
