"""Purge: what is kept longer than the charter allows goes, and what has lost its purpose."""

import logging
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Final

import sqlalchemy as sa

from contract.charter import Charter
from pipeline import landing
from pipeline.access import gather
from pipeline.cleaning import redact_digests_before
from pipeline.cutting import forget_part
from pipeline.hold import end_holds
from pipeline.leaving import Leaving, leaving
from pipeline.settings import Settings
from transforms.near_duplicates import is_copy
from warehouse import load
from warehouse.calendar import week_of
from warehouse.copies import mark_copies
from warehouse.receipts import note_dropped
from warehouse.recount import recount
from warehouse.removals import Why, keys_of_sources, remove_posts
from warehouse.retention import delete_old, drop_days, forget_lonely, oldest_day
from warehouse.runs import expiries
from warehouse.store import writing

_log = logging.getLogger("goodguest.comply")
_AT_ONCE: Final = 1_000
_MOST: Final = 50_000
"""Posts of expired purposes that are emptied in a run; the next goes on."""
_DAYS_AT_ONCE: Final = 31


def purge(given: Settings, engine: sa.Engine, charter: Charter, now: datetime) -> int:
    """Return how many posts were removed for their age, or as no purpose or source holds them.

    For their age none is where the charter may be another agency's, which keeps them otherwise.
    """
    kept = charter.retention
    with engine.connect() as connection:
        left = leaving(connection, charter)
    purged = _purge_unfounded(given, engine, charter, left, now)
    if left.is_other_charter:
        _log.error("%s: nothing goes for its age; see: goodguest check", given.charter)
        return purged
    if dropped := _drop_old(engine, now - kept.text):
        with writing(engine) as connection:
            what = f"{dropped} posts from before {now - kept.text:%Y-%m-%d}"
            note_dropped(connection, what, "retention", now)
        purged += dropped
    end_holds(engine, now)
    gather(given, engine)
    redact_digests_before(given, week_of(now - kept.text))
    with engine.connect() as connection:
        loaded = load.known_parts(connection)
    for part in landing.parts(given.landing):
        is_read = (part.path, part.digest) in loaded
        # What nobody has read is kept for as long as a text may be, and no longer.
        if part.day < now - (kept.raw if is_read else kept.text) - timedelta(days=1):
            forget_part(given, part)
    with writing(engine) as connection:
        delete_old(connection, kept, now)
    forget_lonely(engine)
    return purged


def expired_sources(charter: Charter, known: dict[str, str], today: date) -> list[str]:
    """Return the sources whose purpose has expired; of one no longer in the charter as last known.

    `known` says until when the purpose of a source was to last, as an ISO date.
    """
    lasts = {name: charter.purposes[s.purpose].expires for name, s in charter.sources.items()}
    last_known = {name: date.fromisoformat(until) for name, until in known.items()}
    return sorted(name for name, until in (last_known | lasts).items() if until < today)


def _purge_unfounded(
    given: Settings, engine: sa.Engine, charter: Charter, left: Leaving, now: datetime
) -> int:
    """Return how many posts were removed that no purpose, or no source of the charter, holds."""
    with engine.connect() as connection:
        expired = expired_sources(charter, expiries(connection), charter.today(now))
    gone = sorted(set(left.due(now)).difference(expired))
    unfounded: dict[Why, list[str]] = {"purpose expired": expired, "source left": gone}
    purged = 0
    for why, names in unfounded.items():
        if names and purged < _MOST:
            purged += _purge_sources(given, engine, names, why, now)
    return purged


def _purge_sources(
    given: Settings, engine: sa.Engine, names: list[str], why: Why, now: datetime
) -> int:
    purged = 0
    for keys in _chunks(engine, names):
        with writing(engine) as connection:
            found = dict.fromkeys(keys, now)
            purged += len(remove_posts(connection, found, why))
        if purged >= _MOST:
            break
    for part in landing.parts(given.landing, names):
        forget_part(given, part)
    return purged


def _chunks(engine: sa.Engine, names: list[str]) -> Iterator[list[str]]:
    while True:
        with engine.connect() as connection:
            keys = keys_of_sources(connection, names, _AT_ONCE)
        if not keys:
            return
        yield keys


def _drop_old(engine: sa.Engine, before: datetime) -> int:
    """Return how many posts were from before, and read before; what was counted of them stays."""
    dropped, last = 0, before.date().isoformat()
    with engine.connect() as connection:
        first = oldest_day(connection, before)
    if first is None or first >= last:
        return 0
    # A week of which posts go is not counted again: it has to be right before.
    mark_copies(engine, is_copy)
    recount(engine)
    begin = date.fromisoformat(first)
    for days in range(_DAYS_AT_ONCE, (before.date() - begin).days + _DAYS_AT_ONCE, _DAYS_AT_ONCE):
        upto = min(last, (begin + timedelta(days=days)).isoformat())
        with writing(engine) as connection:
            dropped += drop_days(connection, upto, before)
    _log.info("%d posts from before %s were dropped by retention", dropped, last)
    return dropped
