"""What a run over a board leaves behind."""

from typing import Annotated, NotRequired, TypedDict

import msgspec

from connectors.cursors import Count, End, Second


class _Job(TypedDict):
    """As connectors.parts.phpbb.topics says."""

    id: Count
    page: Count
    mark: str
    at: Second | None
    asked: Count


class _Run(TypedDict):
    left: list[_Job]
    forums: list[Count]
    topic: Annotated[
        str, msgspec.Meta(pattern=r"^(?:viewtopic|showthread)\.php\?\w+=\{id\}&\w+=\{page\}$")
    ]
    end: End
    reached: NotRequired[Second | None]


class State(TypedDict, total=False):
    """A cursor: what is known of each topic, how far back all is, and how far a run has come."""

    seen: dict[str, tuple[str, Second | None, Second]]
    back_to: Second
    run: _Run
