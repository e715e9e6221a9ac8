"""What posts hold by which those are found that a change of the catalogue concerns."""

from collections.abc import Collection, Iterator
from typing import Any, Final

import sqlalchemy as sa

from warehouse.rows import chunks_of
from warehouse.tables import community, post, post_link, post_tag, post_words

_AT_ONCE: Final = 20_000
_HAS_WORDS: Final = sa.exists().where(post_words.c.post_key == post.c.post_key)


def words_of_posts(connection: sa.Connection) -> Iterator[list[tuple[str, str]]]:
    """Yield all posts with their words as search compares them, some at a time."""
    number, after = post_words.c.number, -1
    query = sa.select(post_words.c.post_key, post_words.c.words, number).order_by(number)
    while rows := connection.execute(query.where(number > after).limit(_AT_ONCE)).all():
        yield [(key, words) for key, words, _ in rows]
        after = rows[-1][-1]


def posts_without_words(connection: sa.Connection) -> set[str]:
    """Return the posts whose words are not known."""
    query = sa.select(post.c.post_key).where(post.c.removed_at.is_(None), ~_HAS_WORDS)
    return set(connection.scalars(query))


def ids_of_posts(connection: sa.Connection) -> Iterator[list[tuple[str, str, str, str | None]]]:
    """Yield all posts with platform, id there and address, some at a time."""
    names = ("post_key", "platform", "native_id", "url")
    query = sa.select(*(post.c[name] for name in names)).order_by(post.c.post_key)
    after = ""
    while rows := connection.execute(query.where(post.c.post_key > after).limit(_AT_ONCE)).all():
        yield [tuple(row) for row in rows]
        after = rows[-1][0]


def languages(connection: sa.Connection) -> list[str]:
    """Return the languages of posts."""
    query = sa.select(post.c.lang).where(post.c.lang.is_not(None)).distinct()
    return list(connection.scalars(query))


def all_tags(connection: sa.Connection) -> list[str]:
    """Return each tag there is, as written."""
    return list(connection.scalars(sa.select(post_tag.c.tag).distinct()))


def all_links(connection: sa.Connection) -> list[str]:
    """Return each address in posts there is."""
    return list(connection.scalars(sa.select(post_link.c.canonical_url).distinct()))


def all_communities(connection: sa.Connection) -> list[tuple[str, str]]:
    """Return key and name of each community that has one."""
    query = sa.select(community.c.community_key, community.c.name)
    return [(key, name) for key, name in connection.execute(query) if name is not None]


def posts_with_tags(connection: sa.Connection, tags: Collection[str]) -> set[str]:
    """Return the posts with one of the tags."""
    return _with(connection, post_tag.c.tag, tags)


def posts_with_links(connection: sa.Connection, urls: Collection[str]) -> set[str]:
    """Return the posts with one of the addresses."""
    return _with(connection, post_link.c.canonical_url, urls)


def posts_in(connection: sa.Connection, communities: Collection[str]) -> set[str]:
    """Return the posts of these communities."""
    return _with(connection, post.c.community_key, communities)


def count_posts(connection: sa.Connection) -> int:
    """Return how many posts are not removed."""
    query = sa.select(sa.func.count()).select_from(post).where(post.c.removed_at.is_(None))
    return connection.scalar(query) or 0


def _with(connection: sa.Connection, column: sa.Column[Any], values: Collection[str]) -> set[str]:
    key = column.table.c.post_key
    return {
        found
        for chunk in chunks_of(values)
        for found in connection.scalars(sa.select(key).where(column.in_(chunk)))
    }
