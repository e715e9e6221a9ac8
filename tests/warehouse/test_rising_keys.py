"""Posts that their platform numbers get keys that rise, wherever these stand, and go back again."""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from batches import NOON

from contract.keys import stable_key
from warehouse.reviews import Verdict, review_key
from warehouse.store import downgrade, migrate, open_store, writing
from warehouse.tables import metadata, post, post_tag

BEFORE, AFTER = "0013", "0014"
ORIGINAL, ANSWER = "1989976820476280931", "1989975497760571490"
SHORT, ADDRESS = "198997682", f"https://feed.example.org/{ORIGINAL}"
IDS = (ORIGINAL, ANSWER, SHORT, ADDRESS)
MANY = 20_000

KeyOf = Callable[[str], str]
Held = dict[str, list[dict[str, Any]]]


def former(native_id: str) -> str:
    return stable_key("post", "x", native_id)


def risen(native_id: str) -> str:
    start = "19198997" if native_id in (ORIGINAL, ANSWER) else ""
    return start + former(native_id)[len(start) :]


NOT_HELD = former("1989974175044862049")
FAMILY = {
    ORIGINAL: (None, ORIGINAL, None),
    ANSWER: (ORIGINAL, ORIGINAL, ORIGINAL),
    SHORT: (ANSWER, ORIGINAL, None),
    ADDRESS: (NOT_HELD, NOT_HELD, SHORT),
}
"""By post what it answers, what began its thread, and what it is a copy of."""


@pytest.fixture
def older(bare_url: str) -> Iterator[sa.Engine]:
    """Return an engine for a store of the revision before, without a row."""
    engine = open_store(bare_url)
    migrate(engine, BEFORE)
    with writing(engine) as connection:
        if engine.dialect.name == "postgresql":
            connection.exec_driver_sql("select goodguest_hold_month('2026-11')")
    yield engine
    engine.dispose()


def test_keys_rise_wherever_they_stand_and_go_back(older: sa.Engine) -> None:
    tables = _tables(older)
    with writing(older) as connection:
        for table, columns in tables.items():
            connection.execute(sa.insert(metadata.tables[table]), _rows(table, columns, former))
        if older.dialect.name == "sqlite":
            learn = "insert into post_fts (rowid, words) select number, words from post_words"
            connection.exec_driver_sql(learn)
    assert _held(older, tables) == _wanted(tables, former)
    before, triggers = _as_written(older, tables), _triggers(older)

    migrate(older, AFTER)
    held = _held(older, tables)
    assert held == _wanted(tables, risen)
    for row in held["held_record"]:
        row["record"] = "sealed"
    assert former(ORIGINAL) not in repr(held)
    assert former(ANSWER) not in repr(held)
    after = _as_written(older, tables)
    assert _triggers(older) == triggers
    assert _finds(older, "pothole") == {*map(risen, IDS)}

    downgrade(older, BEFORE)
    assert _as_written(older, tables) == before
    assert _triggers(older) == triggers
    migrate(older, AFTER)
    assert _as_written(older, tables) == after


@pytest.mark.parametrize(
    ("native_id", "start"),
    [
        ("123456789", ""),
        ("1234567890", "10123456"),
        ("0000000000", "10000000"),
        ("7" * 99, "99777777"),
        ("7" * 100, ""),
        ("1234567890\n", ""),
        ("-1234567890", ""),
        ("12345678.90", ""),
        ("１２３４５６７８９０", ""),
        ("١٢٣٤٥٦٧٨٩٠", ""),
        ("abcdefabcdef", ""),
    ],
)
def test_only_long_numbers_rise(older: sa.Engine, native_id: str, start: str) -> None:
    _insert_posts(older, [native_id])
    migrate(older, AFTER)
    assert _keys(older) == [start + former(native_id)[len(start) :]]
    downgrade(older, BEFORE)
    assert _keys(older) == [former(native_id)]


