"""What a run over a WordPress site leaves behind."""

from typing import Literal, NotRequired, TypedDict

from connectors.cursors import Count, End


class _Run(TypedDict):
    """The lists still to read, the page of the first of them, and what of it is known."""

    left: list[Literal["new", "edited", "comments"]]
    page: Count
    end: End
    categories: list[Count]
    articles: list[Count]
    first: NotRequired[str | None]
    asked: NotRequired[Count]
    total: NotRequired[Count | None]


class State(TypedDict, total=False):
    """A cursor: nothing is kept between runs."""

    run: _Run
