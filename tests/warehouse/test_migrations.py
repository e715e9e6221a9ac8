"""Migrations: every revision up and down again keeps schema and rows; one that fails, all of it."""

import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.script import ScriptDirectory
from batches import NOON, register
from sqlalchemy.engine.interfaces import ReflectedForeignKeyConstraint
from stores import BARE, copied, database

from contract.errors import GoodguestError
from warehouse import store
from warehouse.queries import VIEWS
from warehouse.store import check_revision, downgrade, migrate, open_store

MIGRATIONS = Path(store.__file__).parent / "migrations"
STEPS = [
    (str(script.down_revision or "base"), script.revision)
    for script in reversed(list(ScriptDirectory(str(MIGRATIONS)).walk_revisions()))
]
OF_ROWS_ALONE = ("0014",)
"""Revisions that change what stands in the rows, and leave the schema as it is."""
each_step = pytest.mark.parametrize(("lower", "upper"), STEPS)
_ROWS = 3

Held = dict[str, list[dict[str, Any]]]


def test_each_migration_is_called_by_its_revision() -> None:
    """Which revisions there are is told by their files, without Alembic."""
    for script in ScriptDirectory(str(MIGRATIONS)).walk_revisions():
        assert Path(script.path).name.startswith(f"v{script.revision}_")
    assert store._revisions() == [upper for _, upper in STEPS]


@pytest.fixture
def empty(bare_url: str) -> Iterator[sa.Engine]:
    """Return an engine for a store that nothing was made in."""
    engine = open_store(bare_url)
    yield engine
    engine.dispose()


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def grown(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, str]]:
    """Return by revision the address of a store that was filled at each one on its way there."""
    folder = tmp_path_factory.mktemp("grown")
    with ExitStack() as stack:
        found = {"base": f"sqlite:///{folder}/base.db"}
        if request.param == "postgresql":
            server = request.getfixturevalue("postgres")
            found = {"base": stack.enter_context(database(server, BARE))}
        for lower, upper in STEPS[:-1]:
            found[upper] = stack.enter_context(copied(found[lower], folder / f"{upper}.db"))
            engine = open_store(found[upper])
            migrate(engine, upper)
            _fill(engine)
            engine.dispose()
        yield found


@pytest.fixture
def filled(grown: dict[str, str], lower: str, tmp_path: Path) -> Iterator[sa.Engine]:
    """Return an engine for a copy of the store of the lower revision."""
    with copied(grown[lower], tmp_path / "copy.db") as url:
        engine = open_store(url)
        yield engine
        engine.dispose()


@each_step
def test_a_revision_is_taken_back_whole(empty: sa.Engine, lower: str, upper: str) -> None:
    if lower != "base":
        migrate(empty, lower)
    before = _schema(empty)
    assert migrate(empty, upper) == upper
    assert (_schema(empty) != before) == (upper not in OF_ROWS_ALONE)
    assert (downgrade(empty, lower) or "base") == lower
    # Alembic keeps the table that tells the revision, without a row.
    assert _schema(empty) | before == _schema(empty)
    assert _schema(empty).keys() - before.keys() <= {"table alembic_version"}


@each_step
def test_a_step_up_or_down_keeps_every_row_there_is_room_for(
    filled: sa.Engine, lower: str, upper: str
) -> None:
    low = _held(filled)
    assert all(low.values())
    migrate(filled, upper)
    _expect_kept(low, _held(filled))
    _fill(filled)
    high = _held(filled)
    assert all(high.values())
    downgrade(filled, lower)
    _expect_kept(high, _held(filled))
    low = _held(filled)
    migrate(filled, upper)
    _expect_kept(low, _held(filled))


def test_a_filled_store_goes_down_and_up_to_this_revision(engine: sa.Engine) -> None:
    _fill(engine)
    high = _held(engine)
    for lower, _ in reversed(STEPS[1:]):
        assert downgrade(engine, lower) == lower
    low = _held(engine)
    _expect_kept(high, low)
    migrate(engine)
    _expect_kept(low, _held(engine))
    assert check_revision(engine) == STEPS[-1][1]
    with engine.connect() as connection:
        assert set(sa.inspect(connection).get_view_names()) == set(VIEWS)


