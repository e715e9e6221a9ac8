"""The views analysts read: made at each migration, with comments where the database keeps them."""

from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from string import Template
from typing import Any, Final

import sqlalchemy as sa

from contract.errors import FixSettings
from warehouse.addresses import NEUTRAL_URL
from warehouse.cells import UNCERTAIN, cells
from warehouse.columns import sql_type
from warehouse.queries import PARTS, VIEWS
from warehouse.sensitive import may_show, may_show_post
from warehouse.view_columns import VIEW_COLUMNS

_IS_COPY: Final = "select 1 from post where near_duplicate_of is not null and post.post_key ="
_COPIES: Final = (
    "select post_key from post indexed by ix_post_copy where near_duplicate_of is not null"
)
# What belongs to a removed post is gone with it: only that of copies is left to leave out.
_OF_ITS_OWN: Final = {
    "sqlite": {
        "removal_month": "substr(removal.done_at, 1, 7)",
        "day_ago": "strftime('%Y-%m-%dT%H:%M:%f000Z', 'now', '-1 day')",
        "tag_is_of_original": f"post_tag.post_key not in ({_COPIES})",
        "tie_is_of_original": f"tie.post_key not in ({_COPIES})",
    },
    "postgresql": {
        "removal_month": "to_char(removal.done_at at time zone 'UTC', 'YYYY-MM')",
        "day_ago": "now() - interval '1 day'",
        "tag_is_of_original": f"not exists ({_IS_COPY} post_tag.post_key)",
        "tie_is_of_original": f"not exists ({_IS_COPY} tie.post_key)",
    },
}
"""What the databases write, or do fast, in different ways."""

_MAY_SHOW: Final = {
    "post_may_show": may_show_post("post"),
    "tag_may_show": may_show("post_tag.post_key"),
    "tie_may_show": may_show("tie.post_key"),
}
"""That what belongs to a post on a sensitive topic is not shown."""


_WORDS: Final = {"title": "post.title", "text": "post.text", "url": NEUTRAL_URL}
"""What v_post says in words."""


def _words(dialect: str) -> dict[str, str]:
    """Return the words of v_post, of which a condition that fails may tell in its error message.

    PostgreSQL may try a reader's condition on rows that the view leaves out. A barrier keeps it
    from that, but makes a search for few posts read all: here the words alone are kept back.
    """
    if dialect == "sqlite":
        return _WORDS
    return {
        name: f"case when {_MAY_SHOW['post_may_show']} then {says} end"
        for name, says in _WORDS.items()
    }


def create_views(connection: sa.Connection) -> None:
    """Create every view; on PostgreSQL with comments."""
    dialect = connection.dialect.name
    parts = {**PARTS, **cells(dialect), **_OF_ITS_OWN[dialect], **_MAY_SHOW}
    parts |= {"uncertain": UNCERTAIN, **_words(dialect)}
    for name, view in VIEWS.items():
        query = Template(view.sql).substitute(parts)
        if dialect == "postgresql":
            query = query.replace("%", "%%")  # the driver's sign
        barrier = "with (security_barrier)" if dialect == "postgresql" and name != "v_post" else ""
        connection.exec_driver_sql(f"create view {name} {barrier} as {query}")
        if connection.dialect.supports_comments:
            _comment(connection, name)


def drop_views(connection: sa.Connection) -> None:
    """Drop every view, also one of another revision, so that the tables below them can change."""
    found = [name for name in sa.inspect(connection).get_view_names() if name.startswith("v_")]
    if connection.dialect.name == "postgresql" and found:
        found = [", ".join(found)]  # in one statement they may rest on each other
    for names in found:
        connection.exec_driver_sql(f"drop view {names}")


def columns_of(connection: sa.Connection, view: str) -> list[str]:
    """Return the names of a view's columns, in order."""
    return [column["name"] for column in sa.inspect(connection).get_columns(view)]


def view_of(connection: sa.Connection, view: str) -> sa.TableClause:
    """Return a view, to be asked with the types its columns are declared with."""
    names = columns_of(connection, view)
    return sa.table(view, *(sa.column(name, sql_type(VIEW_COLUMNS[name].type)) for name in names))


