"""What an issue of a digest says, before it has a form."""

from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import msgspec

from digest.lines import (
    Change,
    CommunityLine,
    DatasetLine,
    EntityLine,
    Example,
    Forecast,
    GroundLine,
    JoinLine,
    Network,
    Node,
    Quote,
    Since,
    Snapshot,
    SpokenLine,
    ThanksLine,
    TopicChange,
    UnmetLine,
)

__all__ = [
    "ENOUGH_COVERAGE",
    "FEW",
    "Change",
    "CommunityLine",
    "DatasetLine",
    "EntityLine",
    "Example",
    "Forecast",
    "GroundLine",
    "Issue",
    "JoinLine",
    "Line",
    "Network",
    "Node",
    "Quote",
    "Since",
    "Snapshot",
    "SpokenLine",
    "ThanksLine",
    "Top",
    "TopicChange",
    "UnmetLine",
    "numbers_of",
]

Line = TypeVar("Line")
ENOUGH_COVERAGE = 0.8
"""Below this share of the hours, in this week or before, no change is claimed."""
FEW = 5
"""Fewer posts than this are not compared."""


@dataclass(frozen=True, slots=True)
class Top(Generic[Line]):
    """The lines that are shown, how many more there were, and the first of these, without examples.

    What is not shown stands in the tables beside the digest.
    """

    lines: tuple[Line, ...] = ()
    left_out: int = 0
    rest: tuple[Line, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    """One week of one digest."""

    name: str
    week: str
    title: str
    agency: str
    contact: str
    privacy_notice: str
    scope: tuple[str, ...] = ()
    """Topics the digest is held to; empty: all of its purpose."""
    posts: int = 0
    usual: float | None = None
    authors: int = 0
    in_communities: int = 0
    change: Change = "not known"
    coverage: float | None = None
    usual_coverage: float | None = None
    topics: Top[TopicChange] = Top()
    entities: Top[EntityLine] = Top()
    datasets: Top[DatasetLine] = Top()
    unmet: Top[UnmetLine] = Top()
    unranked: int = 0
    """Posts in languages none of our datasets is described in, that met none."""
    spoken: tuple[SpokenLine, ...] = ()
    communities: Top[CommunityLine] = Top()
    join_in: tuple[JoinLine, ...] = ()
    thanks: tuple[ThanksLine, ...] = ()
    network: Network | None = None
    quotes: tuple[Quote, ...] = ()
    withheld: int = 0
    """Posts on sensitive topics: they are counted, none is quoted or shown."""
    since: Since | None = None
    snapshot: Snapshot | None = None
    language: str = "en"
    ground: tuple[GroundLine, ...] = ()
    notices: tuple[str, ...] = ()
    """What platforms ask to have said wherever their posts are counted or quoted."""


_WORDS = ("quotes", "example", "tags", "rest")
"""What people wrote, and what no reader sees at once."""


def numbers_of(issue: Issue) -> dict[str, Any]:
    """Return the numbers of the issue as plain JSON values; what people wrote is left out."""
    numbers: dict[str, Any] = _without_words(msgspec.to_builtins(issue))
    return numbers


def _without_words(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_words(part) for key, part in value.items() if key not in _WORDS}
    return [_without_words(part) for part in value] if isinstance(value, list | tuple) else value
