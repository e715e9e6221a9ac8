"""Who wrote an item of a feed: a name and an account, never a mail address."""

import html
import re
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from connectors.markup import web_address
from connectors.parts.feed.shape import Item

_MAIL = re.compile(
    r"[(<\[]?\s*(?:mailto:)?[^\s<>()\[\]@]+@[^\s<>()\[\]@]+\.[^\s<>()\[\]@]+\s*[)>\]]?"
)
# MyBB and Lemmy write a link; Lemmy names the author before it.
_LINK = re.compile(r"""([^<]*)<a\b[^>]*?\bhref\s*=\s*["']([^"'<>]*)["'][^>]*>([^<]*)</a>""", re.I)
_HANDLE = re.compile(r"/?u/(\S+)|@([^\s@]+)(?:\s+(.+))?", re.DOTALL)
_LONGEST = 1000
"""What is longer is no name."""
_WRAPPED = re.compile(r"\((.*)\)", re.DOTALL)


class Author(NamedTuple):
    """The shown name, the address of the account, and its handle where it is written apart."""

    name: str | None = None
    account: str | None = None
    handle: str | None = None


def author_of(item: Item) -> Author:
    """Return who wrote the item.

    RSS 2.0 asks for `mail (Name)`, Dublin Core and Atom for a name, and forums write HTML, an
    address, `/u/name` or `@name Full name`.
    """
    detail = item.get("author_detail") or {}
    written = str(item.get("author") or detail.get("name") or "")[:_LONGEST].strip()
    account = web_address(detail.get("href"))
    if linked := _LINK.fullmatch(written):
        written, account = (
            linked[1].strip() or linked[3],
            web_address(html.unescape(linked[2])) or account,
        )
    elif web_address(written):
        return Author(_last_part(written), written, _last_part(written))
    # WordPress escapes a name once more than its feed asks for.
    name = " ".join(html.unescape(_MAIL.sub(" ", written)).split())
    if wrapped := _WRAPPED.fullmatch(name):
        name = wrapped[1].strip()
    if handle := _HANDLE.fullmatch(name):
        own = handle[1] or handle[2]
        return Author(" ".join((handle[3] or own).split()), account, own)
    return Author(name or None, account)


def _last_part(address: str) -> str | None:
    return unquote(urlsplit(address).path.rstrip("/").rpartition("/")[2]).lstrip("@") or None
