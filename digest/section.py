"""A part of an issue between its numbers and its forms: a heading, and what stands under it."""

from dataclasses import dataclass
from typing import Any, Literal, Protocol

from connectors import CONNECTORS
from digest.issue import Example, Top
from digest.language import Language
from digest.sentences import against_before

Picture = Literal["chart", "network"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """Words that lead somewhere."""

    words: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A name with its cells, and what stands below the name."""

    name: str
    cells: tuple[str, ...] = ()
    url: str | None = None
    below: tuple[str, ...] = ()
    example: Example | None = None
    link: Link | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A post's own words, which come first, or words of ours about an example."""

    about: str
    text: str = ""
    lang: str | None = None
    example: Example | None = None
    link: Link | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A heading and what stands under it; what is empty is not shown."""

    key: str
    heading: str
    picture: Picture | None = None
    caption: str = ""
    columns: tuple[str, ...] = ()
    rows: tuple[Row, ...] = ()
    said: tuple[Said, ...] = ()
    points: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def link_to(words: str, url: str | None) -> Link | None:
    """Return the link, where there is an address."""
    return Link(words=words, url=url) if url else None


class _Counted(Protocol):
    @property
    def posts(self) -> int: ...
    @property
    def before(self) -> int | None: ...


def columns_of(first: str, top: Top[Any], tongue: Language) -> tuple[str, ...]:
    """Return the names of a table's columns; changes have one where any line has a week before."""
    names = (first, tongue.say("This week"), tongue.say("Against the week before"))
    return names if _is_compared(top) else names[:2]


def cells_of(line: _Counted, top: Top[Any], tongue: Language) -> tuple[str, ...]:
    """Return a line's posts and their change, for the columns of its table."""
    said = (tongue.number(line.posts), against_before(line.posts, line.before, tongue))
    return said if _is_compared(top) else said[:1]


def _is_compared(top: Top[Any]) -> bool:
    return any(line.before is not None for line in top.lines)


def left_out(top: Top[Any], tongue: Language) -> tuple[str, ...]:
    """Return how many lines are not shown, if any."""
    return filled(
        tongue.count("… and {n} more.", "… and {n} more.", top.left_out) if top.left_out else ""
    )


def filled(*parts: str) -> tuple[str, ...]:
    """Return the parts that say something."""
    return tuple(part for part in parts if part)


def platform_title(platform: str) -> str:
    """Return what people call the platform."""
    known = {connector.TERMS.platform: connector.TERMS.title for connector in CONNECTORS}
    return known.get(platform) or title_of(platform)


def title_of(name: str) -> str:
    """Return a name of the charter as a title: `care-homes` is Care homes."""
    return name.replace("-", " ").replace("_", " ").capitalize()
