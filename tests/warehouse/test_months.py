"""Months of posts: where they stand, how they move, and dropping one as a whole."""

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from batches import LONG, counted, later, load, post_of, rows

from contract.errors import FixSettings
from contract.post import Tag
from warehouse.months import drop_month
from warehouse.store import writing
from warehouse.tables import BELONGINGS
from warehouse.views import rows_of

OCTOBER = datetime(2026, 10, 31, 23, 59, tzinfo=UTC)
DAY = timedelta(days=1)


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
        post_of("late", text="Of November, in the same week", created_at=OCTOBER + DAY),
        post_of("2", text="Two", tags=tags, likes=2),
        post_of("copy", text=LONG.upper()),
    ])  # fmt: skip
    with pytest.raises(FixSettings, match="before 2026-W44 is counted"), writing(town) as c:
        drop_month(c, "2026-10")
    counted(town)
    before = {row["week"]: row["posts"] for row in rows_of(town, "v_community_week", 9)}
    assert before == {"2026-W44": 2, "2026-W46": 1}
    with writing(town) as connection:
        assert drop_month(connection, "2026-10") == 1
        assert drop_month(connection, "2026-10") == 0
    left = {row["post_key"]: row["native_id"] for row in rows(town, "post")}
    assert set(left.values()) == {"late", "2", "copy"}
    for table in BELONGINGS:
        assert {row["post_key"] for row in rows(town, table)} <= left.keys()
    # Its copy takes its place, from the week it stands in on; what was counted stays.
    assert {row["text"] for row in rows_of(town, "v_post", 9)} >= {"Two", LONG.upper()}
    again = post_of("late", text="Edited", created_at=OCTOBER + DAY, observed_at=later(2))
    load(town, [again, post_of("1", text="Seen again", created_at=OCTOBER, observed_at=later(2))])
    counted(town)
    after = {row["week"]: row["posts"] for row in rows_of(town, "v_community_week", 9)}
    assert after == {"2026-W44": 2, "2026-W46": 2}


@pytest.mark.parametrize("month", ["2026-13", "post", "1999-05", "2026-10'; drop table post; --"])
def test_a_month_that_is_none_is_refused(town: sa.Engine, month: str) -> None:
    with pytest.raises(FixSettings, match="allowed are 2000-01 to 2099-12"), writing(town) as c:
        drop_month(c, month)