def test_removed_posts_are_no_short_replies(engine: sa.Engine) -> None:
    _fill(engine)
    downgrade(engine, "0005")
    replies = {"kind": "reply", "text": "Yes", "parent_key": "another"}
    with engine.begin() as connection:
        post = sa.Table("post", sa.MetaData(), autoload_with=connection)
        keys = sorted(connection.scalars(sa.select(post.c.post_key)))
        connection.execute(sa.update(post).values(replies | {"removed_at": None}))
        is_gone = post.c.post_key == keys[0]
        connection.execute(sa.update(post).where(is_gone).values(removed_at=_removed(post)))
    migrate(engine)
    with engine.connect() as connection:
        found = connection.scalars(sa.text("select post_key from short_reply"))
        assert sorted(found) == keys[1:]


def _removed(post: sa.Table) -> Any:
    return _value(post.c.removed_at, 1)


def test_a_migration_that_fails_leaves_the_store_as_it_was(
    engine: sa.Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _fill(engine)
    before = _schema(engine), _held(engine), _views(engine)
    _later_revision(
        tmp_path,
        monkeypatch,
        'op.create_table("half_made", sa.Column("id", sa.Text, primary_key=True))\n'
        '    op.execute("delete from post_tag")\n'
        '    op.add_column("source", sa.Column("more", sa.Text))\n'
        '    op.drop_table("unknown_field")\n'
        '    op.execute("insert into no_such_table values (1)")',
    )
    with pytest.raises(sa.exc.DBAPIError, match="no_such_table"):
        migrate(engine)
    assert (_schema(engine), _held(engine), _views(engine)) == before


def test_a_table_made_anew_keeps_the_rows_that_point_to_it(
    engine: sa.Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _fill(engine)
    before = _held(engine)
    _later_revision(
        tmp_path,
        monkeypatch,
        'with op.batch_alter_table("source") as table:\n'
        '        table.add_column(sa.Column("more", sa.Text))\n'
        '        table.alter_column("owner", nullable=True)',
    )
    engine.dispose()  # so that what follows has the connection that migrated
    assert migrate(engine) == "9999"
    _expect_kept(before, _held(engine))
    with engine.connect() as connection:
        columns = {c["name"]: c["nullable"] for c in sa.inspect(connection).get_columns("source")}
    assert (columns["owner"], columns["more"]) == (True, True)
    with (
        store.writing(engine) as connection,
        pytest.raises(sa.exc.IntegrityError, match=r"(?i)foreign"),
    ):
        connection.exec_driver_sql("delete from source")


def test_a_migration_that_would_leave_rows_pointing_to_nothing_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = open_store(f"sqlite:///{tmp_path}/warehouse.db")
    migrate(engine)
    register(engine, tmp_path)
    _fill(engine)
    before = _schema(engine), _held(engine), _views(engine)
    _later_revision(tmp_path, monkeypatch, "op.execute(\"delete from source where id <> 'feed'\")")
    with pytest.raises(GoodguestError, match=r"rows that point to nothing \(.*coverage to source"):
        migrate(engine)
    assert (_schema(engine), _held(engine), _views(engine)) == before
    engine.dispose()


def _later_revision(folder: Path, monkeypatch: pytest.MonkeyPatch, upgrade: str) -> None:
    """Add a revision after the last to a copy of the migrations, and have that copy used."""
    copy = folder / "migrations"
    shutil.copytree(MIGRATIONS, copy)
    (copy / "versions" / "v9999_later.py").write_text(
        "import sqlalchemy as sa\nfrom alembic import op\n\n"
        f'revision = "9999"\ndown_revision = "{STEPS[-1][1]}"\n\n\n'
        f"def upgrade() -> None:\n    {upgrade}\n"
    )
    monkeypatch.setattr(store, "_MIGRATIONS", copy)


def _schema(engine: sa.Engine) -> dict[str, Any]:
    """Return tables with their columns, keys and indexes, and on PostgreSQL functions as well."""
    found: dict[str, Any] = {}
    with engine.connect() as connection:
        inspector = sa.inspect(connection)
        keys, points = inspector.get_multi_pk_constraint(), inspector.get_multi_foreign_keys()
        indexes = inspector.get_multi_indexes()
        for table, columns in inspector.get_multi_columns().items():
            found[f"table {table[1]}"] = (
                [(c["name"], str(c["type"]), c["nullable"], c["default"]) for c in columns],
                keys[table]["constrained_columns"],
                sorted(map(_points, points[table])),
                sorted((i["name"] or "", i["column_names"], i["unique"]) for i in indexes[table]),
            )
        if connection.dialect.name == "postgresql":
            query = (
                "select proname, pg_get_functiondef(oid) from pg_proc"
                " where pronamespace = cast(current_schema() as regnamespace)"
            )
            for name, body in connection.exec_driver_sql(query):
                found[f"function {name}"] = body
    return found


def _points(key: ReflectedForeignKeyConstraint) -> tuple[list[str], str, list[str], str]:
    to = key["referred_table"], key["referred_columns"]
    return (key["constrained_columns"], *to, key["options"].get("ondelete", ""))


def _views(engine: sa.Engine) -> list[str]:
    with engine.connect() as connection:
        return sorted(sa.inspect(connection).get_view_names())


def _tables(connection: sa.Connection) -> list[sa.Table]:
    """Return the tables as they are; not the parts of a table that PostgreSQL keeps in parts."""
    metadata = sa.MetaData()
    metadata.reflect(connection)
    parts = set[str]()
    if connection.dialect.name == "postgresql":
        query = "select relname from pg_class where relispartition"
        parts = set(connection.scalars(sa.text(query)))
    hidden = {"alembic_version", *parts}
    return [table for table in metadata.sorted_tables if table.name not in hidden]


def _held(engine: sa.Engine) -> Held:
    """Return every row, as the database itself holds it."""
    with engine.connect() as connection:
        return {
            table.name: sorted(
                (row._asdict() for row in connection.execute(sa.select(table))), key=repr
            )
            for table in _tables(connection)
        }


def _fill(engine: sa.Engine) -> None:
    """Write rows into every table that has none."""
    with store.writing(engine) as connection:
        if "function goodguest_hold_month" in _schema(engine):
            connection.exec_driver_sql("select goodguest_hold_month('2026-11')")
        for table in _tables(connection):
            if connection.execute(sa.select(table).limit(1)).first() is None:
                for number in range(1, _ROWS + 1):
                    row = {c.name: _value(c, number) for c in table.columns if not c.computed}
                    for key in table.foreign_key_constraints:
                        parents = sa.select(*(e.column for e in key.elements)).distinct()
                        parent = connection.execute(parents).all()[-number]
                        row |= dict(zip(key.column_keys, parent, strict=True))
                    connection.execute(sa.insert(table).values(row))


def _value(column: sa.Column[Any], number: int) -> Any:
    fixed = {
        "day": f"2026-11-1{number}",
        "week": f"2026-W4{number}",
        "month": f"2026-0{number}",
    }
    at = NOON + timedelta(hours=number)
    if column.name.endswith("_at"):
        return at if isinstance(column.type, sa.DateTime) else at.isoformat().replace("+00:00", "Z")
    by_type: dict[type, Any] = {
        sa.JSON: {"number": number},
        sa.Boolean: number % 2 == 0,
        sa.Integer: number,
        sa.Numeric: number / 2,
        sa.Float: number / 2,
    }
    for kind, value in by_type.items():
        if isinstance(column.type, kind):
            return value
    return fixed.get(column.name, f"{column.name} {number}")


def _expect_kept(before: Held, after: Held) -> None:
    """Expect every row of the tables that are in both, by the columns that are in both."""
    for name in before.keys() & after.keys():
        if not before[name]:
            continue
        assert len(after[name]) == len(before[name]), name
        both = before[name][0].keys() & after[name][0].keys()
        was, has = (
            sorted(repr([row[column] for column in sorted(both)]) for row in rows)
            for rows in (before[name], after[name])
        )
        assert has == was, name
