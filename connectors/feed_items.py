"""From the bytes of a feed (RSS, RDF, Atom, JSON Feed) to posts."""

import codecs
import html
import io
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any, cast

import feedparser
from w3lib.html import remove_tags

from connectors.feed_dates import moment_of
from connectors.feed_json import Feed, Item, feed_of_json
from connectors.markup import absolute, site_of, web_address, with_absolute_links
from contract.keys import stable_key
from contract.page import Page
from contract.post import BodyFormat, Link, Outcome, Post, Rejected, Skipped, Tag

_GLOBAL_ID = re.compile(r"(?:https?://|tag:|urn:).+", re.IGNORECASE | re.DOTALL)
# Text of CDATA is left alone; elsewhere references to no character and bare ampersands are mended.
_REFERENCE = re.compile(
    rb"(?is)<!\[CDATA\[.*?(?:\]\]>|\Z)|&#(?:x([0-9a-f]+)|([0-9]+));|&(?!#?\w+;)"
)
_START = re.compile(r"<(?:\?xml\b|(?:\w+:)?(?:rss|feed|rdf|channel|entry|item)\b)", re.IGNORECASE)
# How wide characters begin (XML 1.0, appendix F), marked or not; UTF-16 begins like UTF-32.
_WIDE = tuple(
    (re.compile(start, re.DOTALL), encoding)
    for start, encoding in (
        (rb"\0\0(?:\xfe\xff|\0[^\0])", "utf-32-be"),
        (rb"(?:\xff\xfe|[^\0]\0)\0\0", "utf-32-le"),
        (rb"\xfe\xff|\0[^\0]\0[^\0]", "utf-16-be"),
        (rb"\xff\xfe|[^\0]\0[^\0]\0", "utf-16-le"),
    )
)
_DECLARED = re.compile(r"""(\s*<\?xml\b[^>]*?)\sencoding\s*=\s*(?:"[^"]*"|'[^']*')""")
_MAIL_AND_NAME = re.compile(r"\S+@\S+\s+\((.+)\)")
_HTML_TYPES = ("text/html", "application/xhtml+xml")


def is_page(body: bytes) -> bool:
    """Return whether the content looks like a feed, well-formed or not."""
    start = body[:4096].replace(b"\0", b"").decode("ascii", "ignore").lstrip()
    if start.startswith("{"):
        return b"jsonfeed.org/version" in body.replace(b"\\/", b"/")
    found = _START.search(start)
    return bool(found) and not re.search(r"<html\b|^#|\t", start[: found.start()] if found else "")


def feed_of(body: bytes, content_type: str | None) -> Feed | None:
    """Return the feed, or None when the content is none."""
    if body.lstrip(codecs.BOM_UTF8 + b" \t\r\n").startswith(b"{"):
        return feed_of_json(body)
    narrow = _narrow(body)
    headers = {"content-type": content_type} if content_type and narrow is None else {}
    try:
        read = feedparser.parse(
            io.BytesIO(
                _readable(body if narrow is None else narrow)
            ),  # bytes alone would be taken for the name of a file
            response_headers=headers,
            sanitize_html=False,  # the text is taken out of the markup later
            resolve_relative_uris=True,
        )
    except (ValueError, OverflowError):
        # Its lenient parser lets impossible character references in UTF-16 and UTF-32 through.
        return None
    if not read.get("version") and not read["entries"]:
        return None
    return Feed(version=read["version"], about=read["feed"], items=read["entries"], rejected=[])


def _narrow(body: bytes) -> bytes | None:
    """Return UTF-16 or UTF-32 as UTF-8, or None for what is neither.

    feedparser tries UTF-8 first, which plain letters in wide characters are too.
    """
    encoding = next((encoding for start, encoding in _WIDE if start.match(body)), None)
    if encoding is None:
        return None
    text = body.decode(encoding, "replace").removeprefix("\ufeff")
    return _DECLARED.sub(r"\1", text, count=1).encode()


def _readable(body: bytes) -> bytes:
    """Return the body without what feedparser trips over."""

    def mended(found: re.Match[bytes]) -> bytes:
        digits = (found[1] or found[2] or b"").lstrip(b"0")
        if found[0] == b"&":
            return b"&amp;"
        if found[0].startswith(b"<"):
            return found[0]
        number = int(digits or b"0", 16 if found[1] else 10) if len(digits) < 9 else 0
        is_character = 0 < number < 0xD800 or 0xDFFF < number < 0x110000
        return found[0] if is_character else b"&#xFFFD;"

    return _REFERENCE.sub(mended, body)


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
    answered = page.headers.get("content-location", page.url)
    base = web_address(absolute(answered, feed.about.get("link") or "")) or answered
    shared = Counter(item.get("link") for item in feed.items if not item.get("id"))
    for item in feed.items:
        if not any(
            item.get(name) for name in ("id", "link", "links", "title", "summary", "content")
        ):
            yield Rejected(reason="empty item")
        else:
            yield _post(page, feed, item, base, shared[item.get("link")] <= 1)


def created_at(item: Item) -> Any:
    """Return when the item was published, or failing that written or changed, or None."""
    # Not item.get("updated"): feedparser answers with `published` and a warning.
    names = ("published", "created", "updated")
    moments = (moment_of(dict.get(item, name)) for name in names)
    return next((m for m in moments if m), None)


