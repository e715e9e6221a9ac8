"""The HTTP client all connectors use: every manner of a good guest stands here, once."""

import logging
import random
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from typing import Any
from urllib.parse import urldefrag, urlsplit, urlunsplit

import msgspec
import requests
from protego import Protego

from connectors.addresses import GuardedAdapter
from connectors.markup import absolute
from connectors.pace import Pace, moment_said
from contract.errors import RetryLater, SkipPage, StopSource
from contract.page import Clock, Page
from contract.terms import Rate

log = logging.getLogger("goodguest.http")
# urllib3 writes whole addresses, with their queries, at DEBUG.
logging.getLogger("urllib3").setLevel(logging.WARNING)

ROBOT = "Goodguest"
"""The name robots.txt rules are looked up under."""
ANSWERS = frozenset({200, 304})
TRIES = 4
MAX_BYTES = 20_000_000
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_MAX_REDIRECTS = 5
_TIMEOUTS = (10.0, 30.0)
"""Seconds to connect, and to wait for the next bytes."""
_DEADLINE = timedelta(seconds=120)
"""For one whole answer."""
_COME_BACK = timedelta(minutes=15)
_KEPT_HEADERS = ("content-type", "etag", "last-modified", "date")

Meaning = type[RetryLater] | type[SkipPage] | type[StopSource]

# RFC 9110. What stands for one status goes before what stands for its class.
_MEANING: dict[int, Meaning] = {
    401: StopSource,
    403: StopSource,
    404: SkipPage,
    408: RetryLater,
    410: SkipPage,
    425: RetryLater,
    429: RetryLater,
}
_MEANING_OF_CLASS: dict[int, Meaning] = {
    2: SkipPage,
    3: SkipPage,
    4: StopSource,
    5: RetryLater,
}

