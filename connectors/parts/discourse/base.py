"""Which forum a page of Discourse is of."""

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from connectors.markup import web_address
from contract.page import Page

_AVATAR = re.compile(r"^(?:https?:)?(?://[^/]+)?(/.+)?/user_avatar/([^/]+\.[^/]+)/")
_LONGEST_AVATAR = 500
_ROUTE = re.compile(r"/(?:t|c|tag|posts|latest|top|new|search|categories|site|p)(?:[/.].*)?$")


def base_of_page(page: Page) -> str:
    """Return the forum's address as the page's own address tells it."""
    parts = urlsplit(page.url)
    netloc = parts.netloc.rpartition("@")[2]
    return f"{parts.scheme}://{netloc}{_ROUTE.sub('', parts.path).rstrip('/')}"


def base_of_posts(page: Page, posts: list[Any]) -> str:
    """Return the forum's address: an imported file may be of another forum than its source."""
    base = base_of_page(page)
    if page.file is None:
        return base
    own = [post for post in posts if isinstance(post, dict)]
    found = Counter(at for post in own if (at := _at_avatar(post)))
    found = found or Counter(at for post in own for at in _at_links(post))
    if not found:
        return base
    said = found.most_common(1)[0][0]
    return base if urlsplit(said).hostname == urlsplit(base).hostname else said


def _at_avatar(post: dict[str, Any]) -> str | None:
    match = _AVATAR.match(str(post.get("avatar_template"))[:_LONGEST_AVATAR])
    return web_address(f"https://{match[2]}{match[1] or ''}") if match else None


def _at_links(post: dict[str, Any]) -> Iterator[str]:
    links = post.get("link_counts")
    for link in links if isinstance(links, list) else ():
        if not isinstance(link, dict):
            continue
        base, is_topic, _ = str(link.get("url")).partition("/t/")
        if link.get("internal") and is_topic and web_address(base):
            yield base
