"""Reading and writing rows by key, a bounded number in a statement.

On SQLite rows go in as lists of parameters; on PostgreSQL many of them go through COPY, into the
table itself when they are new, else into a temporary one that is then merged by one statement.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import groupby
from operator import itemgetter
from typing import Any

import pandas as pd
import psycopg
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from contract.errors import GoodguestError

Row = Mapping[str, Any]
"""Values by column name."""

_CHUNK = 1000
"""Keys in a statement; SQLite takes at most 32,766 values."""
_WORTH_COPYING = 50
"""Rows; for fewer a temporary table costs more than it saves."""

_INSERT: dict[str, Callable[[sa.Table], Any]] = {
    "sqlite": sqlite.insert,
    "postgresql": postgresql.insert,
}


def values_of(series: "pd.Series[Any]") -> list[Any]:
    """Return the values as plain Python objects, None where one is missing, times as datetimes."""
    if isinstance(series.dtype, pd.DatetimeTZDtype):
        moments = pd.DatetimeIndex(series).to_pydatetime().tolist()
        return [None if moment is pd.NaT else moment for moment in moments]
    plain: list[Any] = series.to_numpy(dtype=object, na_value=None).tolist()  # type: ignore[call-overload]
    return plain


def chunks_of(keys: Iterable[str]) -> Iterator[list[str]]:
    """Yield the keys in order, in lists short enough for one statement."""
    ordered = sorted(keys)
    for start in range(0, len(ordered), _CHUNK):
        yield ordered[start : start + _CHUNK]


def read_rows(
    connection: sa.Connection, columns: Sequence[sa.Column[Any]], keys: Iterable[str]
) -> Iterator[Row]:
    """Yield the columns of the rows whose first column is one of the keys."""
    names = [column.name for column in columns]
    for chunk in chunks_of(keys):
        query = sa.select(*columns).where(columns[0].in_(chunk))
        for row in connection.execute(query):
            yield dict(zip(names, row, strict=True))


def delete_rows(connection: sa.Connection, column: sa.Column[Any], keys: Iterable[str]) -> None:
    """Delete the rows whose column is one of the keys."""
    for chunk in chunks_of(keys):
        connection.execute(sa.delete(column.table).where(column.in_(chunk)))


def insert_rows(connection: sa.Connection, table: sa.Table, rows: Collection[Row]) -> None:
    """Insert the rows, if any; none of their keys is there."""
    if _is_copied(connection, rows):
        _copy(connection, table.name, table, rows)
    elif rows:
        connection.execute(sa.insert(table), list(rows))


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
    update = sa.update(table).values(named).where(table.c[key] == sa.bindparam("its_key"))
    connection.execute(update, [{**row, "its_key": row[key]} for row in rows])


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
    connection.execute(upsert(insert), sorted(rows, key=itemgetter(*keys)))


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


def _comparable(rows: Iterable[Row], names: Sequence[str]) -> list[list[Any]]:
    return sorted(([row[name] for name in names] for row in rows), key=repr)


def _is_copied(connection: sa.Connection, rows: Collection[Row]) -> bool:
    return connection.dialect.name == "postgresql" and len(rows) >= _WORTH_COPYING


@contextmanager
def _staged(
    connection: sa.Connection, table: sa.Table, rows: Collection[Row]
) -> Iterator[sa.TableClause]:
    """Yield a temporary table that holds the rows, with the types of the table they are for."""
    names = list(next(iter(rows)))
    staged = sa.table("staged", *(sa.column(name, table.c[name].type) for name in names))
    columns = ", ".join(names)
    connection.exec_driver_sql(
        f"create temporary table staged as select {columns} from {table.name} with no data"  # noqa: S608  # declared names
    )
    _copy(connection, "staged", table, rows)
    connection.exec_driver_sql("analyze staged")
    yield staged
    connection.exec_driver_sql("drop table staged")


def _copy(connection: sa.Connection, to: str, table: sa.Table, rows: Collection[Row]) -> None:
    names = list(next(iter(rows)))
    types = [table.c[name].type.dialect_impl(connection.dialect) for name in names]
    binds = [type_.bind_processor(connection.dialect) for type_ in types]
    pairs = list(zip(names, binds, strict=True))
    cursor = connection.connection.cursor()
    try:
        with cursor.copy(f"copy {to} ({', '.join(names)}) from stdin") as copy:
            for row in rows:
                copy.write_row([bind(row[name]) if bind else row[name] for name, bind in pairs])
    except psycopg.Error as error:
        # What PostgreSQL says of it quotes the row, which is what people wrote.
        failed = f"{type(error).__name__} ({error.sqlstate}) while rows of {to} were written"
    else:
        cursor.close()
        return
    raise GoodguestError(failed)
