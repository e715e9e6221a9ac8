"""X: its search, and the timelines of organisations and lists, through tweepy."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from connectors.accounting import unaccounted
from connectors.answers import needed, page_of
from connectors.cursors import kept
from connectors.decoding import decoded
from connectors.ends import BOUND, BUDGET, COMPLETE, DEPTH, LEFT_OUT, LIMIT
from connectors.http import Client
from connectors.markup import web_address
from connectors.parts.x.asking import AN_ACCOUNT, Talk, asked, talk_to
from connectors.parts.x.fields import KNOWN, identity, objects, text
from connectors.parts.x.jobs import job_of, step
from connectors.parts.x.kinds import Job
from connectors.parts.x.pages import outcomes_of, outcomes_of_answer
from connectors.parts.x.probe import probe
from connectors.parts.x.queries import accounts_of, lists_of, queries_of
from connectors.parts.x.recheck import recheck
from connectors.parts.x.shapes import answer_of
from connectors.parts.x.state import State
from contract.charter import Source
from contract.errors import FixSettings, StopSource
from contract.page import Page, Pages, Stop, Window
from contract.post import Outcome, Rejected, Skipped
from contract.terms import Rate, Terms

__all__ = ["TERMS", "fetch", "is_page", "parse", "probe", "recheck", "unknown_fields"]

TERMS = Terms(
    platform="x",
    title="X",
    document="X Developer Agreement",
    url="https://docs.x.com/developer-terms/agreement",
    read_on=date(2026, 8, 1),
    # Full-archive search: one a second. Most endpoints give an App 300 and more in 15 minutes.
    limits=(Rate(1, 1.0), Rate(300, 900.0)),
    storage="Only as long as needed, kept as it stands on X; others get ids, no texts.",
    deletion="Delete or change within 24 hours what was deleted, changed or withheld there.",
    deletion_hours=24,
    selections=("query", "tags", "threads", "lists", "accounts", "archive"),
    forbidden=(
        "government use without an Enterprise plan and a declared use",
        "monitoring of protests, rallies and their organisers",
        "inferring health, politics, religion, origin, sex life or other sensitive facts of people",
        "matching X accounts with people, devices or accounts elsewhere",
        "sharing anything but ids of posts",
        "training of models on its content",
    ),
    forbids=(
        ("person timeline", "no surveillance: no investigating or tracking of people on X"),
        ("protected speech", "no monitoring of protests, rallies and their organisers"),
        ("training", "no training of models on its content"),
    ),
    personal=(
        "native_id", "url", "author_id", "author_handle", "author_name", "body", "text", "place",
        "latitude", "longitude", "media", "parent_id", "root_id",
    ),
    attribution="Name of the author, the X logo and a link to the post.",
    may_quote=False,  # "others get ids, no texts", and no author's name is kept here
    needs_approval=True,
    credentials=("bearer_token",),
    is_metered=True,
)  # fmt: skip

_MAX_PAGES = 1000
_WORST_FIRST = (BUDGET, LIMIT, DEPTH, BOUND, LEFT_OUT, COMPLETE)
_USERNAMES_AT_MOST = 100
_START = b" \t\r\n\xef\xbb\xbf"
_MARKS = (
    b'"data"', b'"edit_history_tweet_ids"', b'"edit_history_post_ids"', b'"conversation_id"',
    b'"author_id"', b'"includes"', b'"redacted_at"', b'"action"', b'"pinned_tweet_id"',
    b"/2/problems/", b'"result_count"',
)  # fmt: skip


def is_page(body: bytes) -> bool:
    """Return whether the content looks like JSON of X's API v2, or a line of a file of it."""
    start = body[:200].lstrip(_START)
    return start.startswith((b"{", b"[")) and any(mark in body for mark in _MARKS)


def parse(page: Page) -> Iterator[Outcome]:
    """Yield an outcome for each record of the page; for a page without records one saying why.

    An edited post is one: its id is that of its first version. What others refer to is a post of
    its own. A retweet has the original's words and no numbers: X repeats the original's there.
    """
    body = page.body.strip(_START)
    if page.status != 200:
        yield Skipped(rule="gone" if page.status in (404, 410) else "error page")
        return
    if web_address(page.url) is None:
        yield Rejected(reason="bad address of the page")
        return
    if not body:
        yield Skipped(rule="empty body")
        return
    if (answer := answer_of(body)) is not None:
        outcomes = outcomes_of_answer(page, answer)
    elif (read := decoded(body)) is not None:
        outcomes = outcomes_of(page, read)
    else:
        yield Rejected(reason="not JSON", detail=f"{len(body)} bytes")
        return
    yield next(outcomes, Skipped(rule="empty list"))
    yield from outcomes


