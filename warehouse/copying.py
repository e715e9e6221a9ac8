"""Writing rows through COPY, PostgreSQL's quickest way, into a table itself or one that passes."""

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa

from contract.errors import GoodguestError
from warehouse.columns import Columns, bound_rows
from warehouse.mending import of_postgresql


@contextmanager
def staged(
    connection: sa.Connection, table: sa.Table, columns: Columns
) -> Iterator[sa.TableClause]:
    """Yield a temporary table that holds these rows, with the types of the table they are for."""
    passing = sa.table("staged", *(sa.column(name, table.c[name].type) for name in columns))
    names = ", ".join(columns)
    connection.exec_driver_sql(
        f"create temporary table staged as select {names} from {table.name} with no data"  # noqa: S608  # declared names
    )
    copy_into(connection, "staged", table, columns)
    connection.exec_driver_sql("analyze staged")
    yield passing
    connection.exec_driver_sql("drop table staged")


def copy_into(connection: sa.Connection, to: str, table: sa.Table, columns: Columns) -> None:
    """Write the rows of these columns, which are of a table, to this one or one like it."""
    from psycopg import Error  # the driver is loaded for PostgreSQL only

    cursor = connection.connection.cursor()
    try:
        with cursor.copy(f"copy {to} ({', '.join(columns)}) from stdin") as copy:
            for row in bound_rows(connection, table, columns):
                copy.write_row(row)
    except Error as error:
        # What PostgreSQL says of it quotes the row, which is what people wrote.
        failed = of_postgresql(error, connection.engine.url) or GoodguestError(
            f"{type(error).__name__} ({error.sqlstate}) while rows of {to} were written"
        )
    else:
        cursor.close()
        return
    raise failed
