"""Refine: turns landed pages into posts, and posts into ties, in batches of bounded size."""

import logging
import resource
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec
import pandas as pd
from sqlalchemy import Engine

from connectors import connector_of
from contract.charter import Charter
from contract.page import DamagedPage, Page
from contract.post import Outcome, Post, Rejected, Skipped, fitting
from pipeline import landing
from pipeline.link import Tie, link_posts, links_version
from pipeline.settings import Settings, pseudonym_key
from transforms.fingerprint import fingerprint
from transforms.frame import frame_of, whole_characters
from transforms.keys import add_keys
from transforms.language import identify_language, language_identifier
from transforms.links import find_links
from transforms.media import clean_media
from transforms.pseudonyms import key_id, pseudonymise
from transforms.redaction import redact
from transforms.search import fold_words
from transforms.tags import collect_tags
from transforms.text import clean_text
from warehouse import load, runs
from warehouse.links import Ties, unlinked_posts, untied
from warehouse.load import Counts, Part, RejectedRecord, SkippedRecord, load_batch
from warehouse.recount import recount, refresh_statistics
from warehouse.search import forget_words
from warehouse.store import opened
from warehouse.unknown import UnknownField, store_unknown_fields

_log = logging.getLogger("goodguest.refine")
_BATCH_RECORDS = 5_000
"""A batch is closed once it holds so many; a part is never divided."""
_LONGEST_PATH = 200


@dataclass(slots=True)
class _Batch:
    """The records of some landed parts, sorted by what became of them."""

    parts: list[Part] = field(default_factory=list)
    posts: list[Post] = field(default_factory=list)
    rejected: list[RejectedRecord] = field(default_factory=list)
    skipped: list[SkippedRecord] = field(default_factory=list)
    unknown: dict[tuple[str, str], UnknownField] = field(default_factory=dict)

    @property
    def records(self) -> int:
        return len(self.posts) + len(self.rejected) + len(self.skipped)


def refine(
    given: Settings, names: Sequence[str] | None = None, *, reparse: bool = False
) -> dict[str, Any]:
    """Load what is landed and not yet refined (or all of it anew), and tie what is not yet tied.

    Returns `pages, posts_new, posts_changed, posts_unchanged, rejected, skipped, links,
    unknown_fields` (seen for the first time: platform and path), `seconds, posts_per_second,
    peak_rss_mb`. Raises FixSettings when charter, warehouse or a name is wrong.
    """
    began = time.monotonic()
    charter = given.load_charter()
    for name in names or ():
        charter.source(name)
    key = pseudonym_key(given)
    transform = _transforms(charter, key)
    counts, pages = Counts(), 0
    unknown: list[UnknownField] = []
    with opened(given.warehouse) as engine:
        runs.register_sources(engine, charter)
        pending = _pending(given, engine, names, reparse=reparse)
        tie, ties = Tie(engine), Ties()
        for batch in _batches(given, pending):
            # Before the posts: a batch that is loaded is not read again.
            unknown += _told(store_unknown_fields(engine, batch.unknown.values()))
            posts = transform(batch.posts)
            wanting = untied(engine, posts, tie.version)
            tied = None if wanting.empty else tie(wanting)
            loaded = load_batch(
                engine,
                posts,
                batch.parts,
                batch.rejected,
                batch.skipped,
                tied=tied,
                key_id=key_id(key),
            )
            counts, ties = counts + loaded.counts, ties + loaded.ties
            pages += sum(part.pages for part in batch.parts)
        if pending:
            runs.count_fetched(engine, sorted({part.source for part in pending}))
        ties += link_posts(engine, tie)
        if counts.changed:
            forget_words(engine)
        recount(engine)
        refresh_statistics(engine, counts.new)
    seconds = time.monotonic() - began
    return {
        "pages": pages,
        **_counted(counts, ties),
        "unknown_fields": [f"{new.platform} {new.path}" for new in unknown],
        "seconds": round(seconds, 3),
        "posts_per_second": round((counts.new + counts.changed + counts.unchanged) / seconds, 1),
        "peak_rss_mb": _peak_rss_mb(),
    }


