"""Mastodon and what speaks its API: public posts by tag, of an instance, and of organisations.

A post's id is its address in the fediverse (`uri`), the same whichever instance it is seen
through: two sources that meet the same post give one row. An instance's own ids are not kept. What
it passes on of other servers is believed, as its readers do; no other server is.
"""

import logging
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import quote

from connectors.accounting import unaccounted
from connectors.answers import Answer, Probed, needed, page_of
from connectors.cursors import kept
from connectors.decoding import NOT_JSON, decoded, read_json
from connectors.ends import BOUND, COMPLETE, LEFT_OUT, LIMIT
from connectors.http import Client
from connectors.markup import web_address
from connectors.parts.mastodon.asking import (
    PER_PAGE,
    account_id,
    after,
    instance_of,
    judged,
    open_to_guests,
)
from connectors.parts.mastodon.fields import KNOWN, is_status, statuses_in
from connectors.parts.mastodon.posts import outcomes_of
from connectors.parts.mastodon.recheck import recheck
from connectors.parts.mastodon.state import Job, Run, State
from connectors.values import moment, text
from contract.charter import Source
from contract.errors import SkipPage
from contract.page import Page, Pages, Stop, Window
from contract.post import Outcome, Rejected, Skipped
from contract.terms import Rate, Terms

__all__ = ["TERMS", "fetch", "is_page", "parse", "probe", "recheck", "unknown_fields"]

log = logging.getLogger("goodguest.mastodon")

TERMS = Terms(
    platform="mastodon",
    title="Mastodon and the fediverse",
    document="Mastodon documentation, Rate limits, and the rules of each instance",
    url="https://docs.joinmastodon.org/api/rate-limits/",
    read_on=date(2026, 8, 1),
    # It grants 300 in five minutes; some are left to people behind the same address.
    limits=(Rate(1, 1.0), Rate(250, 300.0)),
    storage="As long as the instance shows it and the purpose needs it.",
    deletion="Remove what was deleted there, and obey edits and narrower visibility.",
    deletion_hours=24,
    selections=("tags", "accounts"),
    forbidden=(
        "reading who is not indexable, is locked, or writes #nobot in the profile",
        "reading posts that are not public, or lists that the instance keeps from guests",
        "selecting by a person's account",
        "an account made for reading",
    ),
    forbids=(
        ("person timeline", "no selecting by a person's account"),
        ("closed groups", "no reading of lists that the instance keeps from guests"),
    ),
    personal=(
        "native_id", "url", "author_id", "author_handle", "author_name", "title", "body", "text",
        "media", "parent_id", "root_id",
    ),
    attribution="Name of the instance and a link to the post.",
)  # fmt: skip

_PLATFORM = "mastodon"
_MAX_PAGES = 500
"""Of one run, which then lasts some nine minutes."""
_START = b"\xef\xbb\xbf \t\r\n"
_MARKS = (
    b'"favourites_count"', b'"acct"', b'"quoted_status"', b'"votes_count"', b'"shortcode"',
    b'"source_url"', b'"short_description"', b'"spoiler_text"', b'"followed_by"',
)  # fmt: skip
_FIRST_ID = 16
"""Bits of an id below its milliseconds: https://docs.joinmastodon.org/api/guidelines/#id."""
_MASTODON = re.compile(r"(?:[2-9]|\d\d)\.\d")
"""Versions whose ids begin with the time. GoToSocial says 0.20.1 and no more."""
_LONG_AGO = timedelta(hours=1)


def is_page(body: bytes) -> bool:
    """Return whether the content looks like JSON of Mastodon's API."""
    start = body[:2000].lstrip(_START)
    if not start.startswith((b"{", b"[")):
        return False
    return body.strip() == b"[]" or any(mark in body for mark in _MARKS)


def parse(page: Page) -> Iterator[Outcome]:
    """Yield an outcome for each record of the page; for a page without records one saying why.

    A boost is left out, and so is what is not public to everybody. An author who asks not to be
    read gives a post with `opt_out`, which is not stored.
    """
    if page.status != 200:
        yield Skipped(rule="gone" if page.status in (404, 410) else "error page")
        return
    if web_address(page.url) is None:
        yield Rejected(reason="bad address of the page", detail=page.url)
        return
    if page.method == "DELETE":
        # It answers with the post that is no more.
        yield Skipped(rule="answer to a command")
        return
    try:
        records = statuses_in(read_json(page.body))
    except NOT_JSON as error:
        yield Rejected(reason="not JSON", detail=str(error))
        return
    if records is None:
        yield Rejected(reason="not a page of Mastodon")
    elif not records:
        yield Skipped(rule="empty list")
    else:
        yield from outcomes_of(page, records)


