"""An explorer that is served, what it serves, and a post that means harm."""

import json
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests
import uvicorn
from place import LAST_WEEK

from explorer.noting import Note
from explorer.serve import listening
from explorer.site import site_of
from explorer.status import Status
from pipeline.settings import Settings
from transforms.words import words_of

KEY = "only-who-started-it-knows"
HOSTILE_KEY = "f" * 32
HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)> {{ 7*7 }} &lt;b&gt; \u202egnp"

FORMULA = '=HYPERLINK("http://evil.example","x")'


@dataclass(frozen=True)
class Explored:
    """The settings the town is heard with, the export that is served, and where."""

    given: Settings
    database: Path
    url: str

    @property
    def address(self) -> str:
        """The address as announced to who started it."""
        return f"{self.url}/?key={KEY}"

    @property
    def cookie(self) -> dict[str, str]:
        """What a browser sends that was at the address."""
        return {"Cookie": f"explorer_{self.url.rsplit(':', 1)[1]}={KEY}"}

    def get(self, path: str, **query: str) -> requests.Response:
        """Return the answer to a browser that was at the address, redirections followed."""
        name, _, key = self.cookie["Cookie"].partition("=")
        return requests.get(f"{self.url}{path}", params=query, cookies={name: key}, timeout=30)

    def rows(self, sql: str, *given: object) -> list[Any]:
        """Return the rows of a query over the export, read past the site."""
        with closing(sqlite3.connect(self.database)) as connection:
            return connection.execute(sql, given).fetchall()


@contextmanager
def served(database: Path, status: Status | None = None, note: Note | None = None) -> Iterator[str]:
    """Serve an export on a free port, and yield its address without the final slash."""
    with closing(listening(0)) as own:
        config = uvicorn.Config(
            site_of(database, KEY, status, note), log_level="warning", access_log=False
        )
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [own]})
        thread.start()
        try:
            while not server.started and thread.is_alive():
                time.sleep(0.01)
            yield f"http://127.0.0.1:{own.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(30)


def add_hostile_post(connection: sqlite3.Connection) -> None:
    post = {
        "post_key": HOSTILE_KEY, "day": "2026-11-14", "week": LAST_WEEK, "purpose": "p",
        "source": "s", "platform": "x", "kind": "post", "post_title": HOSTILE, "text": HOSTILE,
        "lang": 'en" onmouseover="x', "created_at": "2026-11-14T07:00:00.000000Z",
        "url": "javascript:alert(3)", "community": FORMULA, "copies": 0,
    }  # fmt: skip
    tie = {
        "post_key": HOSTILE_KEY, "target": "topic", "target_key": "urn:evil", "label": HOSTILE,
        "score": 0.5, "method": "label", "agreed": 0, "disagreed": 0, "is_counted": 1,
        "evidence": json.dumps({"found": HOSTILE, "label": HOSTILE, "where": HOSTILE,
                                "stance": [HOSTILE], "words": {"a": [1, {"b": None}]}}),
        "stance": "negative",
    }  # fmt: skip
    namesakes = [
        tie | {
            "target": "entity", "target_key": f"urn:evil:{number}", "label": f"{HOSTILE} {number}",
            "method": "ambiguous", "is_counted": 0, "stance": None,
        }
        for number in range(2)
    ]  # fmt: skip
    former = {
        "post_key": HOSTILE_KEY, "target": "topic", "target_key": "urn:once", "label": HOSTILE,
        "score": 0.5, "method": "label", "reason": "review",
        "ended_at": "2026-11-15T07:00:00.000000Z",
    }  # fmt: skip
    tag = {"post_key": HOSTILE_KEY, "tag": HOSTILE, "added_by": "community"}
    ties = (("v_post_tie", row) for row in (tie, *namesakes))
    for table, row in (("v_post", post), *ties, ("v_post_tag", tag), ("v_former_tie", former)):
        marks = ", ".join(f":{name}" for name in row)
        connection.execute(f"insert into {table} ({', '.join(row)}) values ({marks})", row)
        connection.execute("update dictionary_view set rows = rows + 1 where view = ?", (table,))
    connection.execute(
        "insert into v_post_fts (rowid, words) select rowid, ? from v_post where post_key = ?",
        (" ".join(words_of(HOSTILE).folded), HOSTILE_KEY),
    )
