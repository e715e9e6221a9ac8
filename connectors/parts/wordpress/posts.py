"""From the REST API of WordPress to posts: articles and the comments under them."""

import codecs
import re
from collections.abc import Iterator
from typing import Any

import msgspec

from connectors.accounting import unaccounted
from connectors.decoding import NOT_JSON, decoded, read_json
from connectors.markup import absolute, site_of, web_address, with_absolute_links
from connectors.parts.feed.titles import text_of
from connectors.parts.wordpress.fields import (
    KNOWN,
    SKIPPED,
    Above,
    Article,
    Comment,
    Picture,
    Term,
    embedded,
    moment,
    route_of,
    site_of_record,
)
from contract.page import Page
from contract.post import Link, Media, Outcome, Post, Rejected, Skipped, Tag

_START = codecs.BOM_UTF8 + b" \t\r\n"
_MARKS = (b"wp/v2", rb"wp\/v2", b'"date_gmt"', b'"code":"rest_', b'"site_ID"')
_FIELD = re.compile(r"at `\$\.([a-z_]+)|missing required field `([a-z_]+)`")


def is_page(body: bytes) -> bool:
    """Return whether the content looks like an answer of WordPress' REST API, or of XML-RPC."""
    start = body[:2000].lstrip(_START)
    if start.startswith((b"{", b"[")):
        return body.strip() == b"[]" or any(mark in body for mark in _MARKS)
    return start.startswith(b"<") and b"<methodResponse" in start


def parse(page: Page) -> Iterator[Outcome]:
    """Yield an outcome for each record of the page; for a page without records one saying why."""
    if page.status != 200:
        yield Skipped(rule="error page")
        return
    if web_address(page.url) is None:
        yield Rejected(reason="bad address of the page", detail=page.url)
        return
    start = page.body[:2000].lstrip(_START)
    if start.startswith(b"<") and b"<methodResponse" in start:
        yield Skipped(rule="answer of XML-RPC")
        return
    try:
        read = read_json(page.body)
    except NOT_JSON as error:
        yield Rejected(reason="not JSON", detail=str(error))
        return
    records = _records(read)
    if records is None:
        yield Rejected(reason="not a page of WordPress", detail=type(read).__name__)
    elif not records:
        yield Skipped(rule="empty list")
    else:
        yield from (_outcome(page, record) for record in records)


def unknown_fields(page: Page) -> set[str]:
    """Return the paths of articles' and comments' fields that nobody here has decided about."""
    records = _records(decoded(page.body)) or []
    return unaccounted([r for r in records if route_of(r) in ("posts", "comments")], KNOWN)


def _records(read: Any) -> list[Any] | None:
    if isinstance(read, list):
        return read
    if not isinstance(read, dict):
        return None
    # WordPress.com's own API holds its comments in a list of that name.
    held = read.get("comments") if "site_ID" in read else None
    return held if isinstance(held, list) else [read]


def _outcome(page: Page, record: Any) -> Outcome:
    route = route_of(record)
    if route in SKIPPED:
        return Skipped(rule=SKIPPED[route])
    try:
        if route == "comments":
            return _comment(page, msgspec.convert(record, Comment))
        if route == "posts":
            return _article(page, msgspec.convert(record, Article))
    except msgspec.ValidationError as error:
        field = _FIELD.search(str(error))
        return Rejected(
            reason=f"bad {(field[1] or field[2]) if field else 'record'}", detail=str(error)
        )
    return Rejected(reason="not a record of WordPress", detail=route or type(record).__name__)


def _article(page: Page, article: Article) -> Outcome:
    site = site_of_record(page.url, article.links)
    native_id = f"{site}/?p={article.id}"
    if article.type != "post":
        return Skipped(rule="not a post", native_id=native_id)
    if article.status != "publish":
        return Skipped(rule="not published", native_id=native_id)
    if article.content.protected:
        return Skipped(rule="behind a password", native_id=native_id)
    created, changed = moment(article.date_gmt), moment(article.modified_gmt)
    user = next(iter(embedded(article, "author", Term)), None)
    terms = (_plain(term.name) for term in embedded(article, "wp:term", Term))
    return Post(
        platform=page.platform,
        source=page.source,
        native_id=native_id,
        kind="article",
        url=web_address(absolute(f"{site}/", article.link or "")),
        community_id=site_of(site),
        community_name=site_of(site),
        community_url=f"{site}/",
        author_id=f"{site}/?author={article.author}" if article.author else None,
        author_name=_plain(user.name) if user else None,
        title=_plain(article.title.rendered),
        body=with_absolute_links(f"{site}/", article.content.rendered),
        body_format="html",
        created_at=created,
        edited_at=changed if created and changed and changed > created else None,
        tags=tuple(Tag(tag=name) for name in dict.fromkeys(terms) if name),
        links=_links(article.link),
        media=_media(site, article),
        observed_at=page.received_at,
    )


def _comment(page: Page, comment: Comment) -> Outcome:
    site = site_of_record(page.url, comment.links)
    root = f"{site}/?p={comment.post}"
    native_id = f"{root}#comment-{comment.id}"
    if comment.type != "comment":
        return Skipped(rule="pingback or trackback", native_id=native_id)
    if comment.status != "approved":
        return Skipped(rule="not approved", native_id=native_id)
    name = _plain(comment.author_name)
    # Guests have no account: author is 0, and the name is what they typed.
    guest = f"{site_of(site)}#{name}" if name else None
    above = next(iter(embedded(comment, "up", Above)), None)
    return Post(
        platform=page.platform,
        source=page.source,
        native_id=native_id,
        kind="comment",
        url=web_address(absolute(f"{site}/", comment.link or "")),
        community_id=site_of(site),
        community_name=site_of(site),
        community_url=f"{site}/",
        author_id=f"{site}/?author={comment.author}" if comment.author else guest,
        author_name=name,
        parent_id=f"{root}#comment-{comment.parent}" if comment.parent else root,
        root_id=root,
        title=_plain(above.title.rendered) if above else None,
        body=with_absolute_links(f"{site}/", comment.content.rendered),
        body_format="html",
        created_at=moment(comment.date_gmt),
        links=_links(comment.link),
        observed_at=page.received_at,
    )


def _links(address: str | None) -> tuple[Link, ...]:
    return (Link(url=address),) if address and web_address(address) else ()


def _media(site: str, article: Article) -> tuple[Media, ...]:
    pictures = embedded(article, "wp:featuredmedia", Picture)
    if not pictures and article.jetpack_featured_media_url:
        pictures = [Picture(article.jetpack_featured_media_url)]
    return tuple(
        Media(url=url, alt_text=" ".join((each.alt_text or "").split()) or None)
        for each in pictures[:1]
        if (url := web_address(absolute(f"{site}/", each.source_url)))
        and (each.mime_type or "image/").startswith("image/")
    )


def _plain(text: str | None) -> str | None:
    return text_of(text, {"type": "text/html"}, is_exact=True)
