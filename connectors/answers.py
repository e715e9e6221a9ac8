"""An answer of a host, and what its status or its words mean for who asked."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import msgspec

from contract.errors import OddAnswer, RateLimited, RetryLater, SkipPage, StopSource
from contract.page import Page

TRIES = 4
TRIES_IF_ODD = 2
COME_BACK = timedelta(minutes=15)
"""When an answer that is not to be had now is asked for again, where nobody says when."""
_KEPT_HEADERS = (
    "content-type", "content-location", "etag", "last-modified", "date", "x-robots-tag",
)  # fmt: skip

Meaning = type[RetryLater] | type[SkipPage] | type[StopSource]

# RFC 9110. What stands for one status goes before what stands for its class.
_MEANING: dict[int, Meaning] = {
    401: StopSource,
    403: StopSource,
    404: SkipPage,
    408: RetryLater,
    410: SkipPage,
    425: RetryLater,
    429: RateLimited,
}
_MEANING_OF_CLASS: dict[int, Meaning] = {
    2: SkipPage,
    3: SkipPage,
    4: StopSource,
    5: RetryLater,
}


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What a host answered: the address it came from in the end, lower-case header names.

    Secrets that were sent with the question do not stand in `url`.
    """

    url: str
    status: int
    headers: dict[str, str]
    body: bytes
    received_at: datetime


class Probed(NamedTuple):
    """What came of a probe: an answer, and what it says of the credentials or the community."""

    answer: Answer | Page
    said: str


class Judged(NamedTuple):
    """What a platform's own words mean, whatever the status: the error, and what to tell.

    `wait` is what a `Retry-After` header would say, where only the body says it.
    """

    meaning: Meaning
    said: str
    wait: str = ""


Judge = Callable[[Answer], Judged | None]
"""Returns what is wrong with an answer, or None to judge it by its status."""


def meaning_of(status: int) -> Meaning:
    """Return the error that says what a caller should do about a status it did not accept."""
    return _MEANING.get(status) or _MEANING_OF_CLASS.get(status // 100, StopSource)


def should_retry(meaning: Meaning, tries: int) -> bool:
    """Return whether to ask once more after so many tries ended like this."""
    most = {OddAnswer: TRIES_IF_ODD, SkipPage: 1, StopSource: 1}
    return tries < most.get(meaning, TRIES)


@contextmanager
def needed(now: datetime) -> Iterator[None]:
    """Make an odd answer one to come back for: without it the run cannot begin."""
    try:
        yield
    except OddAnswer as odd:
        raise RetryLater(str(odd), now + COME_BACK) from odd


def shown(url: str) -> str:
    """Return the address as messages and logs may name it: no user, no query, no fragment."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


def page_of(
    answer: Answer, *, source: str, platform: str, url: str, cursor: dict[str, Any]
) -> Page:
    """Return the answer as a page; `content-location` says where redirects led, if they did."""
    return Page(
        source=source,
        platform=platform,
        url=url,
        received_at=answer.received_at,
        status=answer.status,
        headers={name: answer.headers[name] for name in _KEPT_HEADERS if name in answer.headers},
        body=answer.body,
        cursor=cursor,
    )
