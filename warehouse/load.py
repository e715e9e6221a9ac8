"""Loading a batch in one transaction, with every record accounted for."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import compress
from operator import add, attrgetter
from types import MappingProxyType
from typing import Any, Final, NamedTuple

import pandas as pd
import sqlalchemy as sa

from contract.errors import FixSettings, GoodguestError
from contract.keys import stable_key
from warehouse.around import write_around, write_metrics
from warehouse.authors import refuse_other_key
from warehouse.checks import columns_of_posts
from warehouse.context import community_names, note_answers, retie_answers, retie_renamed
from warehouse.due import leave_due
from warehouse.links import Tied, Ties, marks_of, write_ties
from warehouse.posts import write_posts
from warehouse.rows import Columns, chunks_of, upsert_rows
from warehouse.store import writing_checked
from warehouse.tables import ingest_run, landing_part, rejected, source

_NONE: Final[Mapping[str, int]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Part:
    """A landing file, whole: its path, the digest of its content, what it holds, who landed it."""

    path: str
    sha256: str
    source: str
    pages: int
    records: int
    run_id: str | None = None


@dataclass(frozen=True, slots=True)
class RejectedRecord:
    """A record that could not be read; `landing` is `<path>#<line>`, `seen_at` its page's time."""

    landing: str
    reason: str
    seen_at: datetime
    detail: str = ""
    native_id: str | None = None


@dataclass(frozen=True, slots=True)
class SkippedRecord:
    """A record left out by a named rule."""

    landing: str
    rule: str


@dataclass(frozen=True, slots=True)
class Counts:
    """What became of records; every record is counted once."""

    new: int = 0
    changed: int = 0
    unchanged: int = 0
    rejected: int = 0
    skipped: int = 0

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(*map(add, _numbers(self), _numbers(other)))

    @property
    def records(self) -> int:
        """All of them."""
        return sum(_numbers(self))


_numbers: Final = attrgetter(*Counts.__slots__)


class Loaded(NamedTuple):
    """What became of the records of a batch, and how many ties its posts were given."""

    counts: Counts
    ties: Ties


def load_batch(
    engine: sa.Engine,
    posts: pd.DataFrame,
    parts: Sequence[Part],
    rejected_records: Sequence[RejectedRecord] = (),
    skipped_records: Sequence[SkippedRecord] = (),
    *,
    known: Collection[int] = (),
    unchanged: Mapping[str, int] = _NONE,
    tied: Tied | None = None,
    key_id: str | None = None,
    charter: str | None = None,
) -> Loaded:
    """Return what became of the records of these landing files, once all is stored or nothing.

    `posts` is a batch after all transforms but for the rows at the places `known`, which say what
    is stored or something older; `unchanged` is how many records of a file are not in it, because
    they are stored as they are. `tied` are the ties of those of its posts that want some; `key_id`
    tells which secret its pseudonyms were made with, and `charter` under which version of it this
    is done. Loading the same again changes nothing.
    Raises Outdated when what was known has changed since, GoodguestError when the sums of a file do
    not meet or a row lacks key or time, and FixSettings when a source is not registered or the key
    is not the one in force.
    """
    batch = columns_of_posts(posts)
    now = datetime.now(UTC)
    with writing_checked(engine) as connection:
        refuse_other_key(connection, key_id)
        _refuse_unregistered(connection, batch, parts)
        named = community_names(connection, set(batch["community_key"]))
        write_around(connection, batch, key_id)
        retie_renamed(connection, named)
        outcomes = write_posts(connection, batch, now, marks_of(connection, tied), known)
        new, changed = (
            set(compress(batch["post_key"], map(outcome.__eq__, outcomes)))
            for outcome in ("new", "changed")
        )
        write_metrics(connection, batch, new)
        note_answers(connection, batch, outcomes)
        retie_answers(connection, new | changed)
        ties = Ties() if tied is None else write_ties(connection, tied, new, changed, charter)
        _write_rejected(connection, parts, rejected_records, now)
        became = _became(batch, outcomes, unchanged, rejected_records, skipped_records)
        counts = _counts_by_path(became, parts)
        _write_parts(connection, parts, counts, skipped_records, loaded_at=now, charter=charter)
        leave_due(connection, "count fetched", {part.source for part in parts})
        if any(count.changed for count in counts.values()):
            leave_due(connection, "forget words", [""])
    return Loaded(sum(counts.values(), Counts()), ties)


def known_parts(connection: sa.Connection) -> set[tuple[str, str]]:
    """Return path and SHA-256 of every landing file that is loaded."""
    found = connection.execute(sa.select(landing_part.c.path, landing_part.c.sha256))
    return {(path, sha256) for path, sha256 in found}


def path_of(landing: str) -> str:
    """Return the path in a landing pointer `<path>#<line>`."""
    return landing.rpartition("#")[0]


