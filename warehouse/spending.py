"""What metered platforms charge: a row for each request, written before it is sent."""

from datetime import UTC, datetime
from secrets import token_hex
from typing import NamedTuple

import sqlalchemy as sa

from contract.charter import Budget
from warehouse.calendar import month_of
from warehouse.tables import spending


class Spent(NamedTuple):
    """What a source was charged for in a month: posts, and money in its budget's currency."""

    posts: int
    money: float


def spent_in_month(connection: sa.Connection, source: str, budget: Budget, at: datetime) -> Spent:
    """Return what a source was charged for in the month of `at`, unsettled requests included.

    Money counts at the price of its day; where that was none or in another currency, at today's.
    """
    row = spending.c
    posts = sa.func.coalesce(row.posts_charged, row.posts_reserved)
    known = sa.and_(row.currency == budget.currency, row.money.is_not(None))
    money = sa.case((known, row.money), else_=posts * (budget.price or 0.0))
    of_month = (row.source == source, row.month == month_of(at.astimezone(UTC)))
    sums = sa.select(sa.func.sum(posts), sa.func.sum(money)).where(*of_month)
    spent_posts, spent_money = connection.execute(sums).one()
    return Spent(int(spent_posts or 0), float(spent_money or 0))


def reserve_posts(
    connection: sa.Connection,
    source: str,
    posts: int,
    worth: int,
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
        "money": _money(worth, budget),
        "currency": budget.currency if budget.price is not None else None,
    }
    connection.execute(sa.insert(spending).values(row))
    return key


def settle_posts(
    connection: sa.Connection, key: str, posts: int, worth: int, budget: Budget
) -> None:
    """Write what a request was charged for."""
    connection.execute(
        sa.update(spending)
        .where(spending.c.spending_key == key)
        .values(posts_charged=posts, money=_money(worth, budget))
    )


def cost_of(connection: sa.Connection, run_id: str) -> float | None:
    """Return the money a run cost; None when it asked for nothing that has a price."""
    cost: float | None = connection.scalar(
        sa.select(sa.func.sum(spending.c.money)).where(spending.c.run_id == run_id)
    )
    return cost


def _money(worth: int, budget: Budget) -> float | None:
    return None if budget.price is None else worth * budget.price
