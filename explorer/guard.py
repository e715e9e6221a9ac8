"""What stands before the site: who may ask, what, and what a browser may do with the answer."""

from collections.abc import Awaitable, Callable, MutableMapping
from hmac import compare_digest
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
_NO_PAGE: Final = ("/-/", "//")
"""Datasette's pages about itself, which no analyst needs; what it leads on to another site."""
_LOCKED: Final = """<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><title>The explorer is locked</title>
<meta name="viewport" content="width=device-width, initial-scale=1"></head>
<body><main>
<h1>The explorer is locked</h1>
<p>What people wrote is for who started it. Open the whole address that
<code>goodguest explore</code> printed, with its <code>?key=</code>;
this browser then remembers it while the explorer runs.</p>
<p>Just did that by a link? <a href="/">Go on to the start page</a>.</p>
</main></body></html>
"""
"""A browser that came by another site's link sends the cookie only with the next step."""


def guarded(app: App, secret: str) -> App:
    """Return the app, read-only, with safe headers, for who has the address with its secret.

    A port of this machine is open to all its accounts, and to every site in its browsers.
    """

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

        if refusal := _refusal(scope, secret):
            status, words = refusal
            kind = b"text/html" if words is _LOCKED else b"text/plain"
            head = [(b"content-type", kind + b"; charset=utf-8")]
            if status == _LED_IN:
                cookie = f"{_cookie(scope)}={secret}; Path=/; HttpOnly; SameSite=Strict"
                head += [(b"location", b"/"), (b"set-cookie", cookie.encode())]
            await send_safely({"type": "http.response.start", "status": status, "headers": head})
            await send_safely({"type": "http.response.body", "body": words.encode()})
            return
        await app(scope, receive, send_safely)

    return answer


_LED_IN: Final = 303
"""On to the address without the secret, which then stands in no history, picture or link."""


def _cookie(scope: Scope) -> str:
    return f"explorer_{scope['server'][1]}"  # cookies know no ports


def _refusal(scope: Scope, secret: str) -> tuple[int, str] | None:
    named = [value.decode("latin-1") for name, value in scope["headers"] if name == b"host"]
    if len(named) != 1 or _host(named[0]) not in HOSTS:
        return 421, f"This site answers only as {' or '.join(HOSTS)}."
    if scope["method"] not in ("GET", "HEAD"):
        return 405, "This site can only be read."
    if compare_digest(scope["query_string"], f"key={secret}".encode()):
        return _LED_IN, ""
    sent = b"; ".join(value for name, value in scope["headers"] if name == b"cookie").split(b"; ")
    cookie = f"{_cookie(scope)}={secret}".encode()
    if not any(compare_digest(each, cookie) for each in sent):
        return 403, _LOCKED
    if scope["path"].startswith(_NO_PAGE):
        return 404, "There is no such page."
    return None


def _host(named: str) -> str | None:
    try:
        return urlsplit(f"//{named}").hostname
    except ValueError:
        return None
