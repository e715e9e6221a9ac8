"""From a feed to posts: an outcome for each of its items."""

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any, NamedTuple

from msgspec.structs import replace

from connectors.markup import absolute, web_address, with_absolute_links
from connectors.parts.feed.authors import author_of
from connectors.parts.feed.communities import Community, community_of
from connectors.parts.feed.dates import created_at, moment_of
from connectors.parts.feed.engines import ENGINES
from connectors.parts.feed.media import media_of, place_of
from connectors.parts.feed.read import feed_of
from connectors.parts.feed.shape import Feed, Item
from connectors.parts.feed.threads import (
    Thread,
    account_of,
    answered_by,
    counts_of,
    family_of,
    thread_of,
)
from connectors.parts.feed.titles import HTML_TYPES, article_of, language_of, text_of
from contract.keys import stable_key
from contract.page import Page
from contract.post import BodyFormat, Link, Outcome, Post, Rejected, Skipped, Tag

# An address, a tag or a urn; Drupal writes `7 at https://site`.
_GLOBAL_ID = re.compile(r"(?:(?:\d+ at )?https?://|tag:|urn:).+", re.IGNORECASE | re.DOTALL)

_RATING = re.compile(r"[1-5](?:\.\d{1,3})?")
_BEST_RATING = 5.0
"""In an app store's reviews (namespace http://itunes.apple.com/rss); media:starRating is what all
readers gave, which is nobody's own."""


class _Around(NamedTuple):
    """What the items of a page share."""

    page: Page
    feed: Feed
    base: str
    title: str | None
    is_rss: bool
    answers: dict[str, str | None]
    shared_links: Counter[str]


def parse(page: Page) -> Iterator[Outcome]:
    """Yield an outcome for each item of the feed; for a page without items one that says why."""
    if page.status != 200:
        yield Skipped(rule="error page")
        return
    if web_address(page.url) is None:
        yield Rejected(reason="bad address of the page", detail=page.url)
        return
    feed = feed_of(page.body, page.headers.get("content-type"))
    if feed is None:
        yield Rejected(reason="not a feed", detail=f"{len(page.body)} bytes")
        return
    if not feed.items and not feed.rejected:
        yield Skipped(rule="empty feed")
        return
    yield from feed.rejected
    around = _around(page, feed)
    for item in feed.items:
        if not any(
            item.get(name) for name in ("id", "link", "links", "title", "summary", "content")
        ):
            yield Rejected(reason="empty item")
        else:
            yield _post(around, item)


def _around(page: Page, feed: Feed) -> _Around:
    is_rss = not feed.version.startswith(("atom", "json"))
    answered = page.headers.get("content-location", page.url)
    return _Around(
        page=page,
        feed=feed,
        base=web_address(absolute(answered, feed.about.get("link") or "")) or answered,
        title=text_of(feed.about.get("title"), feed.about.get("title_detail"), is_exact=not is_rss),
        is_rss=is_rss,
        answers={str(item.get("id")): answered_by(item) for item in feed.items},
        shared_links=Counter(str(i.get("link")) for i in feed.items if not i.get("id")),
    )


def _post(around: _Around, item: Item) -> Post:
    """Return the item as the engine means it that wrote the feed."""
    post, base = _article(around, item), around.base
    addresses = tuple(dict.fromkeys(each for each in (post.native_id, post.url) if each))
    about, asked = around.feed.about, around.page.url
    thread = thread_of(ENGINES, addresses, about, asked, post.title, post.body)
    author = account_of(thread, author_of(item))
    community = community_of(item, base, around.title, thread)
    parent, root = family_of(post.native_id, thread, around.answers, item)
    kind = thread.kind if thread else "comment" if parent else post.kind
    title = post.title
    if thread and thread.engine.title:
        title = thread.title
    elif kind == "comment":
        title = article_of(title, around.title, author.name)
    replies, views = counts_of(thread, item)
    return replace(
        post,
        native_id=thread.native_id if thread else post.native_id,
        kind=kind,
        community_id=community.id,
        community_name=community.name,
        community_url=community.url,
        author_id=author.account or (f"{community.site}#{author.name}" if author.name else None),
        author_name=author.name,
        parent_id=parent,
        root_id=root,
        title=title,
        body=thread.body if thread else post.body,
        replies=replies,
        views=views,
        tags=_tags(item, community),
        links=_links(item, post, base, thread),
    )


