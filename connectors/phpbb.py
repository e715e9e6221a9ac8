"""Boards without an API, read as their guests see them: phpBB 2, phpBB 3 and MyBB."""

import logging
import re
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import urldefrag

from msgspec.structs import replace

from connectors.answers import Probed
from connectors.cursors import kept
from connectors.ends import BOUND, COMPLETE, LEFT_OUT
from connectors.http import Client
from connectors.markup import site_of
from connectors.parts.phpbb.lists import forum_around, kind_of, own_topic, pages_beside
from connectors.parts.phpbb.pages import Sheet, base_of
from connectors.parts.phpbb.posts import is_page, parse, posts_of, unknown_fields
from connectors.parts.phpbb.state import State
from connectors.parts.phpbb.topics import Job, Seen, asked, index_of, topics_to_read
from contract.charter import Source
from contract.errors import SkipPage
from contract.page import Page, Pages, Recheck, Stop, Window
from contract.terms import Rate, Terms

__all__ = ["TERMS", "fetch", "is_page", "parse", "probe", "recheck", "unknown_fields"]

log = logging.getLogger("goodguest.phpbb")

TERMS = Terms(
    platform="phpbb",
    title="phpBB and MyBB",
    document="RFC 9309, Robots Exclusion Protocol",
    url="https://www.rfc-editor.org/rfc/rfc9309",
    read_on=date(2026, 8, 1),
    limits=(Rate(1, 2.0),),
    storage="The forum's own rules.",
    deletion="Remove what was deleted there.",
    deletion_hours=24,
    selections=("categories",),
    forbidden=(
        "reading closed forums or private messages",
        "reading through an invented account",
        "reading what robots.txt excludes",
    ),
    personal=("native_id", "url", "author_id", "author_name", "title", "body", "text"),
    attribution="Name of the forum and a link to the post.",
    needs_permission=True,
)

_MAX_PAGES = 100
"""Of one topic in one run."""
_MAX_SEEN = 5000
"""Topics that are remembered."""


def fetch(
    client: Client, name: str, source: Source, window: Window, cursor: dict[str, Any] | None
) -> Pages:
    """Yield the pages of topics with posts in the window, each topic from its last page back.

    With no selection all forums a guest sees are read, else the named ones and those below them.
    The cursor holds under `seen` the last post known of each topic and how far back it was read,
    under `back_to` how far back nothing is missing, and under `run` how far this run has come. It
    stops as connectors.ends says.
    """
    base, known = base_of(str(source.url)), kept(cursor, State)
    back_to = int(window.since.timestamp())
    seen = _reached({**known.get("seen", {})}, back_to)
    run: dict[str, Any] = {**known["run"]} if "run" in known else {}
    if not run:
        is_whole = known.get("back_to", back_to + 1) <= back_to
        run = topics_to_read(client, base, name, source.select, window.since, seen, is_whole)
    while run["left"]:
        job, *others = run["left"]
        path = run["topic"].format(id=job["id"], page=job["page"])
        try:
            page, sheet = asked(client, name, f"{base}/{path}")
        except SkipPage as left_out:
            log.warning("%s: left out: %s", name, left_out)
            run = {**run, "left": others, "end": LEFT_OUT}
            continue
        is_elsewhere = _is_elsewhere(sheet, run["forums"])
        following, end = (None, None) if is_elsewhere else _following(job, page, sheet, window)
        if following is not None:
            others = [{**job, "page": following, "asked": job["asked"] + 1}, *others]
        elif end != LEFT_OUT:
            seen = {**seen, str(job["id"]): (job["mark"], job["at"], back_to)}
        run = {**run, "left": others, "end": end or run["end"]}
        if is_elsewhere:
            continue
        state = {**known, "seen": seen, "run": run}
        if not others and run["end"] == COMPLETE:
            state["back_to"] = back_to
        yield replace(page, cursor=state)
    reached = run.get("reached")
    return Stop(str(run["end"]), reached and datetime.fromtimestamp(reached, UTC))


