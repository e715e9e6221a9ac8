"""Collect: reads communities into the landing zone, by window and cursor, and says how much."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Engine
from structlog.contextvars import bound_contextvars

from connectors import connector_of
from connectors.ends import BUDGET, COMPLETE
from connectors.http import Client
from contract.charter import Charter, Source
from contract.credentials import Credentials
from contract.errors import (
    FixSettings,
    GoodguestError,
    MendFirst,
    OutOfBudget,
    RateLimited,
    RetryLater,
    StopSource,
)
from contract.mending import mended_first
from contract.page import Page, Pages, Stop, Window
from pipeline import landing
from pipeline.credentials import Connections, credentials_of
from pipeline.landable import Landable
from pipeline.permission import may_listen, may_visit
from pipeline.records import outcomes_of
from pipeline.settings import Settings
from pipeline.sharing import LANDED, alone, in_turn, shared_pace
from pipeline.spending import Ledger
from warehouse import runs
from warehouse.charter_versions import note_charter
from warehouse.coverage import State, write_coverage
from warehouse.spending import cost_of
from warehouse.store import opened, writing

_log = logging.getLogger("goodguest.collect")

_NOTHING = {
    "pages": 0,
    "records": 0,
    "requests": 0,
    "stopped_because": "nothing to do",
    "coverage": None,
}
_CLOCKS_DIFFER = timedelta(minutes=5)
"""Clocks that are kept right differ by less, and so do the copies that caches answer with."""
_MISSED: dict[runs.Status, State] = {"waiting": "rate_limited", "failed": "blocked"}


@dataclass(slots=True)
class _Tally:
    """What a run has landed so far."""

    pages: int = 0
    records: int = 0
    cursor: dict[str, Any] | None = None

    def add(self, page: Page, records: int) -> None:
        self.pages += 1
        self.records += records
        # Of a page that was cut it is not kept; then the one before is asked for again.
        self.cursor = page.cursor or self.cursor


def collect(
    given: Settings,
    names: Sequence[str] = (),
    since: datetime | None = None,
    until: datetime | None = None,
) -> dict[str, dict[str, Any]]:
    """Collect the sources (none named: all that are enabled); a failing one stops nobody else.

    Returns for each source what `collect_source` does, or `{"error": …, "stopped_because": …}`.
    Raises FixSettings when charter, warehouse or a name is wrong.
    """
    charter = given.load_charter()
    for name in names:
        charter.source(name)
    until = until and _no_later(datetime.now(UTC), until)
    if since and since >= (end := until or datetime.now(UTC)):
        raise _empty(since, end)
    # A warehouse that is not there is no source's failure.
    with opened(given.warehouse):
        pass
    results: dict[str, dict[str, Any]] = {}
    for name in names or [name for name, source in charter.sources.items() if source.enabled]:
        try:
            results[name] = collect_source(given, name, since, until)
        except GoodguestError as error:
            _log.error("%s: %s", name, error)
            results[name] = {"error": str(error), "stopped_because": _reason(error)}
    return results


def collect_source(
    given: Settings,
    name: str,
    since: datetime | None = None,
    until: datetime | None = None,
    connections: Connections | None = None,
    unless_read: timedelta | None = None,
) -> dict[str, Any]:
    """Read one source into the landing zone and return what came of it.

    Without `since` the window begins where the last one ended, less the source's lookback; a run
    that was cut short is ended first. With `since` a past window is read, the state left alone;
    not if such a run has read all of it within `unless_read`.
    Returns `run, pages, records, requests, stopped_because, coverage` (share of the window).
    Raises NotAllowed when the charter forbids it, StopSource when the site does, RetryLater when it
    is to come back, Busy (one of those) when another process reads the source.
    """
    charter = given.load_charter()
    source = charter.source(name)
    may_listen(charter, name, datetime.now(UTC))
    may_visit(charter, name)
    secrets = credentials_of(name, source, connector_of(source.platform).TERMS, connections)
    with (
        bound_contextvars(source=name),
        mended_first(given.data),
        opened(given.warehouse) as engine,
        alone(given, engine, name),
    ):
        runs.register_sources(engine, charter)
        with writing(engine) as connection:
            version = note_charter(connection, charter, datetime.now(UTC))
            if unfinished := runs.unfinished_run(engine, name):
                runs.resume_run(connection, unfinished, version)
        result: dict[str, Any] = dict(_NOTHING)
        if unfinished:
            result = _run(given, engine, charter, unfinished, secrets)
        wanted = _window(engine, name, source, since, until)
        if unless_read and wanted:
            after = datetime.now(UTC) - unless_read
            wanted = None if runs.is_read(engine, name, wanted, after) else wanted
        if wanted is not None:
            begun = runs.begin_run(
                engine, name, wanted, is_backfill=since is not None, charter=version
            )
            result = _run(given, engine, charter, begun, secrets)
        return result


def _window(
    engine: Engine, name: str, source: Source, since: datetime | None, until: datetime | None
) -> Window | None:
    end = _no_later(datetime.now(UTC), until)
    if since is None:
        last = runs.last_until(engine, name)
        if last is not None and last >= end:
            return None
        since = (last or end) - source.lookback
    if since >= end:
        raise _empty(since, end)
    return Window(since.astimezone(UTC), end)


def _empty(since: datetime, until: datetime) -> FixSettings:
    return FixSettings(
        f"the window is empty: it begins at {since} and ends at {until}; name an earlier begin"
    )


def _no_later(now: datetime, until: datetime | None) -> datetime:
    """Return that moment, or now where it is to come: hours nobody has written in are not read."""
    if until is None or until <= now:
        return (until or now).astimezone(UTC)
    if until - now > _CLOCKS_DIFFER:
        _log.warning("the window was to end at %s, which is to come; it ends now", until)
    return now


def _run(
    given: Settings, engine: Engine, charter: Charter, run: runs.Run, secrets: Credentials
) -> dict[str, Any]:
    source = charter.sources[run.source]
    connector = connector_of(source.platform)
    tally = _Tally(cursor=None if run.is_backfill else runs.state_of(engine, run.source))
    with in_turn(given, engine, LANDED):  # else one could be cut while it is read
        for part in landing.parts_of_run(given.landing, run.source, run.run_id, run.started_at):
            for _, page in landing.pages_of(given.landing, part):
                if isinstance(page, Page):
                    tally.add(page, sum(1 for _ in outcomes_of(page)))
    landable = Landable(given, engine, charter)
    client = Client(
        agency=charter.agency.name,
        contact=charter.agency.contact,
        limits=connector.TERMS.limits,
        credentials=secrets,
        budget=Ledger(engine, run.source, source.budget, run.run_id) if source.budget else None,
        # An API that is read with a key has terms of its own; robots.txt speaks to crawlers.
        obey_robots=not connector.TERMS.credentials,
        pace=shared_pace(given, engine),
        private_hosts=source.private_hosts,
        has_opted_out=lambda url: charter.opt_outs.place_of(url) is not None,
    )
    try:
        with client, bound_contextvars(run=run.run_id):
            pages = connector.fetch(client, run.source, source, run.window, tally.cursor)
            stop = _land_all(given, charter, pages, run, tally, landable)
    except MendFirst:
        # Nothing could be written of it: the next run ends this one, as after a kill.
        raise
    except GoodguestError as error:
        status: runs.Status = "waiting" if isinstance(error, RetryLater) else "failed"
        _finish(engine, run, tally, client, status, Stop(_reason(error)))
        raise
    return _finish(engine, run, tally, client, "done", stop)


def _land_all(
    given: Settings,
    charter: Charter,
    pages: Pages,
    run: runs.Run,
    tally: _Tally,
    landable: Landable,
) -> Stop:
    while True:
        # What expires while a run lasts ends it.
        may_listen(charter, run.source, datetime.now(UTC))
        try:
            page = next(pages)
        except StopIteration as end:
            stop: Stop = end.value
            return stop
        landed, records = landable(page)
        landing.land(given.landing, [landed], run.run_id, run.started_at, tally.pages + 1)
        tally.add(page, records)


def _finish(
    engine: Engine, run: runs.Run, tally: _Tally, client: Client, status: runs.Status, stop: Stop
) -> dict[str, Any]:
    """Close the run, move the source's state and write the coverage, all or nothing."""
    run = replace(run, window=_until_their_clock(run.window, client.their_clock))
    got, missed = _got(run.window, status, stop)
    cursor = {k: v for k, v in (tally.cursor or {}).items() if k != "run"}
    with writing(engine) as conn:
        runs.finish_run(
            conn,
            run,
            status=status,
            stopped_because=stop.because,
            window_got=got,
            requests=client.requests,
            pages=tally.pages,
            records=tally.records,
            bytes_received=client.bytes_received,
            seconds_limited=client.seconds_limited,
            cost=cost_of(conn, run.run_id),
        )
        if status == "done" and not run.is_backfill:
            runs.save_state(conn, run.source, cursor)
        coverage = write_coverage(conn, run, got, missed)
    return {
        "run": run.run_id,
        "pages": tally.pages,
        "records": tally.records,
        "requests": client.requests,
        "stopped_because": stop.because,
        "coverage": coverage,
    }


