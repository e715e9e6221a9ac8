"""Opening and migrating the store: SQLite for one machine, PostgreSQL for a team."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import sqlalchemy as sa

from contract.errors import FixSettings, GoodguestError
from contract.mending import MIGRATED, mended_first, mending
from warehouse.columns import json_of
from warehouse.mending import shown_address, telling
from warehouse.roles import become_owner, grant_rights
from warehouse.tables import metadata
from warehouse.views import create_views, drop_views

_MIGRATIONS = Path(__file__).parent / "migrations"
_WRITER_LOCK = 0x600D6E57
"""Number of the PostgreSQL advisory lock that one writer at a time holds."""

_VERSION = sa.text("select version_num from alembic_version")

_PRAGMAS = (
    "busy_timeout = 60000",
    "page_size = 8192",  # of a new file alone, and before its first page is written
    "journal_mode = WAL",
    "synchronous = NORMAL",
    "foreign_keys = ON",
    "cache_size = -32768",
    "wal_autocheckpoint = 8192",
)


def open_store(url: str) -> sa.Engine:
    """Return an engine for the store; a SQLite file's folder is made.

    Raises FixSettings when the address is neither of SQLite nor of PostgreSQL.
    """
    try:
        address = sa.make_url(url)
    except (sa.exc.ArgumentError, ValueError) as error:
        raise FixSettings(f"the warehouse's address is no URL; {_ALLOWED}") from error
    kind = address.get_backend_name()
    if kind == "postgresql":
        address = address.set(drivername="postgresql+psycopg")
        engine = sa.create_engine(address, **_ENGINE, pool_pre_ping=True)
        sa.event.listen(engine, "handle_error", telling(address), retval=True)
        sa.event.listen(engine, "connect", _prepare_postgresql)
        return engine
    if kind != "sqlite" or address.host or address.database in (None, "", ":memory:"):
        shown = shown_address(address)
        raise FixSettings(f"found {shown} as the warehouse's address; {_ALLOWED}")
    with mended_first(address.database):
        Path(address.database).absolute().parent.mkdir(parents=True, exist_ok=True)
    engine = sa.create_engine(address, **_ENGINE)
    sa.event.listen(engine, "handle_error", telling(address), retval=True)
    sa.event.listen(engine, "connect", _prepare_sqlite)
    sa.event.listen(engine, "begin", _begin_sqlite)
    return engine


@contextmanager
def opened(url: str) -> Iterator[sa.Engine]:
    """Yield an engine for a store of this code's revision, and let its connections go at the end.

    Once another version migrates the store, nothing more is written through it.
    Raises what `open_store` and `check_revision` raise.
    """
    engine = open_store(url)
    try:
        yield engine.execution_options(revision=check_revision(engine))
    finally:
        engine.dispose()


# What people wrote is in the parameters: they show in no message.
_ENGINE: dict[str, Any] = {"json_serializer": json_of, "hide_parameters": True}
_ALLOWED = "allowed are sqlite:///FILE and postgresql+psycopg://USER@HOST/DATABASE"


def _prepare_postgresql(connection: Any, record: object) -> None:
    # A plan kept for any thousand keys compares every row with every key, which takes seconds.
    connection.execute("SET plan_cache_mode = force_custom_plan")
    # The branch of a view that stale weeks need looks costly, and nearly never runs: compiling it
    # takes seconds.
    connection.execute("SET jit = off")
    connection.commit()


def _prepare_sqlite(connection: Any, record: object) -> None:
    # Without this the driver begins transactions by itself, and not before each statement.
    connection.isolation_level = None
    for pragma in _PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: sa.Connection) -> None:
    is_writer = connection.get_execution_options().get("is_writer", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if is_writer else "BEGIN")


@contextmanager
def writing(engine: sa.Engine) -> Iterator[sa.Connection]:
    """Yield a connection in a transaction that no other writer runs beside.

    Writers of the store wait for each other from the first statement on, so that what one reads
    before it writes stays true, and two of them never wait in a circle.
    """
    with engine.execution_options(is_writer=True).begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_WRITER_LOCK)))
        _refuse_migrated(connection)
        yield connection


@contextmanager
def writing_checked(engine: sa.Engine) -> Iterator[sa.Connection]:
    """Yield what `writing` yields, to write rows of which all they refer to is known to be there.

    SQLite, which would look each of them up, does not: a fifth of the time. Nothing that others
    refer to may be deleted.
    """
    if engine.dialect.name == "postgresql":
        with writing(engine) as connection:
            yield connection
        return
    with _unreferred(engine) as connection, connection.begin():
        _refuse_migrated(connection)
        yield connection


def _refuse_migrated(connection: sa.Connection) -> None:
    """Raise MendFirst when the store is no longer of the revision it was opened with."""
    opened_with = connection.get_execution_options().get("revision")
    if opened_with and connection.scalar(_VERSION) != opened_with:
        raise mending(shown_address(connection.engine.url), MIGRATED)


@contextmanager
def _unreferred(engine: sa.Engine) -> Iterator[sa.Connection]:
    """Yield a writer's connection to SQLite on which no reference is looked after.

    SQLite heeds the setting outside of transactions only.
    """
    with engine.execution_options(is_writer=True).connect() as connection:
        driver: Any = connection.connection.driver_connection
        driver.execute("PRAGMA foreign_keys = OFF")
        try:
            yield connection
        finally:
            driver.execute("PRAGMA foreign_keys = ON")


def migrate(engine: sa.Engine, revision: str = "head") -> str:
    """Return the revision of the store after it is brought up to this one, views included at head.

    On PostgreSQL all of it belongs to the owner's role, where there is one. The store is as it was
    when anything fails. Raises FixSettings when the store is newer than this code, or when the
    login may not migrate.
    """
    return str(_moved(engine, "upgrade", revision))


def downgrade(engine: sa.Engine, revision: str) -> str | None:
    """Return the revision of the store after it is brought down to this one, without its views.

    What only later revisions can hold is lost; `base` leaves nothing. The goodguest of that
    revision makes its views with: goodguest init. Raises what `migrate` raises.
    """
    return _moved(engine, "downgrade", revision)


def _moved(engine: sa.Engine, step: Literal["upgrade", "downgrade"], revision: str) -> str | None:
    # Alembic is loaded to migrate only: to open a store that stands right takes less time.
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    with _migrating(engine) as connection:
        _refuse_newer(_revision(connection), engine)
        drop_views(connection)
        config.attributes["connection"] = connection
        getattr(command, step)(config, revision)
        found = _revision(connection)
        if found == _revisions()[-1]:
            create_views(connection)
            _write_comments(connection)
            grant_rights(connection)
        return found


@contextmanager
def _migrating(engine: sa.Engine) -> Iterator[sa.Connection]:
    """Yield a writer's connection on which tables can be made anew, in one transaction."""
    if engine.dialect.name == "postgresql":
        with writing(engine) as connection:
            become_owner(connection)
            yield connection
        return
    # SQLite would delete the rows that point to a table made anew: they are checked at the end.
    with _unreferred(engine) as connection, connection.begin():
        yield connection
        _refuse_dangling(connection)