def _counted(counts: Counts, ties: Ties) -> dict[str, Any]:
    return {
        "posts_new": counts.new,
        "posts_changed": counts.changed,
        "posts_unchanged": counts.unchanged,
        "rejected": counts.rejected,
        "skipped": counts.skipped,
        "links": {"topic": ties.topic, "dataset": ties.dataset, "entity": ties.entity},
    }


def is_refined(given: Settings) -> bool:
    """Return whether everything landed is loaded, and tied with the present catalogue."""
    with opened(given.warehouse) as engine:
        if _pending(given, engine, None, reparse=False):
            return False
        with engine.connect() as conn:
            return bool(unlinked_posts(conn, links_version(conn), limit=1).empty)


def _pending(
    given: Settings, engine: Engine, names: Sequence[str] | None, *, reparse: bool
) -> list[landing.Part]:
    with engine.connect() as conn:
        known = set() if reparse else load.known_parts(conn)
    found = landing.parts(given.landing, names)
    return [part for part in found if (part.path, part.digest) not in known]


def _batches(given: Settings, parts: Sequence[landing.Part]) -> Iterator[_Batch]:
    batch = _Batch()
    for part in parts:
        _read(given, part, batch)
        if batch.records >= _BATCH_RECORDS:
            yield batch
            batch = _Batch()
    if batch.parts:
        yield batch


def _read(given: Settings, part: landing.Part, batch: _Batch) -> None:
    pages, before = 0, batch.records
    for line, page in landing.pages_of(given.landing, part):
        where = f"{part.path}#{line}"
        pages += 1
        if isinstance(page, DamagedPage):
            damage = RejectedRecord(
                landing=where, reason="damaged page", detail=str(page), seen_at=part.day
            )
            batch.rejected.append(damage)
            continue
        connector = connector_of(page.platform)
        for outcome in connector.parse(page):
            _sort(outcome, page, where, batch)
        for path in connector.unknown_fields(page):
            _note(path, page, where, part, batch)
    batch.parts.append(
        Part(
            path=part.path,
            sha256=part.digest,
            source=part.source,
            pages=pages,
            records=batch.records - before,
            run_id=part.run,
        )
    )


def _sort(outcome: Outcome, page: Page, where: str, batch: _Batch) -> None:
    match outcome:
        case Post():
            batch.posts.append(msgspec.structs.replace(fitting(outcome), landing=where))
        case Rejected():
            record = RejectedRecord(
                landing=where,
                reason=outcome.reason,
                detail=outcome.detail,
                native_id=outcome.native_id,
                seen_at=page.received_at,
            )
            batch.rejected.append(record)
        case Skipped():
            batch.skipped.append(SkippedRecord(landing=where, rule=outcome.rule))


def _note(path: str, page: Page, where: str, part: landing.Part, batch: _Batch) -> None:
    path = whole_characters(path)[:_LONGEST_PATH]
    seen = UnknownField(page.platform, path, page.received_at, where, part.source)
    key = (page.platform, path)
    batch.unknown[key] = min(batch.unknown.get(key, seen), seen)


def _told(new: Sequence[UnknownField]) -> Sequence[UnknownField]:
    for one in new:
        _log.warning("%s sends %s, which nobody reads (%s)", one.platform, one.path, one.landing)
    return new


def _transforms(charter: Charter, key: bytes) -> Callable[[Sequence[Post]], pd.DataFrame]:
    """Return the way of a batch of posts, with the model of languages built once."""
    identifier = language_identifier(charter.agency.languages)

    def transform(posts: Sequence[Post]) -> pd.DataFrame:
        batch = find_links(clean_text(add_keys(frame_of(posts))))
        batch = identify_language(clean_media(collect_tags(batch)), identifier)
        batch = fold_words(redact(batch, charter.agency.country))
        return fingerprint(pseudonymise(batch, key))

    return transform


def _peak_rss_mb() -> float:
    # The unit is KiB on Linux and bytes on macOS.
    unit = 1 if sys.platform == "darwin" else 1024
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 2**20, 1)
