"""The views analysts read: made at each migration, with comments where the database keeps them."""

from collections.abc import Mapping, Sequence
from string import Template
from typing import Any, Final

import sqlalchemy as sa

from contract.errors import FixSettings
from warehouse.cells import cells
from warehouse.columns import sql_type
from warehouse.queries import PARTS, VIEWS
from warehouse.tables import post, source
from warehouse.view_columns import VIEW_COLUMNS

__all__ = [
    "ANALYSTS",
    "VIEWS",
    "VIEW_COLUMNS",
    "columns_of",
    "create_views",
    "drop_views",
    "platforms_behind",
    "rows_of",
]

_DAY_AGO: Final = {
    "sqlite": "strftime('%Y-%m-%dT%H:%M:%f000Z', 'now', '-1 day')",
    "postgresql": "now() - interval '1 day'",
}

ANALYSTS: Final = "goodguest_analyst"
"""Role on PostgreSQL that, where it exists, may read the views and nothing else."""


def create_views(connection: sa.Connection) -> None:
    """Create every view; on PostgreSQL with comments, and readable by the analysts' role."""
    dialect = connection.dialect.name
    parts = {**PARTS, **cells(dialect), "day_ago": _DAY_AGO[dialect]}
    for name, view in VIEWS.items():
        query = Template(view.sql).substitute(parts)
        connection.exec_driver_sql(f"create view {name} as {query}")
        if connection.dialect.supports_comments:
            _comment(connection, name)
    if connection.dialect.name == "postgresql":
        found = connection.scalar(
            sa.text("select 1 from pg_roles where rolname = :role"), {"role": ANALYSTS}
        )
        for name in VIEWS if found else ():
            connection.exec_driver_sql(f"grant select on {name} to {ANALYSTS}")


def drop_views(connection: sa.Connection) -> None:
    """Drop every view, so that the tables below them can change."""
    for name in reversed(VIEWS):
        connection.exec_driver_sql(f"drop view if exists {name}")


def columns_of(connection: sa.Connection, view: str) -> list[str]:
    """Return the names of a view's columns, in order."""
    return [column["name"] for column in sa.inspect(connection).get_columns(view)]


def view_of(connection: sa.Connection, view: str) -> sa.TableClause:
    """Return a view, to be asked with the types its columns are declared with."""
    names = columns_of(connection, view)
    return sa.table(view, *(sa.column(name, sql_type(VIEW_COLUMNS[name].type)) for name in names))


def latest_first(query: sa.Select[Any], rows: sa.TableClause, view: str) -> sa.Select[Any]:
    """Return the query ordered by the view's day, week or month, if it has one, then by its key."""
    when = next((name for name in ("day", "week", "month") if name in rows.c), None)
    by_key = [rows.c[name] for name in VIEWS[view].key if name != when]
    return query.order_by(*([rows.c[when].desc()] if when else []), *by_key)


def rows_of(engine: sa.Engine, view: str, limit: int) -> list[dict[str, Any]]:
    """Return at most `limit` rows of a view, the latest week, day or month first.

    Raises FixSettings when there is no such view.
    """
    if view not in VIEWS:
        raise FixSettings(f"there is no view {view!r}; there are {', '.join(VIEWS)}")
    with engine.connect() as connection:
        rows = view_of(connection, view)
        query = latest_first(sa.select(rows), rows, view).limit(limit)
        return [row._asdict() for row in connection.execute(query)]


def platforms_behind(engine: sa.Engine, rows: Sequence[Mapping[str, Any]]) -> set[str]:
    """Return the platforms whose posts the rows of a view may rest on; more rather than fewer.

    They are told by the platform, source or purpose the rows name, else all with posts stored.
    """
    has_posts = sa.exists().where(post.c.source == source.c.id, post.c.removed_at.is_(None))
    query = sa.select(source.c.platform, source.c.id, source.c.purpose).where(has_posts)
    with engine.connect() as connection:
        found = connection.execute(query).all()
    if not rows:
        return set()
    for place, name in enumerate(("platform", "source", "purpose")):
        if name in rows[0]:
            named = {row[name] for row in rows}
            return {read.platform for read in found if read[place] in named}
    return {read.platform for read in found}


def _comment(connection: sa.Connection, name: str) -> None:
    comments = {f"view {name}": VIEWS[name].comment}
    comments |= {
        f"column {name}.{c}": VIEW_COLUMNS[c].meaning for c in columns_of(connection, name)
    }
    for what, comment in comments.items():
        quoted = comment.replace("'", "''").replace("%", "%%")  # the driver's sign
        connection.exec_driver_sql(f"comment on {what} is '{quoted}'")
