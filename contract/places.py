"""Places on the web: whether an address is of one, and communities as they are compared."""

import re
from collections.abc import Iterable
from functools import lru_cache
from posixpath import normpath
from urllib.parse import unquote, urlsplit

import idna

_MOST_KEPT = 1 << 14
_OF_REDDIT = re.compile(r"(?:(?:\w+\.)?reddit\.com/)?r/")


def is_within(place: str, url: str) -> bool:
    """Return whether the address is of the place: a domain or one below it, and of its path.

    A path ends where a part of it ends: town.example/forum is not of town.example/for.
    """
    host, path = _parts_of(url)
    domain, below = _parts_of(place)
    if host != domain and not host.endswith(f".{domain}"):
        return False
    return below == "/" or f"{path}/".startswith(f"{below}/")


def hosts_of(urls: Iterable[str]) -> frozenset[str]:
    """Return the hosts of the addresses, as they travel; what has none is left out."""
    return frozenset(filter(None, (_parts_of(url)[0] for url in urls if "://" in url)))


@lru_cache(maxsize=1 << 12)
def plain_community(name: str) -> str:
    """Return a community as it is compared: r/Town, /r/town/ and an address of it are one."""
    plain = (name.partition("://")[2] or name).strip("/").casefold()
    return _OF_REDDIT.sub("", plain, count=1) if _OF_REDDIT.match(plain) else plain


@lru_cache(maxsize=_MOST_KEPT)
def _parts_of(url: str) -> tuple[str, str]:
    try:
        parts = urlsplit(url if "://" in url else f"//{url}")
        path = normpath("/" + unquote(parts.path).lstrip("/"))
        return _ascii((parts.hostname or "").rstrip(".")), path
    except ValueError:
        return "", "/"


@lru_cache(maxsize=_MOST_KEPT)
def _ascii(domain: str) -> str:
    """Return the domain as it travels: the same however its letters are written."""
    if domain.isascii():
        return domain.lower()
    try:
        return idna.encode(domain, uts46=True, transitional=False).decode("ascii")
    except idna.IDNAError:
        return domain.casefold()
