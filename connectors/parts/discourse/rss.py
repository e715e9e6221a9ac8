"""From the RSS of Discourse to the same posts as from its JSON."""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from connectors.markup import site_of, web_address, with_absolute_links
from connectors.parts.discourse.base import base_of_page
from connectors.parts.discourse.media import media_of
from connectors.parts.feed.dates import created_at
from connectors.parts.feed.read import feed_of
from connectors.parts.feed.shape import Item
from contract.page import Page
from contract.post import Outcome, Post, Rejected, Skipped

# `/t/slug/2144/31` in a topic's feed, `/t/slug/2144?page=2#post_31` in that of all posts.
_POST_IN_LINK = re.compile(r"/t/(?:[^/?#]+/)?(\d+)(?:/(\d+)|[^#]*#post_(\d+))")
# `@username Full name` in the feed of all posts, the plain username in a topic's.
_NAME = re.compile(r"@(\S+)(?:\s+(.+))?|([^@\s]+)", re.DOTALL)

_LONGEST_LINK = 2000
_OWN_ACCOUNTS = frozenset({"system", "discobot"})
"""Accounts a forum has from the start; its JSON tells them by negative ids."""


def outcomes_of_rss(page: Page) -> Iterator[Outcome]:
    """Yield an outcome for each item of `/posts.rss` or of a topic's feed."""
    feed = feed_of(page.body, page.headers.get("content-type"))
    if feed is None:
        yield Rejected(reason="not a page of Discourse", detail="markup that is no RSS")
        return
    if not feed.items:
        yield Skipped(rule="empty list")
    for item in feed.items:
        yield _outcome_of_item(page, item)


def _outcome_of_item(page: Page, item: Item) -> Outcome:
    link = item.get("link") or ""
    named = _POST_IN_LINK.search(link) if len(link) <= _LONGEST_LINK else None
    if "-topic-" in (item.get("id") or ""):
        return Skipped(rule="topic list entry")
    if named is None:
        return Rejected(reason="bad link")
    base = _base_of_link(page, link)
    number = int(named[2] or named[3])
    topic = f"{site_of(base)}/t/{named[1]}"
    name = _NAME.fullmatch((item.get("author") or "").strip())
    if name is None:
        return Rejected(reason="bad dc:creator", native_id=f"{topic}/{number}")
    username = name[1] or name[3]
    body = with_absolute_links(f"{base}/", item.get("summary") or "")
    return Post(
        platform=page.platform,
        source=page.source,
        native_id=f"{topic}/{number}",
        kind="post" if number == 1 else "reply",
        url=link or None,
        community_id=site_of(base),
        community_name=site_of(base),
        community_url=base,
        author_id=f"{site_of(base)}/u/{username}",
        author_name=" ".join((name[2] or "").split()) or username,
        author_kind="bot" if username in _OWN_ACCOUNTS else "unknown",
        parent_id=f"{topic}/1" if number > 1 else None,
        root_id=f"{topic}/1",
        title=item.get("title") or None,
        body=body,
        body_format="html",
        created_at=created_at(item),
        media=media_of(f"{base}/", body),
        observed_at=page.received_at,
    )


def _base_of_link(page: Page, link: str) -> str:
    base = web_address(link.partition("/t/")[0])
    if base is None or page.file is None:
        return base_of_page(page)
    is_other = urlsplit(base).hostname != urlsplit(page.url).hostname
    return base if is_other else base_of_page(page)
