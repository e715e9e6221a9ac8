"""What was erased, kept beside the landing zone, so that a restored backup does not bring it back.

Each list is a file of its own, `.erased/<time>-<id>.jsonl`, never changed: keys and reasons, no
content. It lives outside the warehouse, because the warehouse is what a backup replaces.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from secrets import token_hex
from typing import Final, Literal

import msgspec

from pipeline.landing import put, zone

_FOLDER: Final = ".erased"
_ENDING: Final = ".jsonl"


class Erased(msgspec.Struct, frozen=True):
    """A post (its key) or an account (a keyed hash) that was erased, why, and when (UTC).

    Or an account that opted out by a tag, or a thread of a post that was left out; or an order of
    legal hold that was lifted, and what it held with it, or that was renewed.
    """

    kind: Literal["post", "account", "opted out", "thread", "hold"]
    key: str
    why: str
    at: datetime


_line = msgspec.json.Encoder().encode
_erased = msgspec.json.Decoder(Erased).decode


def note_erased(landing: str, erased: Sequence[Erased]) -> None:
    """Keep that these are to be erased; once it returns, no restore brings them back."""
    if not erased:
        return
    name = f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{token_hex(4)}{_ENDING}"
    put(landing, f"{_FOLDER}/{name}", content_of(erased))


def erased_in(landing: str) -> list[Erased]:
    """Return all that the lists hold, in the order it was erased."""
    with zone(landing) as (fs, _):
        found = {one for path in _lists(landing) for one in erased_of(fs.cat_file(path))}
    return sorted(found, key=lambda one: (one.at, one.kind, one.key))


def forget_erased(landing: str, older_than: timedelta, now: datetime) -> int:
    """Return how many lists were deleted: those of which no backup may be left to restore."""
    before = f"{now - older_than:%Y%m%dT%H%M%SZ}"
    old = [path for path in _lists(landing) if path.rsplit("/", 1)[-1] < before]
    with zone(landing) as (fs, _):
        for path in old:
            fs.rm_file(path)
    return len(old)


def content_of(erased: Sequence[Erased]) -> bytes:
    """Return the list as a file holds it."""
    return b"".join(_line(one) + b"\n" for one in erased)


def erased_of(content: bytes) -> list[Erased]:
    """Return what a file holds."""
    return [_erased(line) for line in content.splitlines()]


def _lists(landing: str) -> list[str]:
    with zone(landing) as (fs, root):
        found = fs.find(f"{root}/{_FOLDER}")
    return sorted(str(path) for path in found if str(path).endswith(_ENDING))
