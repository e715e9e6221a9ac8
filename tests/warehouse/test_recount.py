"""The counts of weeks: never wrong, whether counted already or still to be."""

import sqlite3
from contextlib import closing
from typing import Any

import pandas as pd
import pytest
import sqlalchemy as sa
from batches import LONG, counted, later, load, post_of, register, rows

from contract.catalogue import Dataset, Topic
from contract.post import Tag
from warehouse.catalogue import load_datasets, load_topics
from warehouse.cells import COUNTS, stale_week
from warehouse.links import store_ties, unlinked_posts
from warehouse.queries import VIEWS
from warehouse.recount import mark_stale, recount, refresh_statistics
from warehouse.views import rows_of

WEEKS = ["2026-W45", "2026-W46"]


def _stale(engine: sa.Engine) -> list[str]:
    return sorted(row["week"] for row in rows(engine, stale_week))


def _counted(engine: sa.Engine) -> dict[str, list[dict[str, Any]]]:
    return {view: rows_of(engine, view, 100) for view in VIEWS}


def test_views_say_the_same_before_and_after_counting(town: sa.Engine) -> None:
    load(town, [
        post_of("1", text=LONG, author_id="a"), post_of("2", text="Two", author_id="a"),
        post_of("3", text="Three", created_at=later(-24 * 7)),
    ])  # fmt: skip
    assert _stale(town) == WEEKS
    before = _counted(town)
    assert counted(town) == WEEKS
    assert _stale(town) == []
    assert _counted(town) == before
    assert sum(len(rows(town, table)) for table in COUNTS) == 2
    assert before["v_community_week"][0]["posts"] == 2


def test_only_what_changes_a_count_makes_a_week_stale(town: sa.Engine) -> None:
    load(town, [post_of("1", text=LONG), post_of("2", text="Two", created_at=later(-24 * 7))])
    counted(town)
    load(town, [post_of("1", text=LONG, observed_at=later(1), likes=3)])
    assert _stale(town) == []
    load(town, [post_of("2", text="2", created_at=later(-24 * 7), observed_at=later(1))])
    assert _stale(town) == ["2026-W45"]
    counted(town)
    # The older post with the same words takes the place of the one that counted.
    load(town, [post_of("0", text=LONG, created_at=later(-24 * 7))])
    assert counted(town) == WEEKS
    load(town, [post_of("0", removed_at=later(2), observed_at=later(2))])
    assert counted(town) == WEEKS
    shown = {row["week"]: row["posts"] for row in rows_of(town, "v_community_week", 9)}
    assert shown == {"2026-W45": 1, "2026-W46": 1}


def test_of_weeks_without_a_post_that_counts_nothing_is_left(town: sa.Engine) -> None:
    load(town, [
        post_of("1", text=LONG, created_at=later(-24 * 7)), post_of("2", text=LONG + "!"),
    ])  # fmt: skip
    counted(town)
    assert [row["week"] for row in rows_of(town, "v_community_week", 9)] == WEEKS[:1], "copies"
    load(town, [
        post_of(native_id, removed_at=later(2), observed_at=later(2)) for native_id in "12"
    ])  # fmt: skip
    with town.begin() as connection:
        mark_stale(connection, [f"{year}-W01" for year in range(1000, 2000)])
    assert len(counted(town)) == 1002
    assert _stale(town) == []
    assert [row for table in COUNTS for row in rows(town, table)] == []


