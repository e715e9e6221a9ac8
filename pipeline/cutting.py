"""Cutting: takes records out of landed pages, so that reading these again does not bring them back.

Which parts hold what is kept in files of numbers beside the data: each part is looked into once.
"""

import logging
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Final, cast

import msgspec
import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Engine

from contract.keys import post_key, stem_of
from contract.page import DamagedPage, Page, line_of_page
from contract.post import Outcome, Post, Skipped
from pipeline import landing
from pipeline.records import KEPT, is_list, kept, outcomes_of
from pipeline.settings import Settings
from pipeline.sharing import LANDED, in_turn
from pipeline.tombstones import Tombstones, post_key_of, root_key_of
from pipeline.whole_file import write_whole
from transforms.frame import whole_characters
from warehouse.landed import Cut, swap_part
from warehouse.store import writing

_log = logging.getLogger("goodguest.cutting")
ALWAYS: Final = datetime.max.replace(tzinfo=UTC)
REMOVED: Final = Skipped(rule="removed")
"""What stands in the place of a record that was taken out."""
_DAMAGED: Final = b"{}\n"
"""A line that is no page: what was damaged before stays so, and says nothing."""
_OF_ERASED: Final = np.uint64(2**64 - 1)
"""Stands for a record of an account that was erased."""
_LIST: Final = np.uint64(2**64 - 2)
"""Stands for a page that lists what stands elsewhere, and does not say of which posts."""
_KEPT: Final = np.dtype(">u8")
"""How numbers are kept; those in the other order are of keys that did not rise, and made anew."""


@dataclass(frozen=True, slots=True)
class Sought:
    """What is to be cut: by a post's stem up to when it was received; `is_erased` tells of others.

    Of `roots`, stems of what is gone, no reply keeps the title, nor a page as received that has
    one. Where anything is sought, of pages that only list titles and names no more is kept than how
    many there were.
    """

    until: Mapping[str, datetime]
    roots: Collection[str] = ()
    is_erased: Callable[[Post], bool] = lambda _: False

    @property
    def numbers(self) -> NDArray[np.uint64]:
        """Return what to look for in a part."""
        stems = {*self.until, *self.roots}
        return np.array([*map(_number, stems), _OF_ERASED, _LIST], np.uint64)


@dataclass(slots=True)
class _Rewritten:
    lines: list[bytes] = field(default_factory=list)
    keys: set[str] = field(default_factory=set)
    cut: Counter[str] = field(default_factory=Counter)
    rejected: set[str] = field(default_factory=set)


def cut_parts(
    given: Settings, engine: Engine, parts: Sequence[landing.Part], sought: Sought
) -> tuple[int, int]:
    """Return how many parts were written anew and how many records were cut from them.

    Each part is written once. Cut short anywhere, the same is done by the next call: a part is
    deleted only when all that points into it points into the new one.
    """
    wanted, rewritten, records = sought.numbers, 0, 0
    known = Tombstones(given, engine)
    for part in parts:
        if np.isin(_numbers_of(given, part, known), wanted).any():
            is_rewritten, count = _cut(given, engine, part, sought)
            rewritten, records = rewritten + is_rewritten, records + count
    return rewritten, records


def forget_part(given: Settings, part: landing.Part) -> None:
    """Delete a part and what is known of it."""
    landing.remove(given.landing, part)
    _beside(given, part).unlink(missing_ok=True)


def _cut(given: Settings, engine: Engine, part: landing.Part, sought: Sought) -> tuple[bool, int]:
    found = _Rewritten()
    for _, page in landing.pages_of(given.landing, part):
        found.lines.append(_line(page, sought, found))
    if not found.cut:
        return False, 0
    # Who reads the part meanwhile finds it gone, or its place in the store taken, never half of it.
    with in_turn(given, engine, LANDED):
        new = landing.land_again(given.landing, part, b"".join(found.lines))
        cut = Cut(part.path, new.path, new.digest, found.keys, found.cut, found.rejected)
        with writing(engine) as connection:
            swap_part(connection, cut)
        if new.path != part.path:
            forget_part(given, part)
    return True, sum(found.cut[kind] for kind in ("post", "title", "rejected", "skipped"))


def _line(page: Page | DamagedPage, sought: Sought, found: _Rewritten) -> bytes:
    if isinstance(page, DamagedPage):
        return _DAMAGED
    before, outcomes = found.cut.total(), list(outcomes_of(page))
    left = [_left(outcome, page, sought, found) for outcome in outcomes]
    if is_list(page, outcomes):
        found.cut["list"] += 1
    if found.cut.total() == before:
        return line_of_page(msgspec.structs.replace(page, cursor=None))
    return line_of_page(kept(page, left))


def _left(outcome: Outcome, page: Page, sought: Sought, found: _Rewritten) -> Outcome:
    """Return what is left of a record."""
    if isinstance(outcome, Post):
        key = post_key_of(outcome)
        found.keys.add(key)
        if _is_before(page, key, sought) or sought.is_erased(outcome):
            found.cut["post"] += 1
            return REMOVED
        # As received it can hold the title elsewhere, as in addresses.
        has_title = outcome.title is not None or page.method != KEPT
        root = root_key_of(outcome)
        if has_title and root is not None and stem_of(root) in sought.roots:
            found.cut["title"] += 1
            return msgspec.structs.replace(outcome, title=None)
        return outcome
    if outcome.native_id is None:
        return outcome
    if not _is_before(page, post_key(page.platform, whole_characters(outcome.native_id)), sought):
        return outcome
    if isinstance(outcome, Skipped):
        found.cut["skipped"] += 1
        return Skipped(rule=outcome.rule)
    found.cut["rejected"] += 1
    found.rejected.add(outcome.native_id)
    return REMOVED


def _is_before(page: Page, key: str, sought: Sought) -> bool:
    until = sought.until.get(stem_of(key))
    return until is not None and page.received_at <= until


def _numbers_of(given: Settings, part: landing.Part, tombstones: Tombstones) -> NDArray[np.uint64]:
    """Return a number for each post of the part and for each that its posts belong to."""
    path = _beside(given, part)
    try:
        found = np.load(path, allow_pickle=False)
        if found.dtype == _KEPT:
            return cast("NDArray[np.uint64]", found.astype(np.uint64))
    except FileNotFoundError:
        pass
    except (ValueError, EOFError):
        _log.warning("%s: found what cannot be read; made anew", path)
    numbers = np.unique(np.fromiter(_read(given, part, tombstones), np.uint64))
    content = BytesIO()
    np.save(content, numbers.astype(_KEPT))
    write_whole(path, content.getvalue())
    return numbers


def _read(given: Settings, part: landing.Part, tombstones: Tombstones) -> Iterator[np.uint64]:
    for _, page in landing.pages_of(given.landing, part):
        outcomes = list(outcomes_of(page)) if isinstance(page, Page) else []
        if isinstance(page, Page) and is_list(page, outcomes):
            yield _LIST
        for outcome in outcomes:
            if isinstance(outcome, Post):
                yield _number(stem_of(post_key_of(outcome)))
                if root := root_key_of(outcome):
                    yield _number(stem_of(root))
                if tombstones.is_of_erased(outcome):
                    yield _OF_ERASED
            elif outcome.native_id is not None and isinstance(page, Page):
                key = post_key(page.platform, whole_characters(outcome.native_id))
                yield _number(stem_of(key))


def _number(stem: str) -> np.uint64:
    return np.uint64(int(stem[:16], 16))


def _beside(given: Settings, part: landing.Part) -> Path:
    return given.data / "landed" / f"{part.path}.npy"
