"""Prepared: what some landed parts hold, and how one process hands it to another."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
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


class _Packed(NamedTuple):
    """A frame but for its objects, and these by their column."""

    frame: pd.DataFrame
    objects: Mapping[str, bytes]


_NONE: Final = pd.DataFrame()


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
