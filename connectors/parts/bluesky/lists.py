"""The lists of Bluesky that are read, and where each goes on after a page."""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from connectors.answers import Answer
from connectors.decoding import decoded
from connectors.ends import BOUND, COMPLETE, LIMIT
from connectors.parts.bluesky.fields import found_in
from connectors.parts.bluesky.posts import written_at
from connectors.parts.bluesky.state import Job, Method
from connectors.values import text
from contract.accounts import ALLOWED, account_of
from contract.charter import Source
from contract.errors import FixSettings
from contract.page import Window

PER_PAGE: Final = 100
MOST_FOUND: Final = 9_500
"""A search ends near 10,000; from here on it is asked anew for what is older."""
_MAX_OF_A_FEED: Final = 30
"""Pages of a feed that somebody's rules put in order: no time ends it."""
_ADDRESS = re.compile(
    r"(?:at://|https://bsky\.app/profile/)(?P<did>did:[a-z]+:[\w.:%-]+)/"
    r"(?P<kind>app\.bsky\.graph\.list|app\.bsky\.feed\.generator|lists|feed)/(?P<key>[\w.:~-]+)"
)
_KINDS = {
    "lists": ("app.bsky.graph.list", "lists"),
    "feeds": ("app.bsky.feed.generator", "feed"),
}
_SEARCH: Final = "app.bsky.feed.searchPosts"


def first_jobs(name: str, source: Source, window: Window) -> list[Job]:
    """Return the lists to read; raises FixSettings for what is none."""
    select = source.select
    span = {"sort": "latest", "since": _stamp(window.since), "until": _stamp(window.until)}
    queries = [*(f"#{tag.lstrip('#')}" for tag in select.tags), *filter(None, [select.query])]
    jobs = [_job(_SEARCH, {"q": query, **span}) for query in queries]
    for account in select.accounts:
        actor = account_of("bluesky", account)
        if actor is None:
            raise _misfit(name, "accounts", account, ALLOWED["bluesky"])
        # Threads of its own are its words too; what it reposts is not.
        params = {"actor": actor.lstrip("@"), "filter": "posts_with_replies"}
        jobs.append(_job("app.bsky.feed.getAuthorFeed", params))
    if select.lists and source.account_kind != "organisation":
        allowed = "those of organisations, with account_kind: organisation"
        raise _misfit(name, "lists", select.lists[0], allowed)
    for each in select.lists:
        jobs.append(_job("app.bsky.feed.getListFeed", {"list": _uri(name, "lists", each)}))
    for each in select.feeds:
        jobs.append(_job("app.bsky.feed.getFeed", {"feed": _uri(name, "feeds", each)}))
    if not jobs:
        allowed = "tags, query, accounts, lists, feeds"
        raise FixSettings(f"sources.{name}.select: is empty; allowed here: {allowed}")
    return jobs


def params_of(job: Job) -> dict[str, Any]:
    """Return what the next page of a list is asked with."""
    place = {"cursor": job["cursor"]} if job["cursor"] else {}
    return {**job["params"], "limit": PER_PAGE, **place}


def after(job: Job, answer: Answer, window: Window) -> tuple[Job | None, str]:
    """Return the list's next page, if there is one, and how the list ends so far."""
    read = decoded(answer.body)
    views = [each.view for each in found_in(read) or () if each.how == "found"]
    written = [at for view in views if (at := written_at(view))]
    cursor, found, pages = text(read, "cursor"), job["found"] + len(views), job["pages"] + 1
    following: Job = {**job, "cursor": cursor, "found": found, "pages": pages}
    if job["method"] == _SEARCH:
        return _after_search(following, job, written, window)
    is_past = bool(written) and max(written) < window.since
    if cursor is None or (is_past and job["method"] != "app.bsky.feed.getFeed"):
        return None, COMPLETE
    if cursor == job["cursor"]:
        # The same page again: nobody knows what it keeps back.
        return None, LIMIT
    if job["method"] == "app.bsky.feed.getFeed" and pages >= _MAX_OF_A_FEED:
        return None, BOUND
    return following, COMPLETE


def _after_search(
    following: Job, job: Job, written: Sequence[datetime], window: Window
) -> tuple[Job | None, str]:
    if following["found"] >= MOST_FOUND:
        # One that stands where it does not belong is not what comes next.
        left = [at for at in written if at >= window.since]
        if written and not left:
            return None, COMPLETE
        # `until` leaves out the moment itself.
        until = _stamp(min(left) + timedelta(milliseconds=1)) if left else job["params"]["until"]
        if until >= job["params"]["until"]:
            return None, LIMIT
        return _job(_SEARCH, {**job["params"], "until": until}), COMPLETE
    if following["cursor"] is None:
        return None, COMPLETE
    return (None, LIMIT) if following["cursor"] == job["cursor"] else (following, COMPLETE)


def _job(method: Method, params: dict[str, str]) -> Job:
    return {"method": method, "params": params, "cursor": None, "pages": 0, "found": 0}


def _stamp(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"


def _uri(name: str, selected: str, written: str) -> str:
    kind, word = _KINDS[selected]
    named = _ADDRESS.fullmatch(written.strip())
    if named is None or named["kind"] not in (kind, word):
        allowed = f"at://did:plc:…/{kind}/… or https://bsky.app/profile/did:plc:…/{word}/…"
        raise _misfit(name, selected, written, allowed)
    return f"at://{named['did']}/{kind}/{named['key']}"


def _misfit(name: str, selected: str, written: str, allowed: str) -> FixSettings:
    return FixSettings(f"sources.{name}.select.{selected}: found {written!r}; allowed: {allowed}")
