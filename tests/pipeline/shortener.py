"""A shortener on loopback that answers as it is told, and notes what it was asked."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread


@dataclass
class Told:
    """An answer as told; `has_head` says whether HEAD is allowed."""

    status: int = 301
    location: str | None = None
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    has_head: bool = True


@dataclass
class Shortener:
    """What the server answers by path, and what it was asked."""

    port: int
    answers: dict[str, Told] = field(default_factory=dict)
    asked: list[tuple[str, str]] = field(default_factory=list)
    agents: set[str] = field(default_factory=set)

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def links_asked(self) -> list[str]:
        return [f"{how} {path}" for how, path in self.asked if path != "/robots.txt"]

    def leads(self, path: str, to: str) -> str:
        """Have a path lead somewhere, and return its address."""
        self.answers[path] = Told(location=to)
        return self.base + path


@contextmanager
def shortening() -> Iterator[Shortener]:
    """Run a shortener on loopback while the context lasts."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_HEAD(self) -> None:
            told.asked.append((self.command, self.path))
            told.agents.add(self.headers["User-Agent"])
            answer = told.answers.get(self.path, Told(404))
            is_refused = self.command == "HEAD" and not answer.has_head
            self.send_response_only(405 if is_refused else answer.status)
            headers = {"Content-Length": str(len(answer.body)), **answer.headers}
            if answer.location is not None and not is_refused:
                headers["Location"] = answer.location
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(answer.body)

        do_GET = do_HEAD  # noqa: N815

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    told = Shortener(server.server_port)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield told
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
