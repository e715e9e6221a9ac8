"""Whether a disturbed warehouse holds what a calm one does, adds up, and tells the truth."""

import contextlib
import json
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from urllib.parse import urlsplit

import sqlalchemy as sa

from contract.page import Page
from contract.post import Post
from pipeline import landing
from pipeline.records import outcomes_of
from pipeline.settings import Settings
from samples.town import Town
from warehouse.store import opened
from warehouse.tables import coverage, ingest_run, landing_part, metadata, post

_HOW_IT_WENT: Final = frozenset({
    "alert", "alert_notice", "catalogue_change", "charter_version", "coverage", "digest_issue",
    "former_tie", "host_pace", "ingest_run", "landing_part", "published_cell", "published_week",
    "rechecking", "removal", "source_state", "spending",
})  # fmt: skip
"""Tables that say how the reading went, which was another way."""
_WHEN_AND_WHERE: Final = frozenset({"landing", "linked_with", "number", "run_id", "charter"})
"""That each post is linked with the latest version is what `is_refined` says."""
_MOMENTS_SAID: Final = frozenset({"created_at", "edited_at"})
"""What the community says; other moments are when we looked."""
_COUNTED: Final = ("new", "changed", "unchanged", "rejected", "skipped")
_HOUR: Final = timedelta(hours=1)


def differences(calm: Settings, disturbed: Settings, begin: datetime, end: datetime) -> list[str]:
    """Return for each table in which the two differ how; coverage from `begin` to `end`."""
    found = []
    ours, theirs = _contents(calm, begin, end), _contents(disturbed, begin, end)
    for name in sorted(ours | theirs):
        lost, added = ours[name] - theirs[name], theirs[name] - ours[name]
        if lost or added:
            counts = f"{len(lost)} only calm, {len(added)} only disturbed"
            found.append(f"{name}: {counts}; {_example(sorted(lost), sorted(added))}")
    return found


def _example(lost: list[str], added: list[str]) -> str:
    """Return a row that is on one side only, or in which columns two of them differ."""
    if not (lost and added):
        return f"such as {(lost or added)[0][:300]}"
    calm, disturbed = json.loads(lost[0]), json.loads(added[0])
    pairs = {k: (was, disturbed[k]) for k, was in calm.items() if was != disturbed[k]}
    return f"such as (calm, disturbed) {json.dumps(pairs, ensure_ascii=False)[:600]}"


def wrong_sums(given: Settings) -> list[str]:
    """Return the runs and parts whose records are not the posts they became, and unended runs."""
    run, part = ingest_run.c, landing_part.c
    of_runs = sum((sa.func.coalesce(run[f"posts_{name}"], 0) for name in _COUNTED), sa.literal(0))
    of_parts = sum((part[f"posts_{name}"] for name in _COUNTED), sa.literal(0))
    with opened(given.warehouse) as engine, engine.connect() as connection:
        runs = connection.execute(
            sa.select(run.run_id, run.status, run.records, of_runs.label("counted"))
        ).all()
        parts = connection.execute(sa.select(part.path, part.records, of_parts.label("counted")))
        wrong = [f"{p.path}: {p.records} records, {p.counted} counted" for p in parts
                 if p.records != p.counted]  # fmt: skip
    wrong += [f"{r.run_id}: {r.records} records, {r.counted} counted" for r in runs
              if r.status == "done" and r.records != r.counted]  # fmt: skip
    return wrong + [f"{r.run_id} is still {r.status}" for r in runs
                    if r.status not in ("done", "failed")]  # fmt: skip


class Truth:
    """What the town said, hour by hour: by itself, and as a calm reader heard it."""

    def __init__(self, town: Town, calm: Settings, given: Settings) -> None:
        self._given = given
        self._said: dict[str, dict[datetime, set[str]]] = defaultdict(lambda: defaultdict(set))
        self._landed: dict[str, set[str]] = defaultdict(set)
        self._known: set[str] = set()
        heard = sa.select(
            post.c.source, post.c.platform, post.c.native_id, post.c.created_at, post.c.removed_at
        ).where(post.c.created_at.is_not(None))
        gone: set[str] = set()  # nothing of it stays landed, once comply was there
        with opened(calm.warehouse) as engine, engine.connect() as connection:
            for source, platform, native_id, created_at, removed_at in connection.execute(heard):
                if removed_at:
                    gone.add(f"{platform} {native_id}")
                else:
                    self._note(source, created_at, f"{platform} {native_id}")
        forum = given.load_charter().sources["town-forum"]
        host = urlsplit(str(forum.url)).netloc
        for topic in town.topics.values():
            for said in topic.shown if topic.category.slug in forum.select.categories else ():
                what = f"discourse {host}/t/{topic.id}/{said.number}"
                if said.kind == "regular" and not said.is_hidden and what not in gone:
                    self._note("town-forum", said.created_at, what)

    def _note(self, source: str, moment: datetime, what: str) -> None:
        hour = moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
        self._said[source][hour].add(what)

    def lies(self) -> list[str]:
        """Return the hours that coverage calls complete though not all said in them is landed."""
        whole = sa.select(coverage.c.source, coverage.c.hour_at).where(
            coverage.c.state == "complete"
        )
        with opened(self._given.warehouse) as engine, engine.connect() as connection:
            hours = connection.execute(whole).all()
        now = datetime.now(UTC)
        for _ in range(2):  # the second finds what took the place of a part that was cut
            self._look()
        found = []
        for source, hour in hours:
            if hour + _HOUR > now:
                found.append(f"{source} {hour:%m-%d %H}h: an hour that is not over")
            missing = self._said[source][hour] - self._landed[source]
            if missing:
                found.append(f"{source} {hour:%m-%d %H}h: {sorted(missing)[:3]} not landed")
        return found

    def _look(self) -> None:
        for part in landing.parts(self._given.landing):
            # One that comply has cut meanwhile is gone, with another in its place.
            with contextlib.suppress(FileNotFoundError):
                if part.path not in self._known:
                    self._note_landed(part)

    def _note_landed(self, part: landing.Part) -> None:
        for _, page in landing.pages_of(self._given.landing, part):
            if isinstance(page, Page):
                self._landed[part.source].update(
                    f"{page.platform} {read.native_id}"
                    for read in outcomes_of(page)
                    if isinstance(read, Post)
                )
        self._known.add(part.path)


def _contents(given: Settings, begin: datetime, end: datetime) -> dict[str, set[str]]:
    """Return the rows of each table as text, without what tells when and by which run."""
    found: dict[str, set[str]] = {}
    with opened(given.warehouse) as engine, engine.connect() as connection:
        for table in metadata.sorted_tables:
            if table.name not in _HOW_IT_WENT:
                columns = [c for c in table.columns if _is_content(c)]
                rows = connection.execute(sa.select(*columns)) if columns else ()
                found[table.name] = {_as_text(row) for row in rows}
        hour = coverage.c
        read = sa.select(hour.source, hour.hour_at, hour.state, hour.fetched)
        found["coverage"] = {_as_text(row) for row in connection.execute(read.where(
            hour.hour_at >= begin, hour.hour_at < end))}  # fmt: skip
    return found


def _is_content(column: sa.Column[Any]) -> bool:
    if column.name in _WHEN_AND_WHERE:
        return False
    return not column.name.endswith("_at") or column.name in _MOMENTS_SAID


def _as_text(row: sa.Row[*tuple[Any, ...]]) -> str:
    return json.dumps(row._asdict(), default=str, sort_keys=True, ensure_ascii=False)
