"""A person's verdicts on ties: which ties to look at, and what was said of them."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, Literal, NamedTuple

import sqlalchemy as sa

from contract.keys import stable_key
from warehouse.changes import retie
from warehouse.columns import sql_type
from warehouse.former import Pair, end_ties, ties_of_pairs
from warehouse.recount import mark_stale
from warehouse.rows import Row, chunks_of, read_rows, upsert_rows
from warehouse.store import writing
from warehouse.tables import TIES, link_review, post
from warehouse.thresholds import latest_verdicts, set_thresholds
from warehouse.view_columns import VIEW_COLUMNS

_TARGET_KEYS: Final = {
    target: next(iter(table.columns[1].foreign_keys)).column for target, table in TIES.items()
}
"""The key of the table each kind of tie leads to."""


class Verdict(NamedTuple):
    """What a person says of a tie: agree or disagree, and why."""

    post_key: str
    target: str
    target_key: str
    method: str
    verdict: Literal["agree", "disagree"]
    note: str | None


class Refused(NamedTuple):
    """Why a verdict was not stored: the column that is wrong, what it holds, what is allowed."""

    column: str
    found: str
    allowed: str


Stored = Literal["stored", "unchanged"] | Refused


class Reviewed(NamedTuple):
    """What became of each verdict, in their order, and how many ties ended with them."""

    outcomes: list[Stored]
    ties_ended: int


class Wanted(NamedTuple):
    """Which ties to look at; None: of any week, topic (URI or label), method or target."""

    week: str | None = None
    topic: str | None = None
    method: str | None = None
    target: str | None = None


def ties_to_review(
    connection: sa.Connection, wanted: Wanted, limit: int
) -> tuple[list[Row], dict[str, int]]:
    """Return at most `limit` ties, by post, and how many there are to choose from, by method.

    Rows: post_key, target, target_key, label, score, method, evidence, post_title, text. The limit
    is shared evenly by the methods of each target, and of each it is a random sample, not the best:
    precision is of all of a method's ties. It hangs on the ties' keys alone, so asking again gives
    the same; ties without a verdict come first. Only the analysts' views are read.
    """
    counts, keys = _sampled(connection, wanted, limit)
    tie, said = _view("v_post_tie").c, _view("v_post").c
    names = ("post_key", "target", "target_key", "label", "score", "method", "evidence")
    columns = [*(tie[name] for name in names), said.post_title, said.text]
    rows = []
    for chunk in chunks_of({key[0] for key in keys}):
        query = sa.select(*columns).where(tie.post_key == said.post_key, tie.post_key.in_(chunk))
        rows += [row._asdict() for row in connection.execute(query)]
    found = [row for row in rows if (row["post_key"], row["target"], row["target_key"]) in keys]
    return sorted(found, key=lambda r: (r["post_key"], r["target"], r["target_key"])), counts


def review_key(verdict: Verdict, role: str) -> str:
    """Return the key of a role's verdict on a tie: one a role, the same on every machine."""
    return stable_key("review", *verdict[:4], role)


def store_verdicts(
    engine: sa.Engine, verdicts: Sequence[Verdict], role: str, at: datetime
) -> Reviewed:
    """Return what became of the verdicts, once all that may be stored is and its ties follow it.

    A role's later verdict on a tie replaces its earlier; of all roles the latest counts. A pair
    that was disagreed with is a tie no more and never becomes one, until a person agrees. From all
    verdicts the thresholds follow. A tie that is there no more is reviewed all the same, for what
    is measured is the method that made it.
    """
    with writing(engine) as connection:
        refused = _refusals(connection, verdicts)
        keys = [review_key(verdict, role) for verdict in verdicts]
        known = {
            row["review_key"]: (row["verdict"], row["note"])
            for row in read_rows(connection, list(link_review.columns), keys)
        }
        outcomes: list[Stored] = []
        rows = {}
        for key, verdict, problem in zip(keys, verdicts, refused, strict=True):
            is_known = known.get(key) == (verdict.verdict, verdict.note)
            outcomes.append(problem or ("unchanged" if is_known else "stored"))
            if outcomes[-1] == "stored":
                row = {"review_key": key, "reviewer_role": role, "reviewed_at": at}
                rows[key] = verdict._asdict() | row
        touched = {row["post_key"] for row in rows.values()}
        before = latest_verdicts(connection, touched)
        upsert_rows(connection, link_review, list(rows.values()))
        ended = _follow(connection, before, latest_verdicts(connection, touched), at)
    return Reviewed(outcomes, ended)


