"""From the HTML of boards to posts."""

import re
from collections.abc import Iterator
from typing import Any

from resiliparse.parse.html import ElementNode

from connectors.markup import web_address
from connectors.parts.phpbb.bodies import MOST_PICTURES, attachments_of, body_of
from connectors.parts.phpbb.lists import (
    anchors_of_posts,
    forum_around,
    forums_of,
    has,
    kind_of,
    own_topic,
    rows_of,
)
from connectors.parts.phpbb.pages import (
    Sheet,
    address,
    engine_of,
    number,
    said_time,
    select,
    sheet_of,
    within,
    words,
)
from contract.page import Page
from contract.post import Outcome, Post, Rejected, Skipped

_PLACE = re.compile(r"#(\d{1,9})$")


def unknown_fields(page: Page) -> set[str]:
    """Return nothing: HTML names no fields, what a selector does not mean is never looked at."""
    return set()


def is_page(body: bytes) -> bool:
    """Return whether the content looks like a page of phpBB 2, phpBB 3 or MyBB."""
    return engine_of(body) is not None


def parse(page: Page) -> Iterator[Outcome]:
    """Yield an outcome for each record of the page; for a page without records one saying why.

    Times without a zone are read in that of the page's foot, else by the page's own clock, else
    as UTC.
    """
    if page.status != 200:
        yield Skipped(rule="gone" if page.status in (404, 410) else "error page")
        return
    if web_address(page.url) is None:
        yield Rejected(reason="bad address of the page", detail=page.url)
        return
    sheet = sheet_of(page)
    if sheet is None:
        yield Rejected(reason="not a page of a board", detail=f"{len(page.body)} bytes")
        return
    yield from outcomes_of(sheet)


def outcomes_of(sheet: Sheet) -> Iterator[Outcome]:
    """Yield an outcome for each post, else for each entry of a list, else one for the page."""
    kind = kind_of(sheet)
    if kind == "topic":
        yield from posts_of(sheet)
    elif kind == "topic list":
        yield from (Skipped(rule="topic list entry") for _ in rows_of(sheet))
    elif kind == "forum list":
        yield from (Skipped(rule="forum list entry") for _ in forums_of(sheet))
    else:
        yield Skipped(rule=kind)


def posts_of(sheet: Sheet) -> Iterator[Post]:
    """Yield the posts of a topic's page, in its order."""
    engine, page = sheet.engine, sheet.page
    topic, begins = own_topic(sheet)
    forum = forum_around(sheet)
    title = next((t for node in select(sheet, engine.title) if (t := words(node))), None)
    root = None if topic is None else f"{sheet.site}/t/{topic}"
    around: dict[str, Any] = {
        "platform": page.platform,
        "source": page.source,
        "community_id": f"{sheet.site}/f/{forum[0]}" if forum else sheet.site,
        "community_name": (forum and forum[1]) or sheet.site,
        "community_url": f"{sheet.base}/{_forum_path(sheet, forum[0])}" if forum else sheet.base,
        "root_id": root,
        "body_format": "html",
        "observed_at": page.received_at,
    }
    for index, (post_id, node) in enumerate(anchors_of_posts(sheet)):
        shown = (_PLACE.match(words(a)) for a in within(node, engine.own_address))
        place = next((int(m[1]) for m in shown if m), None)
        is_first = place == 1 if place else begins == engine.first_page and index == 0
        path = engine.post_address.format(post=post_id, topic=topic)
        if topic is None:
            path = path.replace("tid=None&", "")
        answered = _answered(sheet, node)
        said = _said(sheet, node)
        yield Post(
            **around,
            **said,
            native_id=f"{sheet.site}/p/{post_id}",
            kind="post" if is_first else "reply",
            url=f"{sheet.base}/{path}",
            parent_id=None if is_first else answered or root,
            title=None if "removed_at" in said else title,
        )


def _forum_path(sheet: Sheet, forum: int) -> str:
    path = sheet.engine.forum_address.format(id=forum, page=sheet.engine.first_page)
    return path.rpartition("&")[0]


def _answered(sheet: Sheet, node: ElementNode) -> str | None:
    """Return the native id of the post that is quoted first, where the quote names it."""
    body = node.query_selector(sheet.engine.body)
    links = within(body, "blockquote cite a[href]") if body else []
    posts = (number(sheet.engine.post_of, address(link)) for link in links)
    quoted = next((p for p in posts if p is not None), None)
    return None if quoted is None else f"{sheet.site}/p/{quoted}"


def _said(sheet: Sheet, node: ElementNode) -> dict[str, Any]:
    """Return what one post says: its author, times, body and pictures."""
    engine, calendar = sheet.engine, sheet.calendar
    name = node.query_selector(engine.author)
    account = _account(sheet, node, name)
    marks = within(node, engine.edited)
    edited_at = next((at for m in marks if (at := said_time(m, "a, em", calendar))), None)
    date = node.query_selector(engine.date)
    without = f"{engine.edited}, a, strong"
    created_at = said_time(date, without, calendar, engine.date_end)
    if edited_at and created_at and edited_at <= created_at:
        edited_at = None
    said = {
        "author_id": None if account is None else f"{sheet.site}/u/{account}",
        "author_name": words(name) or None,
        "created_at": created_at,
        "edited_at": edited_at,
    }
    if has(node, engine.removed):
        return {**said, "removed_at": sheet.page.received_at, "removal_reason": "deleted"}
    body, pictures = body_of(sheet, node)
    links, attached = attachments_of(sheet, node)
    media = tuple(dict.fromkeys((*pictures, *attached)))[:MOST_PICTURES]
    return {**said, "body": body, "links": links, "media": media}


def _account(sheet: Sheet, node: ElementNode, name: ElementNode | None) -> int | None:
    """Return the author's number, None for a guest; phpBB 2 has the link in the row below."""
    places = [name, node.next_element_sibling if sheet.engine.row else None]
    links = [a for place in places if place for a in (place, *within(place, "a[href]"))]
    accounts = (number(sheet.engine.author_of, address(link)) for link in links)
    return next((account for account in accounts if account is not None), None)
