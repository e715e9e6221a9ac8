"""Parse: the records of landed parts, each of them a post, rejected or skipped by a rule."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from hashlib import blake2b
from heapq import nsmallest
from itertools import islice, takewhile
from operator import itemgetter

import msgspec

from connectors import connector_of
from contract.columns import COLUMNS, fitting
from contract.keys import post_key
from contract.page import DamagedPage, Page
from contract.post import Post, Rejected, Skipped
from pipeline import landing
from pipeline.records import KEPT, outcomes_of
from transforms.frame import whole_characters
from warehouse.load import Part, RejectedRecord, SkippedRecord
from warehouse.unknown import MOST_FIELDS, UnknownField

_BYTES_AT_ONCE = 32 * 1024 * 1024
"""Of the bodies of pages."""
_RECORDS_AT_ONCE = 50_000
_MOST_RECORDS = 20_000
"""Of a page: no platform sends nearly as many, and whoever does wants memory to run out."""
_MOST_UNKNOWN = 10 * MOST_FIELDS
"""Fields nobody reads, of what is read at once."""
_LONGEST_PATH = 200
_HOW_IT_CAME = {"likes", "replies", "shares", "views", "opt_out", "author_note"}
_READ = tuple(takewhile("post_key".__ne__, COLUMNS))
"""What `parse` sets; the rest follows from it, or from the page it came with."""
_HALF = 8
"""Bytes of a row hash that tell what was read; as many tell how it is completed."""
_said = itemgetter(*(at for at, name in enumerate(_READ) if name not in _HOW_IT_CAME))
_encode = msgspec.msgpack.Encoder().encode
_write = msgspec.structs.force_setattr


@dataclass(slots=True)
class Records:
    """The records of some landed parts, and the fields of their pages that nobody reads."""

    landed: list[landing.Part] = field(default_factory=list)
    parts: list[Part] = field(default_factory=list)
    bytes: int = 0
    posts: list[Post] = field(default_factory=list)
    rejected: list[RejectedRecord] = field(default_factory=list)
    skipped: list[SkippedRecord] = field(default_factory=list)
    unknown: dict[tuple[str, str], UnknownField] = field(default_factory=dict)
    left_out: set[str] = field(default_factory=set)
    """Parts with posts in them that may not be stored."""

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self.posts) + len(self.rejected) + len(self.skipped)


def parse(
    zone: str,
    parts: Iterable[landing.Part],
    version_of: Callable[[str], str],
    left_of: Callable[[Post], Post | Skipped] = lambda post: post,
) -> Iterator[Records]:
    """Yield what landed parts hold, as many together as memory is meant for; none is divided.

    Posts have key, landing and row hash. One half of that follows from what was read, but not how,
    when and with which numbers it came, the other from the version of the transforms to come. What
    is wrong with a page is a rejected record; so is a page of more than 20,000 records, as a whole.
    `left_of` says what of a post may be stored. A part that is gone, cut or purged since it was
    listed, is left out.
    """
    records = Records()
    for part in parts:
        if records.bytes >= _BYTES_AT_ONCE or records.count >= _RECORDS_AT_ONCE:
            yield records
            records = Records()
        pages, before, version = 0, records.count, _half(version_of(part.source).encode())
        try:
            for line, page in landing.pages_of(zone, part):
                pages += 1
                _read(page, f"{part.path}#{line}", part, version, records, left_of)
        except FileNotFoundError:
            continue
        read = records.count - before
        records.landed.append(part)
        records.parts.append(
            Part(part.path, part.digest, part.source, pages=pages, records=read, run_id=part.run)
        )
    if records.landed:
        yield records


def _read(
    page: Page | DamagedPage,
    where: str,
    part: landing.Part,
    version: str,
    records: Records,
    left_of: Callable[[Post], Post | Skipped],
) -> None:
    if isinstance(page, DamagedPage):
        damage = RejectedRecord(
            landing=where, reason="damaged page", detail=str(page), seen_at=part.day
        )
        records.rejected.append(damage)
        return
    records.bytes += len(page.body)
    outcomes = list(islice(outcomes_of(page), _MOST_RECORDS + 1))
    if len(outcomes) > _MOST_RECORDS:
        many = Rejected(reason="too many records", detail=f"more than {_MOST_RECORDS:,}")
        _sort(many, page, where, records)
        return
    for outcome in outcomes:
        left = left_of(outcome) if isinstance(outcome, Post) else outcome
        if isinstance(left, Post):
            records.posts.append(_named(fitting(left), where, version))
            continue
        if left is not outcome:
            records.left_out.add(part.path)
        _sort(left, page, where, records)
    if page.method == KEPT:
        return
    for path in nsmallest(MOST_FIELDS, connector_of(page.platform).unknown_fields(page)):
        seen = UnknownField(page.platform, _shown(path), page.received_at, where, part.source)
        _note(seen, records)


def _shown(path: str) -> str:
    # What people wrote can stand in it: it is told in a log, where each line is to be Goodguest's.
    path = path[:_LONGEST_PATH]
    return path if path.isprintable() else "".join(c if c.isprintable() else "\ufffd" for c in path)


def _note(seen: UnknownField, records: Records) -> None:
    key = (seen.platform, seen.path)
    if key in records.unknown or len(records.unknown) < _MOST_UNKNOWN:
        records.unknown[key] = min(records.unknown.get(key, seen), seen)


def _sort(outcome: Rejected | Skipped, page: Page, where: str, records: Records) -> None:
    match outcome:
        case Rejected():
            record = RejectedRecord(
                landing=where,
                reason=outcome.reason,
                detail=outcome.detail,
                native_id=outcome.native_id,
                seen_at=page.received_at,
            )
            records.rejected.append(record)
        case Skipped():
            records.skipped.append(SkippedRecord(landing=where, rule=outcome.rule))


def _named(post: Post, where: str, version: str) -> Post:
    """Return the post, which nobody holds yet, with what it is known again by written on it."""
    # A copy of it is dear.
    _write(post, "row_hash", _read_half(post) + version)
    _write(post, "landing", where)
    _write(post, "post_key", post_key(post.platform, whole_characters(post.native_id)))
    return post


def read_as(row_hash: str | None) -> str:
    """Return the half of a row hash that tells what was read, or "" for none."""
    return (row_hash or "")[: 2 * _HALF]


def _read_half(post: Post) -> str:
    said = _said(msgspec.structs.astuple(post))
    try:
        encoded = _encode(said)
    except UnicodeEncodeError:  # half a character
        encoded = repr(said).encode("utf-8", "surrogatepass")
    return _half(encoded)


def _half(content: bytes) -> str:
    return blake2b(content, digest_size=_HALF).hexdigest()
