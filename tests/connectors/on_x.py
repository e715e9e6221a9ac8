"""The sample town's X on loopback, what it was asked, and a purse to pay it from."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from time import sleep
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs, urlsplit

from loopback import Quiet, standing

from contract.errors import OutOfBudget
from samples.asking import JSON, Answer, Asked
from samples.parts.x.model import Talk
from samples.parts.x.talk import talk
from samples.phrases import read_texts
from samples.residents import residents
from samples.x import ROUTES

TODAY = date(2026, 11, 22)
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
EARLY = timedelta(seconds=30)
"""What is left out at the window's end."""


@dataclass
class XTown:
    """The town's X; `instead` holds answers to be given once, or `always`, in place of its own."""

    talk: Talk
    base: str = ""
    asked: list[Asked] = field(default_factory=list)
    instead: list[tuple[str, Answer]] = field(default_factory=list)
    always: dict[str, Answer] = field(default_factory=dict)
    takes_tokens: bool = True

    def answer(self, asked: Asked) -> Answer:
        self.asked.append(asked)
        for at, (path, found) in enumerate(self.instead):
            if path in asked.path:
                del self.instead[at]
                return found
        if "next_token" in asked.query and not self.takes_tokens:
            errors = [{"parameters": {"next_token": []}, "message": "Invalid pagination token"}]
            return told({"title": "Invalid Request", "errors": errors}, 400)
        for path, found in self.always.items():
            if path in asked.path:
                return found
        for pattern, route in ROUTES:
            if match := re.fullmatch(pattern, asked.path):
                return route(Asked(**{**vars(asked), "parts": match.groups()}))
        return Answer(404, JSON, b"{}")

    def params(self, path: str) -> list[dict[str, str]]:
        """Return the parameters of the requests to a path, in order."""
        return [{k: v[0] for k, v in a.query.items()} for a in self.asked if path in a.path]


@dataclass
class Purse:
    """A budget of so many posts, and of money for so many."""

    posts: int
    money: int = 10**9
    aside: tuple[int, int] = (0, 0)

    def left(self, posts: int = 1, worth: int | None = None) -> int:
        times = [self.posts // posts] if posts else []
        return min([*times, self.money // (posts if worth is None else worth)])

    def reserve(self, posts: int, worth: int | None = None) -> None:
        worth = posts if worth is None else worth
        if posts > self.posts or worth > self.money:
            raise OutOfBudget("too little is left")
        self.posts, self.money, self.aside = self.posts - posts, self.money - worth, (posts, worth)

    def settle(self, posts: int, worth: int | None = None) -> None:
        self.posts += self.aside[0] - posts
        self.money += self.aside[1] - (posts if worth is None else worth)
        self.aside = (0, 0)
        assert self.posts >= 0
        assert self.money >= 0


def told(body: Any, status: int = 200, **headers: str) -> Answer:
    """Return an answer to be given instead of the town's own."""
    content = body.encode() if isinstance(body, str) else json.dumps(body).encode()
    return Answer(
        status, JSON, content, headers={k.replace("_", "-"): v for k, v in headers.items()}
    )


def town_talk() -> Talk:
    """Return what was said until the day."""
    texts = read_texts()
    monday = TODAY - timedelta(days=TODAY.weekday(), weeks=8)
    midnight = datetime.combine(TODAY, time(), UTC)
    found = talk(texts, residents(texts["people"]), monday, midnight)
    found.clock = lambda: NOW
    return found


@contextmanager
def x_town() -> Iterator[XTown]:
    """Run the town's X on loopback while the context lasts."""
    town = XTown(town_talk())

    class Handler(Quiet):
        def do_GET(self) -> None:  # noqa: N802
            split = urlsplit(self.path)
            found = town.answer(
                Asked(
                    town=SimpleNamespace(today=TODAY, x=town.talk),  # type: ignore[arg-type]
                    path=split.path,
                    query=parse_qs(split.query),
                    base=f"http://{self.headers['Host']}",
                    method=self.command,
                    headers={name.lower(): value for name, value in self.headers.items()},
                    body=self.rfile.read(int(self.headers.get("Content-Length") or 0)),
                )
            )
            self.send_response_only(found.status)
            headers = {"Content-Type": found.kind, "Content-Length": str(len(found.body))}
            for name, value in {**headers, **found.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            if "drips" not in found.headers:
                self.wfile.write(found.body)
                return
            self.close_connection = True
            with suppress(OSError):
                for number in range(len(found.body)):
                    self.wfile.write(found.body[number : number + 1])
                    self.wfile.flush()
                    sleep(0.002)

        do_POST = do_PUT = do_GET  # noqa: N815

    with standing(Handler) as address:
        town.base = f"{address}/x"
        yield town
