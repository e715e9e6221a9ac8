"""What stands before the site: who may ask, what, and what a browser may do with the answer."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Final
from urllib.parse import urlsplit

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

HOSTS: Final = ("127.0.0.1", "localhost")
"""Any other name that leads here is another site's, which wants to read through the browser."""
_HEADERS: Final = {
    "content-security-policy": "default-src 'none'; style-src 'self'; script-src 'self'; "
    "img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "x-robots-tag": "noindex, nofollow",
    "cross-origin-resource-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cache-control": "private, no-store",
}
_DATASETTES_OWN: Final = "/-/"
"""Pages of Datasette about itself, which no analyst needs."""


def guarded(app: App) -> App:
    """Return the app, answered only for this machine's own names, read-only, with safe headers."""

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await app(scope, receive, send)
            return

        async def send_safely(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                kept = [h for h in message["headers"] if h[0].decode().lower() not in _HEADERS]
                ours = [(name.encode(), value.encode()) for name, value in _HEADERS.items()]
                message = {**message, "headers": [*kept, *ours]}
            await send(message)

        if refusal := _refusal(scope):
            status, words = refusal
            head = [(b"content-type", b"text/plain; charset=utf-8")]
            await send_safely({"type": "http.response.start", "status": status, "headers": head})
            await send_safely({"type": "http.response.body", "body": words.encode()})
            return
        await app(scope, receive, send_safely)

    return answer


def _refusal(scope: Scope) -> tuple[int, str] | None:
    named = [value.decode("latin-1") for name, value in scope["headers"] if name == b"host"]
    if len(named) != 1 or _host(named[0]) not in HOSTS:
        return 421, f"This site answers only as {' or '.join(HOSTS)}."
    if scope["method"] not in ("GET", "HEAD"):
        return 405, "This site can only be read."
    if scope["path"].startswith(_DATASETTES_OWN):
        return 404, "There is no such page."
    return None


def _host(named: str) -> str | None:
    try:
        return urlsplit(f"//{named}").hostname
    except ValueError:
        return None
