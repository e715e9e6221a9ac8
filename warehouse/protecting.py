"""Which topics are sensitive: kept as the charter names them, with all that is narrower."""

from collections.abc import Collection, Sequence

import sqlalchemy as sa

from warehouse.labels import topics_named
from warehouse.recount import mark_stale
from warehouse.rows import insert_rows
from warehouse.sensitive import NOT_FOUND
from warehouse.store import writing
from warehouse.tables import post, sensitive_topic, topic, topic_broader
from warehouse.views import view_of

_Row = tuple[str, str, int]


def protect(engine: sa.Engine, names: Sequence[str], min_authors: int) -> None:
    """Have the topics of these names, URIs or preferred labels, and what is narrower, sensitive.

    Where a name is no topic's, no post is shown by itself until it is.
    """
    with engine.connect() as connection:
        if _stored(connection) == _wanted(connection, names, min_authors):
            return
    with writing(engine) as connection:
        wanted = _wanted(connection, names, min_authors)
        connection.execute(sa.delete(sensitive_topic))
        keys = [column.name for column in sensitive_topic.columns]
        insert_rows(
            connection, sensitive_topic, [dict(zip(keys, r, strict=True)) for r in sorted(wanted)]
        )
        # Tags of single posts are counted, and those of sensitive posts are not.
        mark_stale(connection, set(connection.scalars(sa.select(post.c.week).distinct())))


def protected(connection: sa.Connection) -> tuple[set[tuple[str, int]], list[str]]:
    """Return what is sensitive by name and fewest authors, and the names that are no topic's.

    Only an analysts' view is read.
    """
    rows = view_of(connection, "v_sensitive_topic")
    columns = (rows.c.topic_uri, rows.c.named, rows.c.min_authors)
    found = [tuple(row) for row in connection.execute(sa.select(*columns))]
    missing = sorted({named for uri, named, _ in found if uri == NOT_FOUND})
    return {(named, least) for _, named, least in found}, missing


def topics_protected(connection: sa.Connection) -> tuple[list[str], bool]:
    """Return the URIs of what is sensitive, and whether a name is no topic's.

    Only an analysts' view is read.
    """
    rows = view_of(connection, "v_sensitive_topic")
    uris = set(connection.scalars(sa.select(rows.c.topic_uri)))
    return sorted(uris - {NOT_FOUND}), NOT_FOUND in uris


def anything_counted(connection: sa.Connection) -> bool:
    """Return whether there is any post that could be on a sensitive topic.

    Only an analysts' view is read.
    """
    rows = view_of(connection, "v_community_week")
    return connection.scalar(sa.select(rows.c.week).limit(1)) is not None


def least_authors(connection: sa.Connection) -> dict[str, int]:
    """Return by URI of a sensitive topic the fewest authors that may stand behind a number on it.

    An empty URI stands for a topic that is not known: it may be any.
    """
    query = sa.select(sensitive_topic.c.topic_uri, sensitive_topic.c.min_authors)
    return {row.topic_uri: row.min_authors for row in connection.execute(query)}


def may_protect(connection: sa.Connection) -> bool:
    """Return whether this login may write what is sensitive."""
    if connection.dialect.name == "sqlite":
        return True
    may = sa.text("select has_table_privilege('sensitive_topic', 'insert, delete')")
    return bool(connection.scalar(may))


def not_topics(connection: sa.Connection, names: Sequence[str]) -> list[str]:
    """Return the names that are no topic's of the vocabulary; none before one is loaded."""
    if connection.scalar(sa.select(topic.c.uri).limit(1)) is None:
        return []
    return sorted(name for name, uris in _current(connection, names).items() if not uris)


def _stored(connection: sa.Connection) -> set[_Row]:
    return {tuple(row) for row in connection.execute(sa.select(sensitive_topic))}


def _wanted(connection: sa.Connection, names: Sequence[str], min_authors: int) -> set[_Row]:
    return {
        (uri, name, min_authors)
        for name, uris in _current(connection, names).items()
        for uri in (_with_narrower(connection, uris) or {NOT_FOUND})
    }


def _current(connection: sa.Connection, names: Sequence[str]) -> dict[str, set[str]]:
    """Return by name the URIs of its topics that are not withdrawn.

    None where all of them are deprecated: nothing is tied to such topics any more.
    """
    found = topics_named(connection, names)
    uris = {uri for of_name in found.values() for uri in of_name}
    query = sa.select(topic.c.uri).where(topic.c.uri.in_(uris), topic.c.withdrawn_at.is_(None))
    standing = set(connection.scalars(query))
    current = set(connection.scalars(query.where(~topic.c.is_deprecated)))
    return {
        name: standing.intersection(of_name) if current.intersection(of_name) else set()
        for name, of_name in found.items()
    }


def _with_narrower(connection: sa.Connection, uris: Collection[str]) -> set[str]:
    within = sa.select(topic.c.uri).where(topic.c.uri.in_(uris)).cte(recursive=True)
    narrower = topic_broader.c.broader_uri == within.c.uri
    within = within.union(sa.select(topic_broader.c.uri).join(within, narrower))
    return set(connection.scalars(sa.select(within.c.uri)))
