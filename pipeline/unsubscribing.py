"""Unsubscribing: the page behind the one click of a mail program (RFC 8058), and what it does."""

import socket
from collections.abc import Awaitable, Callable, MutableMapping
from contextlib import closing, suppress
from html import escape
from typing import Any, Final

import uvicorn
from sqlalchemy import Engine

from contract.charter import Charter
from contract.errors import FixSettings
from pipeline.delivery import PATH, token_of
from pipeline.settings import Settings
from pipeline.tombstones import erasure_key
from warehouse.delivering import recipients_of, unsubscribe
from warehouse.store import opened

Scope = MutableMapping[str, Any]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Any, Send], Awaitable[None]]

_HEADERS: Final = (
    (b"content-type", b"text/html; charset=utf-8"),
    (b"content-security-policy", b"default-src 'none'; form-action 'self'; base-uri 'none'; "
     b"frame-ancestors 'none'"),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-robots-tag", b"noindex, nofollow"),
    (b"cache-control", b"no-store"),
)  # fmt: skip
_PAGE: Final = """<!DOCTYPE html>
<html lang="{lang}"><head><meta charset="utf-8"><title>{title}</title>
<meta name="viewport" content="width=device-width, initial-scale=1"></head>
<body><main><h1>{title}</h1>{rest}</main></body></html>
"""
_WORDS: Final = {
    "en": ("No more mails of “{}”?", "Send me no more", "You get no more mails of “{}”.",
           "This address ends no mails. Was it copied whole?"),
    "de": ("Keine Mails mehr von „{}“?", "Nicht mehr schicken",
           "Sie bekommen keine Mails mehr von „{}“.",
           "Diese Adresse beendet keine Mails. Ist sie vollständig?"),
}  # fmt: skip


def unsubscribing(given: Settings, engine: Engine) -> App:
    """Return the application: GET asks, for programs that look at links; POST unsubscribes.

    It knows a reader by a keyed hash in the address, answers with no name, and reads no body.
    """
    key = erasure_key(given)

    async def answer(scope: Scope, _: Any, send: Send) -> None:
        if scope["type"] != "http":
            return
        status, page = _answer(given.load_charter(), engine, key, scope["method"], scope["path"])
        head = [*_HEADERS, (b"allow", b"GET, HEAD, POST")] if status == 405 else list(_HEADERS)
        body = b"" if scope["method"] == "HEAD" else page.encode()
        await send({"type": "http.response.start", "status": status, "headers": head})
        await send({"type": "http.response.body", "body": body})

    return answer


def _answer(
    charter: Charter, engine: Engine, key: bytes, method: str, path: str
) -> tuple[int, str]:
    name, _, token = path.removeprefix(PATH).partition("/")
    recipient = _reader(charter, engine, key, name, token) if path.startswith(PATH) else None
    if recipient is None:
        return 404, _page("en", _WORDS["en"][3])
    spec = charter.digests[name]
    asked, button, done, _ = _WORDS[spec.language]
    title = charter.purposes[spec.purpose].title
    if method == "POST":
        unsubscribe(engine, name, recipient)
        return 200, _page(spec.language, done.format(title))
    if method not in ("GET", "HEAD"):
        return 405, _page(spec.language, asked.format(title))
    form = f'<form method="post"><button>{escape(button)}</button></form>'
    return 200, _page(spec.language, asked.format(title), form)


def _reader(charter: Charter, engine: Engine, key: bytes, name: str, token: str) -> str | None:
    """Return whose token it is, of those the charter names or named when a mail was sent."""
    if name not in charter.digests or not token.isascii():
        return None
    with engine.connect() as conn:
        known = {reader.mail for reader in charter.digests[name].to} | recipients_of(conn, name)
    return {token_of(key, name, each): each for each in known}.get(token)


def _page(lang: str, title: str, rest: str = "") -> str:
    return _PAGE.format(lang=lang, title=escape(title), rest=rest)


def serve_unsubscribing(
    given: Settings, host: str, port: int, announce: Callable[[str], None]
) -> None:
    """Serve the page until Ctrl-C; `announce` gets the address once it answers.

    Raises FixSettings when the address is taken. TLS is for the server in front of it.
    """
    with opened(given.warehouse) as engine, closing(socket.socket()) as own:
        own.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            own.bind((host, port))
        except OSError as error:
            raise FixSettings(
                f"{host}:{port} cannot be listened on ({error.strerror}); name another --port"
            ) from error
        own.listen(128)
        app = unsubscribing(given, engine)
        # A line of its log would say who left, by token.
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning", access_log=False))
        with suppress(KeyboardInterrupt):
            announce(f"http://{host}:{own.getsockname()[1]}{PATH}")
            server.run(sockets=[own])
