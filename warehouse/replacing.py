"""Replacing the ties of posts by those found: what stays as it is, what is written, what ends."""

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

import pandas as pd
import sqlalchemy as sa

from contract.batch import values_of
from warehouse.former import Reason, former
from warehouse.rows import Row, delete_rows, insert_columns, insert_rows, read_rows
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
        added: Sequence[str],
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

    def replace(self, kind: str, ties: pd.DataFrame) -> int:
        """Return how many ties of a kind the posts have, once they are those found."""
        table = TIES[kind]
        target = table.columns[1].name
        if not self._current and self._rules.is_empty and _are_all(ties, self._added):
            insert_columns(self._connection, table, _columns(ties, target, self._made))
            return len(ties)
        wanted = _wanted(ties, target, [*self._current, *self._added], self._made)
        barred = set() if self._rules.is_empty else self._bar(kind, target, wanted)
        stored: dict[str, dict[str, Row]] = {key: {} for key in self._current}
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
        written = [row for key in (*sorted(differing), *self._added) for row in _rows(wanted[key])]
        insert_rows(self._connection, table, written)
        self.weeks |= {self._current[key]["week"] for key in differing}
        return sum(map(len, wanted.values()))

    def _bar(
        self, kind: str, target: str, wanted: dict[str, dict[str, Row]]
    ) -> set[tuple[str, str]]:
        """Take away what verdicts bar, and return of which post and target it was."""
        barred = {
            (key, to)
            for key, rows in wanted.items()
            for to, row in rows.items()
            if self._rules.bars((key, kind, to), row["method"], row["score"])
        }
        for key, to in barred:
            del wanted[key][to]
        return barred

    def _reason(self, row: Row, is_barred: bool) -> Reason:
        if is_barred:
            return "review"
        if row["post_key"] in self._changed:
            return "post"
        methods, _, catalogue = row["model_version"].partition(".")
        if methods != (self._tied.methods or self._tied.version):
            return "methods"
        return "post" if catalogue == self._tied.catalogue else "catalogue"


def _are_all(ties: pd.DataFrame, keys: Collection[str]) -> bool:
    """Return whether the ties are of these posts alone, and none to the same target twice."""
    pairs = set(zip(values_of(ties["post_key"]), values_of(ties["target"]), strict=True))
    return len(pairs) == len(ties) and {key for key, _ in pairs} <= set(keys)


def _columns(ties: pd.DataFrame, target: str, made: dict[str, Any]) -> dict[str, list[Any]]:
    """Return the columns of the table, of ties that are stored as they were found."""
    names = ("post_key", "target", "score", "method", "evidence")
    found = {target if name == "target" else name: values_of(ties[name]) for name in names}
    stances = values_of(ties["stance"]) if "stance" in ties else [None] * len(ties)
    same = {name: [value] * len(ties) for name, value in made.items()}
    return {**found, "stance": stances, **same}


def _wanted(
    ties: pd.DataFrame, target: str, keys: list[str], made: dict[str, Any]
) -> dict[str, dict[str, Row]]:
    """Return by post and target the best of the ties found."""
    best: dict[str, dict[str, Row]] = {key: {} for key in keys}
    names = ("post_key", "target", "score", "method", "evidence")
    columns = [values_of(ties[name]) for name in names]
    columns.append(values_of(ties["stance"]) if "stance" in ties else [None] * len(ties))
    found = zip(*columns, strict=True)
    for key, to, score, method, evidence, stance in found:
        if key in best and (to not in best[key] or score > best[key][to]["score"]):
            row = {"post_key": key, target: to, "score": score, "method": method}
            best[key][to] = {**row, "evidence": evidence, "stance": stance, **made}
    return best


def _is_same(row: Row, other: Row) -> bool:
    return all(row[name] == other[name] for name in _SAID)


def _rows(by_target: Mapping[str, Row]) -> list[Row]:
    return [by_target[to] for to in sorted(by_target)]
