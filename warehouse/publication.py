"""Publishing weeks: what stands behind their numbers, and the numbers that were let out."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa

from warehouse.cells import UNCERTAIN
from warehouse.labels import topic_names
from warehouse.rows import insert_rows
from warehouse.tables import (
    author,
    closed_week,
    community,
    dataset,
    post,
    post_dataset,
    post_topic,
    published_cell,
    published_week,
    source,
)

_PEOPLE = ("person", "unknown")
"""Kinds of authors that count as somebody: neither bots nor organisations make a crowd."""

Posts = dict[str, str | None]


class Week(NamedTuple):
    """The posts of a week: all, and those of each subject, by what is counted."""

    whole: Posts
    """By key of a post who wrote it, None where nobody is to be counted; a bot's are one."""
    parts: dict[str, dict[str, Posts]]


def last_published(connection: sa.Connection) -> str:
    """Return the newest week that is published, of any purpose; empty where none is."""
    return connection.scalar(sa.select(sa.func.max(published_week.c.week))) or ""


def weeks_to_publish(connection: sa.Connection, before: str) -> list[str]:
    """Return the weeks with posts before that one, and after all that are published.

    Left out are weeks some of whose posts were dropped: they can no longer be counted.
    """
    query = (
        sa.select(post.c.week)
        .distinct()
        .where(post.c.week > last_published(connection), post.c.week < before)
        .where(post.c.week.not_in(sa.select(closed_week.c.week)))
        .order_by(post.c.week)
    )
    return list(connection.scalars(query))


def posts_behind(connection: sa.Connection, purpose: str, week: str) -> Week:
    """Return the posts that count, copies once, and what they are on, meet and stand in."""
    columns = (post.c.post_key, post.c.author_key, author.c.kind, post.c.community_key)
    query = (
        sa.select(*columns, author.c.key_id)
        .join(source, source.c.id == post.c.source)
        .outerjoin(author, author.c.author_key == post.c.author_key)
        .where(source.c.purpose == purpose, post.c.week == week)
        .where(post.c.removed_at.is_(None), post.c.near_duplicate_of.is_(None))
    )
    rows = connection.execute(query).all()
    # After a change of keys a person has two pseudonyms, and is to count once.
    key_ids = Counter(row.key_id for row in rows if row.kind in _PEOPLE)
    key_id = max(key_ids, key=lambda each: (key_ids[each], each or ""), default=None)
    whole: Posts = {}
    standing: dict[str, Posts] = defaultdict(dict)
    counted_as: dict[str, str] = {}
    for key, author_key, kind, community_key, of_key in rows:
        counted = f"bot {author_key}" if kind == "bot" else key
        counted_as[key] = counted
        whole[counted] = author_key if kind in _PEOPLE and of_key == key_id else None
        standing[community_key or ""][counted] = whole[counted]
    ties = {
        "topic": (post_topic.c.topic_uri, post_topic.c.method != UNCERTAIN),
        "dataset": (post_dataset.c.dataset_key, sa.true()),
    }
    parts = {kind: _tied(connection, week, *tie, counted_as, whole) for kind, tie in ties.items()}
    # Posts in no community are in the whole only.
    return Week(whole, {**parts, "community": {key: p for key, p in standing.items() if key}})


def _tied(
    connection: sa.Connection,
    week: str,
    subject: sa.Column[Any],
    is_sure: sa.ColumnElement[bool],
    counted_as: Mapping[str, str],
    whole: Posts,
) -> dict[str, Posts]:
    tie = subject.table.c
    query = (
        sa.select(subject, tie.post_key)
        .join(post, post.c.post_key == tie.post_key)
        .where(post.c.week == week, is_sure)
    )
    found: dict[str, Posts] = defaultdict(dict)
    for name, key in connection.execute(query):
        if counted := counted_as.get(key):
            found[name][counted] = whole[counted]
    return dict(found)


def names_of(connection: sa.Connection, kind: str, subjects: Collection[str]) -> Mapping[str, str]:
    """Return by subject what it is called."""
    wanted = sorted(subjects)
    if kind == "topic":
        return topic_names(connection, wanted)
    table, key, name = {
        "dataset": (dataset, dataset.c.dataset_key, dataset.c.title),
        "community": (community, community.c.community_key, community.c.name),
    }[kind]
    rows = connection.execute(sa.select(key, name).select_from(table).where(key.in_(wanted)))
    return {subject: called or subject for subject, called in rows}


def keep_published(
    connection: sa.Connection, week: Mapping[str, Any], cells: Sequence[Mapping[str, Any]]
) -> None:
    """Write a week that is published, and its numbers."""
    insert_rows(connection, published_week, [week])
    insert_rows(connection, published_cell, cells)


def published(connection: sa.Connection, table: sa.Table) -> Iterator[Sequence[Any]]:
    """Yield all rows that were ever published, by key; none of a week of too few people."""
    is_shown = table.c.posts.is_not(None)
    query = sa.select(table).where(is_shown).order_by(*table.primary_key.columns)
    for row in connection.execute(query, execution_options={"yield_per": 10_000}):
        yield tuple(row)


def cells_counted(connection: sa.Connection) -> tuple[int, int]:
    """Return how many numbers there could have been until now, and how many were published."""
    week = published_week.c
    sums = (sa.func.coalesce(sa.func.sum(each), 0) for each in (week.cells, week.cells_shown))
    there, shown = connection.execute(sa.select(*sums)).one()
    return int(there), int(shown)
