"""Reading and writing rows by key, a bounded number in a statement.

Rows are made ready for the driver column by column. On SQLite they go in as lists of parameters; on
PostgreSQL through COPY, into the table itself when they are new, else, when they are many, into a
temporary one that is then merged by one statement.
"""

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import compress, groupby
from operator import itemgetter
from typing import Any

import psycopg
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from contract.errors import GoodguestError
from warehouse.columns import bound
from warehouse.mending import of_postgresql

Row = Mapping[str, Any]
"""Values by column name."""
Columns = Mapping[str, Sequence[Any]]
"""Values of all rows by column name."""

_CHUNK = 1000
"""Keys in a statement."""
_MANY = 50
"""Rows; for fewer, making them ready together costs more than it saves."""

_INSERT: dict[str, Callable[[sa.Table], Any]] = {
    "sqlite": sqlite.insert,
    "postgresql": postgresql.insert,
}


def chunks_of(keys: Iterable[str]) -> Iterator[list[str]]:
    """Yield the keys in order, in lists short enough for one statement."""
    ordered = sorted(keys)
    for start in range(0, len(ordered), _CHUNK):
        yield ordered[start : start + _CHUNK]


def is_among(
    connection: sa.Connection, column: sa.Column[Any], keys: Sequence[str]
) -> sa.ColumnElement[bool]:
    """Return the condition that the column's value is one of the keys, sent as one value."""
    if connection.dialect.name == "postgresql":
        return column == sa.any_(sa.literal(keys, postgresql.ARRAY(sa.Text)))
    each = sa.func.json_each(json.dumps(keys)).table_valued("value")
    return column.in_(sa.select(each.c.value))


def read_rows(
    connection: sa.Connection, columns: Sequence[sa.Column[Any]], keys: Iterable[str]
) -> Iterator[Row]:
    """Yield the columns of the rows whose first column is one of the keys."""
    names = [column.name for column in columns]
    for chunk in chunks_of(keys):
        query = sa.select(*columns).where(is_among(connection, columns[0], chunk))
        for row in connection.execute(query):
            yield dict(zip(names, row, strict=True))


def delete_rows(connection: sa.Connection, column: sa.Column[Any], keys: Iterable[str]) -> None:
    """Delete the rows whose column is one of the keys."""
    for chunk in chunks_of(keys):
        connection.execute(sa.delete(column.table).where(is_among(connection, column, chunk)))


def insert_rows(connection: sa.Connection, table: sa.Table, rows: Collection[Row]) -> None:
    """Insert the rows, if any; none of their keys is there."""
    insert_columns(connection, table, _columns_of(rows))


def insert_columns(connection: sa.Connection, table: sa.Table, columns: Columns) -> None:
    """Insert the rows whose columns these are, if any; none of their keys is there."""
    if not columns or not next(iter(columns.values())):
        return
    if connection.dialect.name == "postgresql":
        _copy(connection, table.name, table, columns)
        return
    into, marks = ", ".join(columns), ", ".join("?" * len(columns))
    insert = f"insert into {table.name} ({into}) values ({marks})"  # noqa: S608  # declared names
    connection.exec_driver_sql(insert, list(_bound(connection, table, columns)))


def update_rows(connection: sa.Connection, table: sa.Table, key: str, rows: Sequence[Row]) -> None:
    """Give the rows whose key is there the values of those given."""
    if not rows:
        return
    given = [name for name in rows[0] if name != key]
    if _is_copied(connection, rows):
        with _staged(connection, table, rows) as staged:
            values = {name: staged.c[name] for name in given}
            update = sa.update(table).values(values).where(table.c[key] == staged.c[key])
            connection.execute(update)
        return
    named = {name: sa.bindparam(name, type_=table.c[name].type) for name in given}
    is_its = table.c[key] == sa.bindparam(f"{key}_", type_=table.c[key].type)
    _execute_many(connection, sa.update(table).values(named).where(is_its), table, rows)


def upsert_rows(
    connection: sa.Connection,
    table: sa.Table,
    rows: Collection[Row],
    merge: Callable[[Any, str], Any] | None = None,
) -> None:
    """Insert the rows; of those whose key is there, replace the columns that the rows have.

    `merge` gives what a column becomes, from the values that came (`excluded`) and its name. A row
    that would stay as it is, is not written.
    """
    if not rows:
        return
    keys = [column.name for column in table.primary_key]
    given = list(next(iter(rows)))
    insert = _INSERT[connection.dialect.name](table)
    becomes = {
        name: merge(insert.excluded, name) if merge else insert.excluded[name]
        for name in given
        if name not in keys
    }

    def upsert(insert: Any) -> Any:
        if not becomes:
            return insert.on_conflict_do_nothing()
        columns = becomes.items()
        differs = sa.or_(*(table.c[name].is_distinct_from(value) for name, value in columns))
        return insert.on_conflict_do_update(index_elements=keys, set_=becomes, where=differs)

    if _is_copied(connection, rows):
        with _staged(connection, table, rows) as staged:
            in_order = sa.select(staged).order_by(*(staged.c[name] for name in keys))
            connection.execute(upsert(insert.from_select(given, in_order)))
        return
    _execute_many(connection, upsert(insert), table, sorted(rows, key=itemgetter(*keys)))


