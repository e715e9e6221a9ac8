"""Months of posts: where they stand, how they move, and dropping one as a whole."""

from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from batches import LONG, later, load, post_of, rows

from contract.post import Tag
from warehouse.months import drop_month
from warehouse.recount import recount
from warehouse.store import writing
from warehouse.tables import BELONGINGS, post
from warehouse.views import rows_of

OCTOBER = datetime(2026, 10, 31, 23, 59, tzinfo=UTC)


def test_posts_of_any_time_are_stored_and_move_with_their_day(town: sa.Engine) -> None:
    times = {
        "first": datetime(1970, 1, 2, tzinfo=UTC),
        "old": datetime(1999, 12, 31, tzinfo=UTC),
        "last": datetime(2026, 10, 31, 23, 59, 59, tzinfo=UTC),
        "next": datetime(2026, 11, 1, tzinfo=UTC),
        "to come": datetime(2099, 12, 31, tzinfo=UTC),
    }
    load(town, [post_of(name, created_at=moment) for name, moment in times.items()])
    stored = {row["native_id"]: row["day"] for row in rows(town, "post")}
    assert stored == {
        "first": "1970-01-02",
        "old": "1999-12-31",
        "last": "2026-10-31",
        "next": "2026-11-01",
        "to come": "2026-11-15",
    }
    load(town, [post_of("last", created_at=times["next"], observed_at=later(1))])
    (moved,) = rows(town, "post", native_id="last")
    assert (moved["day"], len(rows(town, "post"))) == ("2026-11-01", 5)
    if town.dialect.name == "postgresql":
        query = "select tableoid::regclass::text, count(*) from post group by 1"
        with town.connect() as connection:
            held = dict(connection.exec_driver_sql(query).all())
        assert held == {"post_before_2000": 2, "post_2026_11": 3}


def test_a_month_is_dropped_with_all_that_belongs_to_its_posts(town: sa.Engine) -> None:
    tags = (Tag(tag="road"),)
    load(town, [
        post_of("1", text=LONG, tags=tags, created_at=OCTOBER, likes=1),
        post_of("2", text="Two", tags=tags, likes=2),
    ])  # fmt: skip
    recount(town)
    before = rows_of(town, "v_community_week", 9)
    with writing(town) as connection:
        assert drop_month(connection, "2026-10") == 1
        assert drop_month(connection, "2026-10") == 0
    (left,) = rows(town, "post")
    assert left["native_id"] == "2"
    for table in BELONGINGS:
        assert {row["post_key"] for row in rows(town, table)} <= {left["post_key"]}
    assert [row["text"] for row in rows_of(town, "v_post", 9)] == ["Two"]
    assert rows_of(town, "v_community_week", 9) == before, "what was counted stays"
    load(town, [post_of("1", text=LONG, created_at=OCTOBER, observed_at=later(2))])
    assert len(rows(town, post)) == 2


def test_a_month_that_is_none_is_refused(town: sa.Engine) -> None:
    for month in ("2026-13", "post", "2026-10'; drop table post; --"):
        with pytest.raises(ValueError, match=r"month|isoformat"), writing(town) as connection:
            drop_month(connection, month)
