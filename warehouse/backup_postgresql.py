"""A PostgreSQL store as a file of pg_dump, and back by pg_restore."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import sqlalchemy as sa
from psycopg import pq

from contract.errors import FixSettings, GoodguestError
from contract.mending import AWAY, FULL, mending
from warehouse.mending import shown_address
from warehouse.roles import become_owner
from warehouse.store import downgrade, writing

_DEBIAN: Final = Path("/usr/lib/postgresql")


@contextmanager
def copied(engine: sa.Engine, file: Path) -> Iterator[sa.Connection]:
    """Write the store's schema into the file and yield a connection that sees just what it holds.

    Others go on writing. Raises FixSettings where pg_dump is missing, GoodguestError with its words
    where it fails.
    """
    program = _program("pg_dump")
    once = engine.execution_options(isolation_level="REPEATABLE READ")
    with once.connect() as connection:
        schema = _schema(connection)
        snapshot = connection.scalar(sa.text("select pg_export_snapshot()"))
        _run(
            engine,
            [program, "--format=custom", f"--snapshot={snapshot}", f'--schema="{schema}"',
             *_whose(engine), f"--file={file}"],
        )  # fmt: skip
        yield connection


def clear(engine: sa.Engine, schema: str | None) -> None:
    """Drop all that the store has, so that another can be put there.

    Raises FixSettings when the login works in another schema than the backup is of.
    """
    with engine.connect() as connection:
        found = _schema(connection)
        is_made = sa.inspect(connection).has_table("alembic_version")
    if found != schema:
        raise FixSettings(
            f"{shown_address(engine.url)}: works in schema {found}, and the backup is of {schema}; "
            "set search_path to it"
        )
    if not is_made:
        return
    downgrade(engine, "base")
    with writing(engine) as connection:
        become_owner(connection)
        connection.exec_driver_sql("drop table alembic_version")


def put_back(engine: sa.Engine, file: Path, schema: str | None) -> None:
    """Make the store of the file: as a whole or not at all.

    Raises FixSettings where pg_restore is missing, GoodguestError with its words where it fails.
    """
    _run(
        engine,
        [_program("pg_restore"), "--single-transaction", "--exit-on-error", f"--schema={schema}",
         f"--dbname={engine.url.database or ''}", *_whose(engine), str(file)],
    )  # fmt: skip
    with writing(engine) as connection:
        become_owner(connection)
        connection.exec_driver_sql("analyze")  # the file holds no statistics


def _schema(connection: sa.Connection) -> str | None:
    schema: str | None = connection.scalar(sa.select(sa.func.current_schema()))
    return schema


def _whose(engine: sa.Engine) -> list[str]:
    """Return as whom a program acts: as the owner's role, where there is one; rights are anew."""
    with engine.connect() as connection, connection.begin():
        become_owner(connection)
        role = connection.scalar(sa.text("select current_user"))
    return ["--no-owner", "--no-privileges", f"--role={role}"]


def _run(engine: sa.Engine, command: list[str]) -> None:
    """Run a program on the database; what opens that stands in its environment alone."""
    _, keywords = engine.dialect.create_connect_args(engine.url)
    variables = {
        option.keyword.decode(): option.envvar.decode()
        for option in pq.Conninfo.get_defaults()
        if option.envvar
    }
    environment = {
        **os.environ,
        **{variables[name]: str(value) for name, value in keywords.items() if name in variables},
    }
    done = subprocess.run(  # noqa: S603
        command, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode == 0:
        return
    said = " ".join(done.stderr.split())[:500]
    for words, trouble in (("No space left", FULL), ("connection to server", AWAY)):
        if words in said:
            raise mending(shown_address(engine.url), trouble)
    raise GoodguestError(f"{Path(command[0]).name} on {shown_address(engine.url)}: {said}")


def _program(name: str) -> str:
    """Return where the program is; of several versions the newest, which reads all older ones."""
    versions = (path for path in _DEBIAN.glob(f"*/bin/{name}") if path.parts[-3].isdigit())
    debian = sorted(versions, key=lambda path: int(path.parts[-3]))
    found = str(debian[-1]) if debian else shutil.which(name)
    if found is None:
        raise FixSettings(
            f"found no {name}, which backups of PostgreSQL need; install its client programs "
            "(apt install postgresql-client), no older than the server"
        )
    return found
