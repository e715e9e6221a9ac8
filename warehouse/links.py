"""Ties of posts to topics, datasets and entities: which posts want them, and storing them."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pandas as pd
import sqlalchemy as sa

from contract.batch import values_of
from contract.post import Link, Tag
from warehouse.checks import refuse_unfit_ties
from warehouse.recount import mark_stale
from warehouse.rows import (
    Row,
    delete_rows,
    differing_keys,
    insert_rows,
    read_rows,
    update_rows,
)
from warehouse.store import writing
from warehouse.tables import TIES, post, post_link, post_tag
from warehouse.versions import Standing, latest_rows

_READ = (
    post.c.post_key,
    post.c.kind,
    post.c.title,
    post.c.text,
    post.c.lang,
    post.c.parent_key,
    post.c.content_hash,
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


@dataclass(frozen=True, slots=True)
class Tied:
    """Posts and the ties found for them with a version of matchers and catalogue.

    `posts` has at least post_key and content_hash; the others have the columns post_key, target,
    score, method and evidence, of which the best of each post and target is kept.
    """

    posts: pd.DataFrame
    version: str
    topics: pd.DataFrame
    datasets: pd.DataFrame
    entities: pd.DataFrame

    @property
    def versions(self) -> dict[tuple[str, str], str]:
        """The version by post_key and content_hash."""
        names = ("post_key", "content_hash")
        keys = zip(*(values_of(self.posts[name]) for name in names), strict=True)
        return dict.fromkeys(keys, self.version)


def unlinked_posts(
    connection: sa.Connection, version: str, limit: int, after: str = ""
) -> pd.DataFrame:
    """Return at most `limit` posts whose ties were not made with this version, by rising post_key.

    Columns: post_key, kind, title, text, lang, parent_key, content_hash, and tags and links as
    tuples of contract.post.Tag and Link. Removed posts are left out. `after` is the last post_key
    of the page before; an empty frame means that there are no more.
    """
    query = (
        sa.select(*_READ)
        .where(
            post.c.post_key > after,
            post.c.linked_with.is_distinct_from(version),
            post.c.removed_at.is_(None),
        )
        .order_by(post.c.post_key)
        .limit(limit)
    )
    names = [column.name for column in _READ]
    frame = pd.DataFrame(connection.execute(query).all(), columns=pd.Index(names), dtype="str")
    keys = frame["post_key"].tolist()
    tags: dict[str, list[Tag]] = {key: [] for key in keys}
    for row in _in_order(connection, post_tag, keys):
        tag = Tag(tag=row["tag"], normalised=row["tag_normalised"], added_by=row["added_by"])
        tags[row["post_key"]].append(tag)
    links: dict[str, list[Link]] = {key: [] for key in keys}
    for row in _in_order(connection, post_link, keys):
        link = Link(url=row["url"], canonical_url=row["canonical_url"], domain=row["domain"])
        links[row["post_key"]].append(link)
    frame["tags"] = pd.Series([tuple(tags[key]) for key in keys], dtype=object)
    frame["links"] = pd.Series([tuple(links[key]) for key in keys], dtype=object)
    return frame


def untied(posts: pd.DataFrame, standing: Mapping[str, Standing], version: str) -> pd.DataFrame:
    """Return the rows of a batch whose posts want ties of this version once they are loaded.

    Of each post the latest row; what stands in the store completed in the same way, tied with this
    version, is left out, and so is what was removed.
    """
    tied = {
        (s.post_key, s.content_hash, s.row_hash)
        for s in standing.values()
        if s.linked_with == version
    }
    latest = latest_rows(posts)
    names = ("post_key", "content_hash", "row_hash")
    keys = zip(*(values_of(latest[name]) for name in names), strict=True)
    wants = pd.Series([key not in tied for key in keys], index=latest.index, dtype=bool)
    wants &= latest["removed_at"].isna()
    return latest if wants.all() else latest[wants]


def store_ties(
    engine: sa.Engine,
    posts: pd.DataFrame,
    version: str,
    topics: pd.DataFrame,
    datasets: pd.DataFrame,
    entities: pd.DataFrame,
) -> Ties:
    """Return how many ties these posts have, once `write_ties` has written them."""
    with writing(engine) as connection:
        return write_ties(connection, Tied(posts, version, topics, datasets, entities))


def write_ties(connection: sa.Connection, tied: Tied, new: Collection[str] = ()) -> Ties:
    """Return how many ties these posts have, once they replaced those stored.

    A post that was changed or removed since it was read stays unlinked and comes again. Those of
    the keys `new` were written in this transaction, as they were read and marked as tied.
    """
    ties_of = {"topic": tied.topics, "dataset": tied.datasets, "entity": tied.entities}
    for ties in ties_of.values():
        refuse_unfit_ties(ties)
    now = datetime.now(UTC)
    counts: dict[str, int] = {}
    weeks: set[str] = set()
    keys = values_of(tied.posts["post_key"])
    current = _current(connection, tied.posts, set(keys).difference(new))
    added = [key for key in keys if key in new]
    for kind, table in TIES.items():
        target = table.columns[1].name
        made = {"model_version": tied.version, "linked_at": now}
        wanted = _wanted(ties_of[kind], target, [*current, *added], made)
        compared = [column for column in table.columns if column.name != "linked_at"]
        before = {key: wanted[key] for key in current}
        differing = differing_keys(connection, compared, before)
        delete_rows(connection, table.c.post_key, differing)
        insert_rows(
            connection, table, [row for key in (*sorted(differing), *added) for row in wanted[key]]
        )
        weeks |= {current[key]["week"] for key in differing}
        counts[kind] = sum(map(len, wanted.values()))
    written = [
        {"post_key": key, "linked_with": tied.version}
        for key, row in sorted(current.items())
        if row["linked_with"] != tied.version
    ]
    update_rows(connection, post, "post_key", written)
    mark_stale(connection, weeks)
    return Ties(**counts)


def _current(
    connection: sa.Connection, posts: pd.DataFrame, keys: Collection[str]
) -> dict[str, Row]:
    """Return by post_key those of the posts that stand in the store as they were read."""
    was = dict(zip(values_of(posts["post_key"]), values_of(posts["content_hash"]), strict=True))
    names = ("post_key", "content_hash", "removed_at", "linked_with", "week")
    return {
        row["post_key"]: row
        for row in read_rows(connection, [post.c[name] for name in names], keys)
        if row["removed_at"] is None and row["content_hash"] == was[row["post_key"]]
    }


def _wanted(
    ties: pd.DataFrame, target: str, keys: list[str], made: dict[str, Any]
) -> dict[str, list[Row]]:
    best: dict[str, dict[str, Row]] = {key: {} for key in keys}
    names = ("post_key", "target", "score", "method", "evidence")
    found = zip(*(values_of(ties[name]) for name in names), strict=True)
    for key, to, score, method, evidence in found:
        if key in best and (to not in best[key] or score > best[key][to]["score"]):
            row = {"post_key": key, target: to, "score": score, "method": method}
            best[key][to] = {**row, "evidence": evidence, **made}
    return {key: [rows[to] for to in sorted(rows)] for key, rows in best.items()}


def _in_order(connection: sa.Connection, table: sa.Table, keys: list[str]) -> list[Row]:
    return sorted(read_rows(connection, list(table.columns), keys), key=lambda r: r["position"])
