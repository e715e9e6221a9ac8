"""Bluesky: public posts by tag and query, of organisations and their lists, and of feeds.

Read through the API of its AppView. Without a connection it is read as anybody; a search needs a
login. A post's id is its address in the network (`at://…`), whichever server it is read from.
"""

import logging
from collections.abc import Iterator
from datetime import date
from typing import Any

from connectors.accounting import unaccounted
from connectors.answers import Probed, page_of
from connectors.cursors import kept
from connectors.decoding import NOT_JSON, decoded, read_json
from connectors.ends import BOUND, COMPLETE, LEFT_OUT, LIMIT
from connectors.http import Client
from connectors.markup import web_address
from connectors.parts.bluesky.asking import NO_LOGIN, Bluesky, reason_of
from connectors.parts.bluesky.fields import KNOWN, found_in, rule_for
from connectors.parts.bluesky.lists import after, first_jobs, params_of
from connectors.parts.bluesky.posts import outcomes_of
from connectors.parts.bluesky.recheck import recheck
from connectors.parts.bluesky.state import Job, Run, State
from connectors.parts.bluesky.text import unknown_kinds
from contract.charter import Source
from contract.errors import FixSettings, SkipPage, StopSource
from contract.page import Page, Pages, Stop, Window
from contract.post import Outcome, Rejected, Skipped
from contract.terms import Rate, Terms

__all__ = ["TERMS", "fetch", "is_page", "parse", "probe", "recheck", "unknown_fields"]

log = logging.getLogger("goodguest.bluesky")

TERMS = Terms(
    platform="bluesky",
    title="Bluesky",
    document="Bluesky Developer Guidelines",
    url="https://docs.bsky.app/docs/support/developer-guidelines",
    read_on=date(2026, 8, 1),
    # It grants 3,000 in five minutes.
    limits=(Rate(5, 1.0), Rate(1500, 300.0)),
    storage="As long as Bluesky shows it and the purpose needs it.",
    deletion="Remove what was deleted there, and what must be deleted on request.",
    deletion_hours=24,
    selections=("tags", "query", "accounts", "lists", "feeds"),
    optional_credentials=("identifier", "app_password"),
    forbidden=(
        "reading who asks not to be shown to people who are not logged in",
        "selecting by a person's account",
        "an account that hides who reads",
    ),
    forbids=(("person timeline", "no selecting by a person's account"),),
    personal=(
        "native_id", "url", "author_id", "author_handle", "author_name", "body", "text", "media",
        "parent_id", "root_id",
    ),
    attribution="Bluesky and a link to the post.",
)  # fmt: skip

_PLATFORM = "bluesky"
_MAX_PAGES = 1000
"""Of one run, which then lasts some four minutes."""
_START = b"\xef\xbb\xbf \t\r\n"
_MARKS = (b"app.bsky.", b'"did"', b'"accessJwt"', b'"feed"', b'"posts"')


def is_page(body: bytes) -> bool:
    """Return whether the content looks like JSON of Bluesky's API."""
    start = body[:2000].lstrip(_START)
    return start.startswith(b"{") and any(mark in body for mark in _MARKS)


def parse(page: Page) -> Iterator[Outcome]:
    """Yield an outcome for each post of the page; for a page without posts one saying why.

    A repost is left out, and so is a quoted post: it is read where it was written. An author who
    asks not to be shown to who is not logged in gives a post with `opt_out`, which is not stored.
    """
    if page.status != 200:
        yield Skipped(rule="error page")
        return
    if web_address(page.url) is None:
        yield Rejected(reason="bad address of the page", detail=page.url)
        return
    try:
        read = read_json(page.body)
    except NOT_JSON as error:
        yield Rejected(reason="not JSON", detail=str(error))
        return
    found = found_in(read)
    if found:
        yield from outcomes_of(page, found)
    elif found is not None:
        yield Skipped(rule="empty list")
    elif rule := rule_for(read):
        yield Skipped(rule=rule)
    else:
        yield Rejected(reason="not a page of Bluesky", detail=type(read).__name__)


def unknown_fields(page: Page) -> set[str]:
    """Return the paths of posts' fields, and the kinds of embeds, nobody here has decided about."""
    views = [each.view for each in found_in(decoded(page.body)) or () if each.how == "found"]
    return unaccounted(views, KNOWN) | {kind for view in views for kind in unknown_kinds(view)}


def fetch(
    client: Client, name: str, source: Source, window: Window, cursor: dict[str, Any] | None
) -> Pages:
    """Yield what is selected, list by list, each newest first, back to the start of the window.

    A search that comes near 10,000 results is asked anew for what is older. A feed is in an order
    of its own: its first pages are read. The cursor's `run` holds the lists still to read; it holds
    no token. Stops as connectors.ends says.
    """
    jobs, bluesky = first_jobs(name, source, window), Bluesky(client, source)
    _may_search(name, source, bluesky)
    run: Run = kept(cursor, State).get("run") or {"left": jobs, "pages": 0, "end": COMPLETE}
    while run["left"]:
        if run["pages"] >= _MAX_PAGES:
            return Stop(BOUND)
        job, *others = run["left"]
        try:
            answer = bluesky.get(job["method"], params_of(job))
        except SkipPage as left_out:
            log.warning("%s: left out: %s", name, left_out)
            run = {**run, "left": others, "end": LEFT_OUT}
            continue
        if answer.status != 200:
            _refused(name, job, reason_of(answer))
            run = {**run, "left": others, "end": LIMIT}
            continue
        following, end = after(job, answer, window)
        run = {
            "left": [following, *others] if following else others,
            "pages": run["pages"] + 1,
            "end": end if run["end"] == COMPLETE else run["end"],
        }
        yield page_of(answer, source=name, platform=_PLATFORM, url=answer.url, cursor={"run": run})
    return Stop(run["end"])


def _may_search(name: str, source: Source, bluesky: Bluesky) -> None:
    for selected in ("tags", "query"):
        if getattr(source.select, selected) and not bluesky.has_login:
            raise FixSettings(f"sources.{name}.select.{selected}: {NO_LOGIN}")


def _refused(name: str, job: Job, reason: str) -> None:
    """Raise StopSource where the first page is refused; later ones may have reached a limit."""
    if job["cursor"] is None and job["found"] == 0:
        what = next(iter(job["params"].values()))
        raise StopSource(
            f"sources.{name}.select: Bluesky gives nothing for {what!r} ({reason or 'no reason'}); "
            "see that it is written as Bluesky writes it, and that it is still there"
        )
    log.warning("%s: refused beyond page %d: %s", name, job["pages"], reason)


def probe(client: Client, name: str, source: Source) -> Probed:
    """Return the first list that a run reads, one post long."""
    now = client.now()
    job, bluesky = first_jobs(name, source, Window(now, now))[0], Bluesky(client, source)
    _may_search(name, source, bluesky)
    answer = bluesky.get(job["method"], {**params_of(job), "limit": 1})
    if answer.status != 200:
        _refused(name, job, reason_of(answer))
    said = "Bluesky takes the login" if bluesky.has_login else "Bluesky lets anybody read this"
    return Probed(answer, said)
