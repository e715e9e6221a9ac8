"""Posts on sensitive topics: they are counted, and no single one of them is shown.

In doubt a post is one: also by an uncertain tie, as a copy, in a thread that such a post began, in
answer to one, and while its ties are still to be made. Where the charter names a topic that the
vocabulary does not have, every post is.
"""

from collections.abc import Callable, Collection
from typing import Any, Final

import sqlalchemy as sa

from warehouse.linking import post_topic, sensitive_topic
from warehouse.rows import chunks_of

NOT_FOUND: Final = ""
"""Stands for the URI of a topic that the charter names and the vocabulary does not have."""

_tie: Final = post_topic.alias("sensitive_tie")
_topic: Final = sensitive_topic.alias("sensitive")
_post: Final = sa.table(
    "post",
    *(
        sa.column(name, sa.Text)
        for name in ("post_key", "parent_key", "root_key", "near_duplicate_of", "linked_with")
    ),
)
_kin: Final = _post.alias("kin")


def is_sensitive(post_key: sa.ColumnElement[Any]) -> sa.ColumnElement[bool]:
    """Return the condition that the post of this key is not to be shown by itself."""
    why = sa.or_(_kin.c.linked_with.is_(None), _is_tied(_kin.c.__getitem__))
    return _ARE_ANY & sa.or_(*_by_key(post_key), _there_is(_kin, _kin.c.post_key == post_key, why))


def sensitive_posts() -> sa.Select[tuple[str]]:
    """Return the query of the keys of all posts that are not to be shown by themselves."""
    return sa.select(_post.c.post_key).where(is_sensitive(_post.c.post_key))


def sensitive_among(connection: sa.Connection, post_keys: Collection[str]) -> set[str]:
    """Return which of these posts are not to be shown by themselves."""
    found: set[str] = set()
    for keys in chunks_of(post_keys):
        found.update(connection.scalars(sensitive_posts().where(_post.c.post_key.in_(keys))))
    return found


def may_show(post_key: str) -> str:
    """Return in SQL that the post of this key, such as `tie.post_key`, may be shown by itself."""
    return _in_sql(~is_sensitive(sa.literal_column(post_key)))


def may_show_post(post: str) -> str:
    """Return in SQL that a row of `post`, which goes by this name, may be shown by itself."""

    def column(name: str) -> sa.ColumnElement[Any]:
        return sa.literal_column(f"{post}.{name}")

    is_untied = column("linked_with").is_(None)
    why = sa.or_(is_untied, *_by_key(column("post_key")), _is_tied(column))
    return _in_sql(~(_ARE_ANY & why))


def may_count(post_key: str) -> str:
    """Return in SQL that what the post of this key holds, such as its tags, may be counted.

    That of one whose ties are still to be made may: it is counted anew once they are.
    """
    key: sa.ColumnElement[Any] = sa.literal_column(post_key)
    why = _there_is(_kin, _kin.c.post_key == key, _is_tied(_kin.c.__getitem__))
    return _in_sql(~(_ARE_ANY & sa.or_(*_by_key(key), why)))


def _in_sql(condition: sa.ColumnElement[bool]) -> str:
    return f"({condition.compile(compile_kwargs={'literal_binds': True})})"


def _by_key(key: sa.ColumnElement[Any]) -> tuple[sa.ColumnElement[bool], ...]:
    """Return why a post may be sensitive whatever it is tied to: any may be, or a copy of it is."""
    copies = _kin.join(_tied_posts, _tie.c.post_key == _kin.c.post_key)
    is_any = _there_is(_topic, _topic.c.topic_uri == NOT_FOUND)
    return is_any, _there_is(copies, _kin.c.near_duplicate_of == key)


def _is_tied(column: Callable[[str], Any]) -> sa.ColumnElement[bool]:
    """Return that a post, or one that stands around it, has a tie; all are looked up at once."""
    names = ("post_key", "root_key", "parent_key", "near_duplicate_of")
    return _there_is(_tied_posts, _tie.c.post_key.in_([column(name) for name in names]))


def _there_is(rows: sa.FromClause, *where: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    """Return that there is such a row, looked up anew for each post.

    Of an `exists` PostgreSQL may make a table first of all that there are, to look at fifty posts.
    """
    one: sa.ColumnElement[int] = sa.literal_column("1", sa.Integer)
    found = sa.select(one).select_from(rows).where(*where).limit(1)
    found = found.correlate_except(
        *(each for each in (_kin, _tie, _topic) if rows.is_derived_from(each))
    )
    return sa.func.coalesce(found.scalar_subquery(), 0) == 1


_tied_posts: Final = _tie.join(_topic, _topic.c.topic_uri == _tie.c.topic_uri)
_ARE_ANY: Final = _there_is(_topic)
