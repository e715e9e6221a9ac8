"""Roles on PostgreSQL as docs/postgresql.md makes them: each does its work and no other."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

import psycopg
import pytest
import sqlalchemy as sa
from batches import NOON, holdings, later, load, post_of, register
from place import LAST_WEEK, Place

from contract.errors import FixSettings
from contract.keys import post_key
from pipeline.catalogue import load_catalogue
from pipeline.check import findings
from pipeline.cli import main
from pipeline.collect import collect
from pipeline.digest import write_digest
from pipeline.refine import refine
from warehouse.holding import (
    Order,
    drop_ended,
    enter,
    hold_key_of,
    lift,
    seal,
    sealed_by,
    standing_over,
)
from warehouse.queries import VIEWS
from warehouse.roles import OWNER
from warehouse.store import check_revision, downgrade, migrate, open_store, writing
from warehouse.tables import metadata
from warehouse.views import rows_of

DOC = Path(__file__).parents[2] / "docs" / "postgresql.md"
FIRST, INSIDE, CARE = re.findall(r"```sql\n(.*?)```", DOC.read_text(encoding="utf-8"), re.DOTALL)
MADE = re.findall(r"create role (\w+)", FIRST)
_LONE_TABLES = "create table other (id int)", "create temporary table other (id int)"


class Team(NamedTuple):
    """Engines of the three logins of the doc."""

    owner: sa.Engine
    writer: sa.Engine
    analyst: sa.Engine


@pytest.fixture
def team(postgres: str) -> Iterator[Team]:
    """Return a team whose database was made by the doc's statements, and nothing else."""
    logins = ("goodguest_migration", "goodguest_pipeline", "goodguest_reading")
    found = Team(
        *(open_store(f"postgresql+psycopg://{name}@/goodguest?host={postgres}") for name in logins)
    )
    try:
        _run(postgres, "postgres", FIRST)
        _run(postgres, "goodguest", INSIDE)
        yield found
    finally:
        for engine in found:
            engine.dispose()
        _run(postgres, "postgres", "drop database if exists goodguest with (force)")
        _run(postgres, "postgres", "drop role if exists " + ", ".join(reversed(MADE)))