_UNREACHED: Meaning = RetryLater


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What a host answered: the address it came from in the end, lower-case header names."""

    url: str
    status: int
    headers: dict[str, str]
    body: bytes
    received_at: datetime


def meaning_of(status: int) -> Meaning:
    """Return the error that says what a caller should do about a status it did not accept."""
    return _MEANING.get(status) or _MEANING_OF_CLASS.get(status // 100, StopSource)


def should_retry(meaning: Meaning, tries: int) -> bool:
    """Return whether to ask once more after so many tries ended like this."""
    return meaning is RetryLater and tries < TRIES


def _utc_now() -> datetime:
    return datetime.now(UTC)


class Client:
    """Asks politely: it says who it is, obeys robots.txt and limits, and never asks for long.

    One client is for one run of one source and one thread. It uses no proxy and no .netrc of the
    environment: a proxy would look names up itself, so no address could be checked.
    `bytes_received` counts bodies after decompression; `seconds_limited` all waiting.
    """

    def __init__(
        self,
        *,
        agency: str,
        contact: str,
        limits: tuple[Rate, ...],
        private_addresses: bool = False,
        max_bytes: int = MAX_BYTES,
        clock: Clock = _utc_now,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._clock = clock
        self._max_bytes = max_bytes
        self._pace = Pace(limits, clock, sleep)
        self._robots: dict[str, Protego] = {}
        self._ends_at = clock()
        self.requests = 0
        self.bytes_received = 0
        # No requests.Session: it keeps cookies and reads the bodies of redirects whole.
        self._adapter = GuardedAdapter(
            private_addresses=private_addresses, remaining=self._remaining
        )
        agent = " ".join(f"{ROBOT}/{version('goodguest')} ({agency}; {contact})".split())
        self._headers = {
            # Header values travel as Latin-1; a name in any script is sent as its UTF-8.
            "User-Agent": agent.encode().decode("latin-1"),
            "Accept": "*/*",
            "Accept-Encoding": "gzip, deflate",
        }

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close every connection."""
        self._adapter.close()

    @property
    def seconds_limited(self) -> float:
        """Return how long requests were held back, in seconds."""
        return self._pace.seconds_limited

    def get(
        self,
        url: str,
        *,
        params: Mapping[str, Any] | None = None,
        etag: str | None = None,
        last_modified: str | None = None,
        accept: frozenset[int] = ANSWERS,
    ) -> Answer:
        """Return the answer when its status is one of `accept`, after at most five redirects.

        Raises RetryLater, StopSource or SkipPage, by the table above. An answer larger than
        allowed and one that robots.txt forbids to ask for is a SkipPage; an address that is not
        public is a StopSource.
        """
        conditions = {"If-None-Match": etag, "If-Modified-Since": last_modified}
        headers = {name: value for name, value in conditions.items() if value}
        return self._follow(_address(url, params), headers, accept)

    def _follow(
        self, url: str, headers: dict[str, str], accept: frozenset[int], for_robots: bool = False
    ) -> Answer:
        for _ in range(_MAX_REDIRECTS + 1):
            if not for_robots:
                self._obey_robots(url)
            answer = self._persist(url, headers, accept)
            if answer.status in accept:
                return answer
            url = _address(absolute(url, answer.headers["location"]))
        raise SkipPage(f"{shown(url)}: more than {_MAX_REDIRECTS} redirects")

    def _obey_robots(self, url: str) -> None:
        parts = urlsplit(url)
        origin = f"{parts.scheme}://{parts.netloc}"
        if origin not in self._robots:
            # RFC 9309, 2.3.1: a robots.txt that is not there allows everything.
            absent = frozenset(range(400, 500)) - {408, 425, 429}
            answer = self._follow(f"{origin}/robots.txt", {}, ANSWERS | absent, for_robots=True)
            text = answer.body.decode("utf-8", "replace") if answer.status == 200 else ""
            self._robots[origin] = Protego.parse(text)
            delay = self._robots[origin].crawl_delay(ROBOT)
            if delay:
                self._pace.slow(parts.hostname or "", delay)
        if not self._robots[origin].can_fetch(url, ROBOT):
            raise SkipPage(f"{shown(url)}: robots.txt does not allow {ROBOT} to read it")

    def _persist(self, url: str, headers: dict[str, str], accept: frozenset[int]) -> Answer:
        """Return an accepted answer or a redirect, asking again where that can help."""
        host = urlsplit(url).hostname or ""
        for tries in range(1, TRIES + 1):
            self._pace.wait(host)
            now = self._clock()
            try:
                answer = self._ask(url, headers)
            except requests.RequestException as error:
                # The library's own message holds the whole address.
                meaning, wait, said = _UNREACHED, None, type(error).__name__
            else:
                self._pace.heed(host, answer.headers)
                is_redirect = answer.status in _REDIRECTS and "location" in answer.headers
                if answer.status in accept or is_redirect:
                    return answer
                now, said = answer.received_at, f"answered {answer.status}"
                meaning = meaning_of(answer.status)
                wait = moment_said(answer.headers.get("retry-after", ""), now)
            if not should_retry(meaning, tries):
                break
            self._pace.hold(host, wait or now + _backoff(tries))
        message = f"GET {shown(url)}: {said}"
        if meaning is SkipPage or meaning is StopSource:
            raise meaning(message)
        raise RetryLater(message, max(wait or now, now + _COME_BACK))

    def _ask(self, url: str, headers: dict[str, str]) -> Answer:
        self._ends_at = self._clock() + _DEADLINE
        self.requests += 1
        request = requests.Request("GET", url, headers=self._headers | headers).prepare()
        with closing(
            self._adapter.send(request, stream=True, timeout=_TIMEOUTS, verify=True)
        ) as response:
            body = self._body_of(response)
        # The host only: an address of a post leads to who wrote it.
        host = urlsplit(url).hostname
        log.info("GET %s: %d, %d bytes", host, response.status_code, len(body))
        return Answer(
            url=url,
            status=response.status_code,
            headers={
                k.lower(): v for k, v in response.headers.items() if k.lower() != "set-cookie"
            },
            body=body,
            received_at=self._clock(),
        )

    def _body_of(self, response: requests.Response) -> bytes:
        body = bytearray()
        for chunk in response.iter_content(65536):
            body += chunk
            self.bytes_received += len(chunk)
            if len(body) > self._max_bytes:
                raise SkipPage(f"{shown(response.url)}: larger than {self._max_bytes:,} bytes")
        return bytes(body)

    def _remaining(self) -> float:
        return (self._ends_at - self._clock()).total_seconds()


def shown(url: str) -> str:
    """Return the address as messages and logs may name it: no user, no query, no fragment."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.hostname or ''}{parts.path}"


def page_of(
    answer: Answer, *, source: str, platform: str, url: str, cursor: dict[str, Any]
) -> Page:
    """Return the answer as a page; `content-location` says where redirects led, if they did."""
    headers = {name: answer.headers[name] for name in _KEPT_HEADERS if name in answer.headers}
    if answer.url != url:
        headers["content-location"] = answer.url
    return Page(
        source=source,
        platform=platform,
        url=url,
        received_at=answer.received_at,
        status=answer.status,
        headers=headers,
        body=answer.body,
        cursor=cursor,
    )


def _address(url: str, params: Mapping[str, Any] | None = None) -> str:
    """Return the whole address without user and fragment; secrets never stand in an address."""
    try:
        prepared = requests.Request("GET", urldefrag(url).url, params=params).prepare().url or ""
        parts = urlsplit(prepared)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise SkipPage(f"{shown(prepared)}: not an address of http or https")
    except (requests.RequestException, ValueError) as error:
        raise SkipPage(f"not an address that can be asked: {type(error).__name__}") from None
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


def _backoff(tries: int) -> timedelta:
    return timedelta(seconds=2.0**tries * random.SystemRandom().uniform(0.5, 1.0))
