"""What metered platforms charge: a row for each request, written before it is sent."""

from datetime import UTC, datetime
from secrets import token_hex

import sqlalchemy as sa

from contract.charter import Budget
from warehouse.calendar import month_of
from warehouse.tables import spending


def spent_posts(connection: sa.Connection, source: str, at: datetime) -> int:
    """Return the posts a source was charged for in the month of `at`, unsettled ones included."""
    row = spending.c
    posts = sa.func.sum(sa.func.coalesce(row.posts_charged, row.posts_reserved))
    of_month = (row.source == source, row.month == month_of(at.astimezone(UTC)))
    return int(connection.scalar(sa.select(posts).where(*of_month)) or 0)


def reserve_posts(
    connection: sa.Connection,
    source: str,
    posts: int,
    budget: Budget,
    at: datetime,
    run_id: str | None,
) -> str:
    """Return the key of the request, once the most it can be charged for is written down."""
    key = token_hex(16)
    row = {
        "spending_key": key,
        "source": source,
        "month": month_of(at.astimezone(UTC)),
        "run_id": run_id,
        "reserved_at": at,
        "posts_reserved": posts,
        "posts_allowed": budget.most,
        "money": _money(posts, budget),
        "currency": budget.currency if budget.price is not None else None,
    }
    connection.execute(sa.insert(spending).values(row))
    return key


def settle_posts(connection: sa.Connection, key: str, posts: int, budget: Budget) -> None:
    """Write what a request was charged for."""
    connection.execute(
        sa.update(spending)
        .where(spending.c.spending_key == key)
        .values(posts_charged=posts, money=_money(posts, budget))
    )


def cost_of(connection: sa.Connection, run_id: str) -> float | None:
    """Return the money a run cost; None when it asked for nothing that has a price."""
    cost: float | None = connection.scalar(
        sa.select(sa.func.sum(spending.c.money)).where(spending.c.run_id == run_id)
    )
    return cost


def _money(posts: int, budget: Budget) -> float | None:
    return None if budget.price is None else posts * budget.price
