"""What a run over an instance leaves behind."""

from typing import Annotated, TypedDict

import msgspec

from connectors.cursors import Count, End

_Path = Annotated[
    str,
    msgspec.Meta(
        pattern=r"^/api/v1/(?:timelines/(?:public|tag/[^/?#]+)|accounts/[\w-]+/statuses)$"
    ),
]
# Nothing else is ever asked for: no home timeline, no followers.
_Id = Annotated[str, msgspec.Meta(pattern=r"^[\w-]{1,64}$")]


class Job(TypedDict):
    """A list, what it is asked with, and the post behind which its next page begins."""

    path: _Path
    params: dict[str, str]
    max_id: _Id | None


class Run(TypedDict):
    """The lists still to read."""

    left: list[Job]
    pages: Count
    end: End


class State(TypedDict, total=False):
    """A cursor: nothing is kept between runs."""

    run: Run