def _follow(
    connection: sa.Connection, before: Mapping[Pair, str], now: Mapping[Pair, str], at: datetime
) -> int:
    """Return how many ties ended, once the ties and thresholds follow from the verdicts."""
    if now == before:
        return 0
    rejected = [pair for pair, said in now.items() if said == "disagree"]
    untied = now.keys() - ties_of_pairs(connection, now).keys()
    agreed = {pair for pair in untied if now[pair] == "agree"}
    ended = end_ties(connection, rejected, "review", at)
    retie(connection, {pair[0] for pair in agreed if before.get(pair) != "agree"})
    weeks = {row["week"] for row in read_rows(connection, [post.c.post_key, post.c.week], ended)}
    mark_stale(connection, weeks)
    set_thresholds(connection, at)
    return len(ended)


def forget_notes(connection: sa.Connection, post_keys: Collection[str]) -> None:
    """Empty the notes on the ties of these posts, which are removed; the verdicts stay."""
    for chunk in chunks_of(post_keys):
        connection.execute(
            sa.update(link_review)
            .where(link_review.c.post_key.in_(chunk), link_review.c.note.is_not(None))
            .values(note=None)
        )


def _sampled(
    connection: sa.Connection, wanted: Wanted, limit: int
) -> tuple[dict[str, int], set[tuple[str, ...]]]:
    """Return the number of ties by target and method, and the keys of the ties chosen."""
    counts: dict[str, int] = defaultdict(int)
    samples: dict[str, list[tuple[Any, ...]]] = defaultdict(list)
    for post_key, target, target_key, method, verdicts in _candidates(connection, wanted):
        group = f"{target} by {method}"
        counts[group] += 1
        dice = stable_key("sample", post_key, target, target_key)
        samples[group].append((verdicts > 0, dice, post_key, target, target_key))
        if len(samples[group]) > 2 * limit:
            samples[group] = sorted(samples[group])[:limit]
    ranked = sorted(
        (tie[0], place, *tie[1:])
        for sample in samples.values()
        for place, tie in enumerate(sorted(sample))
    )
    return dict(sorted(counts.items())), {tie[-3:] for tie in ranked[:limit]}


def _candidates(connection: sa.Connection, wanted: Wanted) -> Iterator[tuple[Any, ...]]:
    tie, said = _view("v_post_tie").c, _view("v_post").c
    verdicts = (tie.agreed + tie.disagreed).label("verdicts")
    query = sa.select(tie.post_key, tie.target, tie.target_key, tie.method, verdicts)
    if wanted.week is not None:
        query = query.where(tie.post_key == said.post_key, said.week == wanted.week)
    if wanted.topic is not None:
        is_meant = sa.or_(tie.target_key == wanted.topic, tie.label == wanted.topic)
        query = query.where(tie.target == "topic", is_meant)
    for name in ("method", "target"):
        if (value := getattr(wanted, name)) is not None:
            query = query.where(tie[name] == value)
    yield from connection.execution_options(yield_per=10_000).execute(query)


def _view(name: str) -> sa.TableClause:
    columns = {
        "v_post": ("post_key", "week", "post_title", "text"),
        "v_post_tie": (
            *("post_key", "target", "target_key", "label", "score", "method", "evidence"),
            *("agreed", "disagreed"),
        ),
    }
    return sa.table(name, *(sa.column(c, sql_type(VIEW_COLUMNS[c].type)) for c in columns[name]))


def _refusals(connection: sa.Connection, verdicts: Sequence[Verdict]) -> list[Refused | None]:
    posts = {verdict.post_key for verdict in verdicts}
    is_removed = {
        row["post_key"]: row["removed_at"] is not None
        for row in read_rows(connection, [post.c.post_key, post.c.removed_at], posts)
    }
    targets: set[tuple[str, str]] = set()
    methods: dict[tuple[str, ...], str] = {}
    for target, table in TIES.items():
        key = _TARGET_KEYS[target]
        meant = {verdict.target_key for verdict in verdicts if verdict.target == target}
        targets |= {(target, row[key.name]) for row in read_rows(connection, [key], meant)}
        columns = [table.c.post_key, table.columns[1], table.c.method]
        for row in read_rows(connection, columns, posts):
            methods[row["post_key"], target, row[columns[1].name]] = row["method"]

    def refusal(verdict: Verdict) -> Refused | None:
        made_by = methods.get(verdict[:3], verdict.method)
        if is_removed.get(verdict.post_key, True):
            allowed = "posts of this warehouse that are not removed"
            return Refused("post_key", verdict.post_key, allowed)
        if (verdict.target, verdict.target_key) not in targets:
            return Refused("target_key", verdict.target_key, f"the keys of a {verdict.target}")
        if verdict.method != made_by:
            return Refused("method", verdict.method, f"{made_by}, which made the tie")
        return None

    return [refusal(verdict) for verdict in verdicts]