def unknown_fields(page: Page) -> set[str]:
    """Return the paths of the page's fields that are neither used nor left aside on purpose."""
    body = page.body.strip(_START)
    return unaccounted(decoded(body), KNOWN) if answer_of(body) is None else set()


def fetch(
    client: Client, name: str, source: Source, window: Window, cursor: dict[str, Any] | None
) -> Pages:
    """Yield a page for each answer, first the counts of a search and then its posts, newest first.

    Query, tags and conversations are one search, each organisation and each list a timeline. The
    cursor keeps the ids of `accounts`. No request is made that could bring more posts than the
    budget has left: what it cannot pay for, the oldest, stays unread. Stops as connectors.ends
    says; `reached` is the time since when all was read.
    """
    queries, named = queries_of(name, source), accounts_of(name, source)
    lists = lists_of(name, source)
    if not queries and not named and not lists:
        allowed = ", ".join(TERMS.selections)
        raise FixSettings(f"sources.{name}.select: is empty; allowed here: {allowed}")
    talk, state = talk_to(client, source), dict[str, Any](kept(cursor, State))
    run = state.get("run")
    if run is None:
        state["accounts"] = _accounts(talk, name, named, state.get("accounts", {}))
        asks = [("archive" if source.select.archive else "recent", query) for query in queries]
        asks += [("account", id_) for id_ in state["accounts"].values()]
        asks += [("list", id_) for id_ in lists]
        jobs = [job_of(ask, what, window, client.now()) for ask, what in asks]
        ends = [(job["end"], job["reached"]) for job in jobs if "end" in job]
        run = {"left": [job for job in jobs if "end" not in job], "ends": ends, "pages": 0}
    while run["left"]:
        job, *others = run["left"]
        answer, route, job = step(talk, name, job, len(run["left"]))
        pages = run["pages"] + (answer is not None)
        if pages >= _MAX_PAGES and "end" not in job:
            job = {"end": BOUND, "reached": job["oldest"] or job["until"]}
        run = _onward(run, job, others, pages)
        if answer is not None:
            url = f"{str(source.url).rstrip('/')}/2/{route}"
            yield page_of(answer, source=name, platform="x", url=url, cursor={**state, "run": run})
    return _stop(run["ends"])


def _onward(run: dict[str, Any], job: Job, others: list[Job], pages: int) -> dict[str, Any]:
    if "end" not in job:
        return {**run, "left": [job, *others], "pages": pages}
    ends = [*run["ends"], (job["end"], job["reached"])]
    return {"left": others, "ends": ends, "pages": pages}


def _stop(ends: list[tuple[str, str | None]]) -> Stop:
    """Return the worst of the ends, and since when all of them have everything."""
    reasons = {because for because, _ in ends} or {COMPLETE}
    worst = min(reasons, key=_WORST_FIRST.index)
    reached = max((moment for _, moment in ends if moment), default=None)
    return Stop(worst, datetime.fromisoformat(reached) if reached else None)


def _accounts(talk: Talk, name: str, named: list[str], known: dict[str, str]) -> dict[str, str]:
    """Return the ids of the accounts by their names in lower case; each is looked up once."""
    found = {account.lower(): known.get(account.lower()) for account in named}
    unknown = [account for account in found if found[account] is None]
    for start in range(0, len(unknown), _USERNAMES_AT_MOST):
        some = unknown[start : start + _USERNAMES_AT_MOST]
        with needed(talk.client.now()):
            answer = asked(
                talk,
                AN_ACCOUNT.times(len(some)),
                lambda api, some=some: api.get_users(usernames=some),  # type: ignore[misc]
            )
        if answer.status != 200:
            raise StopSource(f"sources.{name}.select.accounts: X answered {answer.status}")
        for user in objects(decoded(answer.body), "data"):
            found[(text(user, "username") or "").lower()] = identity(user, "id")
    missing = [account for account in named if found[account.lower()] is None]
    if missing:
        raise FixSettings(
            f"sources.{name}.select.accounts: X has no {', '.join(missing)}, or it is suspended"
        )
    return {account.lower(): str(found[account.lower()]) for account in named}
