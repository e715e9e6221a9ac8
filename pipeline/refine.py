"""Refine: turns landed pages into posts, and posts into ties, in batches of bounded size."""

import logging
import resource
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import groupby
from operator import attrgetter
from typing import Any

from sqlalchemy import Engine

from pipeline import landing
from pipeline.batches import batches_of
from pipeline.completing import Complete
from pipeline.language_cache import KeptTables
from pipeline.link import Tie, is_linked, link_posts
from pipeline.opted_out import Guard
from pipeline.prepare import Prepare
from pipeline.prepared import Prepared
from pipeline.protecting import protect_sensitive
from pipeline.settings import Settings, pseudonym_key
from pipeline.sharing import LANDED, in_turn
from pipeline.tidying import tidying
from pipeline.workers import prepared_by
from transforms.near_duplicates import is_copy
from warehouse import load, runs
from warehouse.charter_versions import note_charter
from warehouse.copies import is_compared, mark_copies
from warehouse.coverage import count_fetched
from warehouse.due import due_for
from warehouse.links import Ties
from warehouse.load import Counts, Loaded, load_batch
from warehouse.opting_out import leave_parts
from warehouse.recount import recount, refresh_statistics
from warehouse.search import forget_words
from warehouse.store import opened, writing
from warehouse.tombstones import noted_in
from warehouse.unknown import UnknownField, store_unknown_fields
from warehouse.versions import Outdated

_log = logging.getLogger("goodguest.refine")
_MOST_NAMED = 10
"""Of a platform's new fields; the others stand in the warehouse only."""


def refine(
    given: Settings,
    names: Sequence[str] | None = None,
    *,
    reparse: bool = False,
    workers: int = 1,
) -> dict[str, Any]:
    """Load what is landed and not yet refined (or all of it anew), and tie what is not yet tied.

    So many `workers`, processes with this one among them, prepare what it writes.
    Returns `pages, posts_new, posts_changed, posts_unchanged, rejected, skipped, links,
    unknown_fields` (seen for the first time: platform and path), `seconds, posts_per_second,
    peak_rss_mb`. Raises FixSettings when charter, warehouse or a name is wrong.
    """
    began = time.monotonic()
    charter = given.load_charter()
    for name in names or ():
        charter.source(name)
    complete = Complete(charter, pseudonym_key(given), KeptTables(given.matchers))
    counts, ties, pages = Counts(), Ties(), 0
    unknown: list[UnknownField] = []
    with opened(given.warehouse) as engine, tidying() as tidy:
        runs.register_sources(engine, charter)
        for message in protect_sensitive(engine, charter):
            _log.error("%s", message)
        with writing(engine) as connection:
            version = note_charter(connection, charter, datetime.now(UTC))
        pending = _pending(given, engine, names, reparse=reparse)
        tie = Tie(engine, given.matchers, charter.ties)
        prepare = Prepare(given.landing, engine, complete, tie, Guard(given, engine, charter))
        for batch in prepared_by(prepare, batches_of(pending, workers), workers):
            # Before the posts: a batch that is loaded is not read again.
            unknown += store_unknown_fields(engine, batch.records.unknown.values())
            leave_parts(engine, batch.records.left_out)
            loaded = _load(given, engine, batch, prepare, (complete.key_id, version))
            counts, ties = counts + loaded.counts, ties + loaded.ties
            pages += sum(part.pages for part in batch.records.parts)
            del batch  # before the next is prepared
            tidy()
        _tell(unknown)
        ties += _finish(engine, tie, counts.new, version)
    seconds = time.monotonic() - began
    return {
        "pages": pages,
        **_counted(counts, ties),
        "unknown_fields": [f"{new.platform} {new.path}" for new in unknown],
        "seconds": round(seconds, 3),
        "posts_per_second": round((counts.new + counts.changed + counts.unchanged) / seconds, 1),
        "peak_rss_mb": _peak_rss_mb(),
    }


def is_refined(given: Settings) -> bool:
    """Return whether all that is landed is loaded, compared, and tied with what is held now."""
    with opened(given.warehouse) as engine:
        if _pending(given, engine, None, reparse=False) or not is_compared(engine):
            return False
        return is_linked(engine, given.load_charter().ties)


def _pending(
    given: Settings, engine: Engine, names: Sequence[str] | None, *, reparse: bool
) -> list[landing.Part]:
    with engine.connect() as conn:
        known = set() if reparse else load.known_parts(conn)
    found = landing.parts(given.landing, names)
    return [part for part in found if (part.path, part.digest) not in known]


def _load(
    given: Settings, engine: Engine, batch: Prepared, prepare: Prepare, under: tuple[str, str]
) -> Loaded:
    """Return what became of a batch; what was cut or erased since it was read is left out.

    What a part was cut to is read by the next run. `under` are the key of its pseudonyms and the
    version of the charter.
    """
    with in_turn(given, engine, LANDED):
        there = landing.still_there(given.landing, batch.records.landed)
        if there == batch.records.landed and batch.noted == noted_in(engine):
            try:
                return _written(engine, batch, *under)
            except Outdated:
                pass
        _log.info("another process changed what this batch is made of; it is prepared anew")
        prepare.guard = Guard(given, engine, given.load_charter())
        anew = [_written(engine, some, *under) for some in prepare(there, is_anew=True)]
    return Loaded(
        sum((loaded.counts for loaded in anew), Counts()),
        sum((loaded.ties for loaded in anew), Ties()),
    )


def _written(engine: Engine, batch: Prepared, key_id: str, charter: str) -> Loaded:
    records = batch.records
    return load_batch(
        engine,
        batch.posts,
        records.parts,
        records.rejected,
        records.skipped,
        known=batch.known,
        unchanged=batch.unchanged,
        tied=batch.tied,
        key_id=key_id,
        charter=charter,
    )


def _finish(engine: Engine, tie: Tie, new_posts: int, charter: str) -> Ties:
    """Do once what follows from all loads, this run's and those that were cut short."""
    if sources := due_for(engine, "count fetched"):
        count_fetched(engine, sources)
    ties = link_posts(engine, tie, charter)
    if due_for(engine, "forget words"):
        forget_words(engine)
    mark_copies(engine, is_copy)
    recount(engine)
    refresh_statistics(engine, new_posts)
    return ties


def _counted(counts: Counts, ties: Ties) -> dict[str, Any]:
    return {
        "posts_new": counts.new,
        "posts_changed": counts.changed,
        "posts_unchanged": counts.unchanged,
        "rejected": counts.rejected,
        "skipped": counts.skipped,
        "links": {"topic": ties.topic, "dataset": ties.dataset, "entity": ties.entity},
    }


def _tell(new: Sequence[UnknownField]) -> None:
    for platform, found in groupby(sorted(new), key=attrgetter("platform")):
        fields = list(found)
        names = ", ".join(one.path for one in fields[:_MOST_NAMED])
        if len(fields) > _MOST_NAMED:
            names += f" and {len(fields) - _MOST_NAMED} more"
        _log.warning("%s sends %s, which nobody reads (%s)", platform, names, fields[0].landing)


def _peak_rss_mb() -> float:
    """Return the most memory this process held, with that of the largest worker there was."""
    # The unit is KiB on Linux and bytes on macOS.
    unit = 1 if sys.platform == "darwin" else 1024
    peaks = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    return round(sum(resource.getrusage(who).ru_maxrss for who in peaks) * unit / 2**20, 1)
