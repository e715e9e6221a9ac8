"""What the views have to say of the invented years: their sums against what was made."""

from collections import Counter
from collections.abc import Iterator
from typing import Any, NamedTuple

import sqlalchemy as sa

from bench.years import Tally


class Made(NamedTuple):
    """What was made: posts, verdicts, posts charged, sources and the hours of them."""

    tally: Tally
    verdicts: int
    charged: int
    sources: int
    hours: int


def wrong_sums(engine: sa.Engine, made: Made) -> list[str]:
    """Return what the views say wrongly, in words; none when all sums are right."""
    with engine.connect() as connection:
        return [
            f"{what}: found {_short(found)}, expected {_short(expected)}"
            for what, found, expected in _sums(connection, made)
            if found != expected
        ]


def _sums(connection: sa.Connection, made: Made) -> Iterator[tuple[str, Any, Any]]:
    tally = made.tally

    def number(query: str) -> int:
        return int(connection.scalar(sa.text(query)) or 0)

    def by(columns: str, view: str) -> Counter[Any]:
        query = f"select {columns}, sum(posts) from {view} group by {columns}"  # noqa: S608
        rows = [tuple(row) for row in connection.execute(sa.text(query))]
        return Counter({row[0] if len(row) == 2 else row[:-1]: int(row[-1]) for row in rows})

    yield "posts", number("select count(*) from post"), tally.posts
    copies = "select count(*) from post where near_duplicate_of is not null"
    yield "copies", number(copies), tally.copies
    ties = sum(counts.total() for counts in tally.ties.values())
    yield "v_post", number("select count(*) from v_post"), tally.counted
    yield "v_post_tie", number("select count(*) from v_post_tie"), ties
    yield "v_post_tag", number("select count(*) from v_post_tag"), tally.tags
    yield "v_community_week", by("week, purpose", "v_community_week"), tally.weeks
    yield "v_topic_week", by("topic_uri", "v_topic_week"), tally.ties["topic"]
    yield "v_dataset_demand_week", by("dataset_key", "v_dataset_demand_week"), tally.ties["dataset"]
    yield "v_entity_week", by("entity_key", "v_entity_week"), tally.ties["entity"]
    yield "v_unmet_demand", number("select sum(posts) from v_unmet_demand"), tally.unmet
    yield "v_link_precision", number("select sum(reviewed) from v_link_precision"), made.verdicts
    spent = number("select sum(posts_charged) from v_spending_month")
    yield "v_spending_month", spent, made.charged
    hours = number("select sum(hours_expected) from v_coverage_day")
    yield "v_coverage_day", hours, made.hours
    yield "v_source_health", number("select count(*) from v_source_health"), made.sources


def _short(value: Any) -> str:
    if isinstance(value, Counter):
        return f"{value.total():,} in {len(value):,} lines"
    return f"{value:,}"