def test_the_owner_migrates_the_writer_works_and_the_analyst_reads(
    team: Team, place: Place, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    migrate(team.owner)
    given = replace(place.given, warehouse=_address(team.writer))
    assert findings(replace(given, smtp="smtp://mail.example")) == []
    assert load_catalogue(given)["topics"]
    collect(given, ["riverside-news"])
    refined = refine(given)
    assert (refined["posts_new"] > 0, sum(refined["links"].values()) > 0) == (True, True)
    assert write_digest(given, "town-weekly", week=LAST_WEEK)["files"]
    assert refine(given, reparse=True)["posts_new"] == 0

    assert rows_of(team.analyst, "v_post", 10)
    for name, value in place.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("GOODGUEST_WAREHOUSE", _address(team.analyst))
    for view in VIEWS:
        assert rows_of(team.analyst, view, 5) == rows_of(team.owner, view, 5)
    files = [str(place.folder / name) for name in ("ties.csv", "views")]
    for command in (
        *(("show", view, "--limit", "1") for view in VIEWS),
        ("review", "export", files[0]),
        ("export", files[1]),
    ):
        monkeypatch.setattr("sys.argv", ["goodguest", *command])
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        assert (ended.value.code, said.out != "") == (0, True), said.err


_HOLD = "select goodguest_hold_month('2026-11')"
_DROP = "select goodguest_drop_month('2026-11')"


def test_nobody_may_do_what_is_not_theirs(team: Team) -> None:
    migrate(team.owner)
    reads = [f"select count(*) from {table}" for table in metadata.tables]
    for statement in (*reads, *_LONE_TABLES, "delete from alembic_version", _HOLD, _DROP):
        with pytest.raises(sa.exc.DBAPIError, match="permission denied"):
            _ask(team.analyst, f"set transaction read write; {statement}")
    for statement in (
        _LONE_TABLES[0],
        "alter table source add column more text",
        "drop view v_post",
        "drop table post_tag",
        "truncate post_tag",
        "create index on source (url)",
        "update alembic_version set version_num = '0001'",
        f"set role {OWNER}",
        _DROP,
    ):
        with pytest.raises(sa.exc.ProgrammingError, match=r"permission denied|must be owner"):
            _ask(team.writer, statement)
    for call in (*reads, _HOLD):
        _ask(team.writer, call)
    for engine in (team.writer, team.analyst):
        _ask(engine, "select goodguest_search(array['mill lane', 'pothole'])")
        with pytest.raises(FixSettings, match=f"may make no tables .* in {OWNER}"):
            migrate(engine)
        assert check_revision(engine)


def test_what_an_order_holds_is_read_by_the_owner_alone(team: Team, tmp_path: Path) -> None:
    migrate(team.owner)
    register(team.writer, tmp_path)
    load(team.writer, [post_of("1", text="The lamp on the quay went out.")])
    order = Order("case 12", "court", "a claim", date(2026, 1, 1), date(2099, 1, 1))
    key = post_key("discourse", "1")
    with writing(team.writer) as connection:
        enter(connection, order, NOON)
        assert seal(connection, order.ref, [key], NOON) == 1
    for statement in ("select record from held_record", "select * from held_record",
                      "update held_record set record = ''"):  # fmt: skip
        for engine in (team.writer, team.analyst):
            with pytest.raises(sa.exc.DBAPIError, match="permission denied"):
                _ask(engine, f"set transaction read write; {statement}")
    for engine in (team.writer, team.analyst):
        with engine.connect() as connection, pytest.raises(FixSettings, match=f"is in {OWNER}"):
            sealed_by(connection, order.ref)
    with writing(team.owner) as connection:
        (sealed,) = sealed_by(connection, order.ref)
    assert sealed.record["post"]["text"] == "The lamp on the quay went out."
    with writing(team.writer) as connection:
        assert standing_over(connection, [key], [], date(2026, 1, 1))
        lift(connection, {hold_key_of(order.ref): NOON})
        assert list(drop_ended(connection, date(2026, 1, 1)).values()) == [1]


def test_an_analyst_cannot_keep_what_they_ask_out_of_the_log(team: Team) -> None:
    with team.analyst.connect() as connection:
        assert connection.exec_driver_sql("show log_statement").scalar() == "all"
    with pytest.raises(sa.exc.ProgrammingError, match="permission denied to set parameter"):
        _ask(team.analyst, "set log_statement = 'none'")


def test_what_a_caller_makes_does_not_run_as_the_owner(team: Team) -> None:
    migrate(team.owner)
    traps = """
create function pg_temp.who() returns text language sql as 'select current_user::text';
create temporary view post_words as
  select pg_temp.who() as post_key, 'a' as words, 'a'::tsvector as search"""
    with team.writer.begin() as connection:
        connection.exec_driver_sql(traps)
        found = connection.exec_driver_sql("select goodguest_search(array['a'])").scalars().all()
    assert found == []


def test_all_that_is_made_belongs_to_the_owner_whoever_migrates(team: Team, postgres: str) -> None:
    superuser = open_store(f"postgresql+psycopg://goodguest@/goodguest?host={postgres}")
    migrate(superuser)
    assert _owners(superuser) == {OWNER}
    assert migrate(team.owner) == check_revision(superuser)
    downgrade(team.owner, "0001")
    migrate(superuser)
    assert _owners(superuser) == {OWNER}
    superuser.dispose()


def test_migrating_renews_the_rights(team: Team) -> None:
    migrate(team.owner)
    before = _rights(team.owner)
    assert before
    for statement in (
        "revoke select, insert on post from goodguest_writer",
        "revoke select on v_post from goodguest_analyst",
        "grant select on post to goodguest_analyst",
        "grant select on author to public",
        "grant truncate on source to goodguest_writer",
    ):
        _ask(team.owner, f"set role {OWNER}; {statement}")
    assert _rights(team.owner) != before
    migrate(team.owner)
    assert _rights(team.owner) == before


def test_what_the_doc_says_of_care_runs(team: Team) -> None:
    migrate(team.owner)
    with team.owner.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql(CARE)
        query = sa.text("select count(*) from pg_stat_user_tables where analyze_count > 0")
        connection.exec_driver_sql("select pg_stat_force_next_flush()")
        assert connection.scalar(query)


def test_a_backup_is_restored_as_the_doc_says(team: Team, postgres: str, tmp_path: Path) -> None:
    programs = [shutil.which(name) for name in ("pg_dump", "pg_restore")]
    if not all(programs):
        pytest.skip("needs PostgreSQL's pg_dump and pg_restore (Debian: postgresql-client)")
    migrate(team.owner)
    register(team.writer, tmp_path)
    load(team.writer, [post_of("1", text="One"), post_of("2", created_at=later(-24 * 90))])
    before = holdings(team.owner), _rights(team.owner)
    where = [f"--host={postgres}", "--username=goodguest"]
    dump, restore = ([program, *where] for program in map(str, programs))
    file = str(tmp_path / "backup")
    subprocess.run([*dump, "--format=custom", f"--file={file}", "goodguest"], check=True)
    for engine in team:
        engine.dispose()
    _run(postgres, "postgres", "drop database goodguest")
    _run(postgres, "postgres", FIRST[FIRST.index("create database") :])
    _run(postgres, "goodguest", INSIDE)
    subprocess.run([*restore, "--dbname=goodguest", "--exit-on-error", file], check=True)
    assert migrate(team.owner) == check_revision(team.writer)
    assert (holdings(team.owner), _rights(team.owner)) == before
    assert _owners(team.owner) == {OWNER}
    again = load(team.writer, [post_of("1", text="One"), post_of("3", created_at=later(-24 * 400))])
    assert (again.unchanged, again.new) == (1, 1)


def _run(folder: str, database: str, statements: str) -> None:
    plain = re.sub(r"--.*", "", statements)
    with psycopg.connect(
        host=folder, user="goodguest", dbname=database, autocommit=True
    ) as connection:
        for statement in filter(None, map(str.strip, plain.split(";"))):
            connection.execute(statement)


def _ask(engine: sa.Engine, statements: str) -> None:
    with engine.begin() as connection:
        for statement in statements.split(";"):
            connection.exec_driver_sql(statement)


def _owners(engine: sa.Engine) -> set[str]:
    query = """
select pg_get_userbyid(relowner) from pg_class where relnamespace = 'public'::regnamespace
union select pg_get_userbyid(proowner) from pg_proc where pronamespace = 'public'::regnamespace"""
    with engine.connect() as connection:
        return set(connection.exec_driver_sql(query).scalars())


def _rights(engine: sa.Engine) -> set[tuple[Any, ...]]:
    query = """
select relname, grantee, privilege_type from pg_class, aclexplode(relacl)
where relnamespace = 'public'::regnamespace"""
    with engine.connect() as connection:
        return {tuple(row) for row in connection.exec_driver_sql(query)}


def _address(engine: sa.Engine) -> str:
    return engine.url.render_as_string(hide_password=False)