def latest_first(
    connection: sa.Connection, query: sa.Select[Any], rows: sa.TableClause
) -> sa.Select[Any]:
    """Return the query ordered by the view's day, week or month, if it has one, then by its key."""
    when = next((name for name in ("day", "week", "month") if name in rows.c), None)
    by_key = [_place(connection, name) for name in VIEWS[rows.name].key if name != when]
    return query.order_by(*([rows.c[when].desc()] if when else []), *by_key)


@contextmanager
def snapshot(engine: sa.Engine) -> Iterator[sa.Connection]:
    """Yield a connection that sees one moment of the store, whoever writes beside it."""
    # A transaction of SQLite sees one moment anyhow.
    options = {
        "postgresql": {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True},
    }.get(engine.dialect.name, {})
    with engine.connect().execution_options(**options) as connection, connection.begin():
        if engine.dialect.name == "postgresql":
            # All rows are read: plans that have the first of them early take longer.
            connection.exec_driver_sql("SET LOCAL cursor_tuple_fraction = 1")
        yield connection


def chunks_of_view(
    connection: sa.Connection, view: str, names: Iterable[str], size: int
) -> Generator[Sequence[Sequence[Any]]]:
    """Yield these columns of a view's rows, so many at once, ordered by its key.

    The same on both databases: text is ordered by code point, nulls come first; times are aware
    and UTC, JSON is parsed.
    """
    columns = [sa.column(name, sql_type(VIEW_COLUMNS[name].type)) for name in names]
    query = sa.select(*columns).select_from(sa.table(view))
    query = query.order_by(*(_place(connection, name) for name in VIEWS[view].key))
    options = {"stream_results": True, "yield_per": size}
    with connection.execute(query, execution_options=options) as result:
        yield from result.partitions()


def _place(connection: sa.Connection, name: str) -> sa.ColumnElement[Any]:
    """Return what rows are ordered by, so that both databases have them in one order."""
    column: sa.ColumnElement[Any] = sa.column(name, sql_type(VIEW_COLUMNS[name].type))
    if connection.dialect.name == "postgresql" and VIEW_COLUMNS[name].type is str:
        column = column.collate("C")
    return column.asc().nulls_first()


def rows_of(engine: sa.Engine, view: str, limit: int) -> list[dict[str, Any]]:
    """Return at most `limit` rows of a view, the latest week, day or month first.

    Raises FixSettings when there is no such view.
    """
    if view not in VIEWS:
        raise FixSettings(f"there is no view {view!r}; there are {', '.join(VIEWS)}")
    with engine.connect() as connection:
        rows = view_of(connection, view)
        query = latest_first(connection, sa.select(rows), rows).limit(limit)
        return [row._asdict() for row in connection.execute(query)]


def platforms_behind(engine: sa.Engine, rows: Sequence[Mapping[str, Any]]) -> set[str]:
    """Return the platforms whose posts the rows of a view may rest on; more rather than fewer.

    They are told by the platform, source or purpose the rows name, else all that are read.
    """
    if not rows:
        return set()
    names = ("platform", "source", "purpose")
    health = sa.table("v_source_health", *(sa.column(name) for name in names))
    with engine.connect() as connection:
        found = connection.execute(sa.select(health)).all()
    for place, name in enumerate(names):
        if name in rows[0]:
            named = {row[name] for row in rows}
            return {read.platform for read in found if read[place] in named}
    return {read.platform for read in found}


def platforms_read(connection: sa.Connection) -> set[str]:
    """Return the platforms that posts were read from."""
    rows = view_of(connection, "v_community_week")
    return set(connection.scalars(sa.select(rows.c.platform).distinct()))


def _comment(connection: sa.Connection, name: str) -> None:
    comments = {f"view {name}": VIEWS[name].comment}
    comments |= {
        f"column {name}.{c}": VIEW_COLUMNS[c].meaning for c in columns_of(connection, name)
    }
    for what, comment in comments.items():
        quoted = comment.replace("'", "''").replace("%", "%%")  # the driver's sign
        connection.exec_driver_sql(f"comment on {what} is '{quoted}'")