def test_a_key_that_is_none_of_ours_goes_neither_way(older: sa.Engine) -> None:
    _insert_posts(older, [ORIGINAL], key_of=lambda _: "short")
    migrate(older, AFTER)
    assert _keys(older) == ["short"]
    with writing(older) as connection:
        connection.execute(sa.update(post).values(post_key="19198997" + "0" * 24))
    downgrade(older, BEFORE)
    assert _keys(older) == ["19198997" + "0" * 24]


def test_many_posts_take_few_statements(older: sa.Engine) -> None:
    numbers = [f"19{number:017}" for number in range(MANY)]
    _insert_posts(older, numbers)
    with writing(older) as connection:
        said = {"position": 0, "tag": "t", "tag_normalised": "t", "added_by": "author"}
        tags = [{"post_key": former(number), **said} for number in numbers]
        connection.execute(sa.insert(post_tag), tags)
    before = _as_written(older, _tables(older))
    asked: Counter[str] = Counter()
    sa.event.listen(
        older, "before_cursor_execute", lambda *given: asked.update([given[2].split()[0].lower()])
    )
    migrate(older, AFTER)
    assert _keys(older) == sorted(f"19{number[:6]}{former(number)[8:]}" for number in numbers)
    assert (asked["insert"], asked["update"]) == (1, 18)  # a table each, and Alembic's
    downgrade(older, BEFORE)
    assert (asked["insert"], asked["update"]) == (1 + 2, 2 * 18)
    assert asked["select"] < 100
    assert _as_written(older, _tables(older)) == before


def test_where_no_key_rises_nothing_is_written(older: sa.Engine) -> None:
    _insert_posts(older, IDS, key_of=risen)
    changed: list[str] = []
    sa.event.listen(older, "before_cursor_execute", lambda *given: changed.append(given[2].lower()))
    migrate(older, AFTER)
    written = [said for said in changed if said.startswith(("update", "delete"))]
    assert all("alembic_version" in said for said in written), written


def _tables(engine: sa.Engine) -> dict[str, list[sa.Column[Any]]]:
    """Return by name the columns of the tables there are, those first that others refer to."""
    inspector = sa.inspect(engine)
    return {
        table.name: [c for c in table.columns if c.name in names]
        for table in metadata.sorted_tables
        if inspector.has_table(table.name)
        for names in ({column["name"] for column in inspector.get_columns(table.name)},)
    }


def _wanted(tables: dict[str, list[sa.Column[Any]]], key_of: KeyOf) -> Held:
    return {name: _sorted(_rows(name, columns, key_of)) for name, columns in tables.items()}


def _rows(table: str, columns: list[sa.Column[Any]], key_of: KeyOf) -> list[dict[str, Any]]:
    """Return a row of the table for each post, in which all that may tell its key tells it."""
    rows = []
    for number, native_id in enumerate(IDS, 1):
        plain = {column.name: _plain(column, number) for column in columns}
        rows.append(plain | _keyed(table, native_id, key_of, plain))
    if table == "removal":
        rows.append(rows[0] | {"removal_key": "made of something else"})
    return rows


def _keyed(table: str, native_id: str, key_of: KeyOf, plain: dict[str, Any]) -> dict[str, Any]:
    """Return what a row tells of keys."""
    key = key_of(native_id)
    family = [of and (of if of == NOT_HELD else key_of(of)) for of in FAMILY[native_id]]
    at = NOON + timedelta(hours=IDS.index(native_id))
    found: dict[str, dict[str, Any]] = {
        "post": dict(zip(("parent_key", "root_key", "near_duplicate_of"), family, strict=True))
        | {"platform": "x", "native_id": native_id},
        "post_words": {"words": "pothole"},
        "short_reply": {"parent_key": family[0] or "of nobody"},
        "link_review": {"review_key": _review(key, plain)} if table == "link_review" else {},
        "removal": {"what": key, "removal_key": _removal(native_id, key, at), "detected_at": at},
        "erased": {"erased_key": key, "kind": "thread" if native_id == ANSWER else "post"},
        "due_step": {"subject": key},
        "digest_issue": {"content": None if native_id == SHORT else _issue(key, key_of)},
        "held_record": {"record": json.dumps({"post": {"post_key": former(native_id)}})},
    }
    own = {"post_key": key} if "post_key" in plain else {}
    return own | found.get(table, {})


