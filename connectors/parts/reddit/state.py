"""What a run over Reddit leaves behind."""

from typing import Annotated, Literal, NotRequired, TypedDict

import msgspec

from connectors.cursors import Count, End, Moment

_Id = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-z]{1,13}$")]
_Fullname = Annotated[str, msgspec.Meta(pattern=r"^t[13]_[0-9a-z]{1,13}$")]
# Nothing else is ever asked for: no account's pages, no messages.
_Path = Annotated[
    str,
    msgspec.Meta(
        pattern=r"^(?:(?:r/\w+/)?search|r/\w+/(?:comments|new)|comments/[0-9a-z]+(?:/_/[0-9a-z]+)?"
        r"|api/(?:info|morechildren))$"
    ),
]
_Titles = dict[str, str | None]


class _Job(TypedDict):
    """As connectors.parts.reddit.lists and .threads say."""

    path: _Path
    params: dict[str, str | int]
    community: NotRequired[str]
    depth: NotRequired[Count]
    items: NotRequired[Count]
    end: NotRequired[Moment | None]
    anchors: NotRequired[list[_Fullname]]
    threads: NotRequired[Literal["new", "all"]]
    thread: NotRequired[_Id]
    comments: NotRequired[Count]
    requests: NotRequired[Count]
    more: NotRequired[list[_Id]]
    deeper: NotRequired[list[_Id]]
    asked: NotRequired[list[_Id]]
    deep: NotRequired[_Id | None]
    title: NotRequired[_Titles | None]


class _Run(TypedDict):
    left: list[_Job]
    threads: dict[_Id, Count]
    pages: Count
    end: End
    reached: Moment | None
    title: NotRequired[_Titles | None]


class State(TypedDict, total=False):
    """A cursor: of submissions their numbers of comments, and how far a run has come."""

    seen: dict[_Id, Count]
    run: _Run
