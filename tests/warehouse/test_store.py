"""The store: migrations give what the tables declare, and refuse what they do not know."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from batches import holdings, later, load, post_of, rows
from place import Place
from typer.main import get_command

from contract.errors import FixSettings
from contract.post import Media, Tag
from pipeline.cli import app, main
from pipeline.search import index_words
from warehouse.columns import Utc
from warehouse.queries import VIEWS
from warehouse.store import check_revision, downgrade, migrate, open_store, writing
from warehouse.tables import catalogue_version, metadata
from warehouse.view_columns import VIEW_COLUMNS
from warehouse.views import columns_of

ROOT = Path(__file__).parents[2]
_NEXT_MONTH = datetime.now(UTC).date() + timedelta(days=30)
OF_THE_DATABASE = re.compile(
    r"post_fts(_\w+)?$|post_\d{4}_\d\d$|post_(before_2000|after_2099)$"  # indexes of words, months
    r"|search$|ix_post_words_search$"
)
"""What each database has of its own: the index of words, the months of posts."""
_ARGUMENTS = {
    "import": "discourse {folder}/none.json",
    "digest": "town-weekly",
    "deliveries": "town-weekly 2026-W40",
    "returned": "{folder}",
    "unsubscribing": "--port 0",
    "network": "public-services 2026-W40 {folder}/network.graphml",
    "opt-out": "--platform discourse --account https://forum.example/u/lamp",
    "show": "v_post",
    "search": "lane",
    "export": "{folder}/views",
    "review export": "{folder}/ties.csv",
    "backup": "{folder}/backups",
    "erase": "--platform discourse --post 1",
    "hold": f"1 --by court --why case --until {_NEXT_MONTH} --platform x --post 1",
    "release": "1",
    "held": "1 --by court",
    "disclose": "--foi --ref 1 --by officer --out {folder}/answer",
    "restore": "{folder}/none",
    "review import": "{folder}/ties.csv --role analyst",
    "evaluate links": "--catalogue {folder}/none --queries {folder}/none",
    "evaluate topics": "--taxonomy {folder}/none --posts {folder}/none",
    "evaluate entities": "--register {folder}/none --posts {folder}/none",
    "evaluate language": "--texts {folder}/none",
}
_NEEDS_NO_STORE = {
    *("import", "platforms", "restore", "tidy"),
    *("evaluate links", "evaluate topics", "evaluate entities", "evaluate language"),
}


def _commands(group: Any, before: str = "") -> Iterator[str]:
    """Yield the names of all commands, those of a group behind its own."""
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from _commands(command, f"{before}{name} ")
        else:
            yield before + name


def test_migrations_give_what_the_tables_declare(engine: sa.Engine) -> None:
    options = {
        "compare_type": True,
        "compare_server_default": True,
        "include_name": lambda name, *_: not OF_THE_DATABASE.match(name or ""),
        "include_object": partial(_is_declared_for, engine.dialect.name),
    }
    with engine.connect() as connection:
        names = sa.inspect(connection).get_table_names()
        found = {name for name in names if not OF_THE_DATABASE.match(name)}
        context = MigrationContext.configure(connection, opts=options)
        assert found == {*metadata.tables, "alembic_version"}
        assert compare_metadata(context, metadata) == []


def _is_declared_for(dialect: str, item: Any, *_: object) -> bool:
    only = getattr(item, "_ddl_if", None)
    return only is None or only.dialect == dialect


def test_every_column_has_a_meaning_and_a_privacy_class() -> None:
    bare = [
        f"{table.name}.{column.name}"
        for table in metadata.sorted_tables
        for column in table.columns
        if not column.comment or "privacy" not in column.info
    ]
    assert bare == []
    assert all(table.comment for table in metadata.sorted_tables)


def test_migrating_again_changes_nothing_and_renews_the_views(engine: sa.Engine) -> None:
    with writing(engine) as connection:
        connection.exec_driver_sql("drop view v_rising")
    assert migrate(engine) == check_revision(engine)
    with engine.connect() as connection:
        assert set(sa.inspect(connection).get_view_names()) == set(VIEWS)
        for name in VIEWS:
            assert set(columns_of(connection, name)) <= set(VIEW_COLUMNS)


def test_a_store_that_does_not_fit_is_refused_with_advice(bare_url: str) -> None:
    engine = open_store(bare_url)
    with pytest.raises(FixSettings, match="no warehouse yet; make it with: goodguest init"):
        check_revision(engine)
    migrate(engine)
    for stamp, said in ((None, "no warehouse yet"), ("9999", "newer version of goodguest")):
        with writing(engine) as connection:
            connection.exec_driver_sql("delete from alembic_version")
            if stamp:
                connection.exec_driver_sql(f"insert into alembic_version values ('{stamp}')")
        with pytest.raises(FixSettings, match=said):
            check_revision(engine)
    with pytest.raises(FixSettings, match="newer version"):
        migrate(engine)
    engine.dispose()


@pytest.mark.parametrize("command", sorted(_commands(get_command(app))))
def test_no_command_touches_a_newer_store(
    command: str, place: Place, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    engine = open_store(place.given.warehouse)
    with writing(engine) as connection:
        connection.exec_driver_sql("update alembic_version set version_num = '9999'")
    before = holdings(engine)
    for name, value in place.environment.items():
        monkeypatch.setenv(name, value)
    arguments = _ARGUMENTS.get(command, "").format(folder=place.folder).split()
    monkeypatch.setattr("sys.argv", ["goodguest", *command.split(), *arguments])
    with pytest.raises(SystemExit) as ended:
        main()
    said = capsys.readouterr()
    advice = " ".join((said.out + said.err).split())
    if command in _NEEDS_NO_STORE:
        assert "newer version" not in advice
    else:
        assert ended.value.code == (1 if command == "check" else 2), advice
        assert "made by a newer version of goodguest (found 9999); install that version" in advice
    assert holdings(engine) == before
    engine.dispose()


def test_an_older_store_keeps_all_it_holds(town: sa.Engine) -> None:
    load(town, [post_of("1", text="One", tags=(Tag(tag="roads"),)), post_of("2", text="Two")])
    before = holdings(town)
    assert downgrade(town, "0002") == "0002"
    with pytest.raises(FixSettings, match=r"older .*found 0002, needed .* with: goodguest init"):
        check_revision(town)
    assert migrate(town) == check_revision(town)
    assert index_words(town) == 2
    assert holdings(town) == before
    load(town, [post_of("1", media=(Media(url="https://a.ex/1"),), observed_at=later(1))])
    assert len(rows(town, "post_media")) == 1


@pytest.mark.parametrize(
    "url", ["mysql://u:secret@h/d", "sqlite://", "no address", "sqlite:///:memory:"]
)
def test_other_addresses_are_refused_without_their_password(url: str) -> None:
    with pytest.raises(FixSettings, match="allowed are sqlite:///FILE") as refusal:
        open_store(url)
    assert "secret" not in str(refusal.value)


def test_a_checkout_with_odd_signs_in_its_path_migrates(tmp_path: Path) -> None:
    checkout = tmp_path / "a b%20c %(x)s ü"
    for package in ("contract", "warehouse"):
        shutil.copytree(ROOT / package, checkout / package)
    code = (
        "from warehouse.store import *\n"
        "import warehouse\n"
        "e = open_store('sqlite:///data dir/%2541 ü.db')\n"
        "print(warehouse.__file__, migrate(e) == check_revision(e))"
    )
    environment = {**os.environ, "PYTHONPATH": str(checkout), "PYTHONUTF8": "1"}
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        cwd=checkout, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.stdout.split()[-1:] == ["True"], done.stderr
    assert str(checkout) in done.stdout
    assert done.stderr == ""
    assert (checkout / "data dir" / "%41 ü.db").is_file()


def test_times_come_back_aware_and_sort(engine: sa.Engine) -> None:
    table = catalogue_version
    east = timezone(timedelta(hours=5, minutes=30))
    moments = [
        datetime(2026, 11, 15, 23, 59, 59, 999_999, UTC),
        datetime(2026, 11, 16, 5, 30, tzinfo=east),
        datetime(2026, 11, 16, 0, 0, 0, 1, UTC),
    ]
    with writing(engine) as connection:
        for i, moment in enumerate(moments):
            row = {"kind": "topic", "name": str(i), "sha256": "", "records": 0}
            connection.execute(sa.insert(table).values(**row, loaded_at=moment))
        found = list(connection.scalars(sa.select(table.c.loaded_at).order_by(table.c.loaded_at)))
        assert found == moments
        assert {moment.utcoffset() for moment in found} == {timedelta(0)}
        from_second = sa.select(table.c.name).where(table.c.loaded_at >= moments[1])
        assert sorted(connection.scalars(from_second)) == ["1", "2"]
        with pytest.raises(sa.exc.StatementError, match="without a zone"):
            connection.execute(sa.select(sa.literal(datetime(2026, 1, 1), Utc)))  # noqa: DTZ001


def test_comments_stand_on_postgresql(engine: sa.Engine) -> None:
    if engine.dialect.name != "postgresql":
        pytest.skip("SQLite keeps no comments")
    query = sa.text("select obj_description(cast(:name as regclass))")
    with engine.connect() as connection:
        for name, view in VIEWS.items():
            assert connection.scalar(query, {"name": name}) == view.comment
        columns = sa.inspect(connection).get_columns("v_topic_week")
        assert {c["name"]: c["comment"] for c in columns}["posts"] == VIEW_COLUMNS["posts"].meaning
