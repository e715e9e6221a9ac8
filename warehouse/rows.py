"""Reading and writing rows by key, a bounded number in a statement."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

import pandas as pd
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

Row = Mapping[str, Any]
"""Values by column name."""

_CHUNK = 1000
"""Keys in a statement; SQLite takes at most 32,766 values."""

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


def insert_into(connection: sa.Connection, table: sa.Table) -> Any:
    """Return the database's own insert, which knows `on_conflict_do_update`."""
    return _INSERT[connection.dialect.name](table)


def insert_rows(connection: sa.Connection, table: sa.Table, rows: Collection[Row]) -> None:
    """Insert the rows, if any."""
    if rows:
        connection.execute(sa.insert(table), list(rows))


def upsert_rows(connection: sa.Connection, table: sa.Table, rows: Collection[Row]) -> None:
    """Insert the rows; of those whose key is there, replace the columns that the rows have."""
    if not rows:
        return
    insert = insert_into(connection, table)
    given = next(iter(rows)).keys() - {column.name for column in table.primary_key}
    replace = {name: insert.excluded[name] for name in sorted(given)}
    upsert = insert.on_conflict_do_update(index_elements=list(table.primary_key), set_=replace)
    connection.execute(upsert, list(rows))


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
    """Replace the rows of these keys (of the table's first column) by those wanted."""
    delete_rows(connection, next(iter(table.columns)), keys)
    insert_rows(connection, table, [row for key in sorted(keys) for row in wanted[key]])


def _comparable(rows: Iterable[Row], names: Sequence[str]) -> list[list[Any]]:
    return sorted(([row[name] for name in names] for row in rows), key=repr)
