"""The budget of a metered source, kept in the warehouse."""

from datetime import UTC
from math import floor

from sqlalchemy import Engine

from contract import charter
from contract.errors import OutOfBudget
from contract.page import Clock, utc_now
from warehouse.calendar import month_of
from warehouse.spending import Spent, reserve_posts, settle_posts, spent_in_month
from warehouse.store import writing

_MOST = 2**31
"""More than anybody reads in a month."""


class Ledger:
    """What is left of a source's month (UTC): a contract.budget.Budget that all processes share.

    A reservation is written before its request is sent, and counts in full until it is settled:
    what was asked for by a run that was killed may have been charged. It counts in the month it
    was made in, at the price of then.
    """

    def __init__(
        self,
        engine: Engine,
        source: str,
        budget: charter.Budget,
        run_id: str | None = None,
        now: Clock = utc_now,
    ) -> None:
        self._engine, self._source, self._budget = engine, source, budget
        self._run_id, self._now = run_id, now
        self._reserved: str | None = None

    def left(self, posts: int = 1, worth: int | None = None) -> int:
        """Return how many times so many posts, worth so many, may still be read this month."""
        with self._engine.connect() as connection:
            spent = spent_in_month(connection, self._source, self._budget, self._now())
        return self._times(spent, posts, posts if worth is None else worth)

    def reserve(self, posts: int, worth: int | None = None) -> None:
        """Set so much aside for the next request; raises OutOfBudget if it is not left."""
        worth = _checked(posts, worth)
        now, budget = self._now(), self._budget
        # From the first statement on no other writer runs beside, so the sum stays true.
        with writing(self._engine) as connection:
            spent = spent_in_month(connection, self._source, budget, now)
            if self._times(spent, posts, worth) < 1:
                raise OutOfBudget(
                    f"{self._source}: the next request may cost as much as {worth:,} posts, and of"
                    f" the {budget.most:,} allowed in {month_of(now.astimezone(UTC))} (UTC)"
                    f" {spent.posts:,} are spent{self._said(spent)}; wait for the next month, or"
                    f" raise sources.{self._source}.budget"
                )
            key = reserve_posts(connection, self._source, posts, worth, budget, now, self._run_id)
        self._reserved = key

    def settle(self, posts: int, worth: int | None = None) -> None:
        """Say how much the answer held: what was set aside beyond it is free again."""
        worth = _checked(posts, worth)
        if self._reserved is None:
            raise ValueError("an answer is settled once, after its posts were reserved")
        with writing(self._engine) as connection:
            settle_posts(connection, self._reserved, posts, worth, self._budget)
        self._reserved = None

    def _times(self, spent: Spent, posts: int, worth: int) -> int:
        budget, times = self._budget, [_MOST]
        if posts:
            times.append((budget.posts - spent.posts) // posts)
        if worth and budget.money is not None and budget.price is not None:
            # A rounding error is worth less than a post.
            times.append(floor(((budget.money - spent.money) / budget.price + 1e-6) / worth))
        return max(0, min(times))

    def _said(self, spent: Spent) -> str:
        budget = self._budget
        if budget.money is None:
            return ""
        return f", and {spent.money:,.2f} of {budget.money:,.2f} {budget.currency}"


def _checked(posts: int, worth: int | None) -> int:
    worth = posts if worth is None else worth
    if posts < 0 or worth < 0:
        raise ValueError("fewer than no posts cannot be charged")
    return worth
