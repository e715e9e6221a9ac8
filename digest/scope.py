"""What an issue is composed of: a store, a charter, the posts that are wanted, and their ground."""

from typing import NamedTuple

import sqlalchemy as sa

from contract.charter import Charter
from digest.grounds import Ground
from digest.issue import Line, Top
from digest.quoting import one_line
from warehouse.labels import topic_names
from warehouse.weekly import Wanted

LINES = 5
"""How many lines of a kind are shown: about what a person reads on a phone in two minutes."""
_REST = 100


class Scope(NamedTuple):
    """One week of one digest, to be read from the store."""

    conn: sa.Connection
    charter: Charter
    of: Wanted
    under: Ground
    language: str
    told: set[str]
    """Keys of the posts that are shown by now: each is shown once."""

    @property
    def fewest_authors(self) -> int:
        """Return how many have to stand behind a number on a sensitive topic."""
        return self.charter.sensitive.min_authors

    def names(self, uris: list[str]) -> dict[str, str]:
        """Return what these topics are called, each in one line."""
        labels = topic_names(self.conn, uris, self.language)
        return {uri: one_line(label) for uri, label in labels.items()}


def top(lines: list[Line], most: int = LINES) -> Top[Line]:
    """Return the first lines, and the beginning of what is left out."""
    return Top(tuple(lines[:most]), max(0, len(lines) - most), tuple(lines[most : most + _REST]))
