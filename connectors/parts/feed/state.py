"""What a run over feeds leaves behind."""

from typing import NotRequired, TypedDict

from connectors.cursors import Count, End


class Known(TypedDict, total=False):
    """What is known of a feed: what a conditional request needs, and ISO times.

    `newest` is its newest item's, `since` how far back it was read, `reached` how far it reached
    where that is less, `gone` when it answered that it is no more.
    """

    etag: str
    last_modified: str
    newest: str
    since: str
    reached: str
    gone: str


class _Seen(TypedDict):
    """A numbered page, and a number for each item on it."""

    at: str
    ids: list[int]


class _Run(TypedDict):
    """Feeds that are read, and of the one under way its next page and what is known by then."""

    done: list[str]
    end: End
    reached: NotRequired[str]
    feed: NotRequired[str]
    next: NotRequired[str | None]
    pages: NotRequired[Count]
    known: NotRequired[Known]
    last: NotRequired[str]
    before: NotRequired[_Seen | None]
    look: NotRequired[_Seen | None]


class State(TypedDict, total=False):
    """A cursor: what is known of each feed, and how far a run has come."""

    feeds: dict[str, Known]
    run: _Run
