"""A planet of three people's sites on loopback, the ways to read it, and what is left of words."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from json import dumps
from threading import Thread
from typing import Any

import sqlalchemy as sa
from everywhere import held

from pipeline.collect import collect_source
from pipeline.importing import import_files
from pipeline.settings import Settings
from warehouse.store import opened
from warehouse.tables import landing_part, metadata

NOW = datetime.now(UTC).replace(microsecond=0)
WORDS = ("qxheron", "qxotter", "qxbadger")
OUT, *OTHERS = WORDS


@dataclass
class Planet:
    """A feed on loopback of what three people write, each on a site of their own."""

    base: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    said: dict[str, str] = field(default_factory=dict)
    """What is said besides, by whose word it is."""
    closed: set[str] = field(default_factory=set)
    """Whose articles say noindex."""
    is_here: bool = False
    """Whether the articles stand here, and not on sites of the world."""
    asked: list[str] = field(default_factory=list)

    @property
    def feed(self) -> bytes:
        items = "".join(self._item(n, word) for n, word in enumerate(WORDS))
        return (
            "<?xml version='1.0'?><rss version='2.0' "
            "xmlns:dc='http://purl.org/dc/elements/1.1/'><channel><title>Planet</title>"
            f"<link>{self.base}/</link>{items}</channel></rss>"
        ).encode()

    def article(self, word: str) -> bytes:
        meta = "<META content='NoIndex,follow' name=robots>" if word in self.closed else ""
        return f"<!DOCTYPE html><html><head>{meta}</head><body>{word}</body></html>".encode()

    def _item(self, number: int, word: str) -> str:
        site, at = f"{word[2:]}s.example", NOW - timedelta(hours=number + 1)
        return (
            f"<item><title>On {word}</title><link>{self.base if self.is_here else f'https://{site}'}"
            f"/blog/{word}</link>"
            f"<guid isPermaLink='false'>tag:{site},2026:1</guid>"
            f"<dc:creator>{word} name</dc:creator>"
            f"<source url='https://{site}/feed'>{word[2:].title()}s</source>"
            f"<pubDate>{at:%a, %d %b %Y %H:%M:%S} +0000</pubDate>"
            f"<description>The lamp on the quay went out again, says {word}. "
            f"{self.said.get(word, '')}</description></item>"
        )


@contextmanager
def serving() -> Iterator[Planet]:
    """Run the planet on loopback while the context lasts."""
    told = Planet()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            told.asked.append(self.path)
            body = told.feed if self.path == "/feed" else None
            if self.path.startswith("/blog/"):
                body = told.article(self.path.removeprefix("/blog/"))
            self.send_response(200 if body else 404)
            for name, value in {**told.headers, "Content-Length": str(len(body or b""))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body or b"")

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    told.base = f"http://127.0.0.1:{server.server_port}"
    yield told
    server.shutdown()
    server.server_close()
    thread.join()


def imported(given: Settings, planet: Planet) -> int:
    folder = given.data.parent / "archive"
    folder.mkdir(exist_ok=True)
    name = f"feed-{len(planet.feed)}.json"
    # A cassette, which keeps what headers were answered.
    headers = {name: [value] for name, value in planet.headers.items()}
    answer = {"body": {"string": planet.feed.decode()}, "headers": headers, "status": {"code": 200}}
    asked = {"method": "GET", "uri": f"{planet.base}/feed", "body": "", "headers": {}}
    cassette = {"interactions": [{"request": asked, "response": answer}], "version": 1}
    (folder / name).write_text(dumps(cassette), "utf-8")
    return int(import_files(given, "feed", [folder / name])["records"])


WAYS: dict[str, Callable[[Settings, Planet], int]] = {
    "import": imported,
    "collect": lambda given, _: collect_source(given, "feed")["records"],
    "backfill": lambda given, _: collect_source(
        given, "feed", NOW - timedelta(days=1), datetime.now(UTC)
    )["records"],
}


def left_of(given: Settings, words: tuple[str, ...] | list[str]) -> set[str]:
    """Return which of the words stand in any byte of the installation and its database."""
    url = sa.make_url(given.warehouse)
    if url.get_backend_name() == "sqlite":
        stored = [path.read_bytes().lower() for path in given.data.parent.glob("warehouse.db*")]
        found = {word for word in words if any(word.encode() in some for some in stored)}
        return found | set(held(words, given.data))
    # The files of PostgreSQL hold what other tests said, too: tests/pipeline/test_comply.py looks.
    said = "".join(str(rows_of(given, table)) for table in metadata.sorted_tables).lower()
    return {word for word in words if word in said} | set(held(words, given.data))


def rows_of(given: Settings, table: sa.Table) -> list[dict[str, Any]]:
    with opened(given.warehouse) as engine, engine.connect() as connection:
        return [dict(row) for row in connection.execute(sa.select(table)).mappings()]


def skipped(given: Settings) -> Counter[str]:
    counted: Counter[str] = Counter()
    for row in rows_of(given, landing_part):
        counted.update(row["skipped_by_rule"])
    return counted
