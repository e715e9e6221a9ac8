"""What verdicts say of ties to come: which pairs are no ties, and how sure a method has to be."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final, NamedTuple

import sqlalchemy as sa

from warehouse.changes import retie, retie_all
from warehouse.former import Pair
from warehouse.rows import chunks_of, insert_rows, read_rows
from warehouse.tables import TIES, former_tie, link_review, tie_threshold

FEWEST_VERDICTS: Final = 20
"""Fewer, of a method or of a method and a topic, change nothing."""
LEAST_AGREED: Final = 0.8
"""Share of the ties that are kept that verdicts have to agree with."""
_FEWEST_KEPT: Final = 10
"""Verdicts by which that share is measured."""
_STEPS: Final = 20
"""Thresholds are multiples of one twentieth, so that a few verdicts more seldom move one."""
NEVER: Final = 1.0
"""The threshold of a method that is too often wrong, however sure: only what is certain stays."""

Of = tuple[str, str, str]
"""A kind of target, a method, and a topic's key or, for all of the method, nothing."""


class Threshold(NamedTuple):
    """The least score with which ties are kept, and the verdicts it was set by."""

    threshold: float
    reviewed: int
    agreed: int


class Rules:
    """What was learnt from verdicts of the ties of some posts."""

    def __init__(self, connection: sa.Connection, post_keys: Iterable[str]) -> None:
        self._verdicts = latest_verdicts(connection, post_keys)
        self._thresholds = thresholds(connection)
        self.is_empty = not self._verdicts and not self._thresholds

    def bars(self, pair: Pair, method: str, score: float) -> bool:
        """Return whether this is to be no tie: it was rejected, or is not sure enough.

        What a person agreed with needs no score.
        """
        if (said := self._verdicts.get(pair)) is not None:
            return said == "disagree"
        return score < _least(self._thresholds, (pair[1], method, pair[2]))


def latest_verdicts(connection: sa.Connection, post_keys: Iterable[str]) -> dict[Pair, str]:
    """Return the latest verdict on each pair of these posts that has one, of whatever role."""
    names = ("post_key", "target", "target_key", "reviewed_at", "reviewer_role", "verdict")
    if connection.scalar(sa.select(link_review.c.post_key).limit(1)) is None:
        return {}
    rows = read_rows(connection, [link_review.c[name] for name in names], post_keys)
    said = sorted(tuple(row.values()) for row in rows)
    return {row[:3]: row[-1] for row in said}


def thresholds(connection: sa.Connection) -> dict[Of, Threshold]:
    """Return the thresholds in force."""
    columns = ("target", "method", "target_key", *Threshold._fields)
    query = sa.select(*(tie_threshold.c[name] for name in columns))
    return {tuple(row[:3]): Threshold(*row[3:]) for row in connection.execute(query)}


def set_thresholds(connection: sa.Connection, at: datetime) -> None:
    """Set the thresholds that follow from all verdicts, and have the posts tied anew they concern.

    Where one was lowered, ties may come that never were: every post is tied anew.
    """
    held, wanted = thresholds(connection), _following(_scored(connection))
    changed = [of for of in {*held, *wanted} if _least(wanted, of) != _least(held, of)]
    if wanted != held:
        connection.execute(sa.delete(tie_threshold))
        names = ("target", "method", "target_key")
        insert_rows(connection, tie_threshold, [
            dict(zip(names, of, strict=True)) | threshold._asdict() | {"set_at": at}
            for of, threshold in sorted(wanted.items())
        ])  # fmt: skip
    if any(_least(wanted, of) < _least(held, of) for of in changed):
        retie_all(connection, repr(sorted((of, _least(wanted, of)) for of in wanted)))
        return
    for kind, method, key in changed:
        table = TIES[kind]
        falls = [table.c.method == method, table.c.score < _least(wanted, (kind, method, key))]
        if key:
            falls.append(table.columns[1] == key)
        retie(connection, set(connection.scalars(sa.select(table.c.post_key).where(*falls))))


def threshold_of(verdicts: Sequence[tuple[float, bool]]) -> float:
    """Return the least score from which on LEAST_AGREED of the verdicts agree; 0: of all do.

    Each verdict is the score of a tie and whether a person agreed with it.
    """
    for step in range(_STEPS):
        kept = [agrees for score, agrees in verdicts if score >= step / _STEPS]
        if len(kept) >= _FEWEST_KEPT and sum(kept) >= LEAST_AGREED * len(kept):
            return step / _STEPS
    return NEVER


def _following(scored: Iterable[tuple[str, str, str, float, bool]]) -> dict[Of, Threshold]:
    """Return the thresholds that follow from verdicts: those of topics where they differ."""
    verdicts: dict[Of, list[tuple[float, bool]]] = defaultdict(list)
    for kind, method, key, score, agrees in scored:
        verdicts[kind, method, ""].append((score, agrees))
        if kind == "topic":
            verdicts[kind, method, key].append((score, agrees))
    following: dict[Of, Threshold] = {}
    for of, said in sorted(verdicts.items()):  # what holds for all of a method comes first
        if len(said) >= FEWEST_VERDICTS and (least := threshold_of(said)) != _least(following, of):
            following[of] = Threshold(least, len(said), sum(agrees for _, agrees in said))
    return following


def _least(held: Mapping[Of, Threshold], of: Of) -> float:
    """Return the threshold in force of a topic or, where it has none, of the method."""
    found = held.get(of) or held.get((*of[:2], ""))
    return found.threshold if found else 0.0


def _scored(connection: sa.Connection) -> Iterator[tuple[str, str, str, float, bool]]:
    """Yield each reviewed tie of known score: target, method, key, score, whether it is agreed."""
    names = ("post_key", "target", "target_key", "method", "reviewed_at", "reviewer_role")
    columns = [link_review.c[name] for name in names]
    reviews = sorted(connection.execute(sa.select(*columns, link_review.c.verdict)).all())
    said = {tuple(row[:4]): row[-1] == "agree" for row in reviews}
    scores = _scores(connection, {key for key, *_ in said})
    for tie, agrees in said.items():
        if (score := scores.get(tie)) is not None:
            _, kind, key, method = tie
            yield kind, method, key, score, agrees


def _scores(connection: sa.Connection, post_keys: Iterable[str]) -> Mapping[tuple[str, ...], float]:
    """Return by post, target, key and method the score of each tie, or of the latest there was."""
    keys = sorted(set(post_keys))
    scores: dict[tuple[str, ...], float] = {}
    f = former_tie.c
    ended = (f.post_key, f.target, f.target_key, f.method, f.ended_at, f.score)
    for chunk in chunks_of(keys):
        query = sa.select(*ended).where(f.post_key.in_(chunk)).order_by(f.ended_at)
        scores.update({tuple(row[:4]): row[-1] for row in connection.execute(query)})
        for kind, table in TIES.items():
            columns = (table.c.post_key, table.columns[1], table.c.method, table.c.score)
            query = sa.select(*columns).where(table.c.post_key.in_(chunk))
            rows = connection.execute(query)
            scores.update(((row[0], kind, row[1], row[2]), row[3]) for row in rows)
    return scores
