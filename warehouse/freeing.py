"""Freeing: what was deleted leaves the files of the database too, not only its tables."""

import logging
from collections.abc import Collection
from typing import Any, Final

import sqlalchemy as sa

from warehouse.cells import COUNTS
from warehouse.roles import OWNER, is_owner
from warehouse.tables import (
    BELONGINGS,
    access_log,
    author,
    digest_issue,
    held_record,
    post,
    rejected,
)

_log = logging.getLogger("goodguest.freeing")


def free(engine: sa.Engine, months: Collection[str | None]) -> bool:
    """Return whether nothing that was deleted is left in the database's files.

    SQLite's file is written anew, and its write-ahead log emptied. PostgreSQL's tables of posts (of
    these months, such as `2026-11`; None: of any) are written anew with their indexes; of what its
    own log and its backups keep, nothing is known here. False where somebody else still reads, or
    where the login may not do it: then it is to be tried again.
    """
    if engine.dialect.name == "sqlite":
        return _free_sqlite(engine)
    return _free_postgresql(engine, months)


def _free_sqlite(engine: sa.Engine) -> bool:
    with engine.connect() as connection:
        driver: Any = connection.connection.driver_connection
        driver.execute("VACUUM")
        busy, _, _ = driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    if busy:
        _log.warning("another process reads the warehouse: its log keeps what was deleted so far")
    return not busy


def _free_postgresql(engine: sa.Engine, months: Collection[str | None]) -> bool:
    named = {f"post_{month.replace('-', '_')}" for month in months if month is not None}
    tables = {"post_before_2000", "post_after_2099", rejected.name, author.name}
    tables |= {held_record.name, access_log.name, digest_issue.name}
    tables |= {table.name for table in (*BELONGINGS, *COUNTS)}
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        acts_as_owner = is_owner(connection)
        if acts_as_owner:
            connection.exec_driver_sql(f"set role {OWNER}")
        try:
            parts = set(connection.scalars(_PARTS)) if None in months else named
            return _rewrite(connection, tables | parts)
        finally:
            if acts_as_owner:
                connection.exec_driver_sql("reset role")


_PARTS: Final = sa.text(
    "select relname from pg_inherits join pg_class on pg_class.oid = inhrelid"
    " where inhparent = 'post'::regclass"
)


def _rewrite(connection: sa.Connection, tables: Collection[str]) -> bool:
    owned = set(
        connection.scalars(
            sa.text(
                "select relname from pg_class"
                " where relnamespace = to_regnamespace(current_schema())"
                " and relkind = 'r' and pg_has_role(current_user, relowner, 'usage')"
            )
        )
    )
    there = set(sa.inspect(connection).get_table_names())
    for table in sorted(owned.intersection(tables)):
        connection.exec_driver_sql(f"vacuum (full, analyze) {table}")
    # What the planner knows of values, of tags for one, are values.
    connection.exec_driver_sql(f"analyze {post.name}")
    connection.exec_driver_sql("vacuum (full) pg_statistic")
    missing = there.intersection(tables) - owned - {post.name}
    if missing:
        _log.warning(
            "this login may not write the tables of posts anew: what was deleted leaves their "
            "files when the database reuses the room; give the login of comply the role %s",
            OWNER,
        )
    return not missing
