"""What a run has to read of a board: the topics something was written in."""

import logging
from datetime import datetime
from typing import Any

from connectors.answers import Answer, Judged, needed, page_of, shown
from connectors.ends import BOUND, COMPLETE, LEFT_OUT
from connectors.http import Client
from connectors.parts.phpbb.lists import Row, forums_of, kind_of, pages_beside, rows_of
from connectors.parts.phpbb.pages import Sheet, engine_of, sheet_of
from contract.charter import Select
from contract.errors import FixSettings, OddAnswer, SkipPage, StopSource
from contract.page import Page

log = logging.getLogger("goodguest.phpbb")

GONE = frozenset({404, 410})
_MAX_LIST_PAGES = 40
"""Of one forum in one run."""
_MAX_FORUMS = 200
_MAX_TOPICS = 500
"""Of one run; the next one reads the others."""

Job = dict[str, Any]
"""A topic to read: `id`; `page`, where the page begins that is asked for next; `mark` and `at`, its
last post as listed; `asked`, how many of its pages were."""

Seen = tuple[str, int | None, int]
"""What is remembered of a topic: `mark` and `at` of its last post, and how far back it was read;
moments are Unix seconds."""


def asked(client: Client, name: str, url: str) -> tuple[Page, Sheet | None]:
    """Return the answer as a page and what is on it, None when no board wrote it.

    Raises StopSource when something before the board refuses us, SkipPage when the answer is no
    page of a board.
    """
    answer = client.get(url, accept=GONE | {200, 403}, judge=_judged)
    page = page_of(answer, source=name, platform="phpbb", url=url, cursor={})
    sheet = sheet_of(page)
    if sheet is None and page.status == 403:
        raise StopSource(f"GET {shown(url)}: answered 403")
    return page, sheet


def _judged(answer: Answer) -> Judged | None:
    """Return that it is no page of a board, or was cut short: of all of them each ends alike."""
    if answer.status != 200:
        return None
    if engine_of(answer.body) is None:
        return Judged(OddAnswer, "not a page of phpBB or MyBB; look whether the board stands there")
    is_whole = b"</html" in answer.body.lower()
    return None if is_whole else Judged(OddAnswer, "half a page")


def topics_to_read(
    client: Client,
    base: str,
    name: str,
    select: Select,
    since: datetime,
    seen: dict[str, Seen],
    is_whole: bool,
) -> dict[str, Any]:
    """Return the beginning of a run: `left`, the topics whose last post moved since they were seen.

    With `is_whole` nothing older than what was seen is missing, and lists are read no further than
    that. Raises FixSettings for a forum that is not there, StopSource when none is open to guests.
    """
    index = index_of(client, base, name)
    wanted = _chosen(name, select.categories, forums_of(index))
    queue, ends = list(wanted), {COMPLETE}
    jobs: dict[int, Job] = {}
    walled: list[int] = []
    for forum in queue:
        try:
            rows, below, end = _rows(client, base, name, index, forum, since, seen, is_whole)
        except _LoginOnlyError:
            log.info("%s: a forum is for members only", name)
            walled.append(forum)
            continue
        except SkipPage as left_out:
            log.warning("%s: left out: %s", name, left_out)
            ends.add(LEFT_OUT)
            continue
        ends.add(end)
        queue += [f for f in below if f not in queue][: _MAX_FORUMS - len(queue)]
        for row in rows:
            if not _is_known(seen, row, since):
                jobs.setdefault(row.id, _job(row))
    if queue and len(walled) == len(queue):
        raise StopSource(
            f"{name}: its forums are for members only; select others, or ask the forum's owner to "
            "open them to guests"
        )
    if select.categories and set(walled) & set(wanted):
        ends.add(LEFT_OUT)
    left = sorted(jobs.values(), key=lambda job: job["at"] or 0, reverse=True)
    run: dict[str, Any] = {"forums": queue, "topic": index.engine.topic_address}
    if len(left) > _MAX_TOPICS:
        ends.add(BOUND)
        left = left[:_MAX_TOPICS]
        run["reached"] = left[-1]["at"]
    end = next(e for e in (BOUND, LEFT_OUT, COMPLETE) if e in ends)
    return {**run, "left": left, "end": end}


class _LoginOnlyError(Exception):
    """A forum that guests may not read."""


def _job(row: Row) -> Job:
    at = int(row.last_at.timestamp()) if row.last_at else None
    return {"id": row.id, "page": row.page, "mark": row.mark, "at": at, "asked": 0}


def index_of(client: Client, base: str, name: str) -> Sheet:
    """Return the board's front page with its forums; raises StopSource when guests see none."""
    try:
        with needed(client.now()):
            _, sheet = asked(client, name, f"{base}/index.php")
    except SkipPage as error:
        raise StopSource(f"{error}; ask the forum's owner to allow it") from error
    if sheet is None or kind_of(sheet) != "forum list":
        raise StopSource(
            f"{shown(base)}: shows guests no forums; ask the forum's owner to open some to guests, "
            "or look whether this is the board's address"
        )
    return sheet


def _chosen(name: str, wanted: tuple[str, ...], forums: dict[int, str]) -> dict[int, str]:
    """Return the forums that are wanted by id or name, all when none are named."""
    if not wanted:
        return forums
    chosen = {}
    for want in wanted:
        by_name = [f for f, called in forums.items() if called.casefold() == want.casefold()]
        found = [int(want)] if want.isdecimal() and len(want) < 10 else by_name
        if len(found) != 1:
            there = ", ".join(f"{f} ({called})" for f, called in sorted(forums.items())[:60])
            raise FixSettings(
                f"sources.{name}.select.categories: {want!r} names {len(found)} forums of the "
                f"board; allowed here: {there}"
            )
        chosen[found[0]] = forums.get(found[0], want)
    return chosen


def _rows(
    client: Client,
    base: str,
    name: str,
    index: Sheet,
    forum: int,
    since: datetime,
    seen: dict[str, Seen],
    is_whole: bool,
) -> tuple[list[Row], list[int], str]:
    """Return a forum's topics since then, the forums below it, and how its list ended."""
    engine = index.engine
    found: dict[int, Row] = {}
    below: list[int] = []
    at = engine.first_page
    for _ in range(_MAX_LIST_PAGES):
        _, sheet = asked(client, name, f"{base}/{engine.forum_address.format(id=forum, page=at)}")
        if sheet is None:
            break
        if kind_of(sheet) == "login form":
            raise _LoginOnlyError
        below += forums_of(sheet)
        fresh = [row for row in rows_of(sheet) if row.id not in found]
        found.update((row.id, row) for row in fresh)
        # Announcements and pinned topics stand first however old they are.
        loose = [row for row in fresh if not row.is_loose]
        is_past = any(row.last_at < since for row in loose if row.last_at)
        is_known = is_whole and bool(loose) and _is_known(seen, loose[-1], since)
        later = [p for p in pages_beside(sheet, engine.forum_of, forum) if p > at]
        if is_past or is_known or not fresh or not later:
            break
        at = min(later)
    else:
        return _recent(found, since), below, BOUND
    return _recent(found, since), below, COMPLETE


def _is_known(seen: dict[str, Seen], row: Row, since: datetime) -> bool:
    """Return whether the topic was read back to that moment and nothing was written since."""
    known = seen.get(str(row.id))
    return known is not None and known[0] == row.mark and known[2] <= since.timestamp()


def _recent(found: dict[int, Row], since: datetime) -> list[Row]:
    rows = (row for row in found.values() if not row.is_moved)
    return [row for row in rows if row.last_at is None or row.last_at >= since]