def _reached(seen: dict[str, Seen], back_to: int) -> dict[str, Seen]:
    """Return what still matters of what was seen: topics that the window reaches."""
    still = [(t, at) for t, at in seen.items() if at[1] is None or at[1] >= back_to]
    return dict(sorted(still, key=lambda entry: entry[1][1] or 0)[-_MAX_SEEN:])


def _is_elsewhere(sheet: Sheet | None, forums: list[int]) -> bool:
    """Return whether the topic was moved into a forum this source does not read."""
    around = forum_around(sheet) if sheet else None
    return around is not None and around[0] not in forums


def _following(
    job: Job, page: Page, sheet: Sheet | None, window: Window
) -> tuple[int | None, str | None]:
    """Return where the topic's next page to read begins, and why it ends early if it does.

    Beyond the end of a topic boards show its last page, or its first again.
    """
    kind = kind_of(sheet) if sheet else None
    if page.status != 200 or sheet is None or kind != "topic":
        # A board that is closed for repairs says so in the place of any topic.
        return None, LEFT_OUT if kind == "message" and page.status == 200 else None
    begins = own_topic(sheet)[1]
    begins = job["page"] if begins is None else begins
    beside = pages_beside(sheet, sheet.engine.topic_of, job["id"])
    if job["asked"] and begins != job["page"]:
        return None, LEFT_OUT
    if begins < job["page"] and max(beside, default=begins) > begins:
        return max(beside), None
    moments = [post.created_at for post in posts_of(sheet) if post.created_at]
    if begins == sheet.engine.first_page or (moments and min(moments) < window.since):
        return None, None
    before = max((p for p in beside if p < begins), default=None)
    if before is None:
        return None, LEFT_OUT
    return (None, BOUND) if job["asked"] + 1 >= _MAX_PAGES else (before, None)


def recheck(
    client: Client, source: Source, posts: Sequence[tuple[str, str | None]]
) -> Iterator[tuple[str, Recheck]]:
    """Yield `gone` or `there` for the posts of this board, given as native id and address.

    A page that is asked for one post answers for all that stand on it. Nothing is said of posts
    behind a login, and nothing at all while the board does not show its index.
    """
    base = base_of(str(source.url))
    named = re.compile(re.escape(f"{site_of(base)}/p/") + r"(\d{1,18})")
    left = {
        int(match[1]): (native_id, urldefrag(url)[0])
        for native_id, url in posts
        if (match := named.fullmatch(native_id)) and url and url.startswith(f"{base}/")
    }
    is_open: bool | None = None
    for post_id in sorted(left):
        if post_id not in left:
            continue
        native_id, url = left.pop(post_id)
        try:
            page, sheet = asked(client, "recheck", url)
            states = _states(page, sheet)
            if not states:
                is_open = _shows_its_index(client, base) if is_open is None else is_open
            if states is None or (not states and not is_open):
                continue
        except SkipPage as not_known:
            log.warning("not rechecked: %s", not_known)
            continue
        yield native_id, states.get(post_id, "gone")
        for other in [other for other in states if other in left]:
            yield left.pop(other)[0], states[other]


def _states(page: Page, sheet: Sheet | None) -> dict[int, Recheck] | None:
    """Return which posts the page shows, none when it has none, None when nothing is known."""
    kind = kind_of(sheet) if sheet else "message"
    if kind == "login form" or page.status == 403:
        return None
    if sheet is None or page.status != 200 or kind != "topic":
        return {}
    shown = ((post.native_id.rpartition("/")[2], post.removed_at) for post in posts_of(sheet))
    return {int(post_id): "gone" if removed_at else "there" for post_id, removed_at in shown}


def _shows_its_index(client: Client, base: str) -> bool:
    _, sheet = asked(client, "recheck", f"{base}/index.php")
    return sheet is not None and kind_of(sheet) == "forum list"


def probe(client: Client, name: str, source: Source) -> Probed:
    """Return the board's front page, which shows guests its forums."""
    index = index_of(client, base_of(str(source.url)), name)
    return Probed(index.page, "the board is open to guests")
