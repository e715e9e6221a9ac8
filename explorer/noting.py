"""What is asked of single posts is noted before it is answered; what cannot be noted is not."""

import asyncio
from collections.abc import Callable, MutableMapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import parse_qsl, unquote_plus

from contract.errors import GoodguestError
from explorer.guard import App, Receive, Scope, Send

Note = Callable[[str, int], None]
"""Takes what was asked and how many posts it gives; what it raises keeps the answer back."""
_KEY: Final = "post_key"
_OF_POSTS: Final = {_KEY, "post_title", "text"}
"""A query for one of these columns asks for single posts."""


@dataclass(slots=True)
class _Seen:
    keys: set[str] = field(default_factory=set)
    rows: int = 0
    """Of queries for texts without the keys of their posts."""
    most: int = 0
    """Of any query."""
    is_of_posts: bool = False


_seen: ContextVar[_Seen | None] = ContextVar("seen", default=None)


def see(columns: Sequence[str], rows: Sequence[Any]) -> None:
    """Count the rows of a query for the request that it is made for."""
    seen = _seen.get()
    if seen is None:
        return
    seen.most = max(seen.most, len(rows))
    if _KEY in columns:
        seen.keys.update(str(row[columns.index(_KEY)]) for row in rows)
    elif not _OF_POSTS.isdisjoint(columns):
        seen.rows += len(rows)
    seen.is_of_posts |= not _OF_POSTS.isdisjoint(columns)


def noting(app: App, note: Note) -> App:
    """Return the app that notes each question about posts before it answers it."""

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await app(scope, receive, send)
            return
        seen, refused = _Seen(), False
        _seen.set(seen)

        async def send_noted(message: MutableMapping[str, Any]) -> None:
            nonlocal refused
            is_query = _is_query(scope)
            if message["type"] == "http.response.start" and (is_query or seen.is_of_posts):
                posts = len(seen.keys) or seen.rows or (seen.most if is_query else 0)
                try:
                    await asyncio.to_thread(note, _question(scope), posts)
                except GoodguestError as error:
                    refused = True
                    await _refuse(send, str(error))
            if not refused:
                await send(message)

        await app(scope, receive, send_noted)

    return answer


def _is_query(scope: Scope) -> bool:
    """Return whether it is a query of the visitor's own, which can call posts what it likes.

    The path does not tell: Datasette knows more than one way to write the name of a database.
    """
    return any(name == "sql" for name, _ in parse_qsl(_query(scope)))


def _question(scope: Scope) -> str:
    query = unquote_plus(_query(scope))
    return f"{scope['path']}?{query}" if query else str(scope["path"])


def _query(scope: Scope) -> str:
    return bytes(scope["query_string"]).decode("latin-1")


async def _refuse(send: Send, words: str) -> None:
    head = [(b"content-type", b"text/plain; charset=utf-8")]
    await send({"type": "http.response.start", "status": 503, "headers": head})
    await send({"type": "http.response.body", "body": words.encode()})
