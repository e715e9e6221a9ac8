"""An installation whose sources go as a test says, and the servers that its alerts are sent to."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import sqlalchemy as sa
import yaml
from mailbox_server import Inbox
from stores import made_and_let_go

from pipeline.alerts import tell
from pipeline.settings import Settings
from warehouse.runs import register_sources
from warehouse.store import open_store
from warehouse.tables import ingest_run

NOW = datetime(2026, 11, 22, 12, 10, tzinfo=UTC)
HOUR = timedelta(hours=1)
DOWN = "error: refused"
_AGENCY = {
    "name": "Town of Example",
    "contact": "listening@example.gov",
    "privacy_notice": "https://example.gov/listening",
}
PURPOSE = {"title": "Roads", "legal_basis": "Act s. 1", "dpia": "D-1", "owner": "transport"}


def mails(inbox: Inbox) -> list[EmailMessage]:
    """Return the mails it received."""
    return [message_from_bytes(each.content, policy=default) for each in inbox.received]


def text(mail: EmailMessage) -> str:
    """Return the plain text of a mail."""
    return str(mail.get_body(("plain",)).get_content())


class House:
    """A charter of feeds, each with what it says itself, and a store."""

    def __init__(
        self, folder: Path, url: str, sources: Mapping[str, dict[str, Any]], **sections: Any
    ) -> None:
        feed = {"platform": "feed", "url": "https://news.example.org", "purpose": "roads",
                "select": {"feeds": ["/news.xml"]}, "schedule": "@hourly",
                "permission": {"by": "the editor", "on": "2026-01-01", "ref": "mail"}}  # fmt: skip
        charter: dict[str, Any] = {
            "agency": _AGENCY,
            "purposes": {"roads": PURPOSE | {"expires": "2099-01-01"}},
            "sources": {name: feed | said for name, said in sources.items()},
            "alerts": {"to": ["ops@example.gov"]},
        }
        for section, values in sections.items():
            charter[section] = charter.get(section, {}) | values
        path = folder / "charter.yaml"
        path.write_text(yaml.safe_dump(charter), encoding="utf-8")
        data = folder / "data"
        self.given = Settings(path, data, url, str(data / "landing"), None)
        self.sources = tuple(charter["sources"])
        made_and_let_go(url)
        self.engine = open_store(url)
        register_sources(self.engine, self.given.load_charter())
        self._runs = 0

    def with_channels(self, **channels: str | None) -> "House":
        """Send alerts there from now on: `smtp`, `webhook`, `explorer`."""
        self.given = replace(self.given, **channels)
        return self

    def insert(self, table: sa.Table, *rows: dict[str, Any]) -> None:
        """Insert the rows."""
        with self.engine.begin() as connection:
            connection.execute(sa.insert(table), list(rows))

    def rows(self, table: sa.Table) -> list[dict[str, Any]]:
        """Return all rows of a table."""
        with self.engine.connect() as connection:
            return [dict(row) for row in connection.execute(sa.select(table)).mappings()]

    def read(self, at: datetime, **failing: str) -> None:
        """Have every source read up to then; those named failed, for the reason given."""
        self._runs += 1
        self.insert(ingest_run, *(
            {
                "run_id": f"{self._runs:06}-{name}", "source": name, "window_since_at": at - HOUR,
                "window_until_at": at, "is_backfill": False, "started_at": at - HOUR / 6,
                "ended_at": at, "status": "failed" if name in failing else "done",
                "stopped_because": failing.get(name, "complete"),
            }
            for name in self.sources
        ))  # fmt: skip

    def told(self, at: datetime, **failing: str) -> dict[str, Any]:
        """Return what came of telling, after the sources were read so."""
        self.read(at, **failing)
        return tell(self.given, at)


class Hook:
    """What a webhook took, and what it answers: the statuses in their order, then 202."""

    def __init__(self) -> None:
        self.received: list[dict[str, Any]] = []
        self.kinds: list[str] = []
        self.answers: list[int] = []
        self.headers: dict[str, str] = {}
        self.asked = 0

    @property
    def ids(self) -> list[str]:
        """The ids of the events it took."""
        return [event["id"] for event in self.received]


@contextmanager
def hooked(hook: Hook) -> Iterator[str]:
    """Yield the address of a webhook that runs."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            hook.asked += 1
            status = hook.answers.pop(0) if hook.answers else 202
            if status == 202:
                hook.received.append(json.loads(body))
                hook.kinds.append(str(self.headers["content-type"]))
            self.send_response(status)
            for name, value in hook.headers.items():
                self.send_header(name, value)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/hooks/t0ken"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
