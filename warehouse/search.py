"""Full-text search over posts: by words, phrases, topic, community and week."""

from collections.abc import Iterable, Sequence
from typing import Any, Final

import pandas as pd
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from contract.batch import values_of
from contract.errors import FixSettings
from warehouse.due import forget_due
from warehouse.parts import insert_words
from warehouse.rows import read_rows
from warehouse.store import writing
from warehouse.tables import post, post_words
from warehouse.views import latest_first, view_of

_MANY: Final = 5_000
_INDEX = sa.table("post_fts", sa.column("rowid"), sa.column("post_fts"))
"""SQLite's index of words (FTS5), whose numbers are those of `post_words`."""


def search_posts(
    engine: sa.Engine,
    phrases: Sequence[str],
    limit: int,
    *,
    topic: str | None = None,
    community: str | None = None,
    week: str | None = None,
) -> list[dict[str, Any]]:
    """Return at most `limit` rows of v_post that hold every phrase, the latest first.

    A phrase is one or more words in folded form, a space between; with none every post is meant.
    `topic` is a URI or a label as the views show it, `community` a key or a name.
    Raises FixSettings when nothing was ever counted of such a topic, community or week.
    """
    with engine.connect() as connection:
        posts, tie = view_of(connection, "v_post"), view_of(connection, "v_post_tie")
        wanted = sa.select(posts.c.post_key)
        if phrases:
            wanted = wanted.where(_holds(connection, posts.c.post_key, phrases))
        if topic is not None:
            uris = _named(connection, "v_topic_week", ("topic_uri", "topic"), topic)
            on_topic = sa.select(tie.c.post_key).where(tie.c.target == "topic", tie.c.is_counted)
            wanted = wanted.where(posts.c.post_key.in_(on_topic.where(tie.c.target_key.in_(uris))))
        if community is not None:
            names = ("community_key", "community")
            keys = _named(connection, "v_community_week", names, community)
            wanted = wanted.where(posts.c.community_key.in_(keys))
        if week is not None:
            wanted = wanted.where(
                posts.c.week.in_(_named(connection, "v_community_week", ("week",), week))
            )
        # Found first and read then: nothing is read of a post that is not among the latest.
        latest = latest_first(connection, wanted, posts).limit(limit).subquery("latest")
        rows = sa.select(posts).where(posts.c.post_key.in_(sa.select(latest.c.post_key)))
        found = connection.execute(latest_first(connection, rows, posts))
        return [row._asdict() for row in found]


def posts_without_words(connection: sa.Connection, limit: int, after: str) -> pd.DataFrame:
    """Return at most `limit` posts that no search finds yet, by rising post_key after this one.

    Columns: post_key, title, text, content_hash.
    """
    has_words = sa.exists().where(post_words.c.post_key == post.c.post_key)
    columns = (post.c.post_key, post.c.title, post.c.text, post.c.content_hash)
    query = (
        sa.select(*columns)
        .where(post.c.removed_at.is_(None), ~has_words, post.c.post_key > after)
        .order_by(post.c.post_key)
        .limit(limit)
    )
    names = pd.Index([column.name for column in columns])
    return pd.DataFrame(connection.execute(query).all(), columns=names, dtype="str")


def store_words(engine: sa.Engine, posts: pd.DataFrame) -> None:
    """Store the words of posts that still stand as they were read, and still have none.

    Columns: post_key, content_hash, words.
    """
    names = ("post_key", "content_hash", "words")
    found = list(zip(*(values_of(posts[name]) for name in names), strict=True))
    with writing(engine) as connection:
        keys = [key for key, _, _ in found]
        columns = (post.c.post_key, post.c.content_hash, post.c.removed_at)
        standing = {
            (row["post_key"], row["content_hash"])
            for row in read_rows(connection, columns, keys)
            if row["removed_at"] is None
        }
        known = {row["post_key"] for row in read_rows(connection, [post_words.c.post_key], keys)}
        rows = [
            (key, words)
            for key, content, words in found
            if (key, content) in standing and key not in known
        ]
        insert_words(
            connection, dict(zip(("post_key", "words"), zip(*rows, strict=True), strict=False))
        )


def forget_words(engine: sa.Engine) -> None:
    """Have SQLite's index let go of words that were edited or removed; it keeps them till then."""
    with writing(engine) as connection:
        if engine.dialect.name == "sqlite":
            connection.exec_driver_sql("insert into post_fts (post_fts) values ('optimize')")
        forget_due(connection, "forget words", [""])


def _holds(
    connection: sa.Connection, key: sa.ColumnElement[str], phrases: Sequence[str]
) -> sa.ColumnElement[bool]:
    """Return the condition that the post of this key holds every phrase.

    Where few do, those are looked up first. Where many do, the latest posts are looked through
    instead until enough are found: soon, because many do.
    """
    if connection.dialect.name == "postgresql":
        given = sa.bindparam("phrases", list(phrases), ARRAY(sa.Text))
        few = sa.select(sa.func.goodguest_search(given, _MANY))
        holds: sa.ColumnElement[bool] = sa.func.goodguest_holds(key, given)
    else:
        quoted = " ".join(f'"{phrase}"' for phrase in phrases)
        found = sa.select(_INDEX.c.rowid).where(_INDEX.c.post_fts.match(quoted))
        number = sa.select(post_words.c.number).where(post_words.c.post_key == key)
        holds = number.scalar_subquery().in_(found)
        few = (
            sa.select(post_words.c.post_key)
            .join(_INDEX, _INDEX.c.rowid == post_words.c.number)
            .where(_INDEX.c.post_fts.match(quoted))
            .limit(_MANY)
        )
    keys = list(connection.scalars(few))
    return key.in_(keys) if len(keys) < _MANY else holds


def _named(connection: sa.Connection, view: str, names: Iterable[str], wanted: str) -> list[str]:
    """Return the keys, in the first column, of what goes by that name in one of the columns."""
    rows = view_of(connection, view)
    columns = [rows.c[name] for name in names]
    is_meant = sa.or_(*(column == wanted for column in columns))
    found = list(connection.scalars(sa.select(columns[0]).where(is_meant).distinct()))
    if not found:
        raise FixSettings(f"found {wanted!r} as {columns[-1].name}; {view} has none of that name")
    return found
