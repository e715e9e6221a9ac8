"""Discourse forums: their latest posts, topics and searches as JSON, and their RSS."""

import codecs
import logging
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

import msgspec

from connectors.decoding import NOT_JSON, decoded
from connectors.discourse_fields import Moment
from connectors.discourse_lists import GONE, Job, asked, jobs_of
from connectors.discourse_posts import outcomes_of_json, posts_in
from connectors.discourse_recheck import recheck
from connectors.discourse_rss import outcomes_of_rss
from connectors.ends import BOUND, COMPLETE, LEFT_OUT, LIMIT
from connectors.http import Client, page_of
from connectors.markup import web_address
from contract.charter import Source
from contract.errors import FixSettings, SkipPage, StopSource
from contract.page import Page, Pages, Stop, Window
from contract.post import Outcome, Rejected, Skipped
from contract.terms import Rate, Terms

__all__ = ["TERMS", "fetch", "is_page", "parse", "recheck"]

log = logging.getLogger("goodguest.discourse")

TERMS = Terms(
    platform="discourse",
    title="Discourse",
    url="https://meta.discourse.org/t/available-settings-for-global-rate-limits-and-throttling/78612",
    read_on=date(2026, 8, 1),
    limits=(Rate(200, 60.0), Rate(50, 10.0)),
    storage="The forum's own rules.",
    deletion="Remove what was deleted or hidden there.",
    deletion_hours=24,
    forbidden=(
        "reading closed groups or private messages",
        "reading through an invented account",
        "reading what robots.txt excludes",
    ),
    personal=("native_id", "url", "author_id", "author_name", "title", "body", "text"),
    attribution="Name of the forum and a link to the post.",
    needs_permission=True,
)

_PLATFORM = "discourse"
_CHUNK = 20
_ID_SPAN = 50
"""Older servers answer `/posts.json` with the posts among so many ids, newer ones with as many."""
_MAX_EMPTY = 10
_MAX_PAGES = 400
_MAX_REST = 2000
"""Posts of one topic beyond its first 20 that are looked through in one run."""
_START = codecs.BOM_UTF8 + b" \t\r\n"
_MARKS = (
    b'"post_stream"', b'"latest_posts"', b'"topic_list"', b'"category_list"', b'"user_actions"',
    b'"post_action_users"', b'"grouped_search_result"', b'"cooked"', b'"results"',
)  # fmt: skip


class _Ref(msgspec.Struct):
    id: int
    created_at: Moment


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
        read = msgspec.json.decode(page.body.removeprefix(codecs.BOM_UTF8))
    except NOT_JSON as error:
        yield Rejected(reason="not JSON", detail=str(error))
        return
    outcomes = list(outcomes_of_json(page, read))
    yield from outcomes or [Skipped(rule="empty list")]


def fetch(
    client: Client, name: str, source: Source, window: Window, cursor: dict[str, Any] | None
) -> Pages:
    """Yield a page for each answer that holds posts; with no selection the forum's latest posts.

    With a selection, its categories, tags and query each add topics or posts. The cursor holds
    under `seen` which topics and hits need not be asked again while unchanged and, under `run`, how
    far this run has come. It stops as connectors.ends says.
    """
    select = source.select
    if select.feeds:
        raise FixSettings(
            f"sources.{name}.select.feeds: not for a forum; allowed here: categories, tags, query"
        )
    if select.categories or select.tags or select.query:
        return (yield from _topics(client, name, source, window, cursor or {}))
    return (yield from _latest(client, name, source, window, cursor or {}))


def _latest(
    client: Client, name: str, source: Source, window: Window, cursor: dict[str, Any]
) -> Pages:
    run = {"before": None, "pages": 0, "empty": 0, "end": COMPLETE} | cursor.get("run", {})
    url = f"{_base(source)}/posts.json"
    while run["before"] != 0:
        params = {"before": run["before"]} if run["before"] else None
        try:
            answer = client.get(url, params=params, accept=frozenset({200}))
        except SkipPage as error:
            raise StopSource(f"{error}; without it a selection is needed") from error
        refs = _refs(decoded(answer.body))
        run = _older(run, refs, window.since)
        yield page_of(
            answer, source=name, platform=_PLATFORM, url=url, cursor={**cursor, "run": run}
        )
    reached = run.get("reached")
    return Stop(str(run["end"]), reached and datetime.fromisoformat(reached))


