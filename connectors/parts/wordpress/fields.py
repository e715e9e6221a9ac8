"""The fields of WordPress' REST API that are read, and those that are left aside."""

import re
from datetime import UTC, datetime
from typing import Any, TypeVar

import msgspec

from connectors.accounting import known_fields
from connectors.markup import web_address

_ROUTE = re.compile(r"/(?:wp-json|\?rest_route=)/wp/v2/(\w+)")

SKIPPED = {
    "categories": "category",
    "errors": "error page",
    "media": "media object",
    "pages": "page of the site",
    "settings": "settings",
    "statuses": "status",
    "tags": "tag",
    "taxonomies": "taxonomy",
    "types": "type of post",
    "users": "account",
    "v1.1": "record of WordPress.com's own API",
}
"""What else the API sends, by its route: left out by that rule."""

# https://developer.wordpress.org/rest-api/reference/posts/ and …/comments/
KNOWN = known_fields((
    "id", "date", "date_gmt", "guid", "guid.rendered", "modified", "modified_gmt", "slug", "status",
    "type", "link", "title", "title.rendered", "content", "content.rendered", "content.protected",
    "content.block_version", "excerpt", "excerpt.rendered", "excerpt.protected", "author",
    "featured_media", "comment_status", "ping_status", "sticky", "template", "format", "meta",
    "meta.*", "categories", "tags", "class_list", "_links", "_links.*", "_embedded", "_embedded.*",
    "post", "parent", "author_name", "author_url", "author_avatar_urls", "author_avatar_urls.*",
    "yoast_head", "yoast_head_json", "yoast_head_json.*", "jetpack_featured_media_url",
    "jetpack_publicize_connections", "jetpack_publicize_connections.*", "jetpack_sharing_enabled",
    "jetpack_shortlink", "jetpack_likes_enabled", "jetpack-related-posts",
    "jetpack-related-posts.*", "footnotes", "acf", "acf.*",
))  # fmt: skip
"""Used, and what says how the site shows an article; addresses of pictures of persons."""


class Rendered(msgspec.Struct, frozen=True):
    """A text as the site shows it, in HTML."""

    rendered: str = ""
    protected: bool = False


class Term(msgspec.Struct):
    """A category, a tag or an account: what it is called."""

    name: str


class Above(msgspec.Struct):
    """The article a comment stands under."""

    title: Rendered


class Picture(msgspec.Struct):
    """The picture that stands at the head of an article."""

    source_url: str
    alt_text: str | None = None
    mime_type: str | None = None


class Article(msgspec.Struct, rename={"links": "_links", "embedded": "_embedded"}):
    """A post of WordPress."""

    id: int
    date_gmt: str | None = None
    modified_gmt: str | None = None
    status: str = "publish"
    type: str = "post"
    link: str | None = None
    title: Rendered = Rendered()
    content: Rendered = Rendered()
    author: int = 0
    jetpack_featured_media_url: str | None = None
    links: Any = None
    embedded: Any = None


class Comment(msgspec.Struct, rename={"links": "_links", "embedded": "_embedded"}):
    """A comment of WordPress; `parent` is 0 under the article itself, `author` 0 for a guest."""

    id: int
    post: int
    parent: int = 0
    author: int = 0
    author_name: str | None = None
    date_gmt: str | None = None
    status: str = "approved"
    type: str = "comment"
    link: str | None = None
    content: Rendered = Rendered()
    links: Any = None
    embedded: Any = None


_Kind = TypeVar("_Kind")


def embedded(record: Article | Comment, name: str, kind: type[_Kind]) -> list[_Kind]:
    """Return what was sent beside the record under that name, in lists of lists too.

    What may not be seen is sent as an error in its place, and is not among them.
    """
    held = record.embedded.get(name) if isinstance(record.embedded, dict) else None
    found = []
    for each in held if isinstance(held, list) else ():
        for inner in each if isinstance(each, list) else (each,):
            try:
                found.append(msgspec.convert(inner, kind))
            except msgspec.ValidationError:
                continue
    return found


def route_of(record: Any) -> str:
    """Return which route of the API sends such a record, or an empty text."""
    if not isinstance(record, dict):
        return ""
    links = record.get("_links")
    own = links.get("self") if isinstance(links, dict) else None
    first = own[0] if isinstance(own, list) and own else None
    named = _ROUTE.search(str(first.get("href"))) if isinstance(first, dict) else None
    if named:
        return named[1]
    # Without links, by what only one of them has.
    marks = (("ID", "v1.1"), ("post", "comments"), ("content", "posts"), ("code", "errors"))
    return next((route for mark, route in marks if mark in record), "")


def site_of_record(url: str, links: Any = None) -> str:
    """Return the address of the site, as the record itself or else the page's address tells it."""
    own = links.get("self") if isinstance(links, dict) else None
    first = own[0] if isinstance(own, list) and own else None
    said = str(first.get("href")) if isinstance(first, dict) else ""
    for address in (said, url):
        if web_address(address) and _ROUTE.search(address):
            return _ROUTE.split(address)[0].rstrip("/")
    return url.partition("?")[0].rstrip("/")


def moment(text: str | None) -> datetime | None:
    """Return the moment of a `…_gmt` field, which has no zone and is UTC, or None."""
    try:
        read = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    # A draft that was never published has the year 0 or 1.
    return read.replace(tzinfo=UTC) if read.tzinfo is None and read.year > 1 else None
