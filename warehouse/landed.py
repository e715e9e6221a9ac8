"""What points into landing files, when one of these is written anew or deleted."""

from collections.abc import Collection, Mapping
from typing import Final, NamedTuple

import sqlalchemy as sa

from warehouse.load import sum_runs
from warehouse.rows import chunks_of, is_among, upsert_rows
from warehouse.tables import landing_part, post, rejected, unknown_field

_TAKEN_FROM: Final = {
    "post": ("posts_unchanged", "posts_changed", "posts_new"),
    "rejected": ("posts_rejected", "posts_unchanged", "posts_changed", "posts_new"),
}
"""Where a record that is cut was counted: nobody remembers of each what it came to."""


class Cut(NamedTuple):
    """A landing file written anew: its paths, its new digest, what was cut and from whom.

    `keys` are those of all posts in it; `records` how many records of each kind were cut;
    `rejected` the ids of those that could not be read.
    """

    old: str
    new: str
    sha256: str
    keys: Collection[str]
    records: Mapping[str, int]
    rejected: Collection[str]


def swap_part(connection: sa.Connection, cut: Cut) -> None:
    """Have all that points into the old file point into the new one, and count what was cut.

    The records of a file stay as many: one that was cut counts as skipped by the rule `removed`.
    """
    for chunk in chunks_of(cut.keys):
        connection.execute(_moved(post, cut).where(is_among(connection, post.c.post_key, chunk)))
    connection.execute(_moved(unknown_field, cut))
    gone = sa.and_(rejected.c.path == cut.old, rejected.c.native_id.in_(cut.rejected))
    connection.execute(sa.delete(rejected).where(gone))
    connection.execute(_moved(rejected, cut).values(path=cut.new).where(rejected.c.path == cut.old))
    stood = connection.execute(
        sa.select(landing_part).where(landing_part.c.path == cut.old)
    ).one_or_none()
    if stood is None:  # nobody has read it yet
        return
    row = {**stood._mapping, "path": cut.new, "sha256": cut.sha256}
    rules = dict(row["skipped_by_rule"])
    # What was erased before it was read was never a post.
    removed = min(cut.records.get("post", 0), rules.pop("erased", 0))
    left_of = {**cut.records, "post": cut.records.get("post", 0) - removed}
    row["posts_skipped"] -= removed
    for kind, names in _TAKEN_FROM.items():
        left = left_of.get(kind, 0)
        for name in names:
            taken = min(left, row[name])
            row[name], left, removed = row[name] - taken, left - taken, removed + taken
    row["posts_skipped"] += removed
    row["skipped_by_rule"] = {**rules, "removed": rules.get("removed", 0) + removed}
    connection.execute(sa.delete(landing_part).where(landing_part.c.path == cut.old))
    upsert_rows(connection, landing_part, [row])
    sum_runs(connection, {row["run_id"]} - {None})


def _moved(table: sa.Table, cut: Cut) -> sa.Update:
    at = len(cut.old)
    points = sa.func.substr(table.c.landing, 1, at + 1) == f"{cut.old}#"
    new = sa.literal(cut.new) + sa.func.substr(table.c.landing, at + 1)
    return sa.update(table).values(landing=new).where(points)
