"""Who attacks in the notebook: what can be asked, and what is looked at to see whether it fails."""

import csv
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import psycopg
import sqlalchemy as sa
from notebook_year import WEEKS, Year, monday, named

from pipeline.export import export
from pipeline.search import search
from warehouse.roles import ANALYST, grant_rights
from warehouse.store import opened

Ask = Callable[[str], list[dict[str, Any]]]
POSTGRESQL: Final = "postgresql"
HALF: Final = named(monday(WEEKS // 2))
"""The week in which an account was erased: what was behind older numbers is not known any more."""


class Attacker:
    """A town's year, and what can be asked of it with an analyst's rights."""

    def __init__(self, year: Year, ask: Ask, kind: str, folder: Path) -> None:
        self.year, self.ask, self.kind, self.folder = year, ask, kind, folder

    def found(self, text: str) -> list[str]:
        """Return the posts a search for the text shows."""
        return [row["post_key"] for row in search(self.year.given, text, limit=1_000)]


@contextmanager
def attacking(year: Year, folder: Path) -> Iterator[Attacker]:
    """Yield an attacker with the analyst role, or where there are no roles the fullest export."""
    with ExitStack() as stack:
        if POSTGRESQL in year.given.warehouse:
            engine = stack.enter_context(opened(year.given.warehouse))
            with engine.begin() as connection:
                if not connection.scalar(sa.text(f"select to_regrole('{ANALYST}')")):
                    connection.exec_driver_sql(f"create role {ANALYST}")
                grant_rights(connection)
            role = stack.enter_context(engine.connect())
            role.exec_driver_sql(f"set session authorization {ANALYST}")
            role.commit()

            def ask(sql: str) -> list[dict[str, Any]]:
                try:
                    return [
                        dict(r) for r in role.exec_driver_sql(sql.replace("%", "%%")).mappings()
                    ]
                finally:
                    role.rollback()

            stack.callback(role.invalidate)
            yield Attacker(year, ask, POSTGRESQL, folder)
            return
        export(year.given, folder / "all", "sqlite", "personal")
        db = stack.enter_context(closing(sqlite3.connect(folder / "all" / "goodguest.db")))
        db.row_factory = sqlite3.Row
        yield Attacker(year, lambda sql: [dict(r) for r in db.execute(sql)], "sqlite", folder)


def new_schema(folder: str) -> str:
    """Return the address of a schema of its own on the server in this folder."""
    name = f"test_{uuid4().hex}"
    with psycopg.connect(host=folder, user="goodguest", dbname="postgres", autocommit=True) as c:
        c.execute(f"create schema {name}")
    where = f"host={folder}&options=-csearch_path%3D{name}"
    return f"postgresql+psycopg://goodguest@/postgres?{where}"


def drop_role(attackers: list[Attacker]) -> None:
    """Drop the role and what it may, so that other tests can make it."""
    with opened(attackers[0].year.given.warehouse) as engine, engine.begin() as connection:
        connection.exec_driver_sql(f"drop owned by {ANALYST}")
        connection.exec_driver_sql(f"drop role {ANALYST}")


def same_in_both(towns: tuple[Attacker, Attacker], attempt: Callable[[Attacker], Any]) -> Any:
    """Return what the attempt answers; it is the same whether one or many wrote it."""
    answers = [attempt(attacker) for attacker in towns]
    assert answers[0], "the attempt looks at nothing"
    assert answers[0] == answers[1]
    return answers[0]


def release_of(folder: Path) -> list[dict[str, str]]:
    """Return the numbers of a release."""
    with (folder / "posts.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def posts_behind(year: Year) -> dict[tuple[str, str, str], set[str]]:
    """Return by kind, week and subject all posts of the weeks after the account was erased."""
    found: dict[tuple[str, str, str], set[str]] = {}
    kinds = {
        "topic": "topic_uri, post_key from post_topic join post using (post_key)",
        "dataset": "dataset_key, post_key from post_dataset join post using (post_key)",
        "community": "community_key, post_key from post",
        "whole": "'', post_key from post",
    }
    where = f"near_duplicate_of is null and week > '{HALF}'"
    with opened(year.given.warehouse) as engine, engine.connect() as connection:
        for kind, said in kinds.items():
            query = f"select week, {said} where {where}"
            for week, subject, key in connection.exec_driver_sql(query):
                found.setdefault((kind, week, subject), set()).add(key)
    return found


def numbers_shown(one: Attacker) -> dict[tuple[str, str, str], int]:
    """Return the numbers published of the weeks after the account was erased."""
    rows = release_of(one.year.releases[-1])
    return {
        (row["kind"], row["week"], row["subject"]): int(row["posts"])
        for row in rows
        if row["week"] > HALF
    }


def rows_told(ask: Ask, view: str, *without: str) -> list[str]:
    """Return the rows of a view as texts, in order, without these columns."""
    rows = ask(f"select * from {view}")
    return sorted(repr({n: str(v) for n, v in row.items() if n not in without}) for row in rows)


def error_of(attacker: Attacker, query: str) -> str:
    """Return what a query says: its rows, or its error message."""
    try:
        return repr(attacker.ask(query))
    except (sa.exc.DBAPIError, sqlite3.Error) as error:
        return str(getattr(error, "orig", error))


def listed(keys: list[str]) -> str:
    """Return the keys as a list in SQL."""
    return ", ".join(f"'{key}'" for key in keys)
