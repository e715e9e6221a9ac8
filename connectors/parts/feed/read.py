"""From the bytes of a feed (RSS, RDF, Atom, JSON Feed) to what feedparser makes of them."""

import codecs
import html
import io
import re
from functools import lru_cache
from xml.sax.saxutils import quoteattr

from connectors.parts.feed.json import feed_of_json
from connectors.parts.feed.shape import Feed

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
_DECLARED = re.compile(r"""\A(\s*<\?xml\b[^>]*?)\sencoding\s*=\s*(?:"[^"]*"|'[^']*')""")
# Of a picture, up to the next one: whatever is left open, each byte is looked at once.
_PICTURE = re.compile(
    rb"<media:content\b([^<>]*[^<>/])>((?:[^<]|<(?!/?media:content\b))*)</media:content>"
)
_OF_PICTURE = re.compile(
    rb"<media:(description|title|license)\b([^<>]*)>((?:[^<]|<(?!/?media:))*)</media:\1>"
)
# feedparser looks for mail addresses in a time that grows with the square of the name.
_LONG_NAME = re.compile(
    rb"(<(?:[a-z]+:)?(?:author|creator|name|email)\b[^<>]*>(?:<!\[CDATA\[)?[^<\]]{1000})[^<\]]*",
    re.IGNORECASE,
)
# Its XML parser looks attributes up in a time that grows with the square of their number.
_CROWDED = re.compile(rb"""(<[^\s<>"'=]+)(?:\s+[^\s<>"'=]+\s*=\s*(?:"[^"]*"|'[^']*')){100,}""")
_CDATA = re.compile(r"<!\[CDATA\[(.*?)(?:\]\]>|\Z)", re.DOTALL)
_HREF = re.compile(r"""\bhref\s*=\s*["']([^"']*)""")
_TRIPS_OVER = (ValueError, OverflowError, LookupError, AttributeError, TypeError)
"""What feedparser raises on elements in places where it does not look for them."""


def is_page(body: bytes) -> bool:
    """Return whether the content looks like a feed, well-formed or not."""
    start = body[:4096].replace(b"\0", b"").decode("ascii", "ignore").lstrip()
    if start.startswith("{"):
        return b"jsonfeed.org/version" in body.replace(b"\\/", b"/")
    found = _START.search(start)
    return bool(found) and not re.search(r"<html\b|^#|\t", start[: found.start()] if found else "")


@lru_cache(maxsize=1)  # a page is asked for its records, and then for its unknown fields
def feed_of(body: bytes, content_type: str | None) -> Feed | None:
    """Return the feed, or None when the content is none."""
    if body.lstrip(codecs.BOM_UTF8 + b" \t\r\n").startswith(b"{"):
        return feed_of_json(body)
    import feedparser  # it loads slowly, and few pages are feeds

    try:
        read = feedparser.parse(
            # bytes alone would be taken for the name of a file
            io.BytesIO(_readable(_as_utf8(body, content_type))),
            response_headers={"content-type": "application/xml; charset=utf-8"},
            sanitize_html=False,  # the text is taken out of the markup later
            resolve_relative_uris=True,
        )
    except _TRIPS_OVER:
        return None
    if not read.get("version") and not read["entries"]:
        return None
    return Feed(version=read["version"], about=read["feed"], items=read["entries"], rejected=[])


def _as_utf8(body: bytes, content_type: str | None) -> bytes:
    """Return the body in UTF-8: in any other encoding what is mended here could hide."""
    narrow = _narrow(body)
    if narrow is not None:
        return narrow
    from feedparser.encodings import convert_to_utf8  # it guesses, with tables of all encodings

    headers = {"content-type": content_type} if content_type else {}
    converted: bytes = convert_to_utf8(headers, body, {})
    return converted


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
    """Return the body without what feedparser trips over or takes for something else."""

    def mended(found: re.Match[bytes]) -> bytes:
        digits = (found[1] or found[2] or b"").lstrip(b"0")
        if found[0] == b"&":
            return b"&amp;"
        if found[0].startswith(b"<"):
            return found[0]
        number = int(digits or b"0", 16 if found[1] else 10) if len(digits) < 9 else 0
        is_character = 0 < number < 0xD800 or 0xDFFF < number < 0x110000
        return found[0] if is_character else b"&#xFFFD;"

    body = _CROWDED.sub(rb"\1", _LONG_NAME.sub(rb"\1", body))
    return _PICTURE.sub(_with_own_words, _REFERENCE.sub(mended, body))


def _with_own_words(picture: re.Match[bytes]) -> bytes:
    """Return a picture with its description and licence as attributes.

    feedparser takes both for the item's own (https://www.rssboard.org/media-rss).
    """
    said: dict[str, str] = {}
    for name, attributes, content in _OF_PICTURE.findall(picture[2]):
        text = content.decode("latin-1")
        plain = _CDATA.sub(r"\1", text) if "<![CDATA[" in text else html.unescape(text)
        href = _HREF.search(attributes.decode("latin-1"))
        said[name.decode()] = href[1] if href else " ".join(plain.split())
    wanted = {"alt": said.get("description"), "licence": said.get("license")}
    # Latin-1 hands every byte through, whatever the feed is written in.
    more = "".join(f" {key}={quoteattr(value)}" for key, value in wanted.items() if value)
    rest = _OF_PICTURE.sub(b"", picture[2])
    return b"<media:content%s%s>%s</media:content>" % (
        picture[1],
        more.encode("latin-1", "xmlcharrefreplace"),
        rest,
    )
