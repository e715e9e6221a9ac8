"""The sketches of posts as arrays: read week by week, and searched for posts that may be alike."""

from collections.abc import Iterator
from datetime import date
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt
import sqlalchemy as sa

from warehouse.calendar import monday_of, week_of_day
from warehouse.tables import post

_MINIMA: Final = 32
_SKETCH: Final = _MINIMA + 4
"""Bytes: the minima, and how the post begins (see transforms.near_duplicates)."""
_NO_KEY, _NO_SKETCH = "0" * 32, "0" * 2 * _SKETCH
_ROWS: Final = 4
"""Equal minima that put two posts into one bucket."""
_ENOUGH: Final = 12
"""Equal minima that make two posts of a bucket worth comparing."""
_TRIED: Final = (0, 1, -1, -2)
"""Places in a bucket: its first two, and the last two before the post itself. A bucket may hold all
posts there are; what has many copies has them at these places too."""
_BITS: Final = np.uint64(32)
_RANK: Final = np.uint64(0xFFFFFFFF)

Bools = npt.NDArray[np.bool_]
Pairs = npt.NDArray[np.uint64]
Places = npt.NDArray[np.int64]
Bytes = npt.NDArray[np.uint8]


class Posts(NamedTuple):
    """Posts of some weeks, by week, then time, then key; an array each, one element a post.

    `key`, `signature` and `original` (what it is marked as a copy of) are pairs of numbers of eight
    bytes, 0 where there is none; `sketch` is 0 where there is none.
    """

    week: npt.NDArray[np.int32]
    key: Pairs
    signature: Pairs
    original: Pairs
    sketch: Bytes


def number_of(week: str) -> int:
    """Return the number of an ISO week; that of the next is greater by one."""
    return monday_of(week).toordinal() // 7


def week_numbered(number: int) -> str:
    """Return the ISO week of that number."""
    return week_of_day(date.fromordinal(number * 7 + 1))


def keys_of(pairs: Pairs) -> list[str]:
    """Return keys of two numbers as text, "" for 0."""
    digits, width = pairs.astype(">u8").tobytes().hex(), len(_NO_KEY)
    keys = (digits[at : at + width] for at in range(0, len(digits), width))
    return ["" if key == _NO_KEY else key for key in keys]


def moment_of(posts: Any) -> sa.ColumnElement[Any]:
    """Return when a post was published, or first seen where that is not known."""
    return sa.func.coalesce(posts.c.created_at, posts.c.first_seen_at)


def read_week(connection: sa.Connection, number: int) -> Posts:
    """Return the posts of a week, from the index alone."""
    moment: sa.ColumnElement[str] = sa.type_coerce(moment_of(post), sa.Text)
    if connection.dialect.name == "postgresql":
        utc = sa.func.timezone("UTC", moment_of(post))
        moment = sa.func.to_char(utc, sa.literal_column("""'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'"""))
    values = (
        moment,
        post.c.post_key,
        sa.func.coalesce(sa.func.nullif(post.c.text_signature, ""), _NO_KEY),
        sa.func.coalesce(post.c.near_duplicate_of, _NO_KEY),
        sa.func.coalesce(post.c.sketch, _NO_SKETCH),
    )
    # Joined by the database: a row each would cost more than all that follows.
    joined = [sa.func.coalesce(sa.func.aggregate_strings(value, ""), "") for value in values]
    of_week = post.c.week == week_numbered(number)
    moments, *digits = connection.execute(sa.select(*joined).where(of_week)).one()
    times = np.frombuffer(moments.encode(), "S27").astype("S26").astype("M8[us]")
    key, signature, original = (
        np.frombuffer(bytes.fromhex(d), ">u8").astype(np.uint64).reshape(-1, 2) for d in digits[:3]
    )
    sketch = np.frombuffer(bytes.fromhex(digits[3]), np.uint8).reshape(-1, _SKETCH)
    by_time = np.lexsort((key[:, 1], key[:, 0], times))
    week = np.full(len(key), number, np.int32)
    return Posts(week, key[by_time], signature[by_time], original[by_time], sketch[by_time])


def joined(blocks: list[Posts]) -> Posts:
    """Return the posts of all weeks, which follow each other; the list is empty afterwards."""
    columns = [list(column) for column in zip(*blocks, strict=True)]
    blocks.clear()
    # One column at a time, so that nothing is held twice.
    return Posts(*(np.concatenate(columns.pop(0)) for _ in Posts._fields))


def first_of_same_words(posts: Posts) -> Places:
    """Return of each post the first with its signature; itself where it is that, or has none."""
    places = np.arange(len(posts.week))
    order = np.lexsort((posts.signature[:, 1], posts.signature[:, 0]))
    ordered = posts.signature[order]
    begins = np.ones(len(order), bool)
    begins[1:] = (ordered[1:] != ordered[:-1]).any(axis=1) | ~ordered[1:].any(axis=1)
    places[order] = order[np.flatnonzero(begins)[np.cumsum(begins) - 1]]
    return places


def maybe_alike(posts: Posts, wanted: Bools, window: int) -> Iterator[tuple[Places, Places]]:
    """Yield posts that are wanted, and of each an earlier one of so many weeks that may be alike.

    Who takes a pair sets `wanted` false where the search is over: the number of pairs depends on
    that of the posts alone, however many are alike.
    """
    has_sketch = np.flatnonzero(posts.sketch.any(axis=1))
    within = np.searchsorted(posts.week, posts.week - window)
    for value, worth in _buckets(posts.sketch, has_sketch):
        bucketed = value.astype(np.uint64)
        bucketed <<= _BITS
        bucketed |= has_sketch.view(np.uint64)
        bucketed.sort()
        shared = np.flatnonzero(bucketed[1:] ^ bucketed[:-1] <= _RANK) + 1
        later = (bucketed[shared] & _RANK).astype(np.int64)
        shared, later = shared[wanted[later]], later[wanted[later]]
        since = (bucketed[shared] & ~_RANK) | within[later].astype(np.uint64)
        begin = np.searchsorted(bucketed, since)
        for place in _TRIED:
            at = np.maximum(shared + place if place < 0 else begin + place, begin)
            is_left = (at < shared) & wanted[later]
            tried = (bucketed[at[is_left]] & _RANK).astype(np.int64)
            is_worth = worth(posts.sketch, later[is_left], tried)
            yield later[is_left][is_worth], tried[is_worth]


def _buckets(sketch: Bytes, has_sketch: Places) -> Iterator[tuple[npt.NDArray[Any], Any]]:
    """Yield by what posts are sorted into buckets, and what of a bucket is worth comparing."""
    apart = _MINIMA // _ROWS
    for number in range(apart):
        together = slice(number * _ROWS, (number + 1) * _ROWS)
        for rows in (sketch[:, together], sketch[:, number:_MINIMA:apart]):
            yield np.ascontiguousarray(rows[has_sketch]).view(np.uint32)[:, 0], _have_equal_minima
    begins = np.ascontiguousarray(sketch[has_sketch, _MINIMA:]).view(">u4")[:, 0]
    yield begins & 0x7FFFFFFF, _is_one_cut_off


def _have_equal_minima(sketch: Bytes, one: Places, other: Places) -> Bools:
    equal = sketch[one, :_MINIMA] == sketch[other, :_MINIMA]
    enough: Bools = equal.sum(axis=1) >= _ENOUGH
    return enough


def _is_one_cut_off(sketch: Bytes, one: Places, other: Places) -> Bools:
    is_cut: Bools = (sketch[one, _MINIMA] | sketch[other, _MINIMA]) >= 0x80
    return is_cut
