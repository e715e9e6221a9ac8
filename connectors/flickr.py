"""Flickr: photos with their tags, notes and comments, through its REST API."""

import logging
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

from connectors.accounting import unaccounted
from connectors.answers import Probed, page_of
from connectors.cursors import kept
from connectors.ends import BOUND, COMPLETE, LEFT_OUT
from connectors.http import Client
from connectors.markup import web_address
from connectors.parts.flickr.answers import COMMENTS, ECHO, INFO, ask, read_answer
from connectors.parts.flickr.fields import KNOWN, count_of, inside, text_of
from connectors.parts.flickr.lists import listed, params_of
from connectors.parts.flickr.pages import outcomes_of
from connectors.parts.flickr.recheck import base_of, recheck
from connectors.parts.flickr.selection import jobs_of
from connectors.parts.flickr.state import State
from contract.charter import Source
from contract.errors import SkipPage
from contract.page import Page, Pages, Stop, Window
from contract.post import Outcome, Rejected, Skipped
from contract.terms import Rate, Terms

__all__ = ["TERMS", "fetch", "is_page", "parse", "probe", "recheck", "unknown_fields"]

log = logging.getLogger("goodguest.flickr")

TERMS = Terms(
    platform="flickr",
    title="Flickr",
    document="Flickr APIs Terms of Use",
    url="https://www.flickr.com/help/terms/api",
    read_on=date(2026, 8, 1),
    limits=(Rate(1, 1.0), Rate(3600, 3600.0)),
    storage="Words about photos, for reasonable periods; never the pictures themselves.",
    deletion="Remove soon what was deleted or made private there.",
    deletion_hours=24,
    selections=("query", "tags", "machine_tags", "box", "communities", "albums", "accounts"),
    forbidden=(
        "commercial use with a non-commercial key",
        "replacing what Flickr's own pages offer",
        "keeping or showing picture files",
        "selecting by a person's account",
    ),
    personal=(
        "native_id", "url", "author_id", "author_handle", "author_name", "title", "body", "text",
        "place", "latitude", "longitude",
    ),
    attribution="Title of the photo and a link to its page on Flickr.",
    credentials=("api_key",),
    notice="This product uses the Flickr API but is not endorsed or certified by SmugMug, Inc.",
)  # fmt: skip

_PLATFORM = "flickr"
_MAX_ANSWERS = 10_000
"""Of one run, which then lasts some three hours."""
_MAX_SEEN = 2000
"""Photos remembered as they were asked for: of more, the last changed."""


def is_page(body: bytes) -> bool:
    """Return whether the content looks like an answer of Flickr's API, in JSON or XML."""
    start = body[:400].lstrip(b"\xef\xbb\xbf \t\r\n")
    if start.startswith((b"{", b"jsonFlickr")):
        return b'"stat"' in body
    return start.startswith(b"<") and b"<rsp" in start


def parse(page: Page) -> Iterator[Outcome]:
    """Yield an outcome for each record of the page; for a page without records one saying why."""
    if page.status != 200:
        yield Skipped(rule="error page")
        return
    if web_address(page.url) is None:
        yield Rejected(reason="bad address of the page")
        return
    read = read_answer(page.body)
    if read is None:
        if page.file is not None and not is_page(page.body):
            # A recorded session holds what other sites answered, too.
            yield Skipped(rule="not of Flickr's API")
        else:
            yield Rejected(reason="not an answer of Flickr's API", detail=f"{len(page.body)} bytes")
        return
    outcomes = outcomes_of(page, read)
    yield next(outcomes, Skipped(rule="empty list"))
    yield from outcomes


def unknown_fields(page: Page) -> set[str]:
    """Return the paths of the page's fields that are neither used nor left aside on purpose."""
    return unaccounted(read_answer(page.body), KNOWN)


