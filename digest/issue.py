"""What an issue of a digest says, before it has a form."""

from dataclasses import asdict, dataclass
from datetime import date
from math import sqrt
from typing import Any, Generic, Literal, TypeVar

Change = Literal["rose", "fell", "as usual", "too few", "not known"]
Line = TypeVar("Line")
ENOUGH_COVERAGE = 0.8
"""Below this share of the hours, in this week or before, no change is claimed."""
FEW = 5
"""Fewer posts than this are not compared."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicChange:
    """Posts on a topic this week, and the average of the four weeks before it."""

    uri: str
    topic: str
    posts: int
    usual: float | None
    """None when those weeks, or this one, were not read well enough to compare."""
    change: Change


@dataclass(frozen=True, slots=True, kw_only=True)
class CommunityLine:
    """Posts in a community; `before` is the week before, None when it was not read well enough."""

    community: str
    platform: str
    url: str | None
    posts: int
    before: int | None
    authors: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetLine:
    """Posts that met one of our datasets, how many hold a link to it, and one of them."""

    title: str
    url: str | None
    posts: int
    before: int | None
    with_link: int
    example: "Example | None" = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EntityLine:
    """Posts that name a row of one of our registers, the stars some of them give, and one post."""

    name: str
    register: str
    place: str | None
    posts: int
    before: int | None
    stars: tuple[int, int, int] = (0, 0, 0)
    """Posts that give few of the stars there are, some, and many."""
    example: "Example | None" = None


@dataclass(frozen=True, slots=True, kw_only=True)
class UnmetLine:
    """Posts on a topic that none of our datasets covers."""

    topic: str
    posts: int
    before: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SpokenLine:
    """Posts on a topic, how many of them show a stance to it, and one that does."""

    topic: str
    posts: int
    positive: int
    negative: int
    mixed: int
    example: "Example"


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """The beginning of a post in its own words, and why it is shown here."""

    text: str
    lang: str | None
    why: str
    url: str | None
    post_key: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """A post's own words: one line of redacted text, cut at a word, without its author."""

    text: str
    lang: str | None
    topic: str
    why: str = ""
    """What in the post met the topic."""
    community: str
    url: str | None
    said_on: date
    post_key: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class GroundLine:
    """How much of the week was read of a source; `coverage` is the share of its hours, 0 to 1."""

    source: str
    platform: str
    coverage: float
    stopped_because: str | None
    rejected: int


@dataclass(frozen=True, slots=True)
class Top(Generic[Line]):
    """The lines that are shown, and how many more there were."""

    lines: tuple[Line, ...] = ()
    left_out: int = 0


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
    quotes: tuple[Quote, ...] = ()
    ground: tuple[GroundLine, ...] = ()
    notices: tuple[str, ...] = ()
    """What platforms ask to have said wherever their posts are counted or quoted."""


def change_of(posts: int, usual: float | None) -> Change:
    """Return what became of a count against a usual week's.

    It moved when it is off that average by more than twice the spread a count around it has by
    chance (Poisson; one is added so that rare topics do not jump).
    """
    if usual is None:
        return "not known"
    if max(posts, usual) < FEW:
        return "too few"
    if abs(posts - usual) <= 2 * sqrt(usual + 1):
        return "as usual"
    return "rose" if posts > usual else "fell"


def numbers_of(issue: Issue) -> dict[str, Any]:
    """Return the numbers of the issue as plain JSON values; what people wrote is left out."""
    return {key: _without_words(value) for key, value in asdict(issue).items() if key != "quotes"}


def _without_words(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_words(part) for key, part in value.items() if key != "example"}
    return [_without_words(part) for part in value] if isinstance(value, list | tuple) else value
