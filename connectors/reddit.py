"""Reddit: submissions and comments of communities, searches and threads, through PRAW."""

import logging
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

from connectors.answers import Probed, page_of
from connectors.cursors import kept
from connectors.decoding import decoded
from connectors.ends import BOUND, COMPLETE, LEFT_OUT
from connectors.http import Client
from connectors.markup import web_address
from connectors.parts.reddit.asking import GONE, Reddit, refusal
from connectors.parts.reddit.fields import unknown_fields
from connectors.parts.reddit.lists import Run, after_list, ended, first_jobs
from connectors.parts.reddit.pages import START, outcomes_of
from connectors.parts.reddit.recheck import recheck
from connectors.parts.reddit.selection import checked
from connectors.parts.reddit.state import State
from connectors.parts.reddit.threads import after_thread, next_thread
from contract.charter import Source
from contract.errors import SkipPage
from contract.page import Page, Pages, Stop, Window
from contract.post import Outcome, Rejected, Skipped
from contract.terms import Rate, Terms

__all__ = ["TERMS", "fetch", "is_page", "parse", "probe", "recheck", "unknown_fields"]

log = logging.getLogger("goodguest.reddit")

TERMS = Terms(
    platform="reddit",
    title="Reddit",
    document="Reddit Data API Terms",
    url="https://redditinc.com/policies/data-api-terms",
    read_on=date(2026, 8, 1),
    # It grants 100 a minute; the rest is left to whoever else asks with the same application.
    limits=(Rate(90, 60.0),),
    storage="As long as the approved use needs it, encrypted at rest; all is deleted at its end.",
    deletion="Remove as soon as possible what was deleted or removed there, and deleted authors.",
    deletion_hours=24,
    selections=("communities", "query", "threads"),
    credentials=("client_id", "client_secret"),
    needs_approval=True,
    forbidden=(
        "surveillance, and finding out who or where somebody is",
        "training models on it",
        "inferring health, politics, religion or other sensitive traits of a person",
        "selling or redistributing it",
        "reading private communities, profiles or messages",
        "more than one application for one use, or hiding who asks",
    ),
    forbids=(
        ("person timeline", "no surveillance, and no finding out who or where somebody is"),
        ("closed groups", "no reading of private communities, profiles or messages"),
        ("training", "no training of models on it"),
    ),
    personal=(
        "native_id",
        "url",
        "author_id",
        "author_handle",
        "author_name",
        "title",
        "body",
        "text",
        "media",
    ),
    attribution="Reddit, the community (r/…) and a link to the post.",
)

_MAX_PAGES = 600
"""Of one run: some seven minutes at the pace Reddit grants."""
_MARKS = (b'"Listing"', b'"things"', b'"subreddit"', b'"access_token"')


def is_page(body: bytes) -> bool:
    """Return whether the content looks like JSON of Reddit; its RSS is for the feed connector."""
    start = body[:200].lstrip(START)
    return start.startswith((b"{", b"[")) and any(mark in body for mark in _MARKS)


def parse(page: Page) -> Iterator[Outcome]:
    """Yield an outcome for each record of the page; for a page without records one saying why."""
    if page.status != 200:
        moved = "redirect" if 300 <= page.status < 400 else "error page"
        yield Skipped(rule="gone" if page.status in (403, 404, 410) else moved)
    elif web_address(page.url) is None:
        yield Rejected(reason="bad address of the page", detail=page.url)
    else:
        yield from outcomes_of(page)


def fetch(
    client: Client, name: str, source: Source, window: Window, cursor: dict[str, Any] | None
) -> Pages:
    """Yield the pages of what is selected, the newest first, back to the start of the window.

    Of a community its comments and then its submissions are listed; a query lists submissions, in
    the communities if there are any; threads are asked which of them have grown. Reddit lists some
    1,000 items and no more: where the comments do not reach back, and for a query, the whole thread
    of each submission is read that lies in the window or was remembered, if its number of comments
    is another than when it was last read. The cursor holds under `seen` these numbers and, under
    `run`, how far this run has come. Nothing reaches behind the depth of a list: since 2018 the
    search has no ranges of time, and its `t` shortens the newest results only.
    """
    select = checked(name, source.select)
    reddit = Reddit(client, source)
    state = kept(cursor, State)
    seen = dict(state.get("seen", {}))
    run: Run = {**state["run"]} if "run" in state else {
        "left": first_jobs(select, seen, window.since, client.now()),
        "threads": {}, "pages": 0, "end": COMPLETE, "reached": None,
    }  # fmt: skip
    while run["left"] or run["threads"]:
        if run["pages"] >= _MAX_PAGES:
            run = ended(run, BOUND)
            break
        run = next_thread(run)
        job, *others = run["left"]
        try:
            answer = reddit.get(job["path"], job["params"])
        except SkipPage as left_out:
            log.warning("%s: left out: %s", name, left_out)
            run = ended({**run, "left": others}, LEFT_OUT)
            continue
        if answer.status in GONE and "thread" not in job:
            raise refusal(answer, f"sources.{name}.select", job.get("community"))
        read = decoded(answer.body)
        run = {**run, "left": others, "pages": run["pages"] + 1, "title": job.get("title")}
        step = after_thread if "thread" in job else after_list
        run, seen = step(job, read, run, seen, window.since)
        yield page_of(
            answer, source=name, platform="reddit", url=answer.url,
            cursor={"seen": seen, "run": run},
        )  # fmt: skip
    reached = run["reached"]
    return Stop(run["end"], reached and datetime.fromtimestamp(reached, UTC))


def probe(client: Client, name: str, source: Source) -> Probed:
    """Return the first list that a run reads, one item long: it needs a token and the community."""
    reddit, now = Reddit(client, source), client.now()
    first = first_jobs(checked(name, source.select), {}, now, now)[0]
    answer = reddit.get(first["path"], {**first["params"], "limit": 1})
    if answer.status in GONE:
        raise refusal(answer, f"sources.{name}.select", first.get("community"))
    return Probed(answer, f"Reddit takes the key and lists {first['path']}")