def upsert_best(
    connection: sa.Connection, table: sa.Table, rows: Iterable[Row], rank: Callable[[Row], Any]
) -> None:
    """Keep of each key the row that ranks highest, of those given and the one stored.

    The outcome does not depend on the order rows come in, as long as equal ranks mean equal rows.
    """
    key = next(iter(table.primary_key)).name
    best: dict[str, Row] = {}
    for row in rows:
        if row[key] not in best or rank(row) > rank(best[row[key]]):
            best[row[key]] = row
    for old in read_rows(connection, list(table.columns), best):
        if rank(old) >= rank(best[old[key]]):
            del best[old[key]]
    upsert_rows(connection, table, list(best.values()))


def differing_keys(
    connection: sa.Connection,
    columns: Sequence[sa.Column[Any]],
    wanted: Mapping[str, Sequence[Row]],
) -> set[str]:
    """Return the keys whose stored rows are not those wanted; order does not count.

    `columns` are those compared; the first is the key that `wanted` goes by.
    """
    names = [column.name for column in columns]
    key = names[0]
    stored = sorted(read_rows(connection, columns, wanted), key=lambda row: str(row[key]))
    found = {k: list(rows) for k, rows in groupby(stored, key=lambda row: row[key])}
    return {
        k
        for k, rows in wanted.items()
        if _comparable(rows, names) != _comparable(found.get(k, ()), names)
    }


def replace_rows(
    connection: sa.Connection,
    table: sa.Table,
    wanted: Mapping[str, Sequence[Row]],
    keys: Collection[str],
) -> None:
    """Replace the rows of these keys (of the column `wanted` goes by) by those wanted."""
    delete_rows(connection, next(iter(table.columns)), keys)
    insert_rows(connection, table, [row for key in sorted(keys) for row in wanted[key]])


def taken(columns: Columns, are_meant: Sequence[bool]) -> dict[str, list[Any]]:
    """Return the columns of those rows that are meant."""
    return {name: list(compress(values, are_meant)) for name, values in columns.items()}


def rows_of(columns: Columns) -> list[dict[str, Any]]:
    """Return the rows whose columns these are."""
    values = zip(*columns.values(), strict=True)
    return [dict(zip(columns, row, strict=True)) for row in values]


def _columns_of(rows: Collection[Row]) -> dict[str, Sequence[Any]]:
    if not rows:
        return {}
    names = list(next(iter(rows)))
    # One name more, so that there is a tuple even of one.
    return dict(
        zip(names, zip(*map(itemgetter(*names, names[0]), rows), strict=True), strict=False)
    )


def _comparable(rows: Iterable[Row], names: Sequence[str]) -> list[list[Any]]:
    return sorted(([row[name] for name in names] for row in rows), key=repr)


def _execute_many(
    connection: sa.Connection, statement: Any, table: sa.Table, rows: Sequence[Row]
) -> None:
    """Execute the statement with each of the rows; `name_` in it is a row's `name` too."""
    if not rows:
        return
    names = list(rows[0])
    compiled = statement.compile(dialect=connection.dialect, column_keys=names)
    if connection.dialect.name != "sqlite" or len(rows) < _MANY:
        given = {name: name.removesuffix("_") for name in compiled.params}
        connection.execute(statement, [{p: row[n] for p, n in given.items()} for row in rows])
        return
    order = [name.removesuffix("_") for name in compiled.positiontup]
    columns = _columns_of(rows)
    bound_rows = _bound(connection, table, columns, order)
    connection.exec_driver_sql(str(compiled), list(bound_rows))


def _bound(
    connection: sa.Connection, table: sa.Table, columns: Columns, order: Iterable[str] | None = None
) -> Iterator[tuple[Any, ...]]:
    """Return the rows of these columns as the driver takes them; `order` names a value's column."""
    ready = {
        name: bound(values, table.c[name].type, connection.dialect)
        for name, values in columns.items()
    }
    return zip(*(ready[name] for name in order or ready), strict=True)


def _is_copied(connection: sa.Connection, rows: Collection[Row]) -> bool:
    return connection.dialect.name == "postgresql" and len(rows) >= _MANY


@contextmanager
def _staged(
    connection: sa.Connection, table: sa.Table, rows: Collection[Row]
) -> Iterator[sa.TableClause]:
    """Yield a temporary table that holds the rows, with the types of the table they are for."""
    columns = _columns_of(rows)
    staged = sa.table("staged", *(sa.column(name, table.c[name].type) for name in columns))
    names = ", ".join(columns)
    connection.exec_driver_sql(
        f"create temporary table staged as select {names} from {table.name} with no data"  # noqa: S608  # declared names
    )
    _copy(connection, "staged", table, columns)
    connection.exec_driver_sql("analyze staged")
    yield staged
    connection.exec_driver_sql("drop table staged")


def _copy(connection: sa.Connection, to: str, table: sa.Table, columns: Columns) -> None:
    cursor = connection.connection.cursor()
    try:
        with cursor.copy(f"copy {to} ({', '.join(columns)}) from stdin") as copy:
            for row in _bound(connection, table, columns):
                copy.write_row(row)
    except psycopg.Error as error:
        # What PostgreSQL says of it quotes the row, which is what people wrote.
        failed = of_postgresql(error, connection.engine.url) or GoodguestError(
            f"{type(error).__name__} ({error.sqlstate}) while rows of {to} were written"
        )
    else:
        cursor.close()
        return
    raise failed
