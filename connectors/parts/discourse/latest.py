"""A run over the latest posts of a whole Discourse forum, from the newest id down."""

import logging
from datetime import UTC, datetime
from typing import Any, NotRequired, TypedDict

from connectors.answers import page_of
from connectors.cursors import Count, End, Moment, kept
from connectors.decoding import decoded
from connectors.ends import BOUND, COMPLETE, LEFT_OUT, LIMIT
from connectors.http import Client
from connectors.parts.discourse.asking import json_asked
from connectors.parts.discourse.refs import Ref, oldest, reach_back, refs_of
from connectors.parts.discourse.walk import is_patient
from contract.charter import Source
from contract.errors import RateLimited, RetryLater, SkipPage, StopSource
from contract.page import Pages, Stop, Window

log = logging.getLogger("goodguest.discourse")

_ID_SPAN = 50
"""Older servers answer `/posts.json` with the posts among so many ids, newer ones with as many."""
_MAX_EMPTY = 10
_MAX_PAGES = 400
_MAX_LEFT_OUT = 3


class _Run(TypedDict):
    before: Count | None
    pages: Count
    empty: Count
    left_out: Count
    end: End
    reached: NotRequired[Moment | None]


class _State(TypedDict, total=False):
    run: _Run


def latest(
    client: Client, name: str, source: Source, window: Window, cursor: dict[str, Any]
) -> Pages:
    """Yield a page for each answer with posts, back to the window; the cursor keeps nothing else.

    Raises RetryLater while there is patience with a page that cannot be had, StopSource when the
    forum does not offer its latest posts.
    """
    run: dict[str, Any] = {"before": None, "pages": 0, "empty": 0, "left_out": 0, "end": COMPLETE}
    run |= kept(cursor, _State).get("run", {})
    url = f"{str(source.url).rstrip('/')}/posts.json"
    while run["before"] != 0:
        params = {"before": run["before"]} if run["before"] else None
        try:
            answer = json_asked(client, url, params)
        except SkipPage as error:
            raise StopSource(f"{error}; without it a selection is needed") from error
        except RetryLater as error:
            is_final = isinstance(error, RateLimited) or run["before"] is None
            if is_final or is_patient(client, window):
                raise
            log.warning("%s: left out: %s", name, error)
            run = _without(run)
            continue
        refs = refs_of(decoded(answer.body))
        run = _older(run, refs, window.since)
        yield page_of(answer, source=name, platform=source.platform, url=url, cursor={"run": run})
    reached = None if run["left_out"] else run.get("reached")
    return Stop(run["end"], datetime.fromtimestamp(reached, UTC) if reached else None)


def _without(run: dict[str, Any]) -> dict[str, Any]:
    """Return the progress after a page was left out: the ids below it are next."""
    left_out = run["left_out"] + 1
    below = max(run["before"] - _ID_SPAN, 0) if left_out < _MAX_LEFT_OUT else 0
    return {**run, "before": below, "left_out": left_out, "end": LEFT_OUT}


def _older(run: dict[str, Any], refs: list[Ref], since: datetime) -> dict[str, Any]:
    """Return the progress after a page of latest posts: `before` is 0 at the end."""
    asked, pages = run["before"], run["pages"] + 1
    run = {**run, "pages": pages, "empty": 0 if refs else run["empty"] + 1}
    if reach_back(refs, since):
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
        reached = max((at.timestamp() for at in oldest(refs)), default=None)
        return {**run, "before": 0, "end": BOUND, "reached": reached}
    return {**run, "before": max(before, 0)}
