"""From a page of Reddit to its records: what kind of page it is, and what holds for all."""

import codecs
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from connectors.decoding import NOT_JSON, read_json
from connectors.parts.reddit.fields import fullname, listings_of, things_in
from connectors.parts.reddit.posts import Titles, outcome_of
from connectors.parts.reddit.removals import removal_of, title_of
from connectors.values import inside
from contract.page import Page
from contract.post import Outcome, Rejected, Skipped

START = codecs.BOM_UTF8 + b" \t\r\n"
_ROUTE = re.compile(r"/(?:r|comments|api|search|user|new|by_id|domain|duplicates)(?:[/.].*)?$")


def outcomes_of(page: Page) -> Iterator[Outcome]:
    """Yield an outcome for each record of the page; for a page without records one saying why."""
    start = page.body[:1000].lstrip(START)
    if not start or start.startswith(b"<"):
        yield Skipped(rule=_markup(page.body) if start else "empty answer")
        return
    try:
        read = read_json(unescaped(page.body) if _is_escaped(page) else page.body)
    except NOT_JSON as error:
        yield Rejected(reason="not JSON", detail=str(error))
        return
    things = list(things_in(read))
    # What more comments of a submission come with, the run knows from its first page.
    told = inside(page.cursor, "run", "title")
    known = told.items() if isinstance(told, dict) else ()
    titles: Titles = {name: title for name, title in known if isinstance(title, str | None)}
    for kind, data in things:
        if kind == "t3" and (named := fullname(data, "name")):
            titles[named] = None if removal_of(data) else title_of(data, "title")
    base = _base(page)
    for kind, data in things:
        yield outcome_of(page, base, titles, kind, data)
    if not things:
        yield _of_nothing(page, read)


def _markup(body: bytes) -> str:
    head = body[:1000]
    if b"<feed" in head or b"<rss" in head:
        return "feed"
    return "block page" if b"whoa there, pardner" in body else "error page"


def unescaped(body: bytes) -> bytes:
    """Return JSON with the three characters set free that Reddit escapes unless asked not to."""
    return body.replace(b"&lt;", b"<").replace(b"&gt;", b">").replace(b"&amp;", b"&")


def _is_escaped(page: Page) -> bool:
    """Return whether texts and addresses are escaped: so without `raw_json=1`."""
    parts = urlsplit(page.url)
    if "raw_json=1" in parts.query:
        return False
    if b"&lt;!-- SC_OFF --" in page.body or b"<!-- SC_OFF --" in page.body:
        return b"<!-- SC_OFF --" not in page.body
    return _ROUTE.search(parts.path) is not None or b"&amp;" in page.body


def _base(page: Page) -> str:
    """Return the address permalinks stand below."""
    parts = urlsplit(page.url)
    host = parts.hostname or ""
    if host == "reddit.com" or host.endswith(".reddit.com"):
        return "https://www.reddit.com"
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{_ROUTE.sub('', parts.path)}".rstrip(
        "/"
    )


def _of_nothing(page: Page, read: Any) -> Outcome:
    if listings_of(read) is not None:
        return Skipped(rule="empty list")
    if not isinstance(read, dict):
        return Rejected(reason="not a page of Reddit", detail=type(read).__name__)
    if "access_token" in read:
        return Skipped(rule="token")
    if "error" in read or "reason" in read or inside(read, "json", "errors"):
        return Skipped(rule="error page")
    if not read:
        return Skipped(rule="empty answer")
    if page.method != "GET":
        return Skipped(rule="answer to an action")
    if "/api/" in urlsplit(page.url).path:
        return Skipped(rule="not about posts")
    names = ", ".join(sorted(read)[:8])
    return Rejected(reason="not a page of Reddit", detail=f"object with {names}")
