"""The lines of a digest: what is told of a topic, a dataset, a community … in one week."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

Change = Literal["rose", "fell", "as usual", "too few", "not known"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """What the coming weeks may bring, shown only where it was better than "as this week"."""

    weeks: tuple[tuple[str, float, float, float], ...]
    """ISO week, expected posts, and the range that four of five such weeks fell into."""
    error: float
    """How far off it was on average in weeks gone by, in posts a week."""
    naive_error: float
    """The same of "as the week before"."""
    tested: int
    """Weeks it was tried on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicChange:
    """Posts on a topic this week beside its own baseline."""

    uri: str
    topic: str
    posts: int
    usual: float | None
    """What its weeks before and this week's coverage let expect; None when these were not read well
    enough to compare."""
    low: float | None = None
    high: float | None = None
    """The range that chance alone leaves a week of it in."""
    change: Change
    spike_on: date | None = None
    """The day that stood out, where one did."""
    drift: Literal["rose", "fell"] | None = None
    """Of a change that came over weeks, told in its first week alone: its way."""
    four_weeks: int | None = None
    four_before: int | None = None
    """With it: posts of this week and the three before, and of the four before these."""
    forecast: Forecast | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CommunityLine:
    """Posts in a community; `before` is the week before, None when it was not read well enough."""

    community: str
    platform: str
    url: str | None
    posts: int
    before: int | None
    authors: int | None
    """None when so few wrote that the number would say who two posts are by."""
    usual: float | None = None
    low: float | None = None
    high: float | None = None
    change: Change = "not known"
    key: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetLine:
    """Posts that met one of our datasets, how many hold a link to it, and one of them."""

    title: str
    url: str | None
    posts: int
    before: int | None
    with_link: int
    example: "Example | None" = None
    key: str = ""


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
    tags: tuple[str, ...] = ()
    """Tags that others than the author put on it this week for the first time."""
    example: "Example | None" = None
    key: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class UnmetLine:
    """Posts on a topic that none of our datasets covers; `is_new`: in no week before."""

    topic: str
    posts: int
    before: int | None
    questions: int = 0
    complaints: int = 0
    is_new: bool = False
    example: "Example | None" = None
    key: str = ""
    """URI of the topic."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ThanksLine:
    """Posts on a topic whose authors praise or thank, and one of them."""

    topic: str
    posts: int
    example: "Example | None" = None
    key: str = ""
    """URI of the topic."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinLine:
    """A community where an official could usefully join in, those with most of use first."""

    community: str
    platform: str
    url: str | None
    questions: int
    """Questions of the week on the digest's topics that nobody answered there."""
    share: float
    """Share of its posts that are on the digest's topics, 0 to 1."""
    rules: str | None
    """Where its own rules stand, if known."""
    has_permission: bool
    """Its owner gave the agency a permission."""
    key: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Since:
    """What changed since the digest of the week before, other than what people wrote."""

    sources_joined: tuple[str, ...] = ()
    sources_left: tuple[str, ...] = ()
    topics_added: int = 0
    topics_gone: int = 0
    datasets_added: int = 0
    datasets_gone: int = 0
    has_new_methods: bool = False
    posts_then: int | None = None
    """Posts of the week before, as its digest said."""
    posts_now: int | None = None
    """The same, counted now: posts come late, are removed, or are tied anew."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A community or a topic of the week; `key` is what edges name it by."""

    key: str
    name: str
    kind: Literal["community", "topic", "site"]
    posts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """Which communities share topics: nodes, and edges as (key, key, posts)."""

    nodes: tuple[Node, ...] = ()
    edges: tuple[tuple[str, str, int], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """What the numbers were counted from."""

    counted_at: datetime
    read_until: datetime | None
    """The latest observation of a post that counts."""
    revision: str
    """Revision of the warehouse's tables."""
    methods: tuple[str, ...]
    """Versions that the posts' ties were made with."""
    charter: str
    """Version of the charter."""
    topics: int = 0
    datasets: int = 0
    """How many the agency held."""
    first_counted_at: datetime | None = None
    """Of a week that was counted anew: when it was counted first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SpokenLine:
    """Posts on a topic, how many of them show a stance to it, and one that does."""

    topic: str
    posts: int
    positive: int
    negative: int
    mixed: int
    example: "Example"
    key: str = ""
    """URI of the topic."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """The beginning of a post in its own words, and why it is shown here."""

    text: str
    lang: str | None
    why: str
    url: str | None
    post_key: str = ""
    credit: str = ""
    """What its platform wants named beside it: where it was said."""


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
    credit: str = ""
    """What its platform wants named beside it: where it was said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GroundLine:
    """How much of the week was read of a source; `coverage` is the share of its hours, 0 to 1."""

    source: str
    platform: str
    coverage: float
    stopped_because: str | None
    rejected: int
