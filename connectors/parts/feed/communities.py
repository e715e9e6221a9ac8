"""In which community an item of a feed stands: the site, a part of its forum, or another site."""

import re
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from connectors.markup import absolute, site_of, web_address
from connectors.parts.feed.shape import Item
from connectors.parts.feed.threads import Thread
from connectors.parts.feed.titles import site_title

# What forums give as the scheme of a category: phpBB, vBulletin, XenForo, SMF.
_OF_FORUM = re.compile(r"viewforum|forumdisplay|/forums?/|[?;&]board=", re.IGNORECASE)


class Community(NamedTuple):
    """A community, the site it is part of, and the categories that say no more than its name."""

    id: str
    name: str | None
    url: str | None
    site: str
    categories: frozenset[str] = frozenset()


def community_of(item: Item, base: str, of_feed: str | None, thread: Thread | None) -> Community:
    """Return the community of an item of a feed at `base` that is titled `of_feed`.

    An item of a planet belongs to the site it was taken from (RSS `source`, Atom `source`), one of
    a forum to the part of it that category, title or body name, each by the forum's own address.
    """
    if (planet := _source(item, base)) is not None:
        return planet
    name = None if thread and thread.is_feed_of_thread else site_title(of_feed)
    # A feed of one article's comments links to the article; an id may keep the name of an old host.
    link = web_address(absolute(base, item.get("link") or "")) or ""
    is_here = urlsplit(link).netloc == urlsplit(base).netloc
    of_thread = web_address(thread.site) if thread and thread.site else None
    if of_thread and is_here and urlsplit(of_thread).netloc != urlsplit(base).netloc:
        of_thread = None
    address = of_thread or (base if name else absolute(base, "/"))
    site = site_of(address)
    if urlsplit(address).netloc != urlsplit(base).netloc:
        name = None
    whole = Community(site, name, web_address(base if site_of(base) == site else address), site)
    return (_part(item, whole, thread) if thread else None) or whole


def _source(item: Item, base: str) -> Community | None:
    source = item.get("source") or {}
    address = source.get("link") or source.get("href") or source.get("id")
    url = web_address(absolute(base, address)) if address else None
    if url is None:
        return None
    site = urlsplit(url).netloc.rpartition("@")[2].lower() if source.get("href") else site_of(url)
    name = " ".join(str(source.get("title") or "").split()) or None
    return Community(site, name, url, site)


def _part(item: Item, whole: Community, thread: Thread) -> Community | None:
    said, tags = thread.said, [t for t in item.get("tags") or () if isinstance(t, dict)]
    named = next((t for t in tags if _OF_FORUM.search(str(t.get("scheme") or ""))), None)
    if named is None and thread.engine.is_category_community:
        named = next(iter(tags), None)
    name = said.get("community") or (_name(named) if named else None) or said.get("part")
    if name is None:
        return None
    made = thread.engine.community if "part" in said else None
    scheme = named.get("scheme") if named else None
    url = web_address(made.format(**said) if made else said.get("community_url") or scheme)
    own = url.partition("://")[2].rstrip("/") if url else f"{whole.site}#{name}"
    categories = frozenset(x for x in (name, f"r/{name}", _name(named) if named else None) if x)
    shown = whole.name if name == said.get("part") and name.isdecimal() else name
    return Community(own, shown, url or whole.url, whole.site, categories)


def _name(tag: dict[str, Any]) -> str | None:
    return " ".join(str(tag.get("label") or tag.get("term") or "").split()) or None
