"""What others write is looked through in a time that grows with its length, whatever it is."""

import json
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from connectors import connector_of
from connectors.indexing import forbids_indexing
from contract.page import Page

MIDDAY = datetime(2026, 1, 8, 12, tzinfo=UTC)


def page(platform: str, body: bytes | str, file: str | None = None) -> Page:
    raw = body.encode() if isinstance(body, str) else body
    return Page(
        source="s", platform=platform, url="https://site.example/posts.rss", received_at=MIDDAY,
        body=raw, file=file,
    )  # fmt: skip


def rss(items: str, about: str = "") -> str:
    space = 'xmlns:media="http://search.yahoo.com/mrss/"'
    return f'<rss version="2.0" {space}><channel>{about}{items}</channel></rss>'


def item(link: str) -> str:
    return f"<item><title>Lamp</title><link>{link}</link><guid>{link}</guid></item>"


def parsed(platform: str, body: bytes | str, file: str | None = None) -> Callable[[], object]:
    return lambda: list(connector_of(platform).parse(page(platform, body, file)))


def skeet(text: str) -> str:
    did = "did:plc:abc"
    link = {"$type": "app.bsky.richtext.facet#link", "uri": "https://a.example"}
    record = {
        "$type": "app.bsky.feed.post",
        "text": text,
        "facets": [{"index": {"byteStart": 0, "byteEnd": len(text)}, "features": [link]}],
    }
    view = {"uri": f"at://{did}/app.bsky.feed.post/k", "author": {"did": did}, "record": record}
    return json.dumps({"posts": [view]})


def forum_post(**more: str) -> str:
    post = {"id": 1, "topic_id": 1, "post_number": 1, "post_type": 1, "username": "u", **more}
    return json.dumps({"latest_posts": [{**post, "cooked": ""}]})


HURTING = {
    "comments before the page": lambda: forbids_indexing(page("feed", b"<!---->" * 280)),
    "declarations in wide letters": parsed("feed", ("<?xml " * 60_000).encode("utf-16")),
    "text left open below a picture": parsed(
        "feed",
        rss(
            "<item><title>a</title><media:content url='https://a.example/a.png'>"
            f"<media:description>{'<![CDATA[' * 60_000}</media:description></media:content></item>"
        ),
    ),
    "address of a question": parsed(
        "feed", rss(item(f"https://a.example{'/question/1/' * 40_000}#"))
    ),
    "address of a feed of one forum": parsed(
        "feed",
        rss(
            item("https://a.example/showthread.php?tid=1"),
            f"<link>https://a.example{'/syndication.php?&amp;fid=' * 60_000}</link>",
        ),
    ),
    "address of a topic": parsed("discourse", rss(item(f"https://a.example{'/t/1' * 60_000}"))),
    "picture of an author": parsed(
        "discourse", forum_post(avatar_template="/user_avatar/" + "." * 60_000), "imported"
    ),
    "shortened address": parsed("bluesky", skeet("a." * 30_000 + " ")),
}  # fmt: skip


@pytest.mark.timeout(5)
@pytest.mark.parametrize("read", HURTING.values(), ids=HURTING)
def test_no_text_takes_longer_than_its_length(read: Callable[[], object]) -> None:
    read()