def _article(around: _Around, item: Item) -> Post:
    """Return what the item says by itself, whoever wrote the feed."""
    page, base, is_rss = around.page, around.base, around.is_rss
    body, detail = _body(item, is_rss=is_rss)
    body_format: BodyFormat = "html" if detail.get("type") in HTML_TYPES else "text"
    created, updated = created_at(item), moment_of(dict.get(item, "updated"))
    rating = _rating(item)
    is_edited = not is_rss and created and updated and updated > created
    latitude, longitude = place_of(item)
    return Post(
        platform=page.platform,
        source=page.source,
        native_id=_native_id(around, item),
        kind="article" if rating is None else "review",
        url=_link(item, base, is_rss=is_rss),
        title=text_of(item.get("title"), item.get("title_detail"), is_exact=not is_rss),
        body=with_absolute_links(base, body) if body_format == "html" else body,
        body_format=body_format,
        lang_declared=language_of(detail, item.get("title_detail"), around.feed.about),
        created_at=created,
        edited_at=updated if is_edited else None,
        rating=rating,
        best_rating=None if rating is None else _BEST_RATING,
        place=" ".join(str(item.get("georss_featurename") or "").split()) or None,
        latitude=latitude,
        longitude=longitude,
        media=media_of(item, around.feed.about, base, is_rss=is_rss),
        observed_at=page.received_at,
    )


def _rating(item: Item) -> float | None:
    """Return the stars the author gives; anything else than 1 to 5 is not said."""
    said = str(item.get("im_rating") or "").strip()
    rating = float(said) if _RATING.fullmatch(said) else 0.0
    return rating if 0 < rating <= _BEST_RATING else None


def _link(item: Item, base: str, *, is_rss: bool) -> str | None:
    address = item.get("feedburner_origlink") or item.get("link")
    # Without a link feedparser takes the id for one; the number of a review in Atom is none.
    if not is_rss and address == item.get("id") and str(address).isdecimal():
        return None
    return web_address(absolute(base, address)) if address else None


def _native_id(around: _Around, item: Item) -> str:
    guid, link = item.get("id"), item.get("link")
    # Exporters make a site's own addresses relative: they name the same in each of its feeds.
    if guid and guid.startswith("/"):
        guid = web_address(absolute(around.base, guid)) or guid
    if guid and _GLOBAL_ID.fullmatch(guid):
        return str(guid)
    run = (around.page.cursor or {}).get("run", {})
    own = guid or (link if around.shared_links[str(link)] <= 1 else None)
    own = own or stable_key(*(str(item.get(n) or "") for n in ("link", "title", "summary")))
    return f"{run.get('feed', around.page.url)}#{own}"


def _body(item: Item, *, is_rss: bool) -> tuple[str, Item]:
    contents = [c for c in item.get("content") or () if c.get("value")]
    contents = [
        c for c in contents if c.get("type", "text/html").startswith(("text/", *HTML_TYPES))
    ]
    contents.sort(key=lambda c: c.get("type") not in HTML_TYPES)
    summary, summary_detail = str(item.get("summary") or ""), item.get("summary_detail") or {}
    # In RSS a second, plain description is that of a picture.
    if contents and not (is_rss and summary and contents[0].get("type") not in HTML_TYPES):
        return str(contents[0]["value"]), contents[0]
    return summary, summary_detail


def _tags(item: Item, community: Community) -> tuple[Tag, ...]:
    terms = [t.get("label") or t.get("term") or "" for t in item.get("tags") or ()]
    known = dict.fromkeys(" ".join(term.split()) for term in terms)
    return tuple(Tag(tag=t) for t in known if t and t not in community.categories)


def _links(item: Item, post: Post, base: str, thread: Thread | None) -> tuple[Link, ...]:
    shown = {each.url for each in post.media if each.kind != "other"}
    rels = ("enclosure", "related", "via")
    others: list[Any] = [a.get("href") for a in item.get("links") or () if a.get("rel") in rels]
    others = [
        item.get("link") if post.url else None,
        *others,
        thread.said.get("link") if thread else None,
    ]
    found = [web_address(absolute(base, other)) for other in others if other]
    known = dict.fromkeys([post.url, *found])
    return tuple(Link(url=url) for url in known if url and url not in shown)
