"""Keeping the counts of weeks right: which are stale, and counting those anew."""

from collections.abc import Collection

import sqlalchemy as sa

from warehouse.cells import COUNTS, count_of, stale_week
from warehouse.rows import upsert_rows
from warehouse.store import writing


def mark_stale(connection: sa.Connection, weeks: Collection[str]) -> None:
    """Have these weeks counted anew."""
    upsert_rows(connection, stale_week, [{"week": week} for week in sorted(weeks)])


def recount(engine: sa.Engine) -> list[str]:
    """Return the stale weeks once each is counted anew."""
    with engine.connect() as connection:
        weeks = list(connection.scalars(sa.select(stale_week.c.week).order_by("week")))
    for week in weeks:
        with writing(engine) as connection:
            for table in COUNTS:
                connection.execute(sa.delete(table).where(table.c.week == week))
                names = ", ".join(c.name for c in table.columns)
                count = count_of(table, "= :week")
                insert = f"insert into {table.name} ({names}) select {names} from ({count}) as c"  # noqa: S608  # declared names
                connection.execute(sa.text(insert), {"week": week})
            connection.execute(sa.delete(stale_week).where(stale_week.c.week == week))
    return weeks
