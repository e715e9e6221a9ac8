"""A sheet database: all sheets in one SQLite file, with a dictionary and full-text search."""

import sqlite3
from collections.abc import Iterable, Mapping
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from pipeline.sheets import Rows, Sheet, Sheets, columns_of_rows, json_text, utc_text
from transforms.search import searched

DATABASE: Final = "goodguest.db"
_TYPES: Final[dict[type, str]] = {
    str: "text", int: "integer", float: "real", bool: "integer", datetime: "text", dict: "text",
}  # fmt: skip
_SHOWN: Final = {datetime: utc_text, dict: json_text}
_FILTERED: Final = (
    "post_key", "parent_key", "community_key", "topic_uri", "dataset_key", "entity_key",
    "target_key", "tag", "day", "week", "purpose", "source", "platform", "kind", "lang",
    "created_at",
)  # fmt: skip
"""Columns that get an index wherever they stand."""
_BEGIN: Final = """
pragma journal_mode = OFF;  -- nobody reads the file before it is whole
pragma synchronous = OFF;
pragma cache_size = -65536;
create table dictionary_view (view text primary key, comment text, key text, rows integer);
create table dictionary_column (
  view text, position integer, "column" text, type text, unit text, privacy text, meaning text,
  primary key (view, position)
);
create table about (name text primary key, value text);
"""


def write_database(folder: Path, sheets: Sheets, about: Mapping[str, str]) -> dict[str, int]:
    """Return how many rows each view has, once all of them stand in `goodguest.db`.

    A row's rowid is its place in the order of the view's key, from 1. `v_post_fts` holds the words
    of title and text by that rowid, where these are exported (see `transforms.search.match_of`).
    """
    rows = {}
    with closing(sqlite3.connect(folder / DATABASE, isolation_level=None)) as db:
        db.executescript(_BEGIN)
        for sheet, chunks in sheets:
            db.execute("begin")
            rows[sheet.view] = _write(db, sheet, chunks)
            _describe(db, sheet, rows[sheet.view])
            db.execute("commit")
        db.executemany("insert into about values (?, ?)", about.items())
        db.execute("analyze")
        db.execute("pragma journal_mode = DELETE")
    return rows


def _write(db: sqlite3.Connection, sheet: Sheet, chunks: Iterable[Rows]) -> int:
    columns = ", ".join(f'"{n}" {_TYPES[s.type]}' for n, s in sheet.columns.items())
    key = f", primary key ({_quoted(sheet.key)})" if sheet.key else ""
    db.execute(f"create table {sheet.view} ({columns}{key})")
    if sheet.is_searchable:
        options = "words, content='', tokenize='ascii'"
        db.execute(f"create virtual table {sheet.view}_fts using fts5({options})")
    written = 0
    for rows in chunks:
        _insert(db, sheet, written, rows)
        written += len(rows)
    if sheet.is_searchable:
        db.execute(f"insert into {sheet.view}_fts ({sheet.view}_fts) values ('optimize')")  # noqa: S608
    for name in _FILTERED:
        if name in sheet.columns and name not in sheet.key[:1]:
            db.execute(f'create index "{sheet.view}_{name}" on {sheet.view} ("{name}")')
    return written


def _insert(db: sqlite3.Connection, sheet: Sheet, before: int, rows: Rows) -> None:
    marks = ", ".join("?" * (1 + len(sheet.columns)))
    insert = f"insert into {sheet.view} (rowid, {_quoted(sheet.columns)}) values ({marks})"  # noqa: S608
    cells = zip(*columns_of_rows(sheet, rows, _SHOWN), strict=True)
    db.executemany(insert, ((n, *row) for n, row in enumerate(cells, before + 1)))
    if sheet.is_searchable:
        title, text = map(list(sheet.columns).index, ("post_title", "text"))
        insert = f"insert into {sheet.view}_fts (rowid, words) values (?, ?)"  # noqa: S608
        words = (searched(f"{row[title] or ''}\n{row[text]}") for row in rows)
        db.executemany(insert, enumerate(words, before + 1))


def _describe(db: sqlite3.Connection, sheet: Sheet, rows: int) -> None:
    said: tuple[Any, ...] = (sheet.view, sheet.comment, ", ".join(sheet.key), rows)
    db.execute("insert into dictionary_view values (?, ?, ?, ?)", said)
    columns = (
        (sheet.view, position, name, _TYPES[s.type], s.unit, s.privacy.value, s.meaning)
        for position, (name, s) in enumerate(sheet.columns.items(), 1)
    )
    db.executemany("insert into dictionary_column values (?, ?, ?, ?, ?, ?, ?)", columns)


def _quoted(names: Iterable[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)