def _until_their_clock(window: Window, their_clock: datetime | None) -> Window:
    """Return the window without what is to come for the community: our clock may be ahead."""
    if their_clock is None or window.until - their_clock < _CLOCKS_DIFFER:
        return window
    until = max(their_clock, window.since + timedelta(microseconds=1))
    _log.warning("the window ends at %s, where the community's clock stands: is ours right?", until)
    return Window(window.since, until)


def _got(window: Window, status: runs.Status, stop: Stop) -> tuple[Window | None, State]:
    """Return what of the window was read whole, and what the rest of it is."""
    if status != "done":
        return None, _MISSED[status]
    if stop.because == COMPLETE:
        return window, "gap"
    if stop.reached is None:
        # Something inside the window was left out: no hour of it can be called whole.
        return None, "partial"
    return Window(min(max(stop.reached, window.since), window.until), window.until), "gap"


def _reason(error: GoodguestError) -> str:
    if isinstance(error, RateLimited):
        return f"rate limited until {error.at:%Y-%m-%dT%H:%M:%SZ}"
    if isinstance(error, RetryLater):
        return f"error: not reached, to be tried again at {error.at:%Y-%m-%dT%H:%M:%SZ}"
    if isinstance(error, OutOfBudget):
        return BUDGET
    return "error: refused" if isinstance(error, StopSource) else "error"
