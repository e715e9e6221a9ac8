"""Every view says what it is said to mean, to the last row and digit, on both databases."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import psycopg
import pytest
import sqlalchemy as sa
from batches import load, post_of
from heard import heard as heard_in
from oracle import ORACLE, Held, Row, held_by, said_of
from place import TODAY
from stores import made_and_let_go

from contract.charter import Budget
from contract.page import Window
from pipeline.catalogue import load_catalogue
from pipeline.refine import refine
from warehouse.coverage import write_coverage
from warehouse.protecting import protect
from warehouse.queries import VIEWS
from warehouse.recount import recount
from warehouse.reviews import Verdict, store_verdicts
from warehouse.runs import begin_run, register_sources
from warehouse.spending import reserve_posts, settle_posts
from warehouse.store import open_store, writing
from warehouse.tables import TIES, coverage, ingest_run, removal, spending
from warehouse.views import rows_of

MIDNIGHT = datetime(TODAY.year, TODAY.month, TODAY.day, tzinfo=UTC)
ALL = 10**6
SENSITIVE = ("unions, faith and elections", "company and loneliness")

_Heard = tuple[sa.Engine, Held]


@pytest.fixture(scope="module")
def heard(tmp_path_factory: pytest.TempPathFactory, postgres: str) -> Iterator[list[_Heard]]:
    """Return SQLite and PostgreSQL with one reading of the town, and what is rare in a town."""
    name = f"views_{uuid4().hex}"
    with psycopg.connect(host=postgres, user="goodguest", dbname="postgres", autocommit=True) as c:
        c.execute(f"create database {name}")
    url = f"postgresql+psycopg://goodguest@/{name}?host={postgres}"
    made_and_let_go(url)
    here = heard_in(tmp_path_factory.mktemp("town"))
    engines = [open_store(here.warehouse), open_store(url)]
    try:
        _read_badly(engines[0])
        refine(here)  # what is due of these hours is done, as it will be in the other
        _spend(engines[0])
        register_sources(engines[1], here.load_charter())
        _copy(*engines, tables=(ingest_run, coverage, spending))
        load_catalogue(replace(here, warehouse=url))
        refine(replace(here, warehouse=url))
        held = held_by(engines[0])
        for engine in engines:
            _remove_and_repeat(engine, held)
            _honour(engine)
            protect(engine, SENSITIVE, 5)
            recount(engine)
        held = held_by(engines[0])
        for engine in engines:
            _review(engine, held)
        yield [(engine, held_by(engine)) for engine in engines]
    finally:
        for engine in engines:
            engine.dispose()


def _read_badly(engine: sa.Engine) -> None:
    """Read on for weeks in which hours are blocked, cut, given up or asked of by nobody."""
    spans = (
        ("town-forum", 30, 101, 77),
        ("riverside-news", 200, 90, 13),
        ("town-forum", 400, 9, 9),
    )
    for source, after, hours, read in spans:
        since = MIDNIGHT + timedelta(hours=after, minutes=20)
        run = begin_run(engine, source, Window(since, since + timedelta(hours=hours)))
        with writing(engine) as connection:
            got = Window(since, since + timedelta(hours=read))
            write_coverage(connection, run, got, "blocked")


def _spend(engine: sa.Engine) -> None:
    asked: list[tuple[str, int, int, int | None, dict[str, Any]]] = [
        ("town-forum", 0, 100, 40, {"posts": 1000, "price": 0.1}),
        ("town-forum", 1, 70, None, {"posts": 300, "price": 0.7}),
        ("town-forum", 2, 10, 3, {"posts": 7, "price": 0.1}),
        ("town-forum", 40, 10, 0, {"posts": 0}),
        ("riverside-news", 0, 5, 5, {"posts": 3, "price": 0.1}),
        ("riverside-news", 0, 5, 5, {"posts": 3, "price": 0.1, "currency": "EUR"}),
        ("neighbourhood-blog", 0, 7, 7, {"posts": 9, "price": 0.3}),
        ("neighbourhood-blog", 1, 7, 7, {"posts": 9}),
    ]
    for source, day, reserved, charged, given in asked:
        budget, at = Budget(**given), MIDNIGHT + timedelta(days=day)
        with writing(engine) as connection:
            key = reserve_posts(connection, source, reserved, reserved, budget, at, None)
            if charged is not None:
                settle_posts(connection, key, charged, charged, budget)


def _copy(one: sa.Engine, other: sa.Engine, tables: tuple[sa.Table, ...]) -> None:
    """Copy what tells of the reading itself: it was read once, by the first."""
    with one.connect() as there, writing(other) as here:
        for table in tables:
            here.execute(sa.insert(table), [r._asdict() for r in there.execute(sa.select(table))])


def _remove_and_repeat(engine: sa.Engine, held: Held) -> None:
    """Have tied posts said again, before them and after, and remove some that were and were not."""
    tied = {tie["post_key"] for tie in held["post_topic"]}
    standing = [
        post
        for post in sorted(held["post"], key=lambda post: post["post_key"])
        if post["post_key"] in tied and post["created_at"] and len(post["text"]) > 60
    ][:60]
    later = MIDNIGHT + timedelta(days=2)
    kept = ("platform", "kind", "source", "title", "text", "created_at")
    given = [{name: post[name] for name in kept} | {"observed_at": later} for post in standing]
    load(engine, [
        post_of(f"again-{n}-{days}", **one | {
            "created_at": one["created_at"] + timedelta(days=days), "author_id": f"{n % 7}",
            "likes": n, "landing": f"town-forum/again{n}{days}#1"})
        for n, one in enumerate(given[::2])
        for days in (-1, 1, 8)
    ])  # fmt: skip
    load(engine, [
        post_of(post["native_id"], **one | {
            "removed_at": later, "landing": f"town-forum/gone{post['post_key']}#1"})
        for post, one in zip(standing[::3], given[::3], strict=True)
    ])  # fmt: skip


def _honour(engine: sa.Engine) -> None:
    """Have what was removed be gone in two months, on platforms with a duty and without."""
    with writing(engine) as connection:
        keys = connection.scalars(sa.select(removal.c.removal_key).order_by("removal_key")).all()
        for n, key in enumerate(keys):
            receipt = {
                "done_at": MIDNIGHT + timedelta(days=20 * (n % 2), hours=n),
                "latency_seconds": 3600.0 * (n % 7) * 5 + n,
                "platform": ("discourse", "feed", None)[n % 3],
                "duty_hours": None if n % 3 == 1 else 24,
            }
            its = removal.c.removal_key == key
            connection.execute(sa.update(removal).where(its).values(receipt))


def _review(engine: sa.Engine, held: Held) -> None:
    """Have two roles judge some ties, and one of them think again."""
    ties = [
        Verdict(row["post_key"], target, row[table.columns[1].name], row["method"], "agree", None)
        for target, table in TIES.items()
        for row in sorted(held[table.name], key=lambda row: row["post_key"])
    ]
    disagree = [tie._replace(verdict="disagree") for tie in ties]
    for verdicts, role in (
        (ties[::30], "analyst"), (disagree[::90], "analyst"), (disagree[::60], "editor"),
    ):  # fmt: skip
        assert {*store_verdicts(engine, verdicts, role, MIDNIGHT).outcomes} == {"stored"}


def _by_key(view: str, rows: Iterable[Row]) -> dict[tuple[Any, ...], Row]:
    found: dict[tuple[Any, ...], Row] = {}
    for row in rows:
        key = tuple(row[name] for name in VIEWS[view].key)
        assert key not in found, f"{view}: a second row of {key}"
        found[key] = {name: said_of(value) for name, value in row.items()}
    return found


def _assert_same(one: dict[Any, Row], other: dict[Any, Row]) -> None:
    assert one.keys() == other.keys()
    differing = [(key, row, other[key]) for key, row in one.items() if row != other[key]]
    assert not differing, f"{len(differing)} rows, such as {differing[0]}"


def test_every_view_has_an_oracle() -> None:
    assert {*ORACLE} == {*VIEWS}


def test_the_town_has_what_views_must_mind(heard: list[_Heard]) -> None:
    for _, held in heard:
        posts = held["post"]
        assert sum(post["removed_at"] is not None for post in posts) >= 20
        assert sum(post["near_duplicate_of"] is not None for post in posts) >= 60
        assert {row["state"] for row in held["coverage"]} >= {"complete", "partial", "gap"}
        assert {row["verdict"] for row in held["link_review"]} == {"agree", "disagree"}


@pytest.mark.parametrize("view", VIEWS)
def test_a_view_says_what_it_means_on_both_databases(heard: list[_Heard], view: str) -> None:
    shown = [_by_key(view, rows_of(engine, view, ALL)) for engine, _ in heard]
    assert len(shown[0]) > 1
    for rows, (_, held) in zip(shown, heard, strict=True):
        _assert_same(rows, _by_key(view, ORACLE[view](held)))
        for row in rows.values():
            row.pop("linked_at", None)  # when a store was refined differs between two of the same
    _assert_same(*shown)
