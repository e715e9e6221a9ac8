"""A server that stands before another and plays faults, and runs of `fetch` through it."""

import http.client
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from random import Random
from threading import Lock
from time import sleep
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from faults import FAULTS, ODDITIES, Plan, Wire, no_faults
from loopback import LOOPBACK, Quiet, Time, standing
from on_x import Purse

from connectors import connector_of
from connectors.http import Client
from connectors.pace import in_files
from contract.charter import Source
from contract.credentials import Credentials
from contract.errors import RetryLater, StopSource
from contract.page import Page, Window, line_of_page, page_of_line
from contract.post import Post

Change = Callable[[str, bytes], bytes]
"""What a server that is odd, but right, makes of a body: given the target."""

WAITING, REFUSED = "waiting", "refused"
_KEPT_BACK = frozenset({"connection", "content-length", "date", "server"})
"""Their date is the real one, ours is that of the tests."""
_SIZE = re.compile(r"(?<=[?&])((?:max_results|limit|per_page)=)\d+")
_LONGEST = timedelta(hours=12)
"""After that nobody comes back to a run any more."""
_DEATH = 0.1
"""Probability that a run is killed once a page is landed."""


def unchanged(_: str, body: bytes) -> bytes:
    return body


@dataclass
class Front:
    """The server before another: its plan, what it was asked and when, what it sent rightly."""

    upstream: str
    time: Time
    plan: Plan = no_faults
    change: Change = unchanged
    sizes: str = ""
    """How many a page holds, whatever is asked for; left alone when empty."""
    base: str = ""
    asked: list[tuple[datetime, str]] = field(default_factory=list)
    right: list[str] = field(default_factory=list)
    """Digests of the bodies that were sent as they should be, with status 200."""
    _lock: Lock = field(default_factory=Lock)

    def answer(self, method: str, target: str, headers: dict[str, str], body: bytes) -> Wire:
        with self._lock:
            now = self.time.now
            self.asked.append((now, target))
            wire = self._ask(method, target, headers, body)
            fault = self.plan(target)
            if fault:
                wire = (FAULTS | ODDITIES)[fault](wire, target, now)
            if fault not in FAULTS and wire.status == 200:
                self.right.append(digest(wire.body))
            return wire

    def _ask(self, method: str, target: str, headers: dict[str, str], body: bytes) -> Wire:
        connection = http.client.HTTPConnection(urlsplit(self.upstream).netloc, timeout=20)
        smaller = _SIZE.sub(rf"\g<1>{self.sizes}", target) if self.sizes else target
        try:
            connection.request(method, smaller, body or None, headers)
            response = connection.getresponse()
            kept = {
                name.lower(): value
                for name, value in response.getheaders()
                if name.lower() not in _KEPT_BACK
            }
            return Wire(response.status, kept, self.change(target, response.read()))
        finally:
            connection.close()


def digest(body: bytes) -> str:
    return sha256(body).hexdigest()


@contextmanager
def before(upstream: str, time: Time) -> Iterator[Front]:
    """Run a front before a server while the context lasts."""
    front = Front(upstream, time)

    class Handler(Quiet):
        def do_GET(self) -> None:  # noqa: N802
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            headers = {k: v for k, v in self.headers.items() if k.lower() != "accept-encoding"}
            wire = front.answer(self.command, self.path, headers, body)
            self.close_connection |= bool(wire.missing) or wire.is_silent
            if wire.is_silent:
                return
            sleep(wire.stall)
            self.send_response_only(wire.status)
            length = {} if wire.status == 304 else {"Content-Length": len(wire.body) + wire.missing}
            for name, value in {**wire.headers, **length}.items():
                self.send_header(name, str(value))
            self.end_headers()
            with suppress(OSError):
                self.wfile.write(wire.body)

        do_POST = do_GET  # noqa: N815

    with standing(Handler) as front.base:
        yield front


class Run(NamedTuple):
    """The pages a run landed, and how it ended: the connector's words, WAITING or REFUSED."""

    pages: list[Page]
    because: str


@dataclass(frozen=True)
class Visitor:
    """Who reads a source through a front, as the pipeline would."""

    source: Source
    window: Window
    time: Time
    folder: Path
    credentials: Mapping[str, str] = field(default_factory=dict)
    budget: Purse = field(default_factory=lambda: Purse(10**6))
    late: timedelta = timedelta(0)
    """How much later than told it comes back."""

    def client(self) -> Client:
        terms = connector_of(self.source.platform).TERMS
        return Client(
            agency="Town of Example",
            contact="listening@example.gov",
            limits=terms.limits,
            credentials=Credentials("town", self.credentials),
            budget=self.budget if terms.is_metered else None,
            obey_robots=not terms.credentials,
            pace=in_files(self.folder),
            private_hosts=LOOPBACK,
            max_bytes=3_000_000,
            clock=self.time.clock,
            sleep=self.time.sleep,
        )

    def run(self, state: dict[str, Any] | None, dice: Random | None = None) -> Run:
        """Return a whole run: killed now and then by the dice, and come back to when told."""
        pages: list[Page] = []
        cursor, end = state, self.time.now + _LONGEST
        while self.time.now < end:
            with self.client() as client:
                fetched = connector_of(self.source.platform).fetch(
                    client, "town", self.source, self.window, cursor
                )
                try:
                    while True:
                        pages.append(page_of_line(line_of_page(next(fetched))))
                        cursor = pages[-1].cursor
                        if dice and dice.random() < _DEATH:
                            fetched.close()
                            break
                except StopIteration as end:
                    return Run(pages, end.value.because)
                except StopSource:
                    return Run(pages, REFUSED)
                except RetryLater as later:
                    self.time.now = max(self.time.now, later.at) + self.late
        return Run(pages, WAITING)


def posts_of(pages: list[Page]) -> dict[str, tuple[Any, ...]]:
    """Return what the posts of the pages say, by their ids, at last whether they are removed."""
    return {
        post.native_id: (
            post.title,
            post.body,
            post.created_at,
            post.author_id,
            post.removal_reason,
        )
        for page in pages
        for post in connector_of(page.platform).parse(page)
        if isinstance(post, Post)
    }