def _refuse_dangling(connection: sa.Connection) -> None:
    dangling = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
    if dangling:
        pairs = sorted({f"{row[0]} to {row[2]}" for row in dangling})
        raise GoodguestError(
            f"migrating would leave {len(dangling)} rows that point to nothing "
            f"({', '.join(pairs)}); the warehouse is left as it was"
        )


def check_revision(engine: sa.Engine) -> str:
    """Return the revision of the store.

    Raises FixSettings when the store is not what this code was written for: not made yet, older or
    newer.
    """
    found = revision_of(engine)
    shown = shown_address(engine.url)
    head = _revisions()[-1]
    if found != head:
        raise FixSettings(
            f"{shown}: the warehouse is older than this version of goodguest "
            f"(found {found}, needed {head}); bring it up with: goodguest init"
        )
    return found


def revision_of(engine: sa.Engine) -> str:
    """Return the revision of a store that this code can bring up; it may be an older one.

    Raises FixSettings when the store is not made yet, or newer.
    """
    with engine.connect() as connection:
        found = _revision(connection)
    _refuse_newer(found, engine)
    if found is None:
        shown = shown_address(engine.url)
        raise FixSettings(f"{shown}: there is no warehouse yet; make it with: goodguest init")
    return found


def knows(revision: str) -> bool:
    """Return whether this code can bring up a store of that revision."""
    return revision in _revisions()


def _refuse_newer(found: str | None, engine: sa.Engine) -> None:
    if found is not None and not knows(found):
        shown = shown_address(engine.url)
        raise FixSettings(
            f"{shown}: the warehouse was made by a newer version of goodguest (found {found}); "
            "install that version, or name another store in GOODGUEST_WAREHOUSE"
        )


def _revisions() -> list[str]:
    """Return the revisions this code knows, the newest last: their files are named for them."""
    return sorted(file.name[1:5] for file in (_MIGRATIONS / "versions").glob("v????_*.py"))


def _revision(connection: sa.Connection) -> str | None:
    if not sa.inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.scalar(_VERSION)
    return found


def _write_comments(connection: sa.Connection) -> None:
    if connection.dialect.supports_comments:
        for table in metadata.sorted_tables:
            connection.execute(sa.schema.SetTableComment(table))
            for column in table.columns:
                connection.execute(sa.schema.SetColumnComment(column))