def _refuse_unregistered(connection: sa.Connection, batch: Columns, parts: Sequence[Part]) -> None:
    known = set(connection.scalars(sa.select(source.c.id)))
    unknown = {*batch["source"], *(p.source for p in parts)} - known
    if unknown:
        raise FixSettings(
            f"the warehouse knows no source {', '.join(sorted(unknown))}; "
            "add it to the charter and run: goodguest init"
        )


def _became(
    batch: Columns,
    outcomes: Sequence[str],
    unchanged: Mapping[str, int],
    rejected_records: Sequence[RejectedRecord],
    skipped_records: Sequence[SkippedRecord],
) -> Counter[tuple[str, str]]:
    """Return how many of the records came to each outcome, by path and outcome."""
    became: Counter[tuple[str, str]] = Counter()
    landed = Counter(zip(batch["landing"], outcomes, strict=True))
    for (landing, outcome), count in landed.items():
        became[path_of(landing), outcome] += count
    became.update({(path, "unchanged"): count for path, count in unchanged.items()})
    became.update((path_of(r.landing), "rejected") for r in rejected_records)
    became.update((path_of(s.landing), "skipped") for s in skipped_records)
    return became


def _counts_by_path(became: Counter[tuple[str, str]], parts: Sequence[Part]) -> dict[str, Counts]:
    records = {part.path: part.records for part in parts}
    stray = {path for path, _ in became} - records.keys()
    if stray or len(records) < len(parts):
        raise GoodguestError(
            f"a batch has to come with each of its files once; {len(parts)} came, "
            f"{len(parts) - len(records)} twice, {len(stray)} not at all"
        )
    counts = {path: Counts(*(became[path, name] for name in Counts.__slots__)) for path in records}
    for path, count in counts.items():
        if count.records != records[path]:
            raise GoodguestError(
                f"{path}: {records[path]} records came in, but {count} are accounted for"
            )
    return counts


def _write_rejected(
    connection: sa.Connection,
    parts: Sequence[Part],
    records: Sequence[RejectedRecord],
    now: datetime,
) -> None:
    sources = {part.path: part.source for part in parts}
    rows = list(_rejected_rows(records, sources))
    resolved = (
        sa.update(rejected)
        .values(resolved_at=now)
        .where(rejected.c.path == sa.bindparam("read_path"), rejected.c.resolved_at.is_(None))
    )
    if sources:
        connection.execute(resolved, [{"read_path": path} for path in sources])
    upsert_rows(connection, rejected, rows)


def _rejected_rows(
    records: Sequence[RejectedRecord], sources: dict[str, str]
) -> Iterator[dict[str, Any]]:
    repeated: Counter[tuple[str, ...]] = Counter()
    for record in records:
        what = (record.landing, record.reason, record.detail, record.native_id or "")
        repeated[what] += 1
        path = path_of(record.landing)
        yield {
            "rejected_key": stable_key("rejected", *what, str(repeated[what])),
            "source": sources.get(path),
            "reason": record.reason,
            "detail": record.detail,
            "native_id": record.native_id,
            "landing": record.landing,
            "path": path,
            "first_seen_at": record.seen_at,
            "resolved_at": None,
        }


def _write_parts(
    connection: sa.Connection,
    parts: Sequence[Part],
    counts: dict[str, Counts],
    skipped_records: Sequence[SkippedRecord],
    **same: Any,
) -> None:
    rules: dict[str, Counter[str]] = {part.path: Counter() for part in parts}
    for record in skipped_records:
        rules[path_of(record.landing)][record.rule] += 1
    rows = [
        {
            "path": part.path,
            "sha256": part.sha256,
            "source": part.source,
            "run_id": part.run_id,
            "pages": part.pages,
            "records": part.records,
            **{f"posts_{name}": getattr(counts[part.path], name) for name in Counts.__slots__},
            "skipped_by_rule": dict(rules[part.path]),
            **same,
        }
        for part in parts
    ]
    upsert_rows(connection, landing_part, rows)
    sum_runs(connection, {part.run_id for part in parts if part.run_id})


def sum_runs(connection: sa.Connection, run_ids: set[str]) -> None:
    """Write of these runs what became of their records, by their landing files."""
    names = [f"posts_{name}" for name in Counts.__slots__]
    for chunk in chunks_of(run_ids):
        sums = (
            sa.select(landing_part.c.run_id, *(_sum(landing_part.c[n]).label(n) for n in names))
            .where(landing_part.c.run_id.in_(chunk))
            .group_by(landing_part.c.run_id)
            .subquery("sums")
        )
        connection.execute(
            sa.update(ingest_run)
            .where(ingest_run.c.run_id == sums.c.run_id)
            .values({name: sums.c[name] for name in names})
        )


def _sum(column: sa.Column[Any]) -> sa.ColumnElement[int]:
    return sa.cast(sa.func.sum(column), sa.BigInteger)