def unknown_fields(page: Page) -> set[str]:
    """Return the paths of posts' fields that nobody here has decided about."""
    records = statuses_in(decoded(page.body)) or []
    return unaccounted([record for record in records if is_status(record)], KNOWN)


def fetch(
    client: Client, name: str, source: Source, window: Window, cursor: dict[str, Any] | None
) -> Pages:
    """Yield the posts of the tags and accounts selected, else those of the instance's own people.

    What guests may read is asked first, and no more is read. Each list comes newest first, back to
    the start of the window: a page begins behind the last post of the one before, so nothing new
    moves it. The cursor's `run` holds the lists still to read. Stops as connectors.ends says.
    """
    base = str(source.url).rstrip("/")
    state = kept(cursor, State)
    run: Run = state.get("run") or _begun(client, base, name, source, window)
    while run["left"]:
        if run["pages"] >= _MAX_PAGES:
            return Stop(BOUND)
        job, *others = run["left"]
        params: dict[str, Any] = {**job["params"], "limit": PER_PAGE}
        if job["max_id"]:
            params["max_id"] = job["max_id"]
        try:
            answer = client.get(
                f"{base}{job['path']}", params=params, accept=frozenset({200}), judge=judged
            )
        except SkipPage as left_out:
            log.warning("%s: left out: %s", name, left_out)
            run = {**run, "left": others, "end": LEFT_OUT}
            continue
        following, end = _after(job, answer, window)
        run = {
            "left": [following, *others] if following else others,
            "pages": run["pages"] + 1,
            "end": end if run["end"] == COMPLETE else run["end"],
        }
        yield page_of(answer, source=name, platform=_PLATFORM, url=answer.url, cursor={"run": run})
    return Stop(run["end"])


def _begun(client: Client, base: str, name: str, source: Source, window: Window) -> Run:
    """Return the lists to read; raises StopSource where guests may not, FixSettings by name."""
    tags, accounts = source.select.tags, source.select.accounts
    asked: list[tuple[str, dict[str, str]]] = []
    with needed(client.now()):
        instance = instance_of(client, base)
        if tags:
            open_ = open_to_guests(name, instance, "hashtag_feeds")
            named = (quote(tag.lstrip("#"), safe="") for tag in tags)
            asked += [(f"/api/v1/timelines/tag/{tag}", open_) for tag in named]
        elif not accounts:
            open_ = open_to_guests(name, instance, "live_feeds")
            asked.append(("/api/v1/timelines/public", open_))
        for account in accounts:
            own = account_id(client, base, name, account)
            asked.append((f"/api/v1/accounts/{own}/statuses", {"exclude_reblogs": "true"}))
    first = _first(client.now(), instance, window)
    left: list[Job] = [{"path": path, "params": how, "max_id": first} for path, how in asked]
    return {"left": left, "pages": 0, "end": COMPLETE}


def _first(now: datetime, instance: Answer, window: Window) -> str | None:
    """Return the id that a post at the window's end would have, None where it ends about now.

    Mastodon's ids begin with the time. What only speaks its API says so, or has a version of its
    own, and counts otherwise.
    """
    version = text(decoded(instance.body), "version") or ""
    is_mastodon = _MASTODON.match(version) and "compatible" not in version
    if not is_mastodon or now - window.until < _LONG_AGO:
        return None
    milliseconds = (window.until - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)
    return str(milliseconds << _FIRST_ID)


def _after(job: Job, answer: Answer, window: Window) -> tuple[Job | None, str]:
    """Return the list's next page, if there is one, and how the list ends so far."""
    records: list[Any] = decoded(answer.body)
    written = [at for record in records if (at := moment(record, "created_at"))]
    # Where it stands by arrival, one that came late stands among newer ones.
    if not records or (written and max(written) < window.since):
        return None, COMPLETE
    max_id = after(answer, records)
    if max_id is None:
        return None, COMPLETE
    if not max_id or max_id == job["max_id"]:
        # The same page again, or none to ask for: nobody knows what it keeps back.
        return None, LIMIT
    return {**job, "max_id": max_id}, COMPLETE


def probe(client: Client, name: str, source: Source) -> Probed:
    """Return what the instance says of itself: whether guests may read what is selected."""
    answer = instance_of(client, str(source.url).rstrip("/"))
    if source.select.tags:
        open_to_guests(name, answer, "hashtag_feeds")
    elif not source.select.accounts:
        open_to_guests(name, answer, "live_feeds")
    said = (
        "lets guests read what is selected" if answer.status == 200 else "does not say, being old"
    )
    return Probed(answer, f"the instance {said}")
