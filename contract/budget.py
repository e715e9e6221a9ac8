"""What reading a metered platform may still cost."""

from typing import Protocol


class Budget(Protocol):
    """What is left of a month, in posts and in money; every request is paid before it is sent.

    What comes with posts may have a price too: `worth` is how many posts cost as much as all that
    an answer holds. Where it is not said, an answer costs its posts.
    """

    def left(self, posts: int = 1, worth: int | None = None) -> int:
        """Return how many times so many posts, worth so many, may still be read this month."""

    def reserve(self, posts: int, worth: int | None = None) -> None:
        """Set so much aside for the next request; raises OutOfBudget if it is not left."""

    def settle(self, posts: int, worth: int | None = None) -> None:
        """Say how much the answer held: what was set aside beyond it is free again."""


class Unmetered:
    """The budget of a platform that charges nothing."""

    def left(self, posts: int = 1, worth: int | None = None) -> int:
        """Return more than anybody reads in a month."""
        return 2**31

    def reserve(self, posts: int, worth: int | None = None) -> None:
        """Set nothing aside."""

    def settle(self, posts: int, worth: int | None = None) -> None:
        """Forget it."""
