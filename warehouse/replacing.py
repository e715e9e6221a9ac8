"""Replacing the ties of posts by those found: what stays as it is, what is written, what ends."""

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

import sqlalchemy as sa

from warehouse.former import Reason, former
from warehouse.rows import (
    Columns,
    Row,
    delete_rows,
    insert_columns,
    insert_rows,
    read_rows,
    rows_of,
    taken,
)
from warehouse.tables import TIES
from warehouse.thresholds import Rules
from warehouse.tied import Tied

_SAID: Final = ("score", "method", "evidence", "stance")
"""What makes a tie of a post and a target another one."""


class Replacing:
    """Ties of posts being written: what ends with that, and the weeks that are counted anew."""

    def __init__(
        self,
        connection: sa.Connection,
        tied: Tied,
        current: Mapping[str, Row],
        added: Collection[str],
        changed: Collection[str],
        charter: str | None,
    ) -> None:
        self._connection, self._tied, self._changed = connection, tied, changed
        self._current, self._added = current, added
        self._rules = Rules(connection, current)
        self._now = datetime.now(UTC)
        self._made = {
            "model_version": tied.made_with, "linked_at": self._now, "charter": charter,
        }  # fmt: skip
        self.ended: list[Row] = []
        self.weeks: set[str] = set()

    def replace(self, kind: str, ties: Columns) -> int:
        """Return how many ties of a kind the posts have, once they are those found."""
        table = TIES[kind]
        target = table.columns[1].name
        found: Columns = _best(_columns(ties, target, self._made), target)
        barred = set() if self._rules.is_empty else self._barred(kind, target, found)
        if barred:
            pairs = list(zip(found["post_key"], found[target], strict=True))
            found = taken(found, [pair not in barred for pair in pairs])
        added = taken(found, [key in self._added for key in found["post_key"]])
        insert_columns(self._connection, table, added)
        return len(added["post_key"]) + self._renew(kind, target, found, barred)

    def _renew(
        self, kind: str, target: str, found: Columns, barred: Collection[tuple[str, str]]
    ) -> int:
        """Return how many ties those posts have that had some, once they are those found."""
        table = TIES[kind]
        stored: dict[str, dict[str, Row]] = {key: {} for key in self._current}
        wanted: dict[str, dict[str, Row]] = {key: {} for key in self._current}
        for tie in rows_of(taken(found, [key in self._current for key in found["post_key"]])):
            wanted[tie["post_key"]][tie[target]] = tie
        for row in read_rows(self._connection, list(table.columns), self._current):
            stored[row["post_key"]][row[target]] = row
        differing = []
        for key, before in stored.items():
            after = wanted[key] = {
                to: before[to] if to in before and _is_same(before[to], row) else row
                for to, row in wanted[key].items()
            }
            if after != before:
                differing.append(key)
                gone = (before[to] for to in sorted(before.keys() - after.keys()))
                self.ended += [
                    former(kind, row, self._reason(row, (key, row[target]) in barred), self._now)
                    for row in gone
                ]
        delete_rows(self._connection, table.c.post_key, differing)
        written = [row for key in sorted(differing) for row in _rows(wanted[key])]
        insert_rows(self._connection, table, written)
        self.weeks |= {self._current[key]["week"] for key in differing}
        return sum(map(len, wanted.values()))

    def _barred(self, kind: str, target: str, found: Columns) -> set[tuple[str, str]]:
        """Return the posts and targets of the ties found that verdicts bar."""
        rows = zip(*(found[name] for name in ("post_key", target, "method", "score")), strict=True)
        return {
            (key, to)
            for key, to, method, score in rows
            if self._rules.bars((key, kind, to), method, score)
        }

    def _reason(self, row: Row, is_barred: bool) -> Reason:
        if is_barred:
            return "review"
        if row["post_key"] in self._changed:
            return "post"
        methods, _, catalogue = row["model_version"].partition(".")
        if methods != (self._tied.methods or self._tied.version):
            return "methods"
        return "post" if catalogue == self._tied.catalogue else "catalogue"


def _columns(ties: Columns, target: str, made: dict[str, Any]) -> dict[str, Sequence[Any]]:
    """Return the columns of the table, of ties as they were found."""
    many = len(ties["target"])
    found = {name: ties[name] for name in ("post_key", "score", "method", "evidence")}
    same = {name: [value] * many for name, value in made.items()}
    return {target: ties["target"], **found, "stance": ties.get("stance", [None] * many), **same}


def _best(found: Columns, target: str) -> Columns:
    """Return of the ties of each post and target the best, the first of those as good."""
    pairs = list(zip(found["post_key"], found[target], strict=True))
    if len(set(pairs)) == len(pairs):
        return found
    scores = found["score"]
    best: dict[tuple[str, str], int] = {}
    for at, pair in enumerate(pairs):
        if pair not in best or scores[at] > scores[best[pair]]:
            best[pair] = at
    return taken(found, [best[pair] == at for at, pair in enumerate(pairs)])


def _is_same(row: Row, other: Row) -> bool:
    return all(row[name] == other[name] for name in _SAID)


def _rows(by_target: Mapping[str, Row]) -> list[Row]:
    return [by_target[to] for to in sorted(by_target)]
