"""What a run over X leaves behind."""

from typing import Annotated, Literal, NotRequired, TypedDict

import msgspec

from connectors.cursors import Count, End

_Time = Annotated[str, msgspec.Meta(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")]
_Id = Annotated[str, msgspec.Meta(pattern=r"^\d{1,19}$")]


class _Job(TypedDict):
    """As connectors.parts.x.kinds says; of a search also what its days count."""

    ask: Literal["recent", "archive", "account", "list"]
    what: str
    since: _Time
    until: _Time
    token: str | None
    oldest: _Time | None
    read: Count
    empty: Count
    mended: Count
    short: NotRequired[End]
    counted: NotRequired[bool]
    count_pages: NotRequired[Count]
    count_token: NotRequired[str | None]
    total: NotRequired[Count]
    share: NotRequired[Count]


class _Run(TypedDict):
    """What is still to ask, and how the rest ended: why, and since when all of it was read."""

    left: list[_Job]
    ends: list[tuple[End, _Time | None]]
    pages: Count


class State(TypedDict, total=False):
    """A cursor: the ids of accounts by their names, and how far a run has come."""

    accounts: dict[str, _Id]
    run: _Run
