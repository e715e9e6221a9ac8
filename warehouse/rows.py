"""Reading and writing rows by key, a bounded number in a statement.

Rows are made ready for the driver column by column. On SQLite they go in as lists of parameters; on
PostgreSQL through COPY, into the table itself when they are new, else, when they are many, into a
temporary one that is then merged by one statement.
"""

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import chain, compress, groupby, islice
from operator import is_not, itemgetter
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from warehouse.columns import Columns as Columns
from warehouse.columns import bound_rows
from warehouse.copying import copy_into, staged

Row = Mapping[str, Any]
"""Values by column name."""

_CHUNK = 1000
"""Keys in a statement."""
_AS_ONE = 10_000
"""Keys sent to SQLite as one value; a batch has fewer, and each statement has its price."""
_MANY = 50
"""Rows; for fewer, making them ready together costs more than it saves."""
_AT_ONCE = 25
"""Rows in a statement of SQLite, which looks for table and indexes once for each statement."""
_IS_SAID = partial(is_not, None)

_INSERT: dict[str, Callable[[sa.Table], Any]] = {
    "sqlite": sqlite.insert,
    "postgresql": postgresql.insert,
}


def chunks_of(keys: Iterable[str], most: int = _CHUNK) -> Iterator[list[str]]:
    """Yield the keys in order, in lists short enough for one statement."""
    ordered = sorted(keys)
    for start in range(0, len(ordered), most):
        yield ordered[start : start + most]


def is_among(
    connection: sa.Connection, column: sa.ColumnElement[Any], keys: Sequence[str]
) -> sa.ColumnElement[bool]:
    """Return the condition that the column's value is one of the keys, sent as one value."""
    if connection.dialect.name == "postgresql":
        return column == sa.any_(sa.literal(keys, postgresql.ARRAY(sa.Text)))
    return column.in_(sa.select(_each(connection, keys).c.value))


def _each(connection: sa.Connection, keys: Sequence[str]) -> sa.TableValuedAlias:
    """Return the keys, sent as one value, as a table of the column `value`."""
    if connection.dialect.name == "postgresql":
        each = sa.func.unnest(sa.literal(keys, postgresql.ARRAY(sa.Text)))
        return each.table_valued("value").render_derived()
    return sa.func.json_each(json.dumps(keys)).table_valued("value")


def _sent(connection: sa.Connection, keys: Iterable[str]) -> Iterator[list[str]]:
    """Yield the keys in order, in lists that are best sent as one value."""
    # For more of them PostgreSQL reads every month of posts from its begin to its end.
    return chunks_of(keys, _CHUNK if connection.dialect.name == "postgresql" else _AS_ONE)


def not_held(connection: sa.Connection, column: sa.Column[Any], keys: Iterable[str]) -> set[str]:
    """Return those of the keys that no row has in this column."""
    missing: set[str] = set()
    for chunk in _sent(connection, keys):
        each = _each(connection, chunk)
        is_held = sa.exists().where(column == each.c.value)
        missing.update(connection.scalars(sa.select(each.c.value).where(~is_held)))
    return missing


def read_rows(
    connection: sa.Connection, columns: Sequence[sa.Column[Any]], keys: Iterable[str]
) -> Iterator[Row]:
    """Yield the columns of the rows whose first column is one of the keys."""
    names = [column.name for column in columns]
    for row in tuples_among(connection, columns, keys):
        yield dict(zip(names, row, strict=True))


def tuples_among(
    connection: sa.Connection, columns: Sequence[sa.Column[Any]], keys: Iterable[str]
) -> Iterator[Sequence[Any]]:
    """Yield what `read_rows` yields, without the names."""
    for chunk in _sent(connection, keys):
        query = sa.select(*columns).where(is_among(connection, columns[0], chunk))
        yield from connection.execute(query)


def delete_rows(connection: sa.Connection, column: sa.Column[Any], keys: Iterable[str]) -> None:
    """Delete the rows whose column is one of the keys."""
    for chunk in _sent(connection, keys):
        connection.execute(sa.delete(column.table).where(is_among(connection, column, chunk)))


def insert_rows(connection: sa.Connection, table: sa.Table, rows: Collection[Row]) -> None:
    """Insert the rows, if any; none of their keys is there."""
    insert_columns(connection, table, _columns_of(rows))


def insert_columns(connection: sa.Connection, table: sa.Table, columns: Columns) -> None:
    """Insert the rows whose columns these are, if any; none of their keys is there."""
    first: Sequence[Any] = next(iter(columns.values()), ())
    if not first:
        return
    # What no row has need not be said, and the driver is slow to say that there is nothing.
    said = {name: values for name, values in columns.items() if any(map(_IS_SAID, values))}
    if connection.dialect.name == "postgresql":
        copy_into(connection, table.name, table, said)
        return
    # A statement of many rows that may fail halfway would keep what each page was before it.
    insert = f"insert or rollback into {table.name} ({', '.join(said)}) values "  # noqa: S608  # declared names
    marks = f"({', '.join('?' * len(said))})"
    rows = bound_rows(connection, table, said)
    together = len(first) - len(first) % _AT_ONCE
    values = chain.from_iterable(islice(rows, together))
    statements = zip(*[values] * (_AT_ONCE * len(said)), strict=True)
    for at_once, given in ((_AT_ONCE, list(statements)), (1, list(rows))):
        if given:
            connection.exec_driver_sql(insert + ", ".join([marks] * at_once), given)


def update_rows(connection: sa.Connection, table: sa.Table, key: str, rows: Sequence[Row]) -> None:
    """Give the rows whose key is there the values of those given."""
    if not rows:
        return
    given = [name for name in rows[0] if name != key]
    if _is_copied(connection, rows):
        with staged(connection, table, _columns_of(rows)) as passing:
            values = {name: passing.c[name] for name in given}
            update = sa.update(table).values(values).where(table.c[key] == passing.c[key])
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
        with staged(connection, table, _columns_of(rows)) as passing:
            in_order = sa.select(passing).order_by(*(passing.c[name] for name in keys))
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


def taken(columns: Columns, are_meant: Sequence[bool]) -> Columns:
    """Return the columns of those rows that are meant."""
    if all(are_meant):
        return columns
    return {name: list(compress(values, are_meant)) for name, values in columns.items()}


def rows_at(columns: Columns, places: Sequence[int]) -> Columns:
    """Return the columns of the rows at these places."""
    return {name: [values[at] for at in places] for name, values in columns.items()}


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
    # An update names what it sets: with the key among it every index is written anew.
    names = list(rows[0]) if statement.is_insert else None
    compiled = statement.compile(dialect=connection.dialect, column_keys=names)
    if connection.dialect.name != "sqlite" or len(rows) < _MANY:
        given = {name: name.removesuffix("_") for name in compiled.params}
        connection.execute(statement, [{p: row[n] for p, n in given.items()} for row in rows])
        return
    order = [name.removesuffix("_") for name in compiled.positiontup]
    columns = _columns_of(rows)
    given_rows = bound_rows(connection, table, columns, order)
    connection.exec_driver_sql(str(compiled), list(given_rows))


def _is_copied(connection: sa.Connection, rows: Collection[Row]) -> bool:
    return connection.dialect.name == "postgresql" and len(rows) >= _MANY
