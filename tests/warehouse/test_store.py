"""The store: migrations give what the tables declare, and refuse what they do not know."""

import os
import re
import shutil
import subprocess
import sys
from datetime import UTC, datetime, timedelta, timezone
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from contract.errors import FixSettings
from warehouse.columns import Utc
from warehouse.store import check_revision, migrate, open_store, writing
from warehouse.tables import catalogue_version, metadata
from warehouse.views import ANALYSTS, VIEW_COLUMNS, VIEWS, columns_of

ROOT = Path(__file__).parents[2]
OF_THE_DATABASE = re.compile(
    r"post_fts(_\w+)?$|post_\d{4}_\d\d$|post_(before_2000|after_2099)$"  # indexes of words, months
    r"|search$|ix_post_words_search$"
)
"""What each database has of its own: the index of words, the months of posts."""


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


def test_a_store_that_does_not_fit_is_refused_with_advice(store_url: str) -> None:
    engine = open_store(store_url)
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


def test_an_older_store_is_refused_until_it_is_migrated(
    engine: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("alembic.script.ScriptDirectory.get_current_head", lambda self: "0007")
    with pytest.raises(FixSettings, match=r"older .* needed 0007.* goodguest init"):
        check_revision(engine)


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


def test_the_analysts_role_reads_views_only(engine: sa.Engine) -> None:
    if engine.dialect.name != "postgresql":
        pytest.skip("SQLite has no roles")
    with writing(engine) as connection:
        connection.exec_driver_sql(f"drop role if exists {ANALYSTS}")
        connection.exec_driver_sql(f"create role {ANALYSTS}")
        schema = connection.exec_driver_sql("select current_schema()").scalar()
        connection.exec_driver_sql(f"grant usage on schema {schema} to {ANALYSTS}")
    migrate(engine)
    with engine.connect() as connection:
        connection.exec_driver_sql(f"set role {ANALYSTS}")
        assert connection.exec_driver_sql("select count(*) from v_topic_week").scalar() == 0
        with pytest.raises(sa.exc.ProgrammingError, match="permission denied"):
            connection.exec_driver_sql("select count(*) from post")
    with writing(engine) as connection:
        connection.exec_driver_sql(f"drop owned by {ANALYSTS}")
        connection.exec_driver_sql(f"drop role {ANALYSTS}")
