"""Discourse forums: their latest posts, topics and searches as JSON, and their RSS."""

import codecs
from collections.abc import Iterator
from datetime import date
from functools import partial
from typing import Any

from connectors.answers import Probed, shown
from connectors.decoding import NOT_JSON, decoded, read_json
from connectors.http import Client
from connectors.markup import web_address
from connectors.parts.discourse.asking import GONE, judged
from connectors.parts.discourse.latest import latest
from connectors.parts.discourse.posts import outcomes_of_json, unknown_fields
from connectors.parts.discourse.recheck import recheck
from connectors.parts.discourse.rss import outcomes_of_rss
from connectors.parts.discourse.topics import topics
from contract.charter import Source
from contract.errors import OddAnswer, StopSource
from contract.page import Page, Pages, Window
from contract.post import Outcome, Rejected, Skipped
from contract.terms import Rate, Terms

__all__ = ["TERMS", "fetch", "is_page", "parse", "probe", "recheck", "unknown_fields"]

TERMS = Terms(
    platform="discourse",
    title="Discourse",
    document="Available settings for global rate limits and throttling",
    url="https://meta.discourse.org/t/available-settings-for-global-rate-limits-and-throttling/78612",
    read_on=date(2026, 8, 1),
    limits=(Rate(200, 60.0), Rate(50, 10.0)),
    storage="The forum's own rules.",
    deletion="Remove what was deleted or hidden there.",
    deletion_hours=24,
    selections=("categories", "tags", "query", "threads"),
    forbidden=(
        "reading closed groups or private messages",
        "reading through an invented account",
        "reading what robots.txt excludes",
    ),
    personal=("native_id", "url", "author_id", "author_name", "title", "body", "text"),
    attribution="Name of the forum and a link to the post.",
    needs_permission=True,
)

_START = codecs.BOM_UTF8 + b" \t\r\n"
_MARKS = (
    b'"post_stream"', b'"latest_posts"', b'"topic_list"', b'"category_list"', b'"user_actions"',
    b'"post_action_users"', b'"grouped_search_result"', b'"cooked"', b'"results"',
)  # fmt: skip


def is_page(body: bytes) -> bool:
    """Return whether the content looks like JSON or RSS of a Discourse forum."""
    start = body[:200].lstrip(_START)
    if start.startswith((b"{", b"[")):
        return any(mark in body for mark in _MARKS)
    return start.startswith(b"<") and b"<rss" in body[:1000] and b"-post-" in body


def parse(page: Page) -> Iterator[Outcome]:
    """Yield an outcome for each record of the page; for a page without records one saying why."""
    if page.status != 200:
        yield Skipped(rule="gone" if page.status in GONE else "error page")
        return
    if web_address(page.url) is None:
        yield Rejected(reason="bad address of the page", detail=page.url)
        return
    if page.body.lstrip(_START).startswith(b"<"):
        yield from outcomes_of_rss(page)
        return
    try:
        read = read_json(page.body)
    except NOT_JSON as error:
        yield Rejected(reason="not JSON", detail=str(error))
        return
    outcomes = outcomes_of_json(page, read)
    yield next(outcomes, Skipped(rule="empty list"))
    yield from outcomes


def fetch(
    client: Client, name: str, source: Source, window: Window, cursor: dict[str, Any] | None
) -> Pages:
    """Yield a page for each answer that holds posts; with no selection the forum's latest posts.

    With a selection, its categories, tags, threads and query each add to what is read. A query is
    in the words of the forum's search; OR divides it into searches. It stops as connectors.ends
    says, and what a run could not have is asked for again by the next.
    """
    select = source.select
    is_narrow = select.categories or select.tags or select.query or select.threads
    run = topics if is_narrow else latest
    return (yield from run(client, name, source, window, cursor or {}))


def probe(client: Client, name: str, source: Source) -> Probed:
    """Return the forum's categories, which hold no posts and which a closed forum does not show."""
    url = f"{str(source.url).rstrip('/')}/categories.json"
    judge = partial(judged, if_not_json=OddAnswer)
    answer = client.get(url, accept=frozenset({200}), judge=judge)
    read = decoded(answer.body)
    if not isinstance(read, dict) or "category_list" not in read:
        raise StopSource(f"{shown(url)}: answered what no Discourse forum does")
    return Probed(answer, "the forum is open to guests")
