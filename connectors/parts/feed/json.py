"""JSON Feed to a feed as read."""

import codecs

import msgspec

from connectors.accounting import known_fields
from connectors.decoding import NOT_JSON
from connectors.parts.feed.shape import Feed, Item
from contract.post import Rejected


class _Author(msgspec.Struct):
    name: str | None = None
    url: str | None = None


class _Attachment(msgspec.Struct):
    url: str | None = None
    mime_type: str | None = None
    title: str | None = None


class _JsonItem(msgspec.Struct):
    id: str | int | float | None = None
    url: str | None = None
    external_url: str | None = None
    title: str | None = None
    content_html: str | None = None
    content_text: str | None = None
    summary: str | None = None
    date_published: str | None = None
    date_modified: str | None = None
    author: _Author | None = None
    authors: list[_Author] | None = None
    tags: list[str] | None = None
    language: str | None = None
    attachments: list[_Attachment] | None = None
    image: str | None = None
    banner_image: str | None = None


class _JsonFeed(msgspec.Struct):
    version: str
    items: list[msgspec.Raw]
    title: str | None = None
    home_page_url: str | None = None
    next_url: str | None = None
    language: str | None = None


KNOWN = known_fields((
    "version", "title", "home_page_url", "feed_url", "description", "user_comment", "next_url",
    "icon", "favicon", "language", "expired", "author", "authors", "hubs", "items", "author.*",
    "authors.*", "hubs.*", "items.id", "items.url", "items.external_url", "items.title",
    "items.content_html", "items.content_text", "items.summary", "items.image",
    "items.banner_image", "items.date_published", "items.date_modified", "items.author",
    "items.authors", "items.author.*", "items.authors.*", "items.tags", "items.language",
    "items.attachments", "items.attachments.url", "items.attachments.mime_type",
    "items.attachments.title", "items.attachments.size_in_bytes",
    "items.attachments.duration_in_seconds",
))  # fmt: skip
"""The fields of JSON Feed 1.0 and 1.1: those that are used, and what feeds say of themselves."""


def feed_of_json(body: bytes) -> Feed | None:
    """Return the JSON Feed (1.0 or 1.1), or None when the content is none."""
    try:
        read = msgspec.json.decode(body.removeprefix(codecs.BOM_UTF8), type=_JsonFeed)
    except NOT_JSON:
        return None
    if "jsonfeed.org/version" not in read.version:
        return None
    items, rejected = [], []
    for raw in read.items:
        try:
            items.append(_item_of_json(msgspec.json.decode(raw, type=_JsonItem)))
        except NOT_JSON as error:
            rejected.append(Rejected(reason="field of the wrong type", detail=str(error)))
    about = {
        "title": read.title,
        "link": read.home_page_url,
        "language": read.language,
        "links": [{"rel": "next", "href": read.next_url}] if read.next_url else [],
    }
    return Feed(version="json", about=about, items=items, rejected=rejected)


def _item_of_json(item: _JsonItem) -> Item:
    """Return the item by feedparser's names (https://www.jsonfeed.org/version/1.1/)."""
    author = next(iter(item.authors or ()), item.author) or _Author()
    plain, marked = {"type": "text/plain"}, {"type": "text/html"}
    contents = [
        {**kind, "value": value, "language": item.language}
        for kind, value in ((marked, item.content_html), (plain, item.content_text))
        if value
    ]
    attached = [
        {"rel": "enclosure", "href": a.url, "type": a.mime_type, "title": a.title}
        for a in item.attachments or ()
    ]
    return {
        "id": None if item.id is None else str(item.id),
        "link": item.url or item.external_url,
        "title": item.title,
        "title_detail": {**plain, "language": item.language},
        "content": contents,
        "summary": item.summary,
        "summary_detail": plain,
        "published": item.date_published,
        "updated": item.date_modified,
        "author_detail": {"name": author.name, "href": author.url},
        "tags": [{"term": tag} for tag in item.tags or ()],
        "links": [{"rel": "related", "href": item.external_url}, *attached],
        "media_thumbnail": [{"url": item.image or item.banner_image}],
    }
