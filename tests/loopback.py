"""A site on loopback that answers as it is told, and time that moves only when told."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from time import sleep
from urllib.parse import parse_qs, urlsplit

LOOPBACK = frozenset({"127.0.0.1", "localhost"})
NOON = datetime(2026, 1, 8, 12, 0, tzinfo=UTC)


@dataclass
class Told:
    """An answer as told: status, headers, body, and whether it is sent byte by byte."""

    body: bytes | str = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    is_raw: bool = False


Answers = Told | list[Told] | Callable[[dict[str, list[str]]], Told]


@dataclass
class Site:
    """What the loopback server answers by path, and what it was asked."""

    base: str = ""
    answers: dict[str, Answers] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)

    def answer(self, target: str) -> Told:
        parts = urlsplit(target)
        told = self.answers.get(parts.path, Told(status=404))
        if isinstance(told, list):
            return told.pop(0) if len(told) > 1 else told[0]
        return told(parse_qs(parts.query)) if callable(told) else told

    @property
    def asked_but_robots(self) -> list[str]:
        return [target for target in self.asked if target != "/robots.txt"]


@dataclass
class Time:
    """A clock that moves only when somebody sleeps, and by `tick` whenever it is read."""

    now: datetime = NOON
    tick: timedelta = timedelta(0)
    slept: list[float] = field(default_factory=list)

    def clock(self) -> datetime:
        self.now += self.tick
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += timedelta(seconds=seconds)


class Quiet(BaseHTTPRequestHandler):
    """A handler that keeps connections and writes no log."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def standing(handler: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    """Run a server on loopback while the context lasts; yield its address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def serving() -> Iterator[Site]:
    """Run a site on loopback while the context lasts."""
    told = Site()

    class Handler(Quiet):
        def do_GET(self) -> None:
            told.bodies.append(self.rfile.read(int(self.headers.get("Content-Length") or 0)))
            told.asked.append(self.path)
            told.headers.append({k.lower(): v for k, v in self.headers.items()})
            answer = told.answer(self.path)
            body = answer.body.encode() if isinstance(answer.body, str) else answer.body
            if answer.is_raw:
                self.close_connection = True
                with suppress(OSError):
                    for number in range(len(body)):
                        self.wfile.write(body[number : number + 1])
                        self.wfile.flush()
                        sleep(0.002)
                return
            self.send_response_only(answer.status)  # its Date would be the real one
            for name, value in {"Content-Length": str(len(body)), **answer.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            with suppress(OSError):
                self.wfile.write(b"" if answer.status == 304 else body)
            # An answer that promises more than it holds is cut off there.
            self.close_connection |= int(answer.headers.get("Content-Length", 0)) > len(body)

        do_POST = do_PUT = do_GET  # noqa: N815

    with standing(Handler) as told.base:
        yield told
