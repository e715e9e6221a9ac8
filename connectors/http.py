"""The HTTP client all connectors use: every manner of a good guest stands here, once."""

import itertools
import logging
import time
from collections.abc import Callable, Collection, Mapping
from contextlib import closing
from datetime import datetime, timedelta
from importlib.metadata import version
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

from msgspec.structs import replace

from connectors import robots
from connectors.addresses import asked_address, request_to
from connectors.answers import COME_BACK, Answer, Judge, Judged, meaning_of, should_retry, shown
from connectors.markup import absolute
from connectors.pace import Kept, Pace, backoff, moment_dated, moment_said
from contract.budget import Budget, Unmetered
from contract.credentials import Credentials
from contract.errors import OddAnswer, RetryLater, SkipPage
from contract.page import Clock, utc_now
from contract.terms import Rate

if TYPE_CHECKING:
    from requests import PreparedRequest, Response

log = logging.getLogger("goodguest.http")
# urllib3 writes whole addresses, with their queries, at DEBUG.
logging.getLogger("urllib3").setLevel(logging.WARNING)

ROBOT = "Goodguest"
"""The name robots.txt rules are looked up under."""
ANSWERS = frozenset({200, 304})
FOR_A_LIBRARY = frozenset(range(200, 500)) - {408, 425, 429}
"""What a platform's library may see; it is spared what asking again or later mends."""
MAX_BYTES = 20_000_000
REDIRECTS = frozenset({301, 302, 303, 307, 308})
_MAX_REDIRECTS = 5
_TIMEOUTS = (10.0, 30.0)
"""Seconds to connect, and to wait for the next bytes."""
_DEADLINE = timedelta(seconds=120)
"""For one whole answer."""


