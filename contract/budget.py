"""What reading a metered platform may still cost."""

from typing import Protocol


class Budget(Protocol):
    """What is left of a month, in posts; every request is paid before it is sent."""

    def left(self) -> int:
        """Return how many posts may still be read this month."""

    def reserve(self, posts: int) -> None:
        """Set so many posts aside for the next request; raises OutOfBudget if they are not left."""

    def settle(self, posts: int) -> None:
        """Say how many the answer held: what was set aside beyond them is free again."""


class Unmetered:
    """The budget of a platform that charges nothing."""

    def left(self) -> int:
        """Return more than anybody reads in a month."""
        return 2**31

    def reserve(self, posts: int) -> None:
        """Set nothing aside."""

    def settle(self, posts: int) -> None:
        """Forget it."""
