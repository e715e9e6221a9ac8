"""The floor: the least there is to do with a page's posts, in the fastest tools Python has."""

import sqlite3
from collections.abc import Iterable
from contextlib import closing
from datetime import datetime
from hashlib import blake2b
from pathlib import Path

import msgspec


class _Post(msgspec.Struct):
    topic_id: int
    post_number: int
    username: str
    created_at: datetime
    cooked: str
    topic_title: str


class _Stream(msgspec.Struct):
    posts: list[_Post]


class _Page(msgspec.Struct):
    post_stream: _Stream = msgspec.field(default_factory=lambda: _Stream([]))
    latest_posts: list[_Post] = []


_UPSERT = """
    insert into post (platform, native_id, kind, title, created_at, post_key, source, parent_key,
        text, redactions, content_hash, text_signature, landing, first_seen_at, last_seen_at,
        week, day)
    values ('discourse', ?1, 'post', ?2, ?3, ?4, ?5, ?6, ?7, 0, ?8, ?8, '', ?3, ?3, ?9, ?10)
    on conflict (post_key) do update set text = excluded.text, title = excluded.title,
        content_hash = excluded.content_hash where content_hash != excluded.content_hash"""


def load(store: Path, source: str, bodies: Iterable[bytes]) -> None:
    """Parse the pages and upsert their posts into the empty store, whose indexes are ours."""
    decode = msgspec.json.Decoder(_Page).decode
    pages = (decode(body) for body in bodies)
    posts = (post for page in pages for post in (*page.post_stream.posts, *page.latest_posts))
    with closing(sqlite3.connect(store)) as connection, connection:
        connection.execute("pragma synchronous = normal")
        connection.executemany(_UPSERT, (_row(source, post) for post in posts))


def _row(source: str, post: _Post) -> tuple[str, ...]:
    moment, week = post.created_at.isoformat(), f"{post.created_at:%G-W%V}"
    topic = f"{source}/{post.topic_id}"
    native_id, content = f"{topic}/{post.post_number}", _digest(post.cooked)
    key, parent = _digest(native_id), _digest(f"{topic}/1")
    title, text = post.topic_title, post.cooked
    return native_id, title, moment, key, source, parent, text, content, week, moment[:10]


def _digest(text: str) -> str:
    return blake2b(text.encode(), digest_size=16).hexdigest()
