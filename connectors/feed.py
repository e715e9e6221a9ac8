"""Feeds of news sites, blogs and hyperlocal sites: RSS, RDF, Atom and JSON Feed."""

import logging
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Any
from urllib.parse import parse_qs, urldefrag, urljoin, urlsplit

from requests.models import PreparedRequest

from connectors.ends import BOUND, COMPLETE, DEPTH, LEFT_OUT
from connectors.feed_items import created_at, feed_of, is_page, parse
from connectors.http import ANSWERS, Answer, Client, page_of
from connectors.markup import absolute, web_address
from contract.charter import Source
from contract.errors import FixSettings, SkipPage
from contract.page import Pages, Recheck, Stop, Window
from contract.terms import Rate, Terms

__all__ = ["TERMS", "fetch", "is_page", "parse", "recheck"]

log = logging.getLogger("goodguest.feed")

TERMS = Terms(
    platform="feed",
    title="RSS, Atom and JSON Feed",
    url="https://www.rfc-editor.org/rfc/rfc9309",
    read_on=date(2026, 8, 1),
    limits=(Rate(1, 5.0),),
    storage="The publisher's copyright: keep the address and a short extract for display.",
    deletion="Remove what the site no longer shows.",
    deletion_hours=72,
    forbidden=("republishing whole articles", "reading what robots.txt excludes"),
    personal=("native_id", "url", "author_name", "title", "body", "text"),
    attribution="Name of the site and a link to the article.",
)

_PLATFORM = "feed"
_MAX_PAGES = 50
"""Of one feed in one run."""
_NOT_THERE = frozenset({404, 410})


def fetch(
    client: Client, name: str, source: Source, window: Window, cursor: dict[str, Any] | None
) -> Pages:
    """Yield a page for each answer with content, each feed followed back to `window.since`.

    The cursor holds per feed what a conditional request needs and, under `run`, how far this run
    has come; without `run` it is the state between runs. It stops as connectors.ends says.
    """
    _check_selection(name, source)
    feeds = [urljoin(str(source.url), feed) for feed in source.select.feeds or ("",)]
    state = dict((cursor or {}).get("feeds", {}))
    run = {"done": [], "end": COMPLETE, **(cursor or {}).get("run", {})}
    for feed in feeds:
        if feed in run["done"]:
            continue
        if run.get("feed") != feed:
            kept = {key: run[key] for key in ("done", "end", "reached") if key in run}
            run = {**kept, "feed": feed, "next": feed, "pages": 0}
        while run["next"]:
            asked, known = run["next"], state.get(feed, {})
            is_first = run["pages"] == 0
            try:
                answer = client.get(
                    asked,
                    etag=known.get("etag") if is_first else None,
                    last_modified=known.get("last_modified") if is_first else None,
                    accept=ANSWERS | _NOT_THERE,
                )
            except SkipPage as left_out:
                log.warning("%s: left out: %s", name, left_out)
                run = {**run, "end": LEFT_OUT}
                break
            if answer.status == 304:
                break
            run = _advanced(run, answer, window.since, known.get("newest"))
            if not run["next"]:
                state = {f: state[f] for f in feeds if f in state} | {feed: run["validators"]}
                kept = {key: run[key] for key in ("end", "reached") if key in run}
                run = {**kept, "done": [*run["done"], feed], "feed": feed, "next": None}
            yield page_of(
                answer,
                source=name,
                platform=_PLATFORM,
                url=asked,
                cursor={"feeds": state, "run": run},
            )
    reached = run.get("reached")
    return Stop(str(run["end"]), reached and datetime.fromisoformat(reached))


def _check_selection(name: str, source: Source) -> None:
    select = source.select
    for key in ("categories", "tags", "query"):
        if getattr(select, key):
            raise FixSettings(
                f"sources.{name}.select.{key}: a feed cannot be asked for it; allowed here: feeds"
            )


def _advanced(
    run: dict[str, Any], answer: Answer, since: datetime, newest_known: str | None
) -> dict[str, Any]:
    """Return the progress after an answer: which address is next, or None and why it ended."""
    asked, pages = run["next"], run["pages"] + 1
    feed = feed_of(answer.body, answer.headers.get("content-type"))
    run = {**run, "next": None, "pages": pages, "validators": run.get("validators", {})}
    if answer.status != 200 or feed is None:
        return run
    moments = [moment for item in feed.items if (moment := created_at(item))]
    if pages == 1:
        kept = {
            "etag": answer.headers.get("etag"),
            "last_modified": answer.headers.get("last-modified"),
            "newest": max(moments).isoformat() if moments else newest_known,
        }
        run["validators"] = {key: value for key, value in kept.items() if value}
    if not moments or min(moments) < since:
        return run
    if newest_known and min(moments) <= datetime.fromisoformat(newest_known):
        # What is older was there the last time.
        return run
    following = _older_page(feed.about, asked, answer.url)
    if following and pages < _MAX_PAGES:
        return {**run, "next": following}
    # Of several feeds, the one that reaches back least says what is whole.
    reached = max(min(moments).isoformat(), run.get("reached", ""))
    return {**run, "end": BOUND if following else DEPTH, "reached": reached}


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
    prepared = PreparedRequest()
    prepared.prepare_url(
        urlsplit(asked)._replace(query="").geturl(), {**query, "paged": str(number + 1)}
    )
    return prepared.url


def recheck(
    client: Client, source: Source, posts: Sequence[tuple[str, str | None]]
) -> Iterator[tuple[str, Recheck]]:
    """Yield `gone` or `there` for the posts, given as native id and address, of which it is known.

    Nothing is said of a post without an address, of one whose site refuses or redirects to its
    front page, and of a comment that its page does not show by its fragment.
    """
    refusing: set[str] = set()
    for native_id, url in posts:
        page, fragment = urldefrag(url or "")
        host = urlsplit(page).hostname
        if not web_address(page) or host in refusing:
            continue
        try:
            answer = client.get(page, accept=frozenset({200, 401, 403}) | _NOT_THERE)
        except SkipPage:
            continue
        if answer.status in (401, 403):
            refusing.add(str(host))
        elif answer.status in _NOT_THERE:
            yield native_id, "gone"
        elif _shows(answer, page, fragment):
            yield native_id, "there"


def _shows(answer: Answer, page: str, fragment: str) -> bool:
    is_front_page = urlsplit(answer.url).path in ("", "/") and urlsplit(page).path not in ("", "/")
    return not is_front_page and fragment.encode() in answer.body
