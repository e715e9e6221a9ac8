"""What a page says to robots: `noindex`, in its head or in the header X-Robots-Tag."""

import re
from collections.abc import Iterator
from typing import Final

from connectors.answers import Answer, shown
from connectors.http import ROBOT, Client
from contract.errors import SkipPage, StopSource
from contract.page import Page

_ROBOT: Final = ROBOT.lower()
_HEADER: Final = "x-robots-tag"
_HEAD_BYTES: Final = 200_000
# What is left open hides the rest, for a browser too; so each byte is looked at once.
_NOT_SHOWN: Final = re.compile(
    rb"<!--.*?(?:-->|\Z)|<script\b.*?(?:</script\s*>|\Z)", re.DOTALL | re.IGNORECASE
)
_META: Final = re.compile(rb"<meta\b[^>]{0,1000}>", re.IGNORECASE)
_ATTRIBUTE: Final = re.compile(
    rb"""\b(name|content)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""", re.IGNORECASE
)
# Each comment ends where it first can, whatever follows: so each byte is looked at once.
_HTML: Final = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]*>\s*)?(?:(?><!--.*?-->)\s*){0,9}"
    rb"<(?:!doctype\s+html|html|head)\b",
    re.DOTALL | re.IGNORECASE,
)
_VALUED: Final = frozenset(
    {"unavailable_after", "max-snippet", "max-image-preview", "max-video-preview"}
)
"""Rules with a colon of their own; anything else before a colon is a robot's name."""


def forbids_indexing(answer: Page | Answer) -> bool:
    """Return whether an answer asks robots, or us by name, not to be kept in an index.

    Of an answer that no person reads, a feed or JSON, `noindex` alone is no wish: WordPress writes
    it on every answer of its API, Discourse and others on every feed, so that a search engine shows
    the page and not the feed. There it has to be `none`, or `nofollow` beside it.
    """
    rules = set(_said(answer.headers.get(_HEADER, "")))
    is_html = _HTML.match(answer.body[:2000]) is not None
    if is_html:
        rules |= _in_head(answer.body)
    return "none" in rules or ("noindex" in rules and (is_html or "nofollow" in rules))


def heed_front_page(client: Client, url: str) -> None:
    """Return if a site's front page lets robots keep the site; else raise StopSource.

    For sites whose machine-readable answers do not tell. One without a front page does not say.
    """
    try:
        answer = client.get(url, accept=frozenset({200, 404, 410}))
    except SkipPage:
        return
    if answer.status == 200 and forbids_indexing(answer):
        raise StopSource(
            f"{shown(url)}: the site asks robots not to keep it (noindex); ask its owner for a "
            "way to read it, or remove the source"
        )


def _said(header: str) -> Iterator[str]:
    """Yield the rules of a header that are for all robots or for us, in lower case."""
    robot = ""
    for part in header.lower().split(","):
        name, colon, rule = part.partition(":")
        if colon and name.strip() not in _VALUED:
            robot, part = name.strip(), rule
        if robot in ("", "*", _ROBOT):
            yield part.strip()


def _in_head(body: bytes) -> set[str]:
    lower = body[:_HEAD_BYTES].lower()
    if b"noindex" not in lower and b"none" not in lower:
        return set()
    head = _NOT_SHOWN.sub(b"", lower).partition(b"<body")[0].partition(b"</head")[0]
    rules: set[str] = set()
    for meta in _META.findall(head):
        said = {name: a or b or c for name, a, b, c in _ATTRIBUTE.findall(meta)}
        if said.get(b"name", b"").strip() in (b"robots", _ROBOT.encode()):
            content = said.get(b"content", b"").decode("latin-1")
            rules |= {rule.strip() for rule in content.split(",")}
    return rules
