"""Comply: what was removed or changed there goes here, from every place; so does what is old."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import sqlalchemy as sa

from connectors import CONNECTORS, connector_of
from contract.charter import Charter
from contract.errors import GoodguestError, MendFirst, NotAllowed, RetryLater
from contract.keys import stem_of
from contract.terms import Terms
from pipeline import landing
from pipeline.cleaning import forget_learnt, redact_digests, remove_exports, withdraw_protected
from pipeline.completing import Complete
from pipeline.credentials import Connections, credentials_of
from pipeline.cutting import ALWAYS, Sought, cut_parts
from pipeline.erased import Erased, note_erased
from pipeline.hold import release_again
from pipeline.leaving import hand_over_left, remove_unverified
from pipeline.opt_out import remove_opted_out
from pipeline.permission import may_listen
from pipeline.protecting import protect_sensitive
from pipeline.purge import purge
from pipeline.rechecking import recheck_source
from pipeline.search import index_words
from pipeline.settings import Settings, pseudonym_key
from pipeline.sharing import LANDED, in_turn
from pipeline.tombstones import ERASURE, Tombstones, stone_of
from pipeline.verdicts import Rechecked
from transforms.near_duplicates import is_copy
from warehouse import runs
from warehouse.charter_versions import note_charter
from warehouse.copies import mark_copies
from warehouse.freeing import free
from warehouse.named_posts import held_under
from warehouse.receipts import Pending, done, pending, sources_of, strip_titles, take_up
from warehouse.rechecks import not_seen_since, overdue_posts
from warehouse.recount import recount
from warehouse.removals import forget_posts, remove_passed_on, remove_posts
from warehouse.search import forget_words
from warehouse.store import opened, writing
from warehouse.tombstones import put_up

_log = logging.getLogger("goodguest.comply")
_ALONE: Final = ".comply"
"""What is held while removals go through: no source can have this name."""
_HOURS: Final = {c.TERMS.platform: c.TERMS.deletion_hours for c in CONNECTORS}
PLACES: Final = ["warehouse", "search", "landing", "digests", "exports", "database files"]
"""Where a removal that is done was cleaned."""


def comply(
    given: Settings, source: str | None = None, connections: Connections | None = None
) -> dict[str, Any]:
    """Ask whether what is held still stands, remove what does not, and purge what is too old.

    With `source` only that one is asked; what is removed is removed everywhere. Returns
    `rechecked, removed, edited, opted_out, purged` (posts), `max_latency_hours` (of what was done
    in this run, None if nothing), `requests`, `past` (posts not verified in time, which could not
    be asked for),
    `places` (what was cleaned), `pending` (removals not done everywhere) and `errors` by source.
    With `source` it raises RetryLater when that is to be asked again, once all else is done; else
    that is an error of the source, and the next run goes on.
    """
    now, asked = datetime.now(UTC), _Asked()
    charter = given.load_charter()
    if source is not None:
        charter.source(source)
    complete = Complete(charter, pseudonym_key(given))
    with opened(given.warehouse) as engine:
        runs.register_sources(engine, charter)
        with writing(engine) as connection:
            note_charter(connection, charter, now)
        for message in protect_sensitive(engine, charter):
            _log.error("%s", message)
        hand_over_left(engine, charter)
        with in_turn(given, engine, _ALONE):
            opted_out = remove_opted_out(given, engine, charter, now)
        for name in [source] if source else charter.sources:
            _ask(given, engine, charter, complete, name, connections, asked, now)
        asked.refused(*remove_unverified(engine, charter, now))
        with in_turn(given, engine, _ALONE):
            purged = purge(given, engine, charter, now)
        cleaned = clean(given, engine)
    if source in asked.later:
        raise asked.later[source]
    counts = {**asked.counts, "opted_out": opted_out, "purged": purged}
    return {**counts, **cleaned, "errors": asked.told}


def _ask(
    given: Settings,
    engine: sa.Engine,
    charter: Charter,
    complete: Complete,
    name: str,
    connections: Connections | None,
    asked: "_Asked",
    now: datetime,
) -> None:
    """Ask one source; what goes wrong is noted, and holds up no other."""
    try:
        may_recheck(charter, name, now)
        terms = _terms(charter, name)
        secrets = credentials_of(name, charter.sources[name], terms, connections)
        found = recheck_source(given, engine, charter, complete, name, secrets)
        asked.add(name, found)
        if found.doubted:
            asked.errors[name] = _doubt(name, str(charter.sources[name].url), found)
            _log.error("%s", asked.errors[name])
    except NotAllowed as refused:
        asked.errors[name] = str(refused)
        asked.refused(*_without_asking(engine, charter, name, now))
    except MendFirst:
        raise
    except RetryLater as error:
        asked.later[name] = error
    except GoodguestError as error:
        _log.error("%s: %s", name, error)
        asked.errors[name] = str(error)


@dataclass(slots=True)
class _Asked:
    """What came of asking the sources."""

    found: list[Rechecked] = field(default_factory=list)
    errors: dict[str, str] = field(default_factory=dict)
    later: dict[str, RetryLater] = field(default_factory=dict)
    unverified: int = 0
    past: int = 0

    def add(self, name: str, found: Rechecked) -> None:
        self.found.append(found)
        if found.again is not None:
            self.later[name] = found.again

    def refused(self, removed: int, past: int) -> None:
        self.unverified, self.past = self.unverified + removed, self.past + past

    @property
    def counts(self) -> dict[str, int]:
        return {
            "rechecked": sum(one.there + one.gone + one.changed for one in self.found),
            "removed": sum(one.gone for one in self.found) + self.unverified,
            "edited": sum(one.changed for one in self.found),
            "requests": sum(one.requests for one in self.found),
            "past": self.past,
        }

    @property
    def told(self) -> dict[str, str]:
        again = {n: f"{error}; to be tried again at {error.at}" for n, error in self.later.items()}
        return self.errors | again


def may_recheck(charter: Charter, name: str, now: datetime) -> None:
    """Return if the source may be asked for what is held of it; else raise NotAllowed.

    One that is not enabled may: nothing new is read of it, but what is held has to be true.
    """
    held = charter.sources[name].model_copy(update={"enabled": True})
    sources = {**charter.sources, name: held}
    may_listen(charter.model_copy(update={"sources": sources}), name, now)


def erase_again(given: Settings, erased: Sequence[Erased]) -> int:
    """Return how many of these posts were held again, as after a restore; they are emptied.

    A post that was seen there after it was removed stays. Accounts are noted again, and comply
    cuts them out of what is landed.
    """
    count = 0
    with opened(given.warehouse) as engine:
        with in_turn(given, engine, LANDED), writing(engine) as connection:
            put_up(connection, [stone_of(one) for one in erased if one.why == ERASURE])
            posts = [one for one in erased if one.kind == "post"]
            held = held_under(connection, {one.key for one in posts})
            for why in sorted({one.why for one in posts}):
                found = {held.get(one.key, one.key): one.at for one in posts if one.why == why}
                if why != ERASURE:
                    found = not_seen_since(connection, found)
                count += len(remove_posts(connection, found, why))
        release_again(engine, erased, datetime.now(UTC))
        clean(given, engine)
    return count


def clean(given: Settings, engine: sa.Engine) -> dict[str, Any]:
    """Take what is removed from the tables out of every other place, and write the receipts.

    Returns `places` (how many of each were cleaned), `max_latency_hours` and `pending`. Raises Busy
    when another process has been at it for ten minutes.
    """
    with in_turn(given, engine, _ALONE):
        return _clean(given, engine)


def _clean(given: Settings, engine: sa.Engine) -> dict[str, Any]:
    with writing(engine) as connection:
        take_up(connection)
        remove_passed_on(connection, datetime.now(UTC))
    with engine.connect() as connection:
        waiting = pending(connection)
    stones = Tombstones(given, engine)
    # Written before the work: a restore of what was backed up until now does it again.
    gone = [one for one in waiting if not one.is_edit]
    posts = [one for one in gone if one.month is not None]
    note_erased(given.landing, [Erased("post", one.what, one.why, one.at) for one in posts])
    keyed = [one for one in waiting if one.platform is not None]
    until = {stem_of(one.what): one.until for one in keyed}
    until |= dict.fromkeys(map(stem_of, stones.posts), ALWAYS)
    roots = {one.what for one in keyed if not one.is_edit} | stones.posts
    places = {"landing": 0, "records": 0, **withdraw_protected(given, engine)}
    if until or stones.accounts:
        sought = Sought(until, set(map(stem_of, roots)), stones)
        parts = landing.parts(given.landing, _folders(engine, waiting, stones))
        places["landing"], places["records"] = cut_parts(given, engine, parts, sought)
    if not waiting:
        return {"places": places, "max_latency_hours": None, "pending": 0}
    with writing(engine) as connection:
        strip_titles(connection, roots)
    keys = {one.what for one in waiting}
    places["digests"] += redact_digests(given, keys)
    places["exports"] += remove_exports(given)
    with writing(engine) as connection:
        forget_posts(connection, [one.what for one in waiting if one.why == ERASURE])
    forget_learnt(given)
    forget_words(engine)
    index_words(engine)
    mark_copies(engine, is_copy)
    recount(engine)
    is_free = free(engine, [one.month for one in waiting])
    with writing(engine) as connection:
        longest = done(connection, waiting, PLACES, _HOURS, datetime.now(UTC)) if is_free else None
    hours = None if longest is None else round(longest.total_seconds() / 3600, 3)
    return {
        "places": places, "max_latency_hours": hours, "pending": 0 if is_free else len(waiting)
    }  # fmt: skip


def _without_asking(
    engine: sa.Engine, charter: Charter, name: str, now: datetime
) -> tuple[int, int]:
    """Return how many posts of a source that may not be asked were removed, and how many are past.

    Where reading wants the platform's approval, what is not verified in time has to go with it;
    elsewhere a person is told that it is not.
    """
    terms = _terms(charter, name)
    with engine.connect() as connection:
        overdue = overdue_posts(connection, name, now - timedelta(hours=terms.deletion_hours))
    if not terms.needs_approval:
        return 0, len(overdue)
    with writing(engine) as connection:
        found = dict.fromkeys(overdue, now)
        gone = remove_posts(connection, found, "not verified")
    return len(gone), 0


def _doubt(name: str, url: str, found: Rechecked) -> str:
    return (
        f"{name}: {found.doubted} posts are said to be gone, more than half of those asked for "
        f"together; nothing of them was removed, as {url} may only answer wrongly for now. Look "
        f"whether it has closed or deleted them: what the next comply finds gone again is removed; "
        f"to have that at once, run: goodguest comply --source {name}"
    )


def _terms(charter: Charter, name: str) -> Terms:
    return connector_of(charter.sources[name].platform).TERMS


def _folders(engine: sa.Engine, waiting: Sequence[Pending], stones: Tombstones) -> list[str] | None:
    """Return the sources whose pages may hold what is sought: those of the same platforms."""
    if stones.posts or stones.accounts:
        return None
    platforms = {one.platform for one in waiting}
    with engine.connect() as connection:
        return sources_of(connection, platforms)