def _review(key: str, row: dict[str, Any]) -> str:
    verdict = Verdict(key, row["target"], row["target_key"], row["method"], "agree", None)
    return review_key(verdict, row["reviewer_role"])


def _removal(native_id: str, key: str, at: datetime) -> str:
    if native_id == ANSWER:
        return stable_key("edit", key, at.isoformat())
    return stable_key("removal", key)


def _issue(key: str, key_of: KeyOf) -> dict[str, Any]:
    said = {"quotes": [{"post_key": key, "text": 'It says "post_key": nothing', "share": 0.5}]}
    narrow = {"spoken": [{"example": {"post_key": key_of(ANSWER), "url": None}, "posts": 1}]}
    return {"issue": said | {"unknown": {"post_key": NOT_HELD}}, "narrower": {"[]": narrow}}


def _plain(column: sa.Column[Any], number: int) -> Any:
    """Return a value for the column, the same in what refers to it."""
    for key in column.foreign_keys:
        if key.column is not post.c.post_key:
            return _plain(key.column, number)
    by_type = {
        dict: {"number": number},
        list: [number],
        bool: number % 2 == 0,
        int: number,
        float: number / 2,
        datetime: NOON + timedelta(hours=number),
    }
    fixed = {"day": "2026-11-15"}
    kind = column.info["type"]
    if kind in by_type:
        return by_type[kind]
    return fixed.get(column.name, f"{column.name} {number}")


def _held(engine: sa.Engine, tables: dict[str, list[sa.Column[Any]]]) -> Held:
    with engine.connect() as connection:
        return {
            name: _sorted(row._asdict() for row in connection.execute(sa.select(*columns)))
            for name, columns in tables.items()
        }


def _sorted(rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(rows, key=lambda row: repr(sorted(row.items())))


def _as_written(engine: sa.Engine, tables: Iterable[str]) -> dict[str, list[Any]]:
    """Return all rows as the database holds them: on SQLite JSON to the letter."""
    with engine.connect() as connection:
        return {
            name: sorted(map(tuple, connection.exec_driver_sql(f"select * from {name}")), key=repr)
            for name in tables
        }


def _triggers(engine: sa.Engine) -> list[Any]:
    if engine.dialect.name == "postgresql":
        return []
    with engine.connect() as connection:
        query = "select name, sql from sqlite_master where type = 'trigger' order by name"
        return list(map(tuple, connection.exec_driver_sql(query)))


def _finds(engine: sa.Engine, word: str) -> set[str]:
    is_found = {
        "sqlite": f"number in (select rowid from post_fts where words match '{word}')",
        "postgresql": f"search @@ plainto_tsquery('pg_catalog.simple', '{word}')",
    }
    with engine.connect() as connection:
        query = f"select post_key from post_words where {is_found[engine.dialect.name]}"
        return set(connection.scalars(sa.text(query)))


def _insert_posts(engine: sa.Engine, native_ids: Iterable[str], key_of: KeyOf = former) -> None:
    tables = _tables(engine)
    told = {c.name: _plain(c, 1) for c in tables["post"]}
    posts = [{**told, "platform": "x", "native_id": i, "post_key": key_of(i)} for i in native_ids]
    with writing(engine) as connection:
        for name in ("source", "community", "author"):
            row = {c.name: _plain(c, 1) for c in tables[name]}
            connection.execute(sa.insert(metadata.tables[name]), row)
        connection.execute(sa.insert(post), posts)


def _keys(engine: sa.Engine) -> list[str]:
    with engine.connect() as connection:
        return sorted(connection.scalars(sa.select(post.c.post_key)))