def fetch(
    client: Client, name: str, source: Source, window: Window, cursor: dict[str, Any] | None
) -> Pages:
    """Yield every answer: lists, each wanted photo's own with tags and notes, and its comments.

    Searches find photos by when they were uploaded, pools by when they were added; organisations'
    albums and accounts also bring old photos that somebody has tagged or commented since. Cursor:
    `seen`, when the photos asked for had last changed; `run`, the `jobs` and photos (`left`) still
    to ask for, the `photo` asked for last and whether its comments are due. It stops as
    connectors.ends says.
    """
    base = base_of(source)
    left = kept(cursor, State)
    seen, run = left.get("seen", {}), dict[str, Any](left.get("run", {}))
    if not run:
        jobs, organisations = jobs_of(client, base, name, source, window)
        seen = {id: changed for id, changed in seen.items() if changed >= window.since.timestamp()}
        run = {"jobs": jobs, "organisations": organisations, "left": [], "answers": 0}
    while run["jobs"] or run["left"] or run.get("comments"):
        if run["answers"] >= _MAX_ANSWERS:
            return Stop(BOUND, _reached(run, window))
        method, params = _next(run)
        try:
            answer = ask(client, base, method, **params)
        except SkipPage as left_out:
            log.warning("%s: left out: %s", name, left_out)
            run = {**_without(run, method), "end": LEFT_OUT}
            continue
        run, seen = _after(run, method, read_answer(answer.body) or {}, seen)
        yield page_of(
            answer,
            source=name,
            platform=_PLATFORM,
            url=answer.url,
            cursor={"seen": seen, "run": run},
        )
    return Stop(run.get("end", COMPLETE))


def _next(run: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    if run.get("comments"):
        return COMMENTS, {"photo_id": run["photo"]["id"]}
    if run["left"]:
        return INFO, {"photo_id": run["left"][0][0]}
    return run["jobs"][0]["method"], params_of(run["jobs"][0])


def _without(run: dict[str, Any], method: str) -> dict[str, Any]:
    """Return the progress with what could not be had left out."""
    if method == COMMENTS:
        return {**run, "comments": False}
    wants = "left" if method == INFO else "jobs"
    return {**run, wants: run[wants][1:]}


def _after(
    run: dict[str, Any], method: str, read: dict[str, Any], seen: dict[str, int]
) -> tuple[dict[str, Any], dict[str, int]]:
    """Return the progress once this answer is landed, and what is seen then."""
    rest = {**_without(run, method), "answers": run["answers"] + 1}
    if method == COMMENTS:
        return rest, _with(seen, run["photo"])
    if method != INFO:
        job = run["jobs"][0]
        found = listed(job, read, seen)
        rest |= {"left": found.wanted, "jobs": found.jobs + rest["jobs"]}
        rest["community"] = job.get("community")
        return rest if found.end == COMPLETE else {**rest, "end": found.end}, seen
    native_id, changed, likes = run["left"][0]
    info = inside(read, "photo")
    title = text_of(info.get("title")) or None
    rest["photo"] = {"id": native_id, "changed": changed, "likes": likes, "title": title}
    rest["comments"] = bool(count_of(info.get("comments")))
    return rest, seen if rest["comments"] or not info else _with(seen, rest["photo"])


def _with(seen: dict[str, int], photo: dict[str, Any]) -> dict[str, int]:
    if photo["changed"] is None:
        return seen
    known = {**seen, photo["id"]: photo["changed"]}
    if len(known) > _MAX_SEEN:
        del known[min(known, key=known.__getitem__)]
    return known


def _reached(run: dict[str, Any], window: Window) -> datetime | None:
    """Return how far back all lists were read, when some of it was read whole."""
    until = max((job["until"] for job in run["jobs"]), default=window.since.timestamp())
    reached = datetime.fromtimestamp(until, UTC)
    return reached if not run["left"] and reached < window.until else None


def probe(client: Client, name: str, source: Source) -> Probed:
    """Return the echo of a request, which Flickr gives to a valid key only."""
    return Probed(ask(client, str(source.url).rstrip("/"), ECHO), "Flickr takes the key")