def test_no_more_weeks_are_counted_at_once_than_posts(
    town: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_once: list[int] = []
    monkeypatch.setattr("warehouse.recount._AT_ONCE", 4)
    monkeypatch.setattr("warehouse.recount._recount", lambda _, weeks: at_once.append(len(weeks)))
    load(town, [post_of(f"{number}", text=f"Post {number}") for number in range(5)])
    with town.begin() as connection:
        mark_stale(connection, [f"{year}-W01" for year in range(2010, 2020)])
    assert len(recount(town)) == 11
    assert at_once == [4, 4, 2, 1]


def test_the_day_and_the_tags_of_a_post_are_counted_too(town: sa.Engine) -> None:
    tag = Tag(tag="BinDay", normalised="binday")
    load(town, [post_of("1", text="One", tags=(tag,), observed_at=later(0))])
    counted(town)
    load(town, [post_of("1", text="One", tags=(tag,), observed_at=later(-24))])
    assert _stale(town) == ["2026-W46"], "it was seen a day before"
    counted(town)
    other = Tag(tag="BinDay", normalised="bin day")
    load(town, [post_of("1", text="One", tags=(other,), observed_at=later(1))])
    assert _stale(town) == ["2026-W46"], "its tag reads as another"


def test_a_source_read_for_another_purpose_is_counted_anew(town: sa.Engine, tmp_path: Any) -> None:
    load(town, [post_of("1", text=LONG)])
    counted(town)
    register(town, tmp_path)
    assert _stale(town) == []
    register(town, tmp_path, roads="parks")
    assert _stale(town) == ["2026-W46"]
    assert [row["purpose"] for row in rows_of(town, "v_community_week", 9)] == ["parks"]


def test_posts_of_a_source_that_a_store_has_lost_are_not_counted(town: sa.Engine) -> None:
    if town.dialect.name != "sqlite":
        pytest.skip("PostgreSQL looks after references")
    load(town, [post_of("1", text="One"), post_of("2", text="Two", source="feed")])
    with closing(sqlite3.connect(str(town.url.database))) as damaged, damaged:
        damaged.execute("delete from source where id = 'feed'")
    before = rows_of(town, "v_community_week", 9)
    counted(town)
    assert rows_of(town, "v_community_week", 9) == before
    assert [row["posts"] for row in before] == [1]


def test_the_database_looks_at_its_rows_when_many_are_new(town: sa.Engine) -> None:
    is_sqlite = town.dialect.name == "sqlite"
    seen = (
        "select count(*) from sqlite_stat1 where tbl = 'post'"
        if is_sqlite
        else "select count(*) from pg_stats where tablename = 'post' "
        "and schemaname = current_schema()"
    )
    load(town, [post_of(str(number), text=f"Post {number}") for number in range(30)])
    refresh_statistics(town, 2)
    with town.connect() as connection:
        has_looked = sa.inspect(connection).has_table("sqlite_stat1") or not is_sqlite
        assert not (has_looked and connection.exec_driver_sql(seen).scalar())
    refresh_statistics(town, 3)
    with town.connect() as connection:
        assert connection.exec_driver_sql(seen).scalar()


def test_what_no_dataset_speaks_the_language_of_is_neither_met_nor_unmet(town: sa.Engine) -> None:
    load(town, [post_of("1", text="Un", lang="cy"), post_of("2", text="Two", lang="en-GB")])
    load_topics(town, "t", [Topic(uri="urn:t")])
    load_datasets(town, "c", [Dataset(identifier="d", title="Lamps")])
    with town.connect() as connection:
        posts = unlinked_posts(connection, "v1", 9)
    ties = pd.DataFrame({
        "post_key": posts["post_key"], "target": "urn:t", "score": 0.5, "method": "label",
        "evidence": [{}, {}],
    })  # fmt: skip
    store_ties(town, posts, "v1", ties, ties[:0], ties[:0])
    counted(town)
    assert _unmet(town) == (1, 1)
    load_datasets(town, "c", [Dataset(identifier="d", title="Lampau", lang="cy-GB")])
    assert _stale(town) == ["2026-W46"]
    assert _unmet(town) == (1, 1)
    load_datasets(town, "d", [Dataset(identifier="e", title="Lamps", lang="en")])
    assert _unmet(town) == (2, 0)
    counted(town)
    assert _unmet(town) == (2, 0)
    load_datasets(town, "d", [Dataset(identifier="e", title="All lamps", lang="EN-us")])
    assert _stale(town) == []


def _unmet(engine: sa.Engine) -> tuple[int, int]:
    (row,) = rows_of(engine, "v_unmet_demand", 9)
    (community,) = rows_of(engine, "v_community_week", 9)
    assert community["unranked_posts"] == row["unranked_posts"]
    return row["posts"], row["unranked_posts"]
