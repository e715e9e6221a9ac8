"""The sample town on the wire: a forum, a blog and a paper on one loopback address.

python -m samples.server --port 18765 --today 2026-11-22
"""

import argparse
import contextlib
import hashlib
import json
import logging
import signal
import sys
import time
from collections import defaultdict, deque
from collections.abc import Iterator
from datetime import UTC, date, datetime
from email.utils import format_datetime, parsedate_to_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Lock, Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

from samples.asking import Answer, Asked, NotThereError
from samples.routes import answer
from samples.town import Town, build_town

PORT = 18765
PER_TEN_SECONDS = 60
"""What a forum grants one address before it says 429; a polite client stays below."""

_LONGEST_BODY = 1_000_000
_OPEN = ("/robots.txt", "/data.json", "/api/3/")
_log = logging.getLogger(__name__)


class Street(ThreadingHTTPServer):
    """The running server: the town, who asked how often, and the one planned 429."""

    daemon_threads = True

    def __init__(self, town: Town, port: int, per_ten_seconds: int) -> None:
        super().__init__(("127.0.0.1", port), _Visit)
        self.town = town
        self.requests = 0
        self._limit = per_ten_seconds
        self._visits: dict[str, deque[float]] = defaultdict(deque)
        self._lock = Lock()
        busiest = max(town.topics.values(), key=lambda t: len(t.shown))
        self._moody_path: str | None = f"/t/{busiest.id}.json"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of a visitor who left in the middle of an answer."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)

    def wait_seconds(self, client: str, path: str) -> int:
        """Return how long the client has to wait: 0 lets it in."""
        now = time.monotonic()
        with self._lock:
            self.requests += 1
            if path == self._moody_path:
                self._moody_path = None
                return 1
            visits = self._visits[client]
            while visits and visits[0] < now - 10:
                visits.popleft()
            if len(visits) >= self._limit:
                return max(1, round(visits[0] + 10 - now))
            visits.append(now)
        return 0


class _Visit(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "Aberwennol"
    sys_version = ""
    timeout = 30
    disable_nagle_algorithm = True  # else each answer waits for the client's delayed ACK
    server: Street

    def do_GET(self) -> None:
        split = urlsplit(self.path)
        is_page = split.path.startswith(_OPEN) or not _for_machines(split.path, self.headers)
        if not is_page:
            if "@" not in self.headers.get("User-Agent", ""):
                self._send(_refusal(403, "Tell us who you are: put a contact in your User-Agent."))
                return
            wait = self.server.wait_seconds(self.client_address[0], split.path)
            if wait:
                self._send(_too_many(wait))
                return
        asked = Asked(
            town=self.server.town,
            path=split.path,
            query=parse_qs(split.query, keep_blank_values=True),
            base=f"http://{self.headers.get('Host', '127.0.0.1')}",
            as_json="json" in self.headers.get("Accept", ""),
            method=self.command,
            headers={name.lower(): value for name, value in self.headers.items()},
            body=self.rfile.read(min(int(self.headers.get("Content-Length") or 0), _LONGEST_BODY)),
        )
        try:
            found = answer(asked)
        except NotThereError as missing:
            found = missing.answer
        self._send(self._unless_known(found))

    do_HEAD = do_POST = do_PUT = do_GET  # noqa: N815

    def _unless_known(self, found: Answer) -> Answer:
        if found.modified is None:
            return found
        tag = f'"{hashlib.sha256(found.body).hexdigest()[:20]}"'
        found.headers |= {
            "ETag": tag,
            "Last-Modified": format_datetime(found.modified, usegmt=True),
        }
        asked = self.headers.get("If-None-Match")
        known = tag in asked if asked else _not_newer(found.modified, self.headers)
        return Answer(304, found.kind, b"", headers=found.headers) if known else found

    def _send(self, found: Answer) -> None:
        self.send_response(found.status)
        if found.status != 304:
            self.send_header("Content-Type", found.kind)
            self.send_header("Content-Length", str(len(found.body)))
        for name, value in found.headers.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(found.body)

    def log_message(self, format: str, *args: Any) -> None:
        _log.debug(format, *args)


def _for_machines(path: str, headers: Any) -> bool:
    return path.endswith((".json", ".rss", ".xml")) or "json" in headers.get("Accept", "")


def _not_newer(modified: datetime, headers: Any) -> bool:
    since = headers.get("If-Modified-Since")
    try:
        return since is not None and modified.replace(microsecond=0) <= parsedate_to_datetime(since)
    except (ValueError, TypeError):
        return False


def _refusal(status: int, sentence: str) -> Answer:
    body = json.dumps({"errors": [sentence], "error_type": "invalid_access"})
    return Answer(status, "application/json; charset=utf-8", body.encode())


def _too_many(wait: int) -> Answer:
    body = {
        "errors": ["You’ve performed this action too many times, please try again later."],
        "error_type": "rate_limit",
        "extras": {"wait_seconds": wait, "time_left": f"{wait} seconds"},
    }
    headers = {"Retry-After": str(wait), "Discourse-Rate-Limit-Error-Code": "ip_10_secs_limit"}
    return Answer(
        429, "application/json; charset=utf-8", json.dumps(body).encode(), headers=headers
    )


@contextlib.contextmanager
def serve(town: Town, port: int = 0, per_ten_seconds: int = PER_TEN_SECONDS) -> Iterator[str]:
    """Run the town's server while the context lasts and give its base address."""
    street = Street(town, port, per_ten_seconds)
    thread = Thread(target=street.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{street.server_address[1]}"
    finally:
        street.shutdown()
        street.server_close()
        thread.join()


def main() -> None:
    """Serve the town until a signal to end comes."""
    parser = argparse.ArgumentParser(description="Serve the invented town of Aberwennol.")
    parser.add_argument("--port", type=int, default=PORT)
    parser.add_argument("--today", type=date.fromisoformat, default=datetime.now(UTC).date())
    wanted = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    done = Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: done.set())
    try:
        with serve(build_town(wanted.today), wanted.port) as base:
            _log.info("Aberwennol is open at %s, as it was before %s", base, wanted.today)
            done.wait()
    except OSError as error:
        parser.error(f"port {wanted.port} cannot be had ({error.strerror}); choose another: --port")


if __name__ == "__main__":
    main()
