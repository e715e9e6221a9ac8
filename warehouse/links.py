"""Ties of posts to topics, datasets and entities: which posts want them, and storing them."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pandas as pd
import sqlalchemy as sa

from contract.post import Link, Tag
from warehouse.rows import Row, differing_keys, read_rows, replace_rows, values_of
from warehouse.store import writing
from warehouse.tables import TIES, post, post_link, post_tag

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


def store_ties(
    engine: sa.Engine,
    posts: pd.DataFrame,
    version: str,
    topics: pd.DataFrame,
    datasets: pd.DataFrame,
    entities: pd.DataFrame,
) -> Ties:
    """Return how many ties these posts have, once they replaced those stored.

    `posts` comes from `unlinked_posts`; the others have the columns post_key, target, score, method
    and evidence, of which the best of each post and target is kept. A post that was changed or
    removed in between stays unlinked and comes again.
    """
    now = datetime.now(UTC)
    counts = {}
    with writing(engine) as connection:
        keys = _unchanged_keys(connection, posts)
        for kind, ties in (("topic", topics), ("dataset", datasets), ("entity", entities)):
            table = TIES[kind]
            target = table.columns[1].name
            wanted = _wanted(ties, target, keys, {"model_version": version, "linked_at": now})
            compared = [column for column in table.columns if column.name != "linked_at"]
            replace_rows(connection, table, wanted, differing_keys(connection, compared, wanted))
            counts[kind] = sum(map(len, wanted.values()))
        if keys:
            connection.execute(
                sa.update(post)
                .where(post.c.post_key == sa.bindparam("key"))
                .values(linked_with=sa.bindparam("version")),
                [{"key": key, "version": version} for key in keys],
            )
    return Ties(**counts)


def _unchanged_keys(connection: sa.Connection, posts: pd.DataFrame) -> list[str]:
    was = dict(zip(posts["post_key"], posts["content_hash"], strict=True))
    columns = [post.c.post_key, post.c.content_hash, post.c.removed_at]
    return [
        row["post_key"]
        for row in read_rows(connection, columns, was)
        if row["removed_at"] is None and row["content_hash"] == was[row["post_key"]]
    ]


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
