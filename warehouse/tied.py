"""What is found for posts: their ties, and what these were found with."""

from dataclasses import dataclass
from typing import Final

import pandas as pd

_TOLD: Final = (
    *("post_key", "content_hash", "kind", "text"),
    *("community_key", "community_name", "parent_key", "parent_text"),
)


@dataclass(frozen=True, slots=True)
class Ties:
    """How many ties posts have, by what they lead to."""

    topic: int = 0
    dataset: int = 0
    entity: int = 0

    def __add__(self, other: "Ties") -> "Ties":
        return Ties(
            self.topic + other.topic, self.dataset + other.dataset, self.entity + other.entity
        )


def told_of(posts: pd.DataFrame) -> pd.DataFrame:
    """Return the columns of posts that tell later whether they are still as they were read."""
    return posts[[name for name in _TOLD if name in posts]]


@dataclass(frozen=True, slots=True)
class Tied:
    """Posts and the ties found for them.

    `posts` has at least post_key and content_hash, and community_key with community_name, kind,
    parent_key and text with parent_text if these were read with them; the others have the columns
    post_key, target, score, method, evidence and, where it was sought, stance; of each post and
    target the best is kept.
    """

    posts: pd.DataFrame
    version: str
    """What the posts are marked as tied with."""
    topics: pd.DataFrame
    datasets: pd.DataFrame
    entities: pd.DataFrame
    methods: str = ""
    """Version of the methods and their settings; empty: not told apart from `version`."""
    catalogue: str = ""
    """Version of the catalogue they were found in; empty: whatever it is."""

    @property
    def made_with(self) -> str:
        """Version of methods and catalogue, a point between."""
        return f"{self.methods}.{self.catalogue}" if self.methods else self.version
