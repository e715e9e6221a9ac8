"""What a run over Bluesky leaves behind."""

from typing import Annotated, Literal, TypedDict

import msgspec

from connectors.cursors import Count, End

Method = Literal[
    "app.bsky.feed.searchPosts",
    "app.bsky.feed.getAuthorFeed",
    "app.bsky.feed.getListFeed",
    "app.bsky.feed.getFeed",
]
"""Nothing else is ever asked for: no followers, no likes, no home timeline."""


class Job(TypedDict):
    """A list, what it is asked with, where its next page begins, and how many came so far."""

    method: Method
    params: dict[str, str]
    cursor: Annotated[str, msgspec.Meta(max_length=2000)] | None
    pages: Count
    found: Count


class Run(TypedDict):
    """The lists still to read."""

    left: list[Job]
    pages: Count
    end: End


class State(TypedDict, total=False):
    """A cursor: nothing is kept between runs."""

    run: Run