def _post(page: Page, feed: Feed, item: Item, base: str, link_names_it: bool) -> Post:
    is_atom_like = feed.version.startswith(("atom", "json"))
    body, detail = _body(item)
    body_format: BodyFormat = "html" if detail.get("type") in _HTML_TYPES else "text"
    address = item.get("feedburner_origlink") or item.get("link")
    link = web_address(absolute(base, address)) if address else None
    guid = item.get("id")
    is_comment = "thr_in-reply-to" in item or "#comment-" in f"{guid} {link}"
    created, updated = created_at(item), moment_of(dict.get(item, "updated"))
    is_edited = is_atom_like and created and updated and updated > created
    name, account = _author(item)
    title = _text(item.get("title"), item.get("title_detail"), is_atom_like)
    community = site_of(base)
    latitude, longitude = _place(item)
    parent = _parent(item) if is_comment else None
    return Post(
        platform=page.platform,
        source=page.source,
        native_id=_native_id(page, item, link_names_it),
        kind="comment" if is_comment else "article",
        url=link,
        community_id=community,
        community_name=_site_name(feed, is_atom_like),
        community_url=web_address(base),
        author_id=account or (f"{community}#{name}" if name else None),
        author_name=name,
        parent_id=parent,
        root_id=parent,
        title=_without_name(title, name) if is_comment and title and name else title,
        body=with_absolute_links(base, body) if body_format == "html" else body,
        body_format=body_format,
        lang_declared=_language(detail, item.get("title_detail"), feed.about),
        created_at=created,
        edited_at=updated if is_edited else None,
        latitude=latitude,
        longitude=longitude,
        tags=_tags(item),
        links=_links(item, base, link),
        observed_at=page.received_at,
    )


def _site_name(feed: Feed, is_atom_like: bool) -> str | None:
    """Return what the site calls itself; WordPress names a feed of comments after their place."""
    title = _text(feed.about.get("title"), feed.about.get("title_detail"), is_atom_like)
    if title is None or title.startswith("Comments on"):
        return None
    return title.removeprefix("Comments for ")


def _native_id(page: Page, item: Item, link_names_it: bool) -> str:
    guid = item.get("id")
    if guid and _GLOBAL_ID.fullmatch(guid):
        return str(guid)
    run = (page.cursor or {}).get("run", {})
    link = item.get("link") if link_names_it else None
    own = (
        guid or link or stable_key(*(str(item.get(n) or "") for n in ("link", "title", "summary")))
    )
    return f"{run.get('feed', page.url)}#{own}"


def _parent(item: Item) -> str | None:
    """Return the id of what a comment answers: RFC 4685, or a WordPress id before its fragment."""
    answered = item.get("thr_in-reply-to") or {}
    before, hash_sign, _ = str(item.get("id") or "").partition("#comment-")
    return answered.get("ref") or (before if hash_sign and _GLOBAL_ID.fullmatch(before) else None)


def _body(item: Item) -> tuple[str, Item]:
    contents = [c for c in item.get("content") or () if c.get("value")]
    contents = [
        c for c in contents if c.get("type", "text/html").startswith(("text/", *_HTML_TYPES))
    ]
    contents.sort(key=lambda c: c.get("type") not in _HTML_TYPES)
    if contents:
        return str(contents[0]["value"]), contents[0]
    return str(item.get("summary") or ""), item.get("summary_detail") or {}


def _text(value: str | None, detail: Item | None, is_exact: bool) -> str | None:
    """Return plain text on one line; titles of RSS are often escaped twice, of Atom never."""
    text = value or ""
    is_html = (detail or {}).get("type") in _HTML_TYPES
    if is_html:
        text = remove_tags(text)
    if is_html or not is_exact:
        text = html.unescape(text)
    return " ".join(text.split()) or None


def _without_name(title: str, name: str) -> str | None:
    """Return the title without `by Name` in whatever language, or None when the name is left."""
    rest = re.sub(rf"\s\w+\s{re.escape(name)}$", "", title)
    return None if name in rest else rest


def _author(item: Item) -> tuple[str | None, str | None]:
    detail = item.get("author_detail") or {}
    # RSS 2.0 writes `mail (name)`, which feedparser takes apart wrongly for newer domains.
    written = _MAIL_AND_NAME.fullmatch(item.get("author") or "")
    name = written[1] if written else detail.get("name") or item.get("author")
    return (" ".join(name.split()) or None) if name else None, web_address(detail.get("href"))


def _language(*places: Item | None) -> str | None:
    said = next((p["language"] for p in places if p and p.get("language")), None)
    return said.strip().replace("_", "-") if said else None


def _tags(item: Item) -> tuple[Tag, ...]:
    terms = (t.get("label") or t.get("term") or "" for t in item.get("tags") or ())
    return tuple(Tag(tag=t) for t in dict.fromkeys(" ".join(term.split()) for term in terms) if t)


def _links(item: Item, base: str, link: str | None) -> tuple[Link, ...]:
    rels = ("enclosure", "related", "via")
    others = [a.get("href") for a in item.get("links") or () if a.get("rel") in rels]
    found = [web_address(absolute(base, other)) for other in (item.get("link"), *others) if other]
    return tuple(Link(url=url) for url in dict.fromkeys([link, *found]) if url)


def _place(item: Item) -> tuple[float | None, float | None]:
    where = item.get("where") or {}
    try:
        if where.get("type") == "Point":
            longitude, latitude = where["coordinates"][:2]
        else:
            latitude, longitude = float(item["geo_lat"]), float(item["geo_long"])
    except (KeyError, ValueError, TypeError):
        return None, None
    is_on_earth = abs(latitude) <= 90 and abs(longitude) <= 180
    return cast("tuple[float, float]", (latitude, longitude)) if is_on_earth else (None, None)
