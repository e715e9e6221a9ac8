"""What a page of a board is, and the forums, topics and posts that stand on it."""

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Literal, NamedTuple

from resiliparse.parse.html import ElementNode

from connectors.parts.phpbb.pages import Sheet, address, number, said_time, select, within, words

Kind = Literal["topic", "topic list", "forum list", "login form", "message"]

_NOT_A_FORUM = re.compile(r"sortby=|datecut=|\bpage[=-]|action=")
_LOGIN = 'input[type="password"]'
_QUICK_LOGIN = "#quick_login, .headerspace"


class Row(NamedTuple):
    """A topic in a list: `mark` changes with its last post, `page` begins its last page."""

    id: int
    mark: str
    last_at: datetime | None
    page: int
    is_loose: bool
    is_moved: bool


def kind_of(sheet: Sheet) -> Kind:
    """Return what kind of page it is, by what stands on it."""
    if anchors_of_posts(sheet):
        return "topic"
    if next(rows_of(sheet), None):
        return "topic list"
    if forums_of(sheet):
        return "forum list"
    passwords = [p for p in select(sheet, _LOGIN) if not p.closest(_QUICK_LOGIN)]
    return "login form" if passwords else "message"


def anchors_of_posts(sheet: Sheet) -> list[tuple[int, ElementNode]]:
    """Return the posts of a topic's page, each with its id and the element that holds it."""
    found: dict[int, ElementNode] = {}
    for node in select(sheet, sheet.engine.post):
        name = sheet.engine.post_id.fullmatch(node.getattr("id") or node.getattr("name") or "")
        holder = node.closest(sheet.engine.row) if sheet.engine.row else node
        if name and len(name[1]) <= 18 and holder is not None:
            found.setdefault(int(name[1]), holder)
    return list(found.items())


def rows_of(sheet: Sheet) -> Iterator[Row]:
    """Yield the topics of a forum's page, in its order."""
    engine = sheet.engine
    for link in select(sheet, engine.topic):
        topic, row = number(engine.topic_of, address(link)), link.closest(engine.topic_row)
        if topic is None or row is None:
            continue
        links = [address(a) for a in within(row, "a[href]")]
        last = row.query_selector(engine.topic_last)
        posts = (
            [number(engine.post_of, address(a)) for a in within(last, "a[href]")] if last else []
        )
        at = said_time(last, "a, dfn", sheet.calendar)
        replies = words(row.query_selector(engine.topic_replies))
        pages = [p for a in links if number(engine.topic_of, a) == topic
                 and (p := number(engine.page_of, a)) is not None]  # fmt: skip
        yield Row(
            id=topic,
            mark=str(next(filter(None, posts), None) or f"{at} {replies}"),
            last_at=at,
            page=max(pages, default=engine.first_page),
            is_loose=has(row, engine.loose),
            is_moved=has(row, engine.moved),
        )


def has(node: ElementNode, selector: str) -> bool:
    """Return whether the element or one below it is what the selector means."""
    return bool(node.matches(selector) or node.query_selector(selector))


def forums_of(sheet: Sheet) -> dict[int, str]:
    """Return the forums a page lists, names by ids, without those that lead elsewhere."""
    found: dict[int, str] = {}
    for link in select(sheet, sheet.engine.forum):
        named = address(link)
        forum = number(sheet.engine.forum_of, named)
        if forum is None or _NOT_A_FORUM.search(named) or link.closest(sheet.engine.elsewhere):
            continue
        if name := words(link):
            found.setdefault(forum, name)
    return found


def forum_around(sheet: Sheet) -> tuple[int, str] | None:
    """Return the forum that a topic stands in, id and name, by the way back to the index."""
    around = None
    for link in select(sheet, sheet.engine.crumbs):
        forum = number(sheet.engine.forum_of, address(link))
        around = (forum, words(link)) if forum is not None else around
    return around


def own_topic(sheet: Sheet) -> tuple[int | None, int | None]:
    """Return which topic's page it is and where that page begins, each None when not said."""
    engine = sheet.engine
    told = [] if sheet.page.file else [sheet.page.url]
    named = [address(node) for node in select(sheet, engine.own_address)] + told
    topic = next((t for a in named if (t := number(engine.topic_of, a)) is not None), None)
    current = [words(node) for node in select(sheet, engine.pager) if not address(node)]
    if current and current[0].isdecimal():
        return topic, int(current[0][:9])
    pages = [a for a in named if number(engine.topic_of, a) == topic]
    page = next((p for a in pages if (p := number(engine.page_of, a)) is not None), None)
    return topic, engine.first_page if page is None and pages else page


def pages_beside(sheet: Sheet, kind: re.Pattern[str], number_of: int) -> set[int]:
    """Return where the other pages begin that the page links to, of one topic or one forum."""
    engine = sheet.engine
    links = [a for node in select(sheet, engine.pager) if (a := address(node))]
    return {
        engine.first_page if (page := number(engine.page_of, a)) is None else page
        for a in links
        if number(kind, a) == number_of
    }
