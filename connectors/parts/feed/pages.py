"""How far a feed was read, and where its older items are."""

import logging
import re
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any
from urllib.parse import parse_qs, urlsplit
from zlib import crc32

from connectors.addresses import request_to
from connectors.answers import Answer, Judged
from connectors.ends import BOUND, DEPTH, LEFT_OUT
from connectors.markup import absolute, web_address
from connectors.parts.feed.dates import created_at, moment_of
from connectors.parts.feed.read import feed_of
from connectors.parts.feed.shape import Item
from contract.errors import OddAnswer

log = logging.getLogger("goodguest.feed")

GONE_FOR = timedelta(days=7)
"""How long a feed that answered 410 is not asked."""
_END = re.compile(rb"</(?:\w+:)?(?:rss|feed|rdf)\s*>|\}\s*\Z", re.IGNORECASE)
_NUMBERED = re.compile(r"[?&/](?:p|pg|paged?|offset|start|start-index)[=/]\d{1,5}(?!\d)")
"""An address of older items that counts from the newest: what vanishes moves all that follows."""
_MOST_IDS = 500
"""Of a page; a cursor is small."""
_MAX_PAGES = 50
"""Of one feed in one run."""


def judged(answer: Answer) -> Judged | None:
    """Return that an answer is no feed: a notice, a front page, a challenge, half a file."""
    if answer.status != 200:
        return None
    feed = feed_of(answer.body, answer.headers.get("content-type"))
    if feed and (feed.items or feed.rejected or _is_whole(answer.body)):
        return None
    return Judged(OddAnswer, "answered something that is no feed")


def advanced(
    run: dict[str, Any], answer: Answer, since: datetime, known: dict[str, Any]
) -> dict[str, Any]:
    """Return the progress after an answer: which address is next, or None and why it ended.

    `look` is the numbered page before this one, with what it and this one hold: what slid from one
    onto the other between two answers is seen by asking for that page once more.
    """
    after, before, here = _onward(run, answer, since, known), run.get("before"), _ids_of(answer)
    look = {**before, "ids": [*before["ids"], *here]} if before else None
    is_numbered = _NUMBERED.search(after["next"] or "") and len(here) <= _MOST_IDS
    return {
        **after,
        "before": {"at": run["next"], "ids": here} if is_numbered else None,
        "look": look,
    }


def has_slid(look: dict[str, Any], answer: Answer) -> bool:
    """Return whether a page that is looked at again holds what neither page held."""
    return not set(_ids_of(answer)) <= set(look["ids"])


def _ids_of(answer: Answer) -> list[int]:
    """Return a number for each item of the feed, the same whenever it is asked for."""
    feed = feed_of(answer.body, answer.headers.get("content-type"))
    names = ("id", "link", "url", "title")
    items = feed.items if feed else []
    said = (next((said for n in names if (said := dict.get(item, n))), "") for item in items)
    return [crc32(str(each).encode()) for each in said]


def _onward(
    run: dict[str, Any], answer: Answer, since: datetime, known: dict[str, Any]
) -> dict[str, Any]:
    asked, pages = run["next"], run["pages"] + 1
    feed = feed_of(answer.body, answer.headers.get("content-type"))
    run = {**run, "next": None, "pages": pages, "known": run.get("known", {})}
    if feed is None:
        if pages == 1:
            gone = {"gone": answer.received_at.isoformat()} if answer.status == 410 else {}
            log.warning("feed left out: answered %d", answer.status)
            run |= {"known": gone, "end": LEFT_OUT}
        return run
    stamps = [stamp for item in feed.items if (stamp := _stamp(item))]
    # What is dated ahead of time would hide all that is written until then.
    past = [stamp for stamp in stamps if stamp <= answer.received_at]
    # Of a feed that was cut short, the rest is wanted the next time.
    if pages == 1 and _is_whole(answer.body):
        kept = {
            "etag": answer.headers.get("etag"),
            "last_modified": answer.headers.get("last-modified"),
            "newest": max(past).isoformat() if past else known.get("newest"),
            "since": min(since, moment_of(known.get("since")) or since).isoformat(),
        }
        run["known"] = {key: value for key, value in kept.items() if value}
    if not stamps or (last := _last(stamps)) < since:
        return run
    newest_known = moment_of(known.get("newest"))
    if newest_known and last <= newest_known:
        # What is older was there the last time.
        return as_before(run, known, since)
    following = _older_page(feed.about, asked, answer.url)
    # A page that brings nothing older goes round in circles.
    is_older = pages == 1 or last.isoformat() < run["last"]
    if following and is_older and pages < _MAX_PAGES:
        return {**run, "next": following, "last": last.isoformat()}
    # Of several feeds, the one that reaches back least says what is whole.
    reached = max(last.isoformat(), run.get("reached", ""))
    run["known"] = {**run["known"], "reached": last.isoformat()}
    return {**run, "end": BOUND if pages >= _MAX_PAGES else DEPTH, "reached": reached}


def as_before(run: dict[str, Any], known: dict[str, Any], since: datetime) -> dict[str, Any]:
    """Return the run at the end of a feed of which nothing older is new: as deep as it was then."""
    reached = known.get("reached")
    moment = moment_of(reached)
    if moment is None or moment <= since or run["end"] == LEFT_OUT:
        return run
    kept = {"known": {**run["known"], "reached": reached}} if "known" in run else {}
    return {**run, **kept, "end": DEPTH, "reached": max(reached, run.get("reached", ""))}


def _is_whole(body: bytes) -> bool:
    return bool(_END.search(body[-2000:].replace(b"\0", b"")))


def _stamp(item: Item) -> datetime | None:
    """Return when the item was published or changed, whichever is later: feeds sort by either."""
    moments = (created_at(item), moment_of(dict.get(item, "updated")))
    return max((moment for moment in moments if moment), default=None)


def _last(stamps: list[datetime]) -> datetime:
    """Return the stamp a page reaches back to: that of its last item, if the newest stand first.

    Not the least of them: an old item may be pinned to the top.
    """
    is_rising = sum(later > earlier for earlier, later in pairwise(stamps)) * 2 >= len(stamps)
    return stamps[0] if is_rising else stamps[-1]


def _older_page(about: dict[str, Any], asked: str, answered: str) -> str | None:
    """Return the address of older items: RFC 5005, JSON Feed's `next_url`, WordPress' `paged`."""
    for link in about.get("links") or ():
        if link.get("rel") in ("next", "prev-archive") and link.get("href"):
            older = web_address(absolute(answered, link["href"]))
            return older if older not in (asked, answered) else None
    if "wordpress" not in str(about.get("generator", "")).lower():
        return None
    query = parse_qs(urlsplit(asked).query)
    number = int(query["paged"][0]) if query.get("paged", [""])[0].isdecimal() else 1
    bare = urlsplit(asked)._replace(query="").geturl()
    return request_to(bare, params={**query, "paged": str(number + 1)}).url
