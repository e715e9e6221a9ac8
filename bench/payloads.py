"""Answers of platforms, as their connectors land them, with what invented people say in them.

Made while they are read, and the same each time: a million posts need no more memory than a
thousand.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import chain, islice
from typing import Any, Final, NamedTuple

import msgspec

from bench import shape_discourse, shape_flickr, shape_reddit, shape_x
from bench.invented import Holdings, held
from bench.sayings import Saying, sayings
from contract.page import Page

TOPICS, DATASETS, ENTITIES = 5_000, 10_000, 5_000
"""What the agency of the measurement holds; a topic has two labels."""
_ASKED_AFTER: Final = timedelta(hours=1)


class Platform(NamedTuple):
    """How a platform answers: where it is, how many posts a page holds, and how they stand there.

    `native_id` is that of a post's number among so many; `page` is the body's content.
    """

    url: str
    asked: str
    page_posts: int
    native_id: Callable[[int, int], str]
    page: Callable[[Sequence[Saying], int], Mapping[str, Any]]
    share: float


PLATFORMS: Final = {
    "x": Platform("https://api.x.com", shape_x.ASKED, 100, shape_x.native_id, shape_x.page, 0.5),
    "reddit": Platform("https://oauth.reddit.com", shape_reddit.ASKED, 100,
                       shape_reddit.native_id, shape_reddit.page, 0.3),
    "flickr": Platform("https://www.flickr.com", shape_flickr.ASKED, 100,
                       shape_flickr.native_id, shape_flickr.page, 0.1),
    "discourse": Platform("https://forum.example", shape_discourse.ASKED, 50,
                          shape_discourse.native_id, shape_discourse.page, 0.1),
}  # fmt: skip
MIX: Final = "mix"


def holdings() -> Holdings:
    """Return what the agency of the measurement holds, the same each time."""
    return held(TOPICS, DATASETS, ENTITIES)


def shares(platform: str, posts: int) -> dict[str, int]:
    """Return how many posts of each platform there are; `mix` is of all."""
    if platform != MIX:
        return {platform: posts}
    return {name: round(posts * each.share) for name, each in PLATFORMS.items()}


def said(platform: str, posts: int, given: Holdings) -> Iterator[Saying]:
    """Yield what the payloads of one platform say, in their order."""
    return sayings(posts, list(PLATFORMS).index(platform), given)


def payloads(platform: str, posts: int, given: Holdings | None = None) -> Iterator[Page]:
    """Yield the pages of so many posts, the oldest first, of a platform or of all (`mix`)."""
    given = given or holdings()
    return chain.from_iterable(
        _pages(name, count, given) for name, count in shares(platform, posts).items()
    )


def _pages(name: str, posts: int, given: Holdings) -> Iterator[Page]:
    platform, people = PLATFORMS[name], said(name, posts, given)
    before: datetime | None = None
    while some := list(islice(people, platform.page_posts)):
        newest = max(saying.created_at for saying in some) + _ASKED_AFTER
        received = max(newest, before + timedelta(seconds=1)) if before else newest
        before = received
        yield Page(
            source=f"invented-{name}",
            platform=name,
            url=platform.asked,
            received_at=received,
            headers={"content-type": "application/json; charset=utf-8"},
            body=msgspec.json.encode(platform.page(some, posts)),
        )
