"""Keeping the counts of weeks right: which are stale, and counting those anew."""

from collections.abc import Collection, Sequence
from typing import Any, Final

import sqlalchemy as sa

from warehouse.cells import COUNTS, closed_week, count_of, read_of, stale_week
from warehouse.rows import upsert_rows
from warehouse.store import writing
from warehouse.tables import post

_AT_ONCE: Final = 20_000
"""Posts that are counted in a transaction, but for one week's: others wait for its end."""
_WORTH_A_LOOK: Final = 10
"""One new post in so many makes the database look at its rows again."""


def mark_stale(connection: sa.Connection, weeks: Collection[str]) -> None:
    """Have these weeks counted anew, but for those that are closed."""
    if weeks:
        closed = connection.scalars(sa.select(closed_week.c.week))
        rows = [{"week": week} for week in sorted(set(weeks).difference(closed))]
        upsert_rows(connection, stale_week, rows)


def recount(engine: sa.Engine) -> list[str]:
    """Return the stale weeks once each is counted anew."""
    with engine.connect() as connection:
        weeks = list(connection.scalars(sa.select(stale_week.c.week).order_by("week")))
        batches = _batches(connection, weeks)
    for batch in batches:
        with writing(engine) as connection:
            _recount(connection, batch)
    return weeks


def _batches(connection: sa.Connection, weeks: Sequence[str]) -> list[list[str]]:
    """Return the weeks in their order, as many together as have so many posts."""
    is_stale = post.c.week.in_(sa.select(stale_week.c.week))
    counted = sa.select(post.c.week, sa.func.count()).where(is_stale).group_by(post.c.week)
    posts: dict[str, int] = dict(map(tuple, connection.execute(counted)))
    batches: list[list[str]] = []
    room = 0
    for week in weeks:
        size = posts.get(week, 0) + 1  # weeks without posts are not without number either
        if size > room or not batches:
            batches.append([])
            room = _AT_ONCE
        batches[-1].append(week)
        room -= size
    return batches


def _recount(connection: sa.Connection, weeks: Sequence[str]) -> None:
    meant: sa.BindParameter[Any] = sa.bindparam("weeks", list(weeks), expanding=True)
    # Each post is looked up once, and not for every table anew.
    steps = [f"create temporary table counted as {read_of('in :weeks')}"]
    # SQLite would take it for a million rows, and read all ties before it looks for theirs.
    steps.append("analyze counted")
    for table in COUNTS:
        names = ", ".join(column.name for column in table.columns)
        steps.append(f"delete from {table.name} where week in :weeks")  # noqa: S608  # declared names
        steps.append(
            f"insert into {table.name} ({names}) select {names} from ({count_of(table)}) as c"  # noqa: S608
        )
    steps += ["drop table counted", "delete from stale_week where week in :weeks"]
    for step in steps:
        query = sa.text(step)
        connection.execute(query.bindparams(meant) if ":weeks" in step else query)


def refresh_statistics(engine: sa.Engine, new_posts: int) -> None:
    """Tell the database how its rows are spread, when so many new ones may have changed that."""
    with engine.connect() as connection:
        posts = connection.scalar(sa.select(sa.func.count()).select_from(post)) or 0
    if new_posts * _WORTH_A_LOOK < posts or not posts:
        return
    is_sqlite = engine.dialect.name == "sqlite"
    with writing(engine) as connection:
        if is_sqlite:
            connection.exec_driver_sql("pragma analysis_limit = 1000")
        look = "analyze" if is_sqlite else "select goodguest_analyze()"
        connection.exec_driver_sql(look)
