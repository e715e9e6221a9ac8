"""Indexes: what analysts ask of the views is looked up, on either database, never searched for."""

import pytest
import sqlalchemy as sa
from batches import LONG, counted, load, many_files, moved, post_of

ASKED = {
    "a post": ("select * from v_post where post_key = 'k'", "post"),
    "its ties": ("select * from v_post_tie where post_key = 'k'", "post_topic"),
    "its tags": ("select * from v_post_tag where post_key = 'k'", "post_tag"),
    "the answers to it": ("select * from v_post where parent_key = 'k'", "post"),
    "its copies": ("select copies from v_post where post_key = 'k'", "post"),
    "a week": ("select * from v_post where week = '2026-W46'", "post"),
    "a day": ("select * from v_post where day = '2026-11-15'", "post"),
    "a community": ("select * from v_post where community_key = 'k'", "post"),
    "a topic's ties": (
        "select * from v_post_tie where target = 'topic' and target_key = 'u'",
        "post_topic",
    ),
    "a dataset's ties": (
        "select * from v_post_tie where target = 'dataset' and target_key = 'k'",
        "post_dataset",
    ),
    "a week's topics": ("select * from v_topic_week where week = '2026-W46'", "topic_week"),
    "a week's datasets": (
        "select * from v_dataset_demand_week where week = '2026-W46'",
        "dataset_week",
    ),
    "what came in a day": ("select posts_last_day from v_source_health", "post"),
}


@pytest.fixture
def filled(town: sa.Engine) -> sa.Engine:
    """Return an engine for a store with some posts, counted."""
    load(town, [post for file in many_files(3) for post in file])
    load(town, moved([post_of("x", text=LONG, community_id="c")], "forum/x"))
    counted(town)
    return town


@pytest.mark.parametrize("asked", ASKED)
def test_a_question_is_answered_through_an_index(filled: sa.Engine, asked: str) -> None:
    query, table = ASKED[asked]
    with filled.connect() as connection:
        if filled.dialect.name == "sqlite":
            plan = [row[3] for row in connection.exec_driver_sql(f"explain query plan {query}")]
            read = [step for step in plan if f" {table} " in f"{step} "]
            assert read
            assert all(step.startswith(f"SEARCH {table}") for step in read), plan
            return
        # Of a table this small PostgreSQL would rather read all.
        connection.exec_driver_sql("set local enable_seqscan = off")
        plan = [row[0] for row in connection.exec_driver_sql(f"explain {query}")]
        assert any("Index Cond" in step for step in plan)
        months = ("post_2026_11", "post_before_2000", "post_after_2099")
        read_whole = [
            f"Seq Scan on {name}" for name in (table, *(months if table == "post" else ()))
        ]
        assert not any(f"{whole} " in f"{step} " for step in plan for whole in read_whole), plan
