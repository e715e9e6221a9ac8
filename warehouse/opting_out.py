"""Opting out: what is held of accounts, communities and sites that asked not to be read."""

from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any

import sqlalchemy as sa

from warehouse.due import forget_due, leave_due
from warehouse.rows import chunks_of, is_among, read_rows
from warehouse.store import writing
from warehouse.tables import author, community, due_step, post, post_tag
from warehouse.tombstones import Tombstone, put_up


def note_opted_out(
    engine: sa.Engine, stones: Sequence[Tombstone], authors: Collection[str]
) -> bool:
    """Return whether any of the authors (pseudonyms) is held; their posts are left to comply.

    The tombstones are noted.
    """
    with engine.connect() as connection:
        held = {row["author_key"] for row in read_rows(connection, [author.c.author_key], authors)}
    if stones or held:
        with writing(engine) as connection:
            put_up(connection, stones)
            leave_due(connection, "remove opted out", held)
    return bool(held)


def leave_parts(engine: sa.Engine, paths: Collection[str]) -> None:
    """Have these parts looked through for what may not be stored."""
    if paths:
        with writing(engine) as connection:
            leave_due(connection, "cut opted out", paths)


def is_honoured(engine: sa.Engine, version: str) -> bool:
    """Return whether all that was held was looked through for these opt-outs."""
    query = sa.select(due_step.c.subject).where(due_step.c.step == "opt-outs honoured")
    with engine.connect() as connection:
        return connection.scalar(query) == version


def note_honoured(
    connection: sa.Connection, version: str, authors: Iterable[str], parts: Iterable[str]
) -> None:
    """Note that these opt-outs are honoured in all that is held, and that these steps are done."""
    old = sa.delete(due_step).where(due_step.c.step == "opt-outs honoured")
    connection.execute(old)
    leave_due(connection, "opt-outs honoured", [version])
    for chunk in chunks_of(authors):
        forget_due(connection, "remove opted out", chunk)
    for chunk in chunks_of(parts):
        forget_due(connection, "cut opted out", chunk)


def posts_of(connection: sa.Connection, authors: Collection[str]) -> set[str]:
    """Return the keys of the posts of these authors."""
    found: set[str] = set()
    for chunk in chunks_of(authors):
        is_theirs = is_among(connection, post.c.author_key, chunk)
        found |= set(connection.scalars(sa.select(post.c.post_key).where(is_theirs)))
    return found


def posts_there(
    connection: sa.Connection,
    is_community: Callable[[str, Sequence[str]], bool],
    is_place: Callable[[str], bool] | None,
) -> set[str]:
    """Return the keys of the posts in these communities, and of those with such an address.

    `is_community` is asked with platform, and id, name and address.
    """
    keys = [
        row.community_key
        for row in connection.execute(sa.select(community)).all()
        if is_community(row.platform, _names_of(row))
    ]
    found: set[str] = set()
    for chunk in chunks_of(keys):
        is_there = is_among(connection, post.c.community_key, chunk)
        found |= set(connection.scalars(sa.select(post.c.post_key).where(is_there)))
    if is_place is not None:
        has_url = (post.c.url.is_not(None), post.c.removed_at.is_(None))
        urls = sa.select(post.c.post_key, post.c.url).where(*has_url)
        found |= {row.post_key for row in connection.execute(urls) if is_place(row.url)}
    return found


def communities_held(engine: sa.Engine) -> list[tuple[str, list[str]]]:
    """Return platform, and id, name and address, of each community that something was read of."""
    with engine.connect() as connection:
        rows = connection.execute(sa.select(community)).all()
    return [(row.platform, _names_of(row)) for row in rows]


def _names_of(row: sa.Row[Any]) -> list[str]:
    return [name for name in (row.native_id, row.name, row.url) if name]


def authors_saying(connection: sa.Connection, tags: Collection[str]) -> set[str]:
    """Return the pseudonyms of the authors of posts with one of the tags, by whoever wrote it.

    Who only passes on what another said has not said it.
    """
    other = post.alias("other")
    is_passed_on = sa.exists().where(
        other.c.post_key == post.c.parent_key, other.c.text == post.c.text
    )
    name = sa.func.lower(post_tag.c.tag)
    query = sa.select(post.c.author_key).join(post_tag, post_tag.c.post_key == post.c.post_key)
    # Shares of posts that are not held begin so.
    is_said = (name.in_(list(tags)), post_tag.c.added_by == "author", ~post.c.text.like("RT @%"))
    found = connection.scalars(query.where(*is_said, ~is_passed_on).distinct())
    return {key for key in found if key is not None}
