"""The floor: the least there is to do with landed pages, in the fastest tools Python has.

`python -m bench.floor LANDING STORE` parses them into what a row needs and no more, and upserts the
rows into the table of posts of a store, with all its indexes.
"""

import sqlite3
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime
from hashlib import blake2b
from itertools import islice
from pathlib import Path
from typing import Any, Final

import msgspec
import psycopg
from backports import zstd

from contract.keys import post_key

_AT_ONCE: Final = 20_000
_COLUMNS: Final = (
    "platform", "native_id", "kind", "post_key", "source", "text", "created_at", "content_hash",
    "redactions", "text_signature", "landing", "first_seen_at", "last_seen_at", "week", "day",
)  # fmt: skip
_LIST: Final = ", ".join(_COLUMNS)
_CHANGES: Final = """do update set text = excluded.text, content_hash = excluded.content_hash,
    last_seen_at = excluded.last_seen_at where post.content_hash <> excluded.content_hash"""


class _Line(msgspec.Struct):
    source: str
    platform: str
    body: str


class _Tweet(msgspec.Struct):
    id: str
    text: str
    created_at: datetime


class _Submission(msgspec.Struct):
    name: str
    selftext_html: str
    created_utc: float


class _Words(msgspec.Struct):
    words: str = msgspec.field(name="_content")


class _Photo(msgspec.Struct):
    id: str
    description: _Words
    dateupload: str


class _Writing(msgspec.Struct):
    topic_id: int
    post_number: int
    cooked: str
    created_at: datetime


class _Tweets(msgspec.Struct):
    data: list[_Tweet]


class _Child(msgspec.Struct):
    data: _Submission


class _Children(msgspec.Struct):
    children: list[_Child]


class _Listing(msgspec.Struct):
    data: _Children


class _Photos(msgspec.Struct):
    photo: list[_Photo]


class _Found(msgspec.Struct):
    photos: _Photos


class _Latest(msgspec.Struct):
    latest_posts: list[_Writing]


_Read = tuple[Any, Callable[[Any], list[tuple[str, str, datetime]]]]
_READ: Final[dict[str, _Read]] = {
    "x": (_Tweets, lambda page: [(p.id, p.text, p.created_at) for p in page.data]),
    "reddit": (_Listing, lambda page: [
        (c.data.name, c.data.selftext_html, datetime.fromtimestamp(c.data.created_utc, UTC))
        for c in page.data.children]),
    "flickr": (_Found, lambda page: [
        (p.id, p.description.words, datetime.fromtimestamp(int(p.dateupload), UTC))
        for p in page.photos.photo]),
    "discourse": (_Latest, lambda page: [
        (f"{p.topic_id}/{p.post_number}", p.cooked, p.created_at) for p in page.latest_posts]),
}  # fmt: skip
"""Of each platform what a page is, and the ids, texts and times in it."""


def rows(landing: Path) -> Iterator[tuple[Any, ...]]:
    """Yield the rows of all landed pages, in the order of the columns."""
    line_of = msgspec.json.Decoder(_Line).decode
    decoders = {name: msgspec.json.Decoder(kind).decode for name, (kind, _) in _READ.items()}
    for path in sorted(landing.rglob("*.jsonl.zst")):
        for line in zstd.decompress(path.read_bytes()).splitlines():
            page = line_of(line)
            for native_id, text, at in _READ[page.platform][1](decoders[page.platform](page.body)):
                moment, digest = at.isoformat(), _digest(text)
                yield (
                    page.platform, native_id, "post", post_key(page.platform, native_id),
                    page.source, text, moment, digest, 0, digest, "", moment, moment,
                    f"{at:%G-W%V}", moment[:10],
                )  # fmt: skip


def _digest(text: str) -> str:
    return blake2b(text.encode(), digest_size=16).hexdigest()


def to_sqlite(file: str, given: Iterator[Sequence[Any]]) -> None:
    """Upsert the rows by the standard module."""
    marks = ", ".join("?" * len(_COLUMNS))
    upsert = f"insert into post ({_LIST}) values ({marks}) on conflict (post_key) {_CHANGES}"  # noqa: S608
    with closing(sqlite3.connect(file)) as connection:
        for pragma in ("synchronous = normal", "cache_size = -65536", "wal_autocheckpoint = 16384"):
            connection.execute(f"pragma {pragma}")
        while some := list(islice(given, _AT_ONCE)):
            with connection:
                connection.executemany(upsert, some)


def to_postgresql(url: str, given: Iterator[Sequence[Any]]) -> None:
    """Copy the rows into a passing table and upsert them from there."""
    with psycopg.connect(url) as connection, connection.cursor() as cursor:
        cursor.execute(
            f"create temp table come as select {_LIST} from post limit 0".encode()  # noqa: S608
        )
        while some := list(islice(given, _AT_ONCE)):
            with cursor.copy(f"copy come ({_LIST}) from stdin".encode()) as copy:
                for row in some:
                    copy.write_row(row)
            cursor.execute(
                "select goodguest_hold_month(month) from"
                " (select distinct substr(day, 1, 7) as month from come) as held"
            )
            cursor.execute(
                f"insert into post ({_LIST}) select distinct on (post_key) {_LIST} from come"  # noqa: S608
                f" on conflict (post_key, day) {_CHANGES}".encode()
            )
            cursor.execute("truncate come")
            connection.commit()


if __name__ == "__main__":
    there, store = Path(sys.argv[1]), sys.argv[2]
    if store.startswith("sqlite:///"):
        to_sqlite(store.removeprefix("sqlite:///"), rows(there))
    else:
        to_postgresql(store.replace("+psycopg", ""), rows(there))
