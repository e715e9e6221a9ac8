"""Pages of boards: which engine wrote one, in which encoding and zone, and asking what is on it."""

import codecs
import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from urllib.parse import unquote, urlsplit

from resiliparse.parse.encoding import detect_encoding, map_encoding_to_html5
from resiliparse.parse.html import ElementNode, HTMLTree

from connectors.markup import site_of, web_address
from connectors.parts.phpbb.dates import Calendar, is_month_first, moment, zone_of_clock, zone_said
from connectors.parts.phpbb.markup import ENGINES, Engine
from contract.page import Page

_MOST_BYTES = 4_000_000
_LONGEST_ADDRESS = 2000
_CHARSET = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w.:-]+)", re.IGNORECASE)
_HEADER_CHARSET = re.compile(r"charset\s*=\s*[\"']?\s*([\w.:-]+)", re.IGNORECASE)
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"),
          (codecs.BOM_UTF16_BE, "utf-16"))  # fmt: skip
_SCRIPT = re.compile(r"/[^/]*\.(?:php|html?)$")


@dataclass(frozen=True)
class Sheet:
    """A page of a board that can be asked what is on it; `base` is the board's own address."""

    engine: Engine
    tree: HTMLTree
    base: str
    page: Page
    calendar: Calendar

    @property
    def site(self) -> str:
        """Return what names the board: host and path."""
        return site_of(self.base)


def engine_of(body: bytes) -> Engine | None:
    """Return the engine that wrote the HTML, or None when none of them did."""
    if b"<html" not in body[:5000].lower():
        return None
    found = (e for e in ENGINES if any(all(m in body for m in marks) for marks in e.marks))
    return next(found, None)


def sheet_of(page: Page) -> Sheet | None:
    """Return the page as a sheet, or None when no engine known here wrote it."""
    engine = engine_of(page.body)
    if engine is None:
        return None
    tree = HTMLTree.parse(_decoded(page.body[:_MOST_BYTES], page.headers.get("content-type", "")))
    sheet = Sheet(engine, tree, base_of(page.url), page, Calendar(UTC, page.received_at))
    if page.file is not None:
        # It may be of another board than its source.
        own = [address(node) for node in select(sheet, engine.own_address)]
        said = [a for a in own if web_address(a) and engine.topic_of.search(a)]
        said.sort(key=lambda a: engine.post_of.search(a) is None)
        sheet = replace(sheet, base=base_of(next(iter(said), page.url)))
    return replace(sheet, calendar=_calendar(sheet))


def base_of(url: str) -> str:
    """Return the address of the board that a page's address belongs to."""
    parts = urlsplit(unquote(url))
    netloc = parts.netloc.rpartition("@")[2]
    return f"{parts.scheme}://{netloc}{_SCRIPT.sub('', parts.path).rstrip('/')}"


def _decoded(body: bytes, content_type: str) -> str:
    """Return the text as the WHATWG would read it; bytes that are UTF-8 are, whatever is said."""
    for mark, marked in _MARKS:
        if body.startswith(mark):
            return body.decode(marked, "replace")
    if not body.isascii():
        try:
            # A character cut in two at the end is no sign of another encoding.
            return codecs.getincrementaldecoder("utf-8")().decode(body)
        except UnicodeDecodeError:
            pass
    said, meta = _HEADER_CHARSET.search(content_type), _CHARSET.search(body[:5000])
    declared = said[1] if said else meta[1].decode("ascii", "replace") if meta else ""
    encoding = map_encoding_to_html5(declared, fallback_utf8=False) or detect_encoding(body)
    try:
        return body.decode(encoding or "cp1252", "replace")
    except LookupError:
        return body.decode("cp1252", "replace")


def select(sheet: Sheet, selector: str) -> list[ElementNode]:
    """Return the elements of the page that the selector means."""
    document = sheet.tree.document
    return document.query_selector_all(selector).values() if document else []


def within(node: ElementNode, selector: str) -> list[ElementNode]:
    """Return the elements below one that the selector means, as they are now."""
    found: list[ElementNode] = node.query_selector_all(selector).values()
    return found


def address(node: ElementNode | None) -> str:
    """Return the address an element names; archives write "?" as "%3F" in it."""
    named = (node.getattr("href") or node.getattr("action") or "") if node else ""
    return unquote(named[:_LONGEST_ADDRESS])


def number(pattern: re.Pattern[str], text: str) -> int | None:
    """Return the number the pattern finds, or None; no board counts beyond 18 digits."""
    match = pattern.search(text)
    return int(match[1]) if match and len(match[1]) <= 18 else None


def words(node: ElementNode | None, without: str = "") -> str:
    """Return the element's text on one line, without what `without` selects in it."""
    if node is None:
        return ""
    copy = node.clone_node(True) if without else node
    for left_out in within(copy, without) if isinstance(copy, ElementNode) and without else ():
        left_out.decompose()
    return " ".join(((copy and copy.text) or "").split())


def said_time(
    node: ElementNode | None, without: str, calendar: Calendar, end: str | None = None
) -> datetime | None:
    """Return the moment an element tells: `datetime`, else a hover title, else its words."""
    if node is None:
        return None
    if stamp := node.query_selector("time[datetime]"):
        try:
            exact = datetime.fromisoformat(stamp.getattr("datetime") or "")
            return (exact if exact.tzinfo else exact.replace(tzinfo=UTC)).astimezone(UTC)
        except (ValueError, OverflowError):
            return moment(words(stamp), calendar)
    if end:
        return moment(node.inner_html.partition(end)[0], calendar)
    return moment(date_words(node, without), calendar)


def date_words(node: ElementNode, without: str) -> str:
    """Return the words of a date; MyBB puts the day itself behind "Yesterday", as its title."""
    titles = [t for span in within(node, "span[title]") if (t := span.getattr("title"))]
    return " ".join([*titles, words(node, without)])


def _calendar(sheet: Sheet) -> Calendar:
    """Return how the page writes its times; a board that names no zone is read as UTC."""
    engine, now = sheet.engine, sheet.page.received_at
    lists = f"{engine.date}, {engine.topic_last}"
    order = is_month_first(date_words(node, "") for node in select(sheet, lists))
    calendar = Calendar(UTC, now, order)
    for node in reversed(select(sheet, engine.zone)):
        named = (span.getattr("title") for span in within(node, "span[title]"))
        if zone := zone_said(words(node), next(named, None)):
            return Calendar(zone, now, order)
    clock = next(iter(select(sheet, engine.clock)), None)
    if clock is None or sheet.page.file is not None:
        return calendar
    return Calendar(zone_of_clock(words(clock), calendar) or UTC, now, order)