def _older(run: dict[str, Any], refs: list[_Ref], since: datetime) -> dict[str, Any]:
    """Return the progress after a page of latest posts: `before` is 0 at the end."""
    asked, pages = run["before"], run["pages"] + 1
    run = {**run, "pages": pages, "empty": 0 if refs else run["empty"] + 1}
    if _reach_back(refs, since):
        return {**run, "before": 0}
    if refs:
        before = min(ref.id for ref in refs) - 1
    elif asked is None or run["empty"] >= _MAX_EMPTY:
        return {**run, "before": 0}
    else:
        before = asked - _ID_SPAN
    if asked is not None and before >= asked:
        return {**run, "before": 0, "end": LIMIT}
    if pages >= _MAX_PAGES and before > 0:
        reached = max((ref.created_at.isoformat() for ref in _oldest(refs)), default=None)
        return {**run, "before": 0, "end": BOUND, "reached": reached}
    return {**run, "before": max(before, 0)}


def _reach_back(refs: list[_Ref], since: datetime) -> bool:
    """Return whether the oldest of the posts are older than that moment."""
    oldest = _oldest(refs)
    return bool(oldest) and all(ref.created_at < since for ref in oldest)


def _oldest(refs: list[_Ref]) -> list[_Ref]:
    """Return some of the oldest posts: one that was moved keeps its time under a newer id."""
    return sorted(refs, key=lambda ref: ref.id)[:5]


def _topics(
    client: Client, name: str, source: Source, window: Window, cursor: dict[str, Any]
) -> Pages:
    base, seen = _base(source), dict(cursor.get("seen", {}))
    run = cursor.get("run", {})
    if "left" not in run:
        left, seen, end = jobs_of(client, base, name, source.select, window.since, seen)
        run = {"left": left, "end": end}
    while run["left"]:
        job, *others = run["left"]
        url, params = _request(base, job)
        try:
            answer = asked(client, url, params)
        except SkipPage as left_out:
            log.warning("%s: left out: %s", name, left_out)
            run = {**run, "left": others, "end": LEFT_OUT}
            continue
        read = decoded(answer.body)
        is_gone = answer.status != 200
        rest, end = ([], COMPLETE) if is_gone else _rest(job, read, window.since)
        topic = {**job["topic"], "id": job["id"]}
        for key in ("title", "category_id", "tags"):
            if isinstance(read, dict) and read.get(key) is not None:
                topic[key] = read[key]
        if rest:
            others = [{**job, "posts": rest, "topic": topic}, *others]
        elif end != LEFT_OUT:
            seen = {**seen, **job["seen"]}
        run = {"left": others, "topic": topic, "end": run["end"] if end == COMPLETE else end}
        cursor = {"seen": seen, "run": run}
        yield page_of(answer, source=name, platform=_PLATFORM, url=url, cursor=cursor)
    return Stop(str(run["end"]))


def _request(base: str, job: Job) -> tuple[str, dict[str, Any] | None]:
    # Never by post_number: past the end that gives the last page for ever.
    if "posts" not in job:
        return f"{base}/t/{job['id']}.json", None
    return f"{base}/t/{job['id']}/posts.json", {"post_ids[]": job["posts"][:_CHUNK]}


def _rest(job: Job, read: Any, since: datetime) -> tuple[list[int], str]:
    """Return the ids of the topic's posts that are still wanted, newest first."""
    if not isinstance(read, dict):
        return [], LEFT_OUT
    refs = _refs(read)
    if "posts" in job:
        is_past = _reach_back(refs, since) and not job.get("only")
        return ([] if is_past else job["posts"][_CHUNK:]), COMPLETE
    stream = read.get("post_stream")
    if not isinstance(stream, dict) or not isinstance(stream.get("stream", []), list):
        return [], LEFT_OUT
    here = {ref.id for ref in refs}
    rest = [post for post in reversed(stream.get("stream", [])) if post not in here]
    # A topic of 10,000 posts and more does not list them.
    end = LIMIT if stream.get("isMegaTopic") else BOUND if len(rest) > _MAX_REST else COMPLETE
    return rest[:_MAX_REST], end


def _base(source: Source) -> str:
    return str(source.url).rstrip("/")


def _refs(read: Any) -> list[_Ref]:
    found = []
    for post in posts_in(read):
        try:
            found.append(msgspec.convert(post, _Ref))
        except msgspec.ValidationError:
            # `parse` rejects it by name.
            continue
    return found
