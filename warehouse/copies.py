"""Copies: posts that say the same as an earlier one, and which was the first.

A post is a copy when an earlier one of any time has the same letters (`text_signature`), or one of
the eight weeks before nearly the same words: sketches find it, the words of both decide. Posts come
in the order of week, time and key. A copy is marked with the first of its chain: what the post
that it copies is marked with, or else that post. So whatever is said later changes nothing of what
was counted before, and each chain is counted once.

Whatever changes posts has their weeks compared anew, in the same transaction.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Final

import numpy as np
import sqlalchemy as sa

from warehouse.cells import uncompared_week
from warehouse.recount import mark_stale
from warehouse.rows import chunks_of, delete_rows, is_among, update_rows, upsert_rows
from warehouse.sketches import (
    Bools,
    Pairs,
    Places,
    Posts,
    first_of_same_words,
    joined,
    keys_of,
    maybe_alike,
    moment_of,
    number_of,
    read_week,
    week_numbered,
)
from warehouse.store import writing
from warehouse.tables import post

_WINDOW: Final = 8
"""Weeks after a post in which a near copy of it is found."""
_AT_ONCE: Final = 400_000
"""Posts that are held in memory, but for the weeks that one week needs."""
_READ: Final = 500
"""Pairs of posts whose words are read at once."""
_HELD: Final = 2_000
"""Posts whose words are held in memory."""
_MOST_UNLIKE: Final = 4
"""Posts that one is compared with in vain: notices of one template are many, and no copies."""

Text = tuple[str, str | None, str]
"""Kind, title and text of a post."""


def compare_anew(
    connection: sa.Connection, weeks: Iterable[str], originals: Collection[str] = ()
) -> None:
    """Have the posts of these weeks compared, and all that are marked as copies of `originals`.

    The weeks are those, old and new, of posts that are written; the originals, of those that stood
    before, they themselves and what they were marked as copies of.
    """
    reached = {
        week_numbered(number_of(week) + ahead) for week in weeks for ahead in range(_WINDOW + 1)
    }
    _mark_uncompared(connection, reached | _weeks_of_copies(connection, originals))


def mark_copies(engine: sa.Engine, is_copy: Callable[[Text, Text], bool]) -> int:
    """Return how many posts were marked anew, once all weeks that changed are compared.

    Outcome and cost do not depend on how posts came in; killed in between, the next call goes on.
    """
    marked = 0
    while not is_compared(engine):
        with writing(engine) as connection:
            marked += _compare_some(connection, is_copy)
    return marked


def is_compared(engine: sa.Engine) -> bool:
    """Return whether all copies are marked."""
    with engine.connect() as connection:
        return not connection.scalar(sa.select(sa.exists(uncompared_week.select())))


def leave_to_heirs(connection: sa.Connection, gone: sa.ColumnElement[bool]) -> None:
    """Mark the copies of posts that are about to go as copies of the first that stays.

    Which copies these are of each other is compared again later.
    """
    key, original = post.c.post_key, post.c.near_duplicate_of
    going = sa.select(key).where(gone)
    heir = sa.func.first_value(key).over(
        partition_by=original, order_by=(post.c.week, moment_of(post), key)
    )
    left = (
        sa.select(key, post.c.week, sa.func.nullif(heir, key).label("heir"))
        .where(original.in_(going), sa.not_(gone))
        .order_by(key)
    )
    rows = connection.execute(left).all()
    marked = sa.select(original).where(gone, original.is_not(None))
    # Those that were linked to others by what goes are not told from the rest: all are compared.
    related = sa.select(post.c.week).where(original.in_(marked), sa.not_(gone)).distinct()
    weeks = {row.week for row in rows}
    _mark_uncompared(connection, weeks.union(connection.scalars(related)))
    pointed = [{"post_key": row.post_key, "near_duplicate_of": row.heir} for row in rows]
    update_rows(connection, post, "post_key", pointed)
    mark_stale(connection, weeks)


def _mark_uncompared(connection: sa.Connection, weeks: Iterable[str]) -> None:
    upsert_rows(connection, uncompared_week, [{"week": week} for week in sorted(weeks)])


def _weeks_of_copies(connection: sa.Connection, originals: Iterable[str]) -> set[str]:
    weeks: set[str] = set()
    for chunk in chunks_of(set(originals)):
        query = sa.select(post.c.week).where(post.c.near_duplicate_of.in_(chunk)).distinct()
        weeks |= set(connection.scalars(query))
    return weeks


def _compare_some(connection: sa.Connection, is_copy: Callable[[Text, Text], bool]) -> int:
    """Compare the first of the weeks, with as many after it as there is room for."""
    wanted = connection.scalars(sa.select(uncompared_week.c.week).order_by("week")).all()
    if not wanted:  # another process was faster
        return 0
    posts, compared = _read(connection, [number_of(week) for week in wanted])
    weeks = [week_numbered(number) for number in compared]
    is_compared = np.isin(posts.week, compared)
    found = _originals(connection, posts, is_compared, weeks, is_copy)
    wrong = np.flatnonzero(is_compared & (found != posts.original).any(axis=1))
    keys, were = keys_of(posts.key[wrong]), keys_of(posts.original[wrong])
    rows = [
        {"post_key": key, "near_duplicate_of": original or None}
        for key, original in zip(keys, keys_of(found[wrong]), strict=True)
    ]
    update_rows(connection, post, "post_key", rows)
    mark_stale(connection, {week_numbered(number) for number in posts.week[wrong].tolist()})
    touched = {*keys, *were} - {""}
    after = _weeks_of_copies(connection, touched) | _later_with_same_words(connection, weeks)
    _mark_uncompared(connection, after)
    delete_rows(connection, uncompared_week.c.week, weeks)
    return len(rows)


def _read(connection: sa.Connection, wanted: Sequence[int]) -> tuple[Posts, list[int]]:
    """Return posts, and those of the weeks wanted of which all that is needed is among them."""
    blocks: list[Posts] = []
    compared: list[int] = []
    room, last = _AT_ONCE, wanted[0] - _WINDOW - 1
    for number in wanted:
        if number - _WINDOW > last + 1 or (room < 0 and compared):
            break
        for week in range(last + 1, number + 1):
            blocks.append(read_week(connection, week))
            room -= len(blocks[-1].week)
        last = number
        compared.append(number)
    return joined(blocks), compared


def _originals(
    connection: sa.Connection,
    posts: Posts,
    is_compared: Bools,
    weeks: Sequence[str],
    is_copy: Callable[[Text, Text], bool],
) -> Pairs:
    """Return the key of what each post that is compared is a copy of, as `Posts.original`."""
    found = np.where(is_compared[:, None], 0, posts.original)
    parent = np.where(is_compared, first_of_same_words(posts), np.arange(len(posts.week)))
    before = _before(connection, posts, weeks)
    halves = np.array([int(signature[:16], 16) for signature in before], np.uint64)
    maybe = np.flatnonzero(is_compared & np.isin(posts.signature[:, 0], halves))
    for at, signature in zip(maybe.tolist(), keys_of(posts.signature[maybe]), strict=True):
        original = before.get(signature)
        if original is not None:
            found[at], parent[at] = _pair(original), at
    wanted = is_compared & (parent == np.arange(len(parent))) & ~found.any(axis=1)
    _add_near(connection, posts, wanted, parent, is_copy)
    while not np.array_equal(parent, parent[parent]):
        parent = parent[parent]
    copies = np.flatnonzero(parent != np.arange(len(parent)))
    first = parent[copies]
    is_marked = found[first].any(axis=1, keepdims=True)
    found[copies] = np.where(is_marked, found[first], posts.key[first])
    return found


def _before(connection: sa.Connection, posts: Posts, weeks: Sequence[str]) -> dict[str, str]:
    """Return by signature what posts of these weeks copy that was said before all that is held."""
    if not len(posts.week):
        return {}
    is_before = post.c.week < week_numbered(int(posts.week[0]))
    if not connection.scalar(sa.select(sa.exists().where(is_before))):
        return {}
    said, earlier = post.alias("said"), post.alias("earlier")
    is_said = sa.exists().where(
        earlier.c.text_signature == said.c.text_signature,
        earlier.c.week < week_numbered(int(posts.week[0])),
    )
    signatures = sa.select(said.c.text_signature).where(
        said.c.week.in_(weeks), said.c.text_signature != "", is_said
    )
    found: dict[str, str] = {}
    for chunk in chunks_of(set(connection.scalars(signatures))):
        first = (
            sa.select(post.c.text_signature, sa.func.min(post.c.week).label("week"))
            .where(post.c.text_signature.in_(chunk), is_before)
            .group_by(post.c.text_signature)
            .subquery("first")
        )
        same = sa.and_(post.c.text_signature == first.c.text_signature, post.c.week == first.c.week)
        columns = (post.c.text_signature, post.c.post_key, post.c.near_duplicate_of)
        query = sa.select(*columns).join(first, same).order_by(moment_of(post), post.c.post_key)
        for signature, key, original in connection.execute(query):
            found.setdefault(signature, original or key)
    return found


def _later_with_same_words(connection: sa.Connection, weeks: Sequence[str]) -> set[str]:
    """Return weeks of posts with the letters of one of these weeks that are marked otherwise."""
    is_left = sa.and_(
        post.c.week > weeks[0],
        post.c.week.not_in(weeks),
        post.c.week.not_in(sa.select(uncompared_week.c.week)),
    )
    left = set(connection.scalars(sa.select(post.c.week).where(is_left).distinct()))
    if not left:
        return left
    said, later = post.alias("said"), post.alias("later")
    first = sa.func.coalesce(said.c.near_duplicate_of, said.c.post_key)
    query = sa.select(later.c.week).where(
        said.c.week.in_(weeks),
        said.c.text_signature != "",
        later.c.text_signature == said.c.text_signature,
        later.c.week > said.c.week,
        later.c.week.in_(left),
        later.c.near_duplicate_of.is_distinct_from(first),
    )
    return set(connection.scalars(query.distinct()))


def _add_near(
    connection: sa.Connection,
    posts: Posts,
    wanted: Bools,
    parent: Places,
    is_copy: Callable[[Text, Text], bool],
) -> None:
    """Set the parent of each post that is wanted and nearly the same as an earlier one."""
    # One more than their places: of what is 0 throughout no memory is taken.
    unlike = np.zeros((len(wanted), _MOST_UNLIKE), np.int32)
    texts: dict[int, Text] = {}
    for ones, others in maybe_alike(posts, wanted, _WINDOW):
        is_new = (unlike[ones] != others[:, None] + 1).all(axis=1)
        pairs = list(zip(ones[is_new].tolist(), others[is_new].tolist(), strict=True))
        for start in range(0, len(pairs), _READ):
            some = pairs[start : start + _READ]
            if len(texts) > _HELD:
                texts.clear()
            missing = {at for pair in some for at in pair} - texts.keys()
            texts.update(_texts(connection, posts, missing))
            for one, other in some:
                if is_copy(texts[one], texts[other]):
                    parent[one], wanted[one] = other, False
                    continue
                place = int(np.argmin(unlike[one]))
                unlike[one, place] = other + 1
                wanted[one] = place < _MOST_UNLIKE - 1


def _texts(connection: sa.Connection, posts: Posts, places: Iterable[int]) -> dict[int, Text]:
    some = list(places)
    at = dict(zip(keys_of(posts.key[some]), some, strict=True))
    said = sa.select(post.c.post_key, post.c.kind, post.c.title, post.c.text)
    return {
        at[key]: (kind, title, text)
        for chunk in chunks_of(at)
        for key, kind, title, text in connection.execute(said.where(post.c.post_key.in_(chunk)))
    }


def _pair(key: str) -> tuple[int, int]:
    return int(key[:16], 16), int(key[16:], 16)


def passed_on_of(connection: sa.Connection, keys: Iterable[str]) -> dict[str, str]:
    """Return the posts that only pass one of these on, in its words, and which."""
    one, other = post.alias("one"), post.alias("other")
    is_same = sa.and_(one.c.parent_key == other.c.post_key, one.c.text == other.c.text)
    query = sa.select(one.c.post_key, other.c.post_key).join_from(one, other, is_same)
    found: dict[str, str] = {}
    for chunk in chunks_of(keys):
        is_meant = is_among(connection, other.c.post_key, chunk)
        found.update(map(tuple, connection.execute(query.where(is_meant, other.c.text != ""))))
    return found
