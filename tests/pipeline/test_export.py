"""What is exported is what the views say, in every format, from either database."""

import json
import sqlite3
import stat
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import frictionless
import psycopg
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import sqlalchemy as sa
from exported import READERS, read_back
from heard import heard

import pipeline.sheets
from contract.post import Privacy
from pipeline.export import export
from pipeline.settings import Settings
from pipeline.sheets import chunks_of, sheets_of
from transforms.search import match_of, phrases_of, searched
from warehouse import tables
from warehouse.queries import VIEWS
from warehouse.store import opened
from warehouse.view_columns import VIEW_COLUMNS
from warehouse.views import rows_of, snapshot

ODD = [
    '=HYPERLINK("http://x.example";"click")',
    "+44 and -1 and @home",
    "-",
    "@cmd|' /C calc'!A0",
    "'quoted' already",
    "''",
    '\tTab, "quotes", comma; semicolon\r\nand a line\rand another\n',
    "ends with NUL \ufffd",
    "👩‍👩‍👧 Ŵyna ＝SUM(1) 道路 إصلاح الطريق",
    "＝SUM(1)",
    "NULL",
    "NaN",
    "1e5",
    "007",
    "",
    " ",
]
"""What people might write to hurt a spreadsheet, or a reader of CSV."""


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def town(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Return the settings of a town that is heard, some of whose posts are odd."""
    url = None
    if request.param == "postgresql":
        folder = request.getfixturevalue("postgres")
        name = f"town_{uuid4().hex}"
        with psycopg.connect(
            host=folder, user="goodguest", dbname="postgres", autocommit=True
        ) as connection:
            connection.execute(f"create schema {name}")
        where = f"host={folder}&options=-csearch_path%3D{name}"
        url = f"postgresql+psycopg://goodguest@/postgres?{where}"
    given = heard(tmp_path_factory.mktemp("town"), url)
    with opened(given.warehouse) as engine:
        ties = rows_of(engine, "v_post_tie", 100_000)
        keys = sorted({tie["post_key"] for tie in ties})
        with engine.begin() as connection:
            for key, odd in zip(keys, ODD, strict=False):
                of_post = tables.post.c.post_key == key
                connection.execute(
                    sa.update(tables.post).where(of_post).values(text=odd, title=odd or None)
                )
            reviews = [
                {
                    **{name: tie[name] for name in ("post_key", "target", "target_key", "method")},
                    "review_key": str(number),
                    "verdict": "disagree" if number % 5 == 0 else "agree",
                    "reviewer_role": "analyst",
                    "reviewed_at": datetime(2026, 11, 21, tzinfo=UTC),
                }
                for number, tie in enumerate(ties[:50])
            ]
            connection.execute(sa.insert(tables.link_review), reviews)
    return given


def _ordered(rows: list[dict[str, Any]], view: str) -> list[dict[str, Any]]:
    def place(row: dict[str, Any]) -> list[tuple[bool, str]]:
        return [(row[name] is not None, row[name] or "") for name in VIEWS[view].key]

    return sorted(rows, key=place)


@pytest.mark.parametrize("form", ["parquet", "csv", "sqlite"])
def test_every_format_says_what_the_views_say(
    town: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    monkeypatch.setattr(pipeline.sheets, "CHUNK_ROWS", 499)
    result = export(town, tmp_path / "out", form, "personal")
    assert result["left_out"] == []
    with opened(town.warehouse) as engine:
        for view in VIEWS:
            wanted = _ordered(rows_of(engine, view, 100_000), view)
            assert result["rows"][view] == len(wanted)
            if form == "csv":  # where an empty text is quoted, but pandas does not tell it
                wanted = [{n: None if v == "" else v for n, v in row.items()} for row in wanted]
            for found, said in zip(read_back(tmp_path / "out", form, view), wanted, strict=True):
                said.pop("posts_last_day", None)  # of the hours before the question
                found.pop("posts_last_day", None)
                assert found == said
    texts = {row["text"] for row in read_back(tmp_path / "out", form, "v_post")}
    assert set(ODD) - texts == ({""} if form == "csv" else set())
    assert {Path(name).name for name in result["files"]} == {
        path.name for path in (tmp_path / "out").iterdir()
    }
    assert {stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "out").iterdir()} == {0o600}


def test_an_export_is_of_one_moment(town: Settings) -> None:
    def shown(connection: sa.Connection) -> list[int]:
        sheets, _ = sheets_of(connection, "internal")
        read = {sheet.view: list(chunks_of(connection, sheet)) for sheet in sheets}
        return [sum(map(len, read[view])) for view in ("v_post", "v_post_tie", "v_topic_week")]

    def remove(engine: sa.Engine, at: datetime | None) -> None:
        with engine.begin() as connection:
            connection.execute(sa.update(tables.post).values(removed_at=at))

    with opened(town.warehouse) as engine:
        with snapshot(engine) as connection:
            before = shown(connection)
            kept = [row for row in _removed(engine) if row[1]]
            remove(engine, datetime.now(UTC))
            with engine.connect() as other:
                assert other.scalar(sa.text("select count(*) from v_post")) == 0
            assert shown(connection) == before
            assert min(before) > 0
        remove(engine, None)
        with engine.begin() as connection:
            for key, at in kept:
                of_post = tables.post.c.post_key == key
                connection.execute(sa.update(tables.post).where(of_post).values(removed_at=at))


def _removed(engine: sa.Engine) -> list[Any]:
    with engine.connect() as connection:
        return connection.execute(sa.select(tables.post.c.post_key, tables.post.c.removed_at)).all()


@pytest.mark.parametrize("town", ["sqlite"], indirect=True)
def test_the_csv_package_is_valid(town: Settings, tmp_path: Path) -> None:
    for level in ("open", "internal", "personal"):
        export(town, tmp_path, "csv", level)
        report = frictionless.validate(str(tmp_path / "datapackage.json"))
        assert report.flatten(["name", "message"]) == []
        assert report.valid
        assert len(report.tasks) == len(list(tmp_path.glob("*.csv")))
    with (tmp_path / "v_post.csv").open("a", encoding="utf-8") as file:
        file.write("no post\r\n")
    assert not frictionless.validate(str(tmp_path / "datapackage.json")).valid


@pytest.mark.parametrize("town", ["sqlite"], indirect=True)
def test_the_parquet_package_says_what_is_in_the_files(town: Settings, tmp_path: Path) -> None:
    export(town, tmp_path, "parquet", "personal")
    report = frictionless.validate(str(tmp_path / "datapackage.json"))
    # Its reader makes a missing whole number a broken one before it looks.
    nan = 'Type error in the cell "nan" '
    wrong = [m for (m,) in report.flatten(["message"]) if not m.startswith(nan)]
    assert wrong == []
    types = {
        "string": pa.string(), "integer": pa.int64(), "number": pa.float64(),
        "datetime": pa.timestamp("us", tz="UTC"), "object": pa.string(), "boolean": pa.bool_(),
    }  # fmt: skip
    package = json.loads((tmp_path / "datapackage.json").read_text("utf-8"))
    assert [resource["name"] for resource in package["resources"]] == list(VIEWS)
    for resource in package["resources"]:
        file = pq.ParquetFile(tmp_path / resource["path"])
        fields, found = resource["schema"]["fields"], file.schema_arrow
        assert [(f["name"], types[f["type"]]) for f in fields] == [(f.name, f.type) for f in found]
        for field, column in zip(fields, found, strict=True):
            assert column.metadata[b"meaning"].decode() == field["description"]
            assert column.metadata.get(b"unit", b"").decode() == field.get("unit", "")
        assert found.metadata[b"comment"].decode() == resource["description"]
        assert resource["goodguest"]["rows"] == file.metadata.num_rows


@pytest.mark.parametrize("town", ["sqlite"], indirect=True)
def test_the_database_explains_itself_and_is_found_in(town: Settings, tmp_path: Path) -> None:
    export(town, tmp_path, "sqlite", "personal")
    assert frictionless.Package.validate_descriptor(str(tmp_path / "datapackage.json")).valid
    with closing(sqlite3.connect(f"file:{tmp_path}/goodguest.db?mode=ro", uri=True)) as db:
        assert db.execute("pragma journal_mode").fetchone() == ("delete",)
        assert db.execute("pragma integrity_check").fetchone() == ("ok",)
        described = dict(db.execute("select view, rows from dictionary_view"))
        for view in VIEWS:
            assert db.execute(f"select count(*) from {view}").fetchone() == (described[view],)
            columns = db.execute(
                'select "column" from dictionary_column where view = ? order by position', (view,)
            ).fetchall()
            names = db.execute("select name from pragma_table_info(?)", (view,)).fetchall()
            assert columns == names
        about = dict(db.execute("select name, value from about"))
        assert about["privacy"] == "personal"
        assert about["agency"] == town.load_charter().agency.name
        posts = [
            (key, " ".join(["", searched(title or ""), searched(text), ""]))
            for key, title, text in db.execute("select post_key, post_title, text from v_post")
        ]
        search = (
            "select post_key from v_post_fts join v_post on v_post.rowid = v_post_fts.rowid "
            "where v_post_fts match ?"
        )
        for query in (
            "POTHOLE",
            "Ŵyna",
            "道路",
            "the road",
            "الطريق",
            '"the road"',
            "x" * 99,
            'a "b',
            "-",
            "",
        ):
            phrases = [f" {phrase} " for phrase in phrases_of(query)]
            wanted = {key for key, words in posts if phrases and all(p in words for p in phrases)}
            assert {key for (key,) in db.execute(search, (match_of(query) or '""',))} == wanted
            assert bool(wanted) == (query not in ("x" * 99, 'a "b', "-", ""))


@pytest.mark.parametrize("town", ["sqlite"], indirect=True)
@pytest.mark.parametrize("form", ["parquet", "csv", "sqlite"])
def test_it_holds_what_its_privacy_class_allows(town: Settings, tmp_path: Path, form: str) -> None:
    with opened(town.warehouse) as engine:
        texts = [row["text"] for row in rows_of(engine, "v_post", 50) if len(row["text"]) > 40]
    may = {Privacy.OPEN}
    for level, more in (("open", Privacy.OPEN), ("internal", Privacy.INTERNAL)):
        may.add(more)
        result = export(town, tmp_path, form, level)
        left_out = " ".join(result["left_out"])
        for view in VIEWS:
            if view not in result["rows"]:
                assert f"{view}, whose rows" in left_out
                continue
            columns = READERS[form](tmp_path, view).columns
            assert {VIEW_COLUMNS[name].privacy for name in columns} <= may
            assert len(columns) > 0
        assert ("v_post" in result["rows"]) == (level == "internal")
        assert "text, url of v_post" in left_out or level == "open"
        assert left_out in (tmp_path / "dictionary.md").read_text("utf-8").replace("\n\n", " ")
        assert left_out in json.loads((tmp_path / "datapackage.json").read_text())["description"]
        written = b"".join(path.read_bytes() for path in tmp_path.iterdir())
        assert texts
        assert not any(text.encode() in written for text in texts)
        assert b"not endorsed or certified by SmugMug" in written
        assert b"Nothing here is cleared for publication" in written
