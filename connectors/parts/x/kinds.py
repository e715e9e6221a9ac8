"""What X can be asked for posts: two searches, an account's timeline and a list's."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from connectors.parts.x.asking import FIELDS, Cost

if TYPE_CHECKING:
    import tweepy

Job = dict[str, Any]
"""What is asked (`ask`, `what`), for which time (`since`, `until`), and how far it came: `token` of
the next page, `oldest` post seen, posts `read`; once it is over `end` and `reached`."""


class Kind(NamedTuple):
    """An endpoint: how many posts a page may be asked to hold, and how many it goes back."""

    route: str
    least: int
    most: int
    depth: int | None
    ask: "Callable[[tweepy.Client, Job, int], Any]"


def _window(job: Job) -> dict[str, str]:
    return {"start_time": job["since"], "end_time": job["until"]}


def _counting(job: Job) -> dict[str, Any]:
    return {"query": job["what"], "granularity": "day", **_window(job)}


KINDS = {
    "recent": Kind(
        "tweets/search/recent", 10, 100, None,
        lambda api, job, most: api.search_recent_tweets(
            job["what"], max_results=most, next_token=job["token"], **_window(job), **FIELDS
        ),
    ),
    "archive": Kind(
        "tweets/search/all", 10, 500, None,
        lambda api, job, most: api.search_all_tweets(
            job["what"], max_results=most, next_token=job["token"], **_window(job), **FIELDS
        ),
    ),
    "account": Kind(
        "users/{}/tweets", 5, 100, 3200,
        lambda api, job, most: api.get_users_tweets(
            job["what"], max_results=most, pagination_token=job["token"], **_window(job), **FIELDS
        ),
    ),
    "list": Kind(
        "lists/{}/tweets", 1, 100, 800,
        lambda api, job, most: api.get_list_tweets(
            job["what"], max_results=most, pagination_token=job["token"], **FIELDS
        ),
    ),
}  # fmt: skip
"""https://docs.x.com/x-api/posts/search/introduction, …/timelines/introduction, …/lists"""

COUNTS: "dict[str, Callable[[tweepy.Client, Job], Any]]" = {
    "recent": lambda api, job: api.get_recent_tweets_count(**_counting(job)),
    "archive": lambda api, job: api.get_all_tweets_count(
        **_counting(job), next_token=job.get("count_token")
    ),
}
"""How many posts a search will find."""
COST_OF_COUNTS = {"recent": Cost(0, 1), "archive": Cost(0, 2)}
"""A request for counts has a price, but no posts."""


def said(at: datetime) -> str:
    """Return the time as X writes it, to the second."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