class Client:
    """Asks politely: it says who it is, obeys robots.txt and limits, and never asks for long.

    One client is for one run of one source and one thread; those that share `pace` and
    credentials keep the limits together. It uses no proxy and no .netrc of the environment: a
    proxy would look names up itself, so no address could be checked. `obey_robots` is for sites
    that are read without a key; an address that `has_opted_out` is never asked, and of hosts at
    addresses that are not public only `private_hosts`. `bytes_received`
    counts bodies after decompression; `seconds_limited` all waiting; `their_clock` is the latest
    date of an answer.
    """

    def __init__(
        self,
        *,
        agency: str,
        contact: str,
        limits: tuple[Rate, ...],
        credentials: Credentials | None = None,
        budget: Budget | None = None,
        obey_robots: bool = True,
        pace: Kept | None = None,
        private_hosts: Collection[str] = (),
        has_opted_out: Callable[[str], bool] = lambda _: False,
        max_bytes: int = MAX_BYTES,
        deadline: timedelta = _DEADLINE,
        clock: Clock = utc_now,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        from connectors.connections import GuardedAdapter  # loaded by who asks

        self.credentials = credentials or Credentials("the source", {})
        self.budget: Budget = budget or Unmetered()
        self.now = clock
        self._max_bytes, self._deadline = max_bytes, deadline
        self._pace = Pace(limits, clock, sleep, pace, self.credentials.id)
        self._robots: dict[str, robots.Rules] | None = {} if obey_robots else None
        self._has_opted_out = has_opted_out
        self._ends_at = clock()
        self.requests = self.bytes_received = 0
        self.their_clock: datetime | None = None
        # No requests.Session: it keeps cookies and reads the bodies of redirects whole.
        self._adapter = GuardedAdapter(private_hosts=private_hosts, remaining=self._remaining)
        agent = " ".join(f"{ROBOT}/{version('goodguest')} ({agency}; {contact})".split())
        self._headers = {
            # Header values travel as Latin-1; a name in any script is sent as its UTF-8.
            "User-Agent": agent.encode().decode("latin-1"),
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
    def unheard(self) -> "Client":
        """Return who asks so that the connector alone reads the answer.

        For servers that nobody chose: a recheck believes what it hears of any post that is held.
        """
        return self

    @property
    def seconds_limited(self) -> float:
        """Return how long requests were held back, in seconds."""
        return self._pace.seconds_limited

    def get(
        self,
        url: str,
        *,
        params: Mapping[str, Any] | None = None,
        secrets: Mapping[str, str] | None = None,
        etag: str | None = None,
        last_modified: str | None = None,
        accept: frozenset[int] = ANSWERS,
        judge: Judge | None = None,
    ) -> Answer:
        """Return the answer when its status is one of `accept`, after at most five redirects.

        `secrets` are parameters that only the first host gets and nobody reads in the answer.
        Raises RetryLater, StopSource or SkipPage, by what `judge` says of an answer, else by its
        status. An answer larger than allowed and one that robots.txt forbids to ask for is a
        SkipPage; an address that is not public is a StopSource.
        """
        conditions = {"If-None-Match": etag, "If-Modified-Since": last_modified}
        headers = {name: value for name, value in conditions.items() if value}
        return self._follow(asked_address(url, params), headers, accept, judge, secrets)

    def send(
        self,
        request: "PreparedRequest",
        accept: frozenset[int] = FOR_A_LIBRARY,
        judge: Judge | None = None,
        most: int | None = None,
    ) -> Answer:
        """Return the answer to a request of any kind; no redirect followed, no robots.txt asked.

        At most `most` bytes of the body are read, if given. Raises as `get` does.
        """
        return self._persist(request, accept, judge, most=most)

    def _follow(
        self,
        url: str,
        headers: dict[str, str],
        accept: frozenset[int],
        judge: Judge | None = None,
        secrets: Mapping[str, str] | None = None,
        for_robots: bool = False,
    ) -> Answer:
        asked = url
        for _ in range(_MAX_REDIRECTS + 1):
            if not for_robots:
                self.obey_robots(url)
            request = request_to(url, headers=headers)
            most = robots.MOST_BYTES if for_robots else None
            answer = self._persist(request, accept | REDIRECTS, judge, secrets, most)
            if answer.status in accept or "location" not in answer.headers:
                break
            url = asked_address(absolute(url, answer.headers["location"]))
            secrets = None
        else:
            raise OddAnswer(f"{shown(url)}: more than {_MAX_REDIRECTS} redirects")
        if answer.status not in accept:
            raise SkipPage(f"GET {shown(url)}: answered {answer.status}")
        if url == asked:
            return answer
        return replace(answer, headers={**answer.headers, "content-location": url})

    def obey_robots(self, url: str) -> None:
        """Raise SkipPage when robots.txt is obeyed and does not let us read the address."""
        known, parts = self._robots, urlsplit(url)
        if known is None:
            return
        origin, now = f"{parts.scheme}://{parts.netloc}", self.now()
        if origin not in known or known[origin].is_old(now):
            known[origin] = robots.rules_of(self._robots_of(origin), now)
            if delay := known[origin].of_site.crawl_delay(ROBOT):
                self._pace.slow(parts.netloc, delay)
        if not known[origin].of_site.can_fetch(url, ROBOT):
            raise SkipPage(f"{shown(url)}: robots.txt does not allow {ROBOT} to read it")

    def _robots_of(self, origin: str) -> str:
        """Return the site's robots.txt, empty where it has none: that allows everything.

        Raises RetryLater when it cannot be had: then nothing may be asked (RFC 9309, 2.3.1).
        """
        absent = frozenset(range(400, 500)) - {408, 425, 429}
        try:
            answer = self._follow(f"{origin}/robots.txt", {}, ANSWERS | absent, for_robots=True)
        except SkipPage as nowhere:
            # Redirects without end, or to what is no address.
            log.info("robots.txt taken for absent: %s", nowhere)
            return ""
        return answer.body.decode("utf-8-sig", "replace") if answer.status == 200 else ""

    def _persist(
        self,
        request: "PreparedRequest",
        accept: frozenset[int],
        judge: Judge | None = None,
        secrets: Mapping[str, str] | None = None,
        most: int | None = None,
    ) -> Answer:
        """Return an accepted answer, asking again where that can help."""
        from connectors.connections import RequestException, let_go

        if self._has_opted_out(url := request.url or ""):
            raise SkipPage(f"{shown(url)}: the charter says that it opted out")
        host, wait = urlsplit(url).netloc.rpartition("@")[2], None
        for tries in itertools.count(1):
            self._pace.wait(host)
            now = self.now()
            try:
                answer = self._ask(request, secrets, most)
            except RequestException as error:
                # The library's own message holds the whole address.
                judged, wait = Judged(RetryLater, type(error).__name__), None
                let_go(error)
            except OddAnswer as odd:
                judged, wait = Judged(OddAnswer, str(odd)), None
            else:
                self._pace.heed(host, answer.headers)
                judged_by_words = judge(answer) if judge else None
                if judged_by_words is None and answer.status in accept:
                    return answer
                now = answer.received_at
                judged = judged_by_words or Judged(
                    meaning_of(answer.status), f"answered {answer.status}"
                )
                told = answer.headers.get("retry-after", judged.wait)
                wait = moment_said(told, now, answer.headers)
            if not should_retry(judged.meaning, tries):
                break
            self._pace.hold(host, wait or now + backoff(tries))
        message = f"{request.method} {shown(url)}: {judged.said}"
        if issubclass(judged.meaning, RetryLater):
            raise judged.meaning(message, max(wait or now, now + COME_BACK))
        raise judged.meaning(message)

    def _ask(
        self, request: "PreparedRequest", secrets: Mapping[str, str] | None, most: int | None
    ) -> Answer:
        self._ends_at = self.now() + self._deadline
        self.requests += 1
        sent = request.copy()
        sent.headers.update(self._headers)
        sent.headers.setdefault("Accept", "*/*")
        if secrets:
            sent.url = f"{sent.url}{'&' if '?' in (sent.url or '') else '?'}{urlencode(secrets)}"
        with closing(
            self._adapter.send(sent, stream=True, timeout=_TIMEOUTS, verify=True)
        ) as response:
            body = self._body_of(response, most)
        said = moment_dated(response.headers.get("Date", ""))
        self.their_clock = max(filter(None, (self.their_clock, said)), default=None)
        # The host only: an address of a post leads to who wrote it.
        host = urlsplit(request.url or "").hostname
        log.info("%s %s: %d, %d bytes", sent.method, host, response.status_code, len(body))
        return Answer(
            url=str(request.url),
            status=response.status_code,
            headers={
                k.lower(): v for k, v in response.headers.items() if k.lower() != "set-cookie"
            },
            body=body,
            received_at=self.now(),
        )

    def _body_of(self, response: "Response", most: int | None) -> bytes:
        body = bytearray()
        try:
            for chunk in () if most == 0 else response.iter_content(65536):
                body += chunk
                self.bytes_received += len(chunk)
                if most is not None and len(body) >= most:
                    break
                if len(body) > self._max_bytes:
                    raise OddAnswer(f"larger than {self._max_bytes:,} bytes")
        except ValueError as error:
            # urllib3 takes a chunk of negative length for one.
            raise OddAnswer("its body comes in impossible pieces") from error
        return bytes(body[:most])

    def _remaining(self) -> float:
        return (self._ends_at - self.now()).total_seconds()
