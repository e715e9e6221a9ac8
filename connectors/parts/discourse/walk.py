"""Walking the lists of a Discourse forum page by page, while they move.

Between two pages of a list its topics are read, which takes time: what is deleted meanwhile pulls
later topics up to the page before, what is answered goes to the first. So a page is looked at
again before the next is asked for, and at last the first.
"""

import logging
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from connectors.ends import BOUND, COMPLETE, LEFT_OUT, LIMIT
from connectors.http import Client
from connectors.parts.discourse.lists import Job, Listed, Mark, listed
from connectors.parts.discourse.selection import Listing
from contract.errors import RateLimited, RetryLater, SkipPage
from contract.page import Stop, Window

log = logging.getLogger("goodguest.discourse")

_PATIENCE = timedelta(hours=6)
"""For so long a run comes back for what cannot be had; then it ends without it."""
_MAX_PAGES = 1000
_LAST_SEARCH_PAGE = 10
"""Discourse refuses later ones."""
_MAX_LOOKS = 3
_MAX_SEEN = 300
_GRAVEST = (LEFT_OUT, LIMIT, BOUND, COMPLETE)


class Run(msgspec.Struct, omit_defaults=True, forbid_unknown_fields=True):
    """How far a run is: lists to walk, topics to read now and again at its end, how it ends.

    `topic` is what is known of the topic whose page was landed last; `covered` stands as it did
    when the run began. `reached` is Unix seconds; with `has_gaps` nobody knows how far back.
    """

    lists: list[Listing] = []
    jobs: list[Job] = []
    later: list[Job] = []
    is_late: bool = False
    topic: dict[str, Any] = {}
    covered: list[int] = []
    end: str = COMPLETE
    reached: int | None = None
    has_gaps: bool = False

    def ended(self, because: str, reached: int | None = None) -> None:
        """Note why something was not read to its end; the gravest reason stays."""
        self.end = min(self.end, because, key=_GRAVEST.index)
        self.has_gaps = self.has_gaps or reached is None
        self.reached = max(self.reached or 0, reached or 0)

    def stop(self) -> Stop:
        """Return why the run has no more pages."""
        is_known = self.reached is not None and not self.has_gaps
        return Stop(self.end, datetime.fromtimestamp(self.reached or 0, UTC) if is_known else None)


class Memory(msgspec.Struct, omit_defaults=True, forbid_unknown_fields=True):
    """What is remembered between runs: marks of what earlier runs (`seen`) and this one read.

    Of what was read and found no room is only remembered from when to when it was active.
    """

    seen: dict[str, Mark] = {}
    fresh: dict[str, Mark] = {}
    covered: list[int] = []

    def of(self, key: str) -> Mark | None:
        """Return the mark under which something was read last."""
        return self.fresh.get(key) or self.seen.get(key)

    def add(self, marks: dict[str, Mark]) -> None:
        """Remember that something was read as it was."""
        self.fresh |= marks
        self._shrink(self.fresh)

    def leave_out(self, marks: dict[str, Mark]) -> None:
        """Remember that something is still to be read, whatever else was active then."""
        self.fresh |= {key: [mark[0], -1, -1] for key, mark in marks.items()}

    def begin(self, since: int, always: set[str]) -> None:
        """Forget what lies before the window: no list that is walked goes back so far."""
        known = {**self.seen, **self.fresh}
        self.seen = {k: m for k, m in known.items() if m[0] >= since or k in always}
        self.fresh = {}
        self._shrink(self.seen)
        if self.covered and self.covered[1] < since:
            self.covered = []

    def _shrink(self, marks: dict[str, Mark]) -> None:
        while len(marks) > _MAX_SEEN:
            key = min(marks, key=lambda key: (marks[key][1] < 0, marks[key]))
            mark = marks.pop(key)
            # What has no time that can be read says nothing of when.
            if mark[1] >= 0 and mark[0]:
                moments = [mark[0], *self.covered]
                self.covered = [min(moments), max(moments)]


def is_patient(client: Client, window: Window) -> bool:
    """Return whether the run may still come back for what cannot be had now."""
    return client.now() - window.until < _PATIENCE


def walk(
    client: Client, run: Run, memory: Memory, window: Window, threads: frozenset[int]
) -> str | None:
    """Ask for a page of the first list and put into `run` what of it to read, and which is next.

    Returns None, or why the list cannot be had. Raises RetryLater while there is patience.
    """
    listing = run.lists[0]
    met = {*listing.here, *listing.before, *(job.id for job in run.later)}

    def is_wanted(topic: int, key: str, mark: Mark) -> bool:
        if topic in threads or (topic in met and not listing.query):
            return False
        if known := memory.of(key):
            return known != mark
        if listing.query and 0 < mark[0] <= (memory.of(f"t{topic}") or [0])[0]:
            return False
        return not run.covered or not run.covered[0] <= mark[0] <= run.covered[1]

    try:
        found = listed(client, listing, window.since, is_wanted)
    except (SkipPage, RetryLater) as error:
        if isinstance(error, RateLimited) or (
            isinstance(error, RetryLater) and is_patient(client, window)
        ):
            raise
        log.warning("left out: %s", error)
        run.ended(LEFT_OUT)
        run.lists.pop(0)
        return str(error)
    _advance(run, listing, found)
    return None


def _advance(run: Run, listing: Listing, found: Listed) -> None:
    ids, is_first_look = set(found.ids), not listing.looks
    is_round = bool(ids) and (ids <= set(listing.before) or ids <= set(listing.first))
    if is_first_look and listing.page and is_round:
        # The same page again: nobody knows what it keeps back.
        run.ended(LIMIT, found.oldest)
        run.lists.pop(0)
        return
    run.jobs = found.jobs
    listing.looks += 1
    listing.here = list(dict.fromkeys([*listing.here, *found.ids]))
    if not listing.page:
        listing.first = listing.here
    # A search is dear, and what it lists stands in the order of writing: it moves little.
    if run.jobs and found.has_more and not listing.query and listing.looks < _MAX_LOOKS:
        return
    last = _LAST_SEARCH_PAGE if listing.query else _MAX_PAGES
    if not found.has_more or (listing.is_last_look and not run.jobs):
        _end(run, listing)
    elif listing.page + 1 >= last:
        run.ended(LIMIT if listing.query else BOUND, found.oldest)
        run.lists.pop(0)
    else:
        listing.page, listing.looks = listing.page + 1, 0
        listing.before, listing.here = listing.here, []


def _end(run: Run, listing: Listing) -> None:
    if listing.page and not listing.is_last_look and not listing.query:
        run.lists[0] = Listing(
            listing.url, names=listing.names, here=listing.first, is_last_look=True
        )
    else:
        run.lists.pop(0)
