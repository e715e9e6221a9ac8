"""Feeds of news sites, blogs, forums and hyperlocal sites: RSS, RDF, Atom and JSON Feed."""

import logging
from collections.abc import Generator
from datetime import date, datetime
from typing import Any
from urllib.parse import urljoin

from connectors.answers import Probed, page_of
from connectors.cursors import kept
from connectors.ends import COMPLETE, LEFT_OUT
from connectors.http import ANSWERS, Client
from connectors.parts.feed.dates import moment_of
from connectors.parts.feed.fields import unknown_fields
from connectors.parts.feed.items import parse
from connectors.parts.feed.pages import GONE_FOR, advanced, as_before, has_slid, judged
from connectors.parts.feed.read import is_page
from connectors.parts.feed.recheck import NOT_THERE, recheck
from connectors.parts.feed.state import State
from connectors.persons import asked_in_address
from contract.charter import Source
from contract.errors import FixSettings, SkipPage
from contract.page import Page, Pages, Stop, Window
from contract.terms import Rate, Terms

__all__ = ["TERMS", "fetch", "is_page", "parse", "probe", "recheck", "unknown_fields"]

log = logging.getLogger("goodguest.feed")

TERMS = Terms(
    platform="feed",
    title="Web feeds",
    document="RFC 9309, Robots Exclusion Protocol",
    url="https://www.rfc-editor.org/rfc/rfc9309",
    read_on=date(2026, 8, 1),
    limits=(Rate(1, 5.0),),
    storage="The publisher's copyright: keep the address and a short extract for display.",
    deletion="Remove what the site no longer shows.",
    deletion_hours=72,
    selections=("feeds",),
    forbidden=("republishing whole articles", "reading what robots.txt excludes"),
    personal=("native_id", "url", "author_id", "author_name", "title", "body", "text"),
    attribution="Name of the site and a link to the article.",
)

_PLATFORM = "feed"
_VALIDATORS = ("etag", "last_modified")


def fetch(
    client: Client, name: str, source: Source, window: Window, cursor: dict[str, Any] | None
) -> Pages:
    """Yield a page for each answer with content, each feed followed back to `window.since`.

    The cursor holds per feed what a conditional request needs, what was newest and how far back it
    was read; under `run`, how far this run has come. A numbered page is asked for again once the
    next one is read: what vanished in between made others slide onto it. It stops as
    connectors.ends says. Raises FixSettings for the feed of an account that is no organisation's.
    """
    feeds = _feeds_of(name, source)
    left = kept(cursor, State)
    state: dict[str, Any] = {**left.get("feeds", {})}
    run: dict[str, Any] = {"done": [], "end": COMPLETE, **left.get("run", {})}
    run = yield from _looked(client, name, state, run)
    for feed in feeds:
        if feed in run["done"]:
            continue
        known = _usable(state.get(feed, {}), window)
        if _is_gone(known, client.now()):
            run = {**run, "end": LEFT_OUT}
            continue
        if run.get("feed") != feed:
            run = {**_kept(run), "done": run["done"], "feed": feed, "next": feed, "pages": 0}
        while run["next"]:
            asked = run["next"]
            conditions = {} if run["pages"] else {key: known.get(key) for key in _VALIDATORS}
            try:
                answer = client.get(asked, **conditions, accept=ANSWERS | NOT_THERE, judge=judged)
            except SkipPage as left_out:
                log.warning("%s: left out: %s", name, left_out)
                run = {**run, "end": LEFT_OUT}
                break
            if answer.status == 304:
                run = as_before(run, known, window.since)
                break
            run = advanced(run, answer, window.since, known)
            if not run["next"]:
                state = {f: state[f] for f in feeds if f in state} | {feed: run["known"]}
                run = {**_kept(run), "done": [*run["done"], feed], "feed": feed, "next": None}
            yield page_of(
                answer,
                source=name,
                platform=_PLATFORM,
                url=asked,
                cursor={"feeds": state, "run": run},
            )
            run = yield from _looked(client, name, state, run)
    return Stop(str(run["end"]), moment_of(run.get("reached")))


def _looked(
    client: Client, name: str, state: dict[str, Any], run: dict[str, Any]
) -> Generator[Page, None, dict[str, Any]]:
    """Yield the page to look at again, if something slid onto it; return the run from there."""
    look = run.get("look")
    if not look:
        return run
    run = {**run, "look": None}
    try:
        answer = client.get(look["at"], accept=frozenset({200}) | NOT_THERE, judge=judged)
    except SkipPage as not_seen:
        log.warning("%s: not seen whether it moved: %s", name, not_seen)
        return {**run, "end": LEFT_OUT}
    if has_slid(look, answer):
        cursor = {"feeds": state, "run": run}
        yield page_of(answer, source=name, platform=_PLATFORM, url=look["at"], cursor=cursor)
    return run


def _feeds_of(name: str, source: Source) -> list[str]:
    """Return their addresses; raises FixSettings for that of an account of nobody's."""
    feeds = [urljoin(str(source.url), feed) for feed in source.select.feeds or ("",)]
    for feed in feeds if source.account_kind != "organisation" else ():
        if asked_in_address(feed):
            raise FixSettings(
                f"sources.{name}.select.feeds: found the feed of an account; allowed are feeds of "
                "places and topics, and an organisation's own with account_kind: organisation"
            )
    return feeds


def _kept(run: dict[str, Any]) -> dict[str, Any]:
    return {key: run[key] for key in ("end", "reached", "look") if key in run}


def _usable(known: dict[str, Any], window: Window) -> dict[str, Any]:
    """Return what is known of a feed, or nothing when it was not read back as far as is wanted."""
    read_since = moment_of(known.get("since"))
    return known if "gone" in known or (read_since and read_since <= window.since) else {}


def _is_gone(known: dict[str, Any], now: datetime) -> bool:
    gone = moment_of(known.get("gone"))
    return gone is not None and now < gone + GONE_FOR


def probe(client: Client, name: str, source: Source) -> Probed:
    """Return the first of the feeds."""
    answer = client.get(_feeds_of(name, source)[0], accept=frozenset({200}), judge=judged)
    return Probed(answer, "the site gives its feed")
