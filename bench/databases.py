"""The databases a warehouse is measured on: what work costs there, and how large they get."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from itertools import islice
from os import sysconf
from pathlib import Path
from typing import Final, NamedTuple

import sqlalchemy as sa

from bench.server import Server, own_server
from warehouse.store import migrate, open_store
from warehouse.tables import metadata

_BESIDE: Final = {"author", "community", "landing_part", "link_review"}
_ROWS: Final = 5_000
"""Rows the floor writes in a transaction."""


@dataclass(frozen=True, slots=True)
class Database:
    """A store to be measured, and the server it is on, if it is on one."""

    name: str
    version: str
    engine: sa.Engine
    server: Server | None = None


class Cost(NamedTuple):
    """Seconds of the clock, of this process's CPU time and of the server's."""

    seconds: float = 0.0
    cpu: float = 0.0
    server_cpu: float = 0.0

    def plus(self, other: "Cost") -> "Cost":
        """Return both together."""
        return Cost(*(one + two for one, two in zip(self, other, strict=True)))

    def since(self, before: "Cost") -> "Cost":
        """Return what was spent since then."""
        return Cost(*(one - two for one, two in zip(self, before, strict=True)))


class Size(NamedTuple):
    """Bytes of a table's rows and of its indexes."""

    table: str
    rows: int
    indexes: int


def spent(database: Database) -> Cost:
    """Return what was spent so far; the difference of two says what lies between them."""
    server = 0.0 if database.server is None else cpu_of(database.server.pid)
    return Cost(time.perf_counter(), time.process_time(), server)


@contextmanager
def opened_sqlite(folder: Path) -> Iterator[Database]:
    """Yield an empty warehouse in a SQLite file."""
    with _store(f"sqlite:///{folder}/ours.db") as engine:
        yield Database("sqlite", f"SQLite {sqlite3.sqlite_version}", engine)


@contextmanager
def opened_postgresql(folder: Path) -> Iterator[Database]:
    """Yield an empty warehouse on a PostgreSQL server of its own, set as it comes."""
    with own_server(folder, is_durable=True) as server:
        with server.connect() as connection:
            connection.execute("create database ours")
            version = connection.info.server_version // 10_000
        with _store(f"postgresql+psycopg://goodguest@/ours?host={server.folder}") as engine:
            yield Database("postgresql", f"PostgreSQL {version}", engine, server)


DATABASES: Final = {"sqlite": opened_sqlite, "postgresql": opened_postgresql}


@contextmanager
def _store(url: str) -> Iterator[sa.Engine]:
    engine = open_store(url)
    try:
        migrate(engine)
        yield engine
    finally:
        engine.dispose()


def sizes(engine: sa.Engine) -> list[Size]:
    """Return what each table takes on disk, the largest first; partitions count as their table."""
    with engine.connect() as connection:
        found = connection.execute(sa.text(_SIZES[engine.dialect.name])).all()
    return sorted((Size(*row) for row in found), key=lambda size: (-size.rows, size.table))


_SIZES: Final = {
    "sqlite": """
select s.tbl_name, sum(case when s.type = 'table' then d.pgsize else 0 end),
       sum(case when s.type = 'index' then d.pgsize else 0 end)
from dbstat as d join sqlite_schema as s on s.name = d.name
where d.aggregate = true group by s.tbl_name""",
    "postgresql": """
select root.relname, cast(sum(pg_table_size(part.relid)) as bigint),
       cast(sum(pg_indexes_size(part.relid)) as bigint)
from pg_class as root, lateral (
  select relid from pg_partition_tree(root.oid) union select root.oid) as part
where root.relnamespace = current_schema()::regnamespace and root.relkind in ('r', 'p')
  and not root.relispartition
group by root.relname""",
}


def write_floor(database: Database) -> tuple[int, float]:
    """Return how many rows batches wrote so far, and the seconds it took to write them bare.

    They are written as they are by the database's own quickest way into a copy of the store that
    was emptied of them: what is above this is the work of knowing what to write.
    """
    if database.server is None:
        return _write_sqlite(Path(str(database.engine.url.database)))
    database.engine.dispose()  # a database is copied while nobody uses it
    return _write_postgresql(database.server)


def _write_sqlite(ours: Path) -> tuple[int, float]:
    rows, seconds = 0, 0.0
    floor = ours.with_name("floor.db")
    with closing(sqlite3.connect(ours)) as source, closing(sqlite3.connect(floor)) as target:
        source.backup(target)
        for name, _ in _written():
            target.execute(f"delete from {name}")  # noqa: S608
        target.commit()
        for pragma in ("synchronous = normal", "cache_size = -65536", "foreign_keys = on"):
            target.execute(f"pragma {pragma}")
        for name, columns in _written():
            cursor = source.execute(f"select {columns} from {name}")  # noqa: S608
            marks = ", ".join("?" * len(cursor.description))
            insert = f"insert into {name} ({columns}) values ({marks})"  # noqa: S608
            while chunk := list(islice(cursor, _ROWS)):
                began = time.perf_counter()
                target.executemany(insert, chunk)
                target.commit()
                seconds += time.perf_counter() - began
                rows += len(chunk)
    floor.unlink()
    return rows, seconds


def _write_postgresql(server: Server) -> tuple[int, float]:
    rows, seconds = 0, 0.0
    with server.connect() as connection:
        connection.execute("create database floor template ours")
    with server.connect("ours") as source, server.connect("floor") as target:
        target.execute(f"truncate {', '.join(name for name, _ in _written())}".encode())
        for name, columns in _written():
            select = f"select {columns} from {name}"  # noqa: S608
            with source.cursor() as reader, target.cursor() as writer:
                with reader.copy(f"copy ({select}) to stdout".encode()) as out:
                    data = [bytes(block) for block in out]
                began = time.perf_counter()
                with writer.copy(f"copy {name} ({columns}) from stdin".encode()) as copy:
                    for block in data:
                        copy.write(block)
                seconds += time.perf_counter() - began
                rows += writer.rowcount
    with server.connect() as connection:
        connection.execute("drop database floor")
    return rows, seconds


def _written() -> Iterator[tuple[str, str]]:
    """Yield the tables that batches write, those that others point to first, and their columns."""
    for table in metadata.sorted_tables:
        if table.name in _BESIDE or table.name.startswith("post"):
            yield table.name, ", ".join(f'"{column.name}"' for column in table.columns)


def cpu_of(pid: int) -> float:
    """Return the CPU seconds of a server's process, of its children and of those that ended."""
    ticks = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue  # it ended in between
        if stat.parent.name == str(pid):
            ticks += sum(int(field) for field in fields[11:15])
        elif fields[1] == str(pid):
            ticks += int(fields[11]) + int(fields[12])
    return ticks / sysconf("SC_CLK_TCK")
