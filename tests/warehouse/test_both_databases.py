"""Answers in which one database would have an order, or an error, of its own."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from batches import NOON, counted, load, moved, post_of

from warehouse import weekly
from warehouse.receipts import receipt_of, request
from warehouse.reporting import gone_between
from warehouse.rows import upsert_rows
from warehouse.store import writing
from warehouse.tables import removal
from warehouse.views import rows_of
from warehouse.weekly_places import communities

WEEK, BEFORE = "2026-W46", "2026-W45"
WANTED = weekly.Wanted("roads", (), WEEK, BEFORE, ())


@pytest.fixture
def places(town: sa.Engine) -> sa.Engine:
    """Return a store with a post in each of three communities of a platform, and one in none."""
    names = ("b", None, "a", "B")
    load(town, moved([post_of(str(n), community_id=x) for n, x in enumerate(names)], "forum/a"))
    counted(town)
    return town


def test_posts_in_no_community_come_first(places: sa.Engine) -> None:
    with places.connect() as connection:
        told = [x.key for x in communities(connection, WANTED)]
    shown = [row["community_key"] for row in rows_of(places, "v_community_week", 10)]
    assert told == shown == [None, *sorted(filter(None, told))]
    assert len(told) == 4


def _removal(key: str, what: str, why: str, platform: str | None) -> dict[str, object]:
    return {
        "removal_key": key, "what": what, "why": why, "detected_at": NOON, "done_at": NOON,
        "places": [], "latency_seconds": 60.0, "platform": platform, "since_at": NOON,
    }  # fmt: skip


def test_a_report_has_removals_of_no_platform_first(town: sa.Engine) -> None:
    with writing(town) as connection:
        upsert_rows(connection, removal, [
            _removal(str(n), str(n), "erasure", platform)
            for n, platform in enumerate(("reddit", None, "feed"))
        ])  # fmt: skip
        found = gone_between(connection, NOON, NOON + timedelta(hours=1))
    assert [one.platform for one in found] == [None, "feed", "reddit"]


def test_a_receipt_is_of_what_was_asked_for_whatever_else_was_removed(town: sa.Engine) -> None:
    with writing(town) as connection:
        upsert_rows(connection, removal, [_removal("0", "post", "changed there", "reddit")])
        request(connection, "post", "erasure", "reddit", NOON)
        upsert_rows(connection, removal, [_removal("f" * 32, "post", "changed there", "reddit")])
        receipt = receipt_of(connection, "post")
    assert (receipt["why"], receipt["done_at"]) == ("erasure", None)


def test_what_fails_while_a_digest_is_counted_says_why(places: sa.Engine) -> None:
    with (
        places.connect() as connection,
        pytest.raises(sa.exc.DBAPIError, match="nowhere"),
        weekly.held(connection, WANTED, [WEEK]),
    ):
        connection.exec_driver_sql("select * from nowhere")
    with places.connect() as connection, weekly.held(connection, WANTED, [WEEK]) as of:
        assert weekly.total(connection, of).posts == 4
