"""The budget of a metered source, kept in the warehouse."""

from datetime import UTC, datetime

from sqlalchemy import Engine

from contract import charter
from contract.errors import OutOfBudget
from contract.page import Clock
from warehouse.calendar import month_of
from warehouse.spending import reserve_posts, settle_posts, spent_posts
from warehouse.store import writing


def _utc_now() -> datetime:
    return datetime.now(UTC)


class Ledger:
    """What is left of a source's month (UTC): a contract.budget.Budget that all processes share.

    A reservation is written before its request is sent, and counts in full until it is settled:
    what was asked for by a run that was killed may have been charged. It counts in the month it
    was made in.
    """

    def __init__(
        self,
        engine: Engine,
        source: str,
        budget: charter.Budget,
        run_id: str | None = None,
        now: Clock = _utc_now,
    ) -> None:
        self._engine, self._source, self._budget = engine, source, budget
        self._run_id, self._now = run_id, now
        self._reserved: str | None = None

    def left(self) -> int:
        """Return how many posts may still be read this month."""
        with self._engine.connect() as connection:
            spent = spent_posts(connection, self._source, self._now())
        return max(0, self._budget.most - spent)

    def reserve(self, posts: int) -> None:
        """Set so many posts aside for the next request; raises OutOfBudget if they are not left."""
        _refuse_negative(posts)
        now = self._now()
        # From the first statement on no other writer runs beside, so the sum stays true.
        with writing(self._engine) as connection:
            spent = spent_posts(connection, self._source, now)
            if spent + posts > self._budget.most:
                raise OutOfBudget(
                    f"{self._source}: the next request may cost {posts:,} posts, and of the"
                    f" {self._budget.most:,} allowed in {month_of(now.astimezone(UTC))} (UTC)"
                    f" {spent:,} are spent; wait for the next month, or raise"
                    f" sources.{self._source}.budget"
                )
            key = reserve_posts(connection, self._source, posts, self._budget, now, self._run_id)
        self._reserved = key

    def settle(self, posts: int) -> None:
        """Say how many the answer held: what was set aside beyond them is free again."""
        _refuse_negative(posts)
        if self._reserved is None:
            raise ValueError("an answer is settled once, after its posts were reserved")
        with writing(self._engine) as connection:
            settle_posts(connection, self._reserved, posts, self._budget)
        self._reserved = None


def _refuse_negative(posts: int) -> None:
    if posts < 0:
        raise ValueError("fewer than no posts cannot be charged")
