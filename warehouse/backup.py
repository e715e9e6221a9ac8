"""A copy of the whole store in one file, made while others write, and the store made of it."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import sqlalchemy as sa

from contract.errors import GoodguestError
from warehouse import backup_postgresql, backup_sqlite
from warehouse.store import migrate, open_store, revision_of
from warehouse.tables import metadata

Finish = Callable[[sa.Engine], object]
"""What is done on a restored store that stands at this code's revision."""


class Copied(NamedTuple):
    """What a copy holds: the store's revision, rows by table, on PostgreSQL the schema's name."""

    revision: str
    rows: dict[str, int]
    schema: str | None


def kind_of(url: str) -> str:
    """Return `sqlite` or `postgresql`."""
    return sa.make_url(url).get_backend_name()


def copy_store(url: str, file: Path) -> Copied:
    """Write the store as it is at one moment into the new file, and return what that holds.

    Raises FixSettings when there is no store of a revision that this code knows, or a program of
    PostgreSQL is missing, and MendFirst when the disk or the database fails.
    """
    if kind_of(url) == "sqlite":
        backup_sqlite.refuse_absent(Path(str(sa.make_url(url).database)))
    engine = open_store(url)
    try:
        revision_of(engine)
        if engine.dialect.name == "postgresql":
            with backup_postgresql.copied(engine, file) as connection:
                schema = connection.scalar(sa.select(sa.func.current_schema()))
                return Copied(_revision(connection), rows_of(connection), schema)
    finally:
        engine.dispose()
    backup_sqlite.copy(Path(str(engine.url.database)), file)
    return _held_by(file)


def _held_by(file: Path) -> Copied:
    engine = sa.create_engine(backup_sqlite.read_only(file))
    try:
        with engine.connect() as connection:
            return Copied(_revision(connection), rows_of(connection), None)
    finally:
        engine.dispose()


def _revision(connection: sa.Connection) -> str:
    return str(connection.scalar(sa.text("select version_num from alembic_version")))


def rows_of(connection: sa.Connection) -> dict[str, int]:
    """Return how many rows each table of the store has; tables of later revisions are not there."""
    there = set(sa.inspect(connection).get_table_names())
    return {
        name: connection.scalar(sa.select(sa.func.count()).select_from(table)) or 0
        for name, table in sorted(metadata.tables.items())
        if name in there
    }


def is_empty(url: str) -> bool:
    """Return whether there is no store at the address, or one without a row."""
    if kind_of(url) == "sqlite" and not Path(str(sa.make_url(url).database)).exists():
        return True
    engine = open_store(url)
    try:
        with engine.connect() as connection:
            return not any(rows_of(connection).values())
    finally:
        engine.dispose()


def put_back(url: str, file: Path, copied: Copied, finish: Finish) -> str:
    """Put what the file holds in the place of the store, and return the revision it has then.

    It is brought up to this code's revision. Raises GoodguestError when rows are missing
    afterwards, and FixSettings when a program of PostgreSQL or the schema is missing.
    """
    if kind_of(url) == "sqlite":
        with backup_sqlite.replaced(Path(str(sa.make_url(url).database)), file) as aside:
            return _brought_up(backup_sqlite.address_of(aside), copied, finish)
    engine = open_store(url)
    try:
        backup_postgresql.clear(engine, copied.schema)
        backup_postgresql.put_back(engine, file, copied.schema)
    finally:
        engine.dispose()
    return _brought_up(url, copied, finish)


def _brought_up(url: str, copied: Copied, finish: Finish) -> str:
    engine = open_store(url)
    try:
        with engine.connect() as connection:
            found = rows_of(connection)
        missing = {name for name, rows in copied.rows.items() if found.get(name) != rows}
        if missing:
            raise GoodguestError(
                f"the rows of {', '.join(sorted(missing))} are not those of the backup; "
                "nothing should work with this store: restore another backup"
            )
        revision = migrate(engine)
        finish(engine)
    finally:
        engine.dispose()
    return revision
