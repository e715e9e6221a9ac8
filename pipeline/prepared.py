"""Prepared: what some landed parts hold, and how one process hands it to another."""

import pickle
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from mmap import mmap
from typing import Any, Final, NamedTuple

import msgspec
import pandas as pd

from contract.post import Link, Media, Tag
from pipeline.parse import Records
from warehouse.links import Tied

_encode: Final = msgspec.msgpack.encode
_OBJECTS: Final[Mapping[str, Any]] = {
    "tags": list[tuple[Tag, ...]],
    "links": list[tuple[Link, ...]],
    "media": list[tuple[Media, ...]],
    "evidence": list[dict[str, Any]],
}
"""Columns of posts or of ties that are no plain values, and what they are."""
_DECODE: Final = {name: msgspec.msgpack.Decoder(kind).decode for name, kind in _OBJECTS.items()}
_NONE: Final = pd.DataFrame()
_TRAY_BYTES: Final = 16 * 2**20
"""Some times what a batch takes; no more of it is memory than was ever written to."""

Put = int | bytes
"""How many bytes a tray holds, or what was too large for it."""


class Prepared(NamedTuple):
    """What some landed parts hold, ready to be written."""

    records: Records
    posts: pd.DataFrame
    """Completed, but for those at the places `known`, which are stored already."""
    known: range
    unchanged: Counter[str]
    """By landing file, how many posts are not among them because they stand in the store so."""
    tied: Tied | None
    noted: int
    """How much was known to be erased or left out when it was read."""

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle objects as MessagePack, which takes a third of the time."""
        ties = () if (tied := self.tied) is None else (tied.topics, tied.datasets, tied.entities)
        bare = None if tied is None else replace(tied, topics=_NONE, datasets=_NONE, entities=_NONE)
        rest = self._replace(posts=_NONE, tied=bare)
        return _handed_over, (tuple(rest), *map(_packed, (self.posts, *ties)))


class Tray:
    """Memory shared with the processes forked from here on, for what they hand over.

    A pipe holds little: who writes to it waits for who reads, who is at a batch of its own.
    """

    def __init__(self) -> None:
        self._memory = mmap(-1, _TRAY_BYTES)

    def put(self, prepared: list[Prepared]) -> Put:
        """Return how much of the tray it takes; what is too large for it is returned itself."""
        pickled = pickle.dumps(prepared)
        if len(pickled) > _TRAY_BYTES:
            return pickled
        self._memory[: len(pickled)] = pickled
        return len(pickled)

    def taken(self, put: Put) -> list[Prepared]:
        """Return what another process put on the tray, which is free then."""
        pickled = put if isinstance(put, bytes) else memoryview(self._memory)[:put]
        prepared: list[Prepared] = pickle.loads(pickled)  # noqa: S301  # from a process of ours
        return prepared


class _Packed(NamedTuple):
    """A frame but for its objects, and these by their column."""

    frame: pd.DataFrame
    objects: Mapping[str, bytes]


def _packed(frame: pd.DataFrame) -> _Packed:
    objects = {name: _encode(frame[name].tolist()) for name in _OBJECTS if name in frame}
    return _Packed(frame.drop(columns=list(objects)), objects)


def _unpacked(packed: _Packed) -> pd.DataFrame:
    columns = {name: _DECODE[name](values) for name, values in packed.objects.items()}
    index = packed.frame.index
    return packed.frame.assign(
        **{name: pd.Series(values, index, dtype=object) for name, values in columns.items()}
    )


def _handed_over(rest: tuple[Any, ...], posts: _Packed, *ties: _Packed) -> Prepared:
    prepared = Prepared(*rest)
    tied = prepared.tied
    if tied is not None:
        topics, datasets, entities = map(_unpacked, ties)
        tied = replace(tied, topics=topics, datasets=datasets, entities=entities)
    return prepared._replace(posts=_unpacked(posts), tied=tied)
