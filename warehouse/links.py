"""Ties of posts to topics, datasets and entities: which posts want them, and storing them."""

from collections.abc import Collection, Mapping
from operator import itemgetter
from typing import Any, Final

import numpy as np
import pandas as pd
import sqlalchemy as sa

from contract.batch import values_of
from contract.errors import GoodguestError
from contract.post import Link, Tag
from warehouse.catalogue import catalogue_version
from warehouse.checks import columns_of_ties
from warehouse.context import community_names, parent_texts, read_otherwise, short_replies
from warehouse.recount import mark_stale
from warehouse.replacing import Replacing
from warehouse.rows import Columns, Row, chunks_of, insert_rows, is_among, not_held, read_rows
from warehouse.store import writing_checked
from warehouse.tables import TIES, former_tie, post, post_link, post_tag
from warehouse.tied import Tied as Tied
from warehouse.tied import Ties as Ties
from warehouse.versions import Standing, are_latest

_READ: Final = tuple(
    post.c[name]
    for name in (
        *("post_key", "kind", "title", "text", "lang", "parent_key", "content_hash"),
        *("platform", "native_id", "url", "community_key", "place"),
    )
)
_TIED_BY: Final = [*(column.name for column in _READ), "community_name", "tags", "links"]
"""Columns of posts that are read for ties."""


def marks_of(connection: sa.Connection, tied: Tied | None) -> dict[tuple[str, str], str | None]:
    """Return by post_key and content_hash what posts are marked with once their ties are written.

    None is for those to be tied anew, because what they were tied with has changed meanwhile.
    """
    if tied is None:
        return {}
    names = ("post_key", "content_hash")
    keys = zip(*(values_of(tied.posts[name]) for name in names), strict=True)
    if tied.catalogue and tied.catalogue != catalogue_version(connection):
        return dict.fromkeys(keys)
    otherwise = read_otherwise(connection, tied.posts)
    return {key: None if key[0] in otherwise else tied.version for key in keys}


def unlinked_posts(
    connection: sa.Connection, version: str, limit: int, after: str = ""
) -> pd.DataFrame:
    """Return at most `limit` posts whose ties were not made with this version, by rising post_key.

    Columns: post_key, kind, title, text, lang, parent_key, content_hash, platform, native_id, url,
    community_key, place, community_name, parent_text (of short replies only, where what they answer
    is stored), and tags and links as tuples of contract.post.Tag and Link. Removed posts are left
    out. `after` is the last post_key of the page before; an empty frame means that there are no
    more.
    """
    is_wanted = [post.c.linked_with.is_distinct_from(version), post.c.removed_at.is_(None)]
    # Few are wanted most of the time. Rows read one behind the other cost a fifth of what they
    # cost by their keys, so no index is used to find those.
    is_after = post.c.post_key.concat("") > after
    found = sa.select(post.c.post_key).where(is_after, *is_wanted).limit(limit)
    if len(few := connection.scalars(found).all()) < limit:
        is_wanted = [is_among(connection, post.c.post_key, few)]
    query = (
        sa.select(*_READ)
        .where(post.c.post_key > after, *is_wanted)
        .order_by(post.c.post_key)
        .limit(limit)
    )
    names = [column.name for column in _READ]
    frame = pd.DataFrame(connection.execute(query).all(), columns=pd.Index(names), dtype="str")
    keys = frame["post_key"].tolist()
    tags: dict[str, list[Tag]] = {}
    for key, _, tag, normalised, added_by in _in_order(connection, post_tag, keys):
        tags.setdefault(key, []).append(Tag(tag=tag, normalised=normalised, added_by=added_by))
    links: dict[str, list[Link]] = {}
    for key, _, url, canonical_url, domain in _in_order(connection, post_link, keys):
        link = Link(url=url, canonical_url=canonical_url, domain=domain)
        links.setdefault(key, []).append(link)
    places, parents = values_of(frame["community_key"]), values_of(frame["parent_key"])
    named = community_names(connection, set(places))
    is_short = short_replies(frame)
    said = parent_texts(
        connection, {key for key, short in zip(parents, is_short, strict=True) if short}
    )
    texts = [said.get(key) if short else None for key, short in zip(parents, is_short, strict=True)]
    return frame.assign(
        community_name=pd.Series([named.get(key) for key in places], dtype="str"),
        parent_text=pd.Series(texts, dtype="str"),
        tags=pd.Series([tuple(tags.get(key, ())) for key in keys], dtype=object),
        links=pd.Series([tuple(links.get(key, ())) for key in keys], dtype=object),
    )


def untied(posts: pd.DataFrame, standing: Mapping[str, Standing], version: str) -> pd.DataFrame:
    """Return the rows of a batch whose posts want ties of this version once they are loaded.

    They have the columns that `unlinked_posts` returns, but for parent_text. Of each post the
    latest row; what stands in the store completed in the same way, tied with this version, is left
    out, and so are what is older than what stands, removed posts, and short replies: those are tied
    once all is loaded, for what they answer may come later.
    """
    wants = are_latest(posts) & posts["removed_at"].isna() & ~np.array(short_replies(posts), bool)
    if standing:
        tied = {
            (s.post_key, s.content_hash, s.row_hash)
            for s in standing.values()
            if s.linked_with == version
        }
        names = ("post_key", "content_hash", "row_hash")
        keys = zip(*(values_of(posts[name]) for name in names), strict=True)
        rows = zip(keys, _are_older(posts, standing), strict=True)
        wants &= np.array([key not in tied and not older for key, older in rows], bool)
    return posts.loc[wants, _TIED_BY]


def _are_older(posts: pd.DataFrame, standing: Mapping[str, Standing]) -> list[bool]:
    """Return for each post whether it was seen before what stands in the store was."""
    seen = zip(values_of(posts["post_key"]), values_of(posts["observed_at"]), strict=True)
    return [bool(at and key in standing and at < standing[key].observed_at) for key, at in seen]


def store_ties(
    engine: sa.Engine,
    posts: pd.DataFrame,
    version: str,
    topics: pd.DataFrame,
    datasets: pd.DataFrame,
    entities: pd.DataFrame,
) -> Ties:
    """Return how many ties these posts have, once `write_ties` has written them."""
    with writing_checked(engine) as connection:
        return write_ties(connection, Tied(posts, version, topics, datasets, entities))


def write_ties(
    connection: sa.Connection,
    tied: Tied,
    new: Collection[str] = (),
    changed: Collection[str] = (),
    charter: str | None = None,
) -> Ties:
    """Return how many ties these posts have, once they replaced those stored.

    What verdicts bar is no tie. A tie found again as it was stays as it is, with the versions that
    made it; one that is not goes to the former ties. A post that was changed or removed since it
    was read stays unlinked and comes again. Those of the keys `new` were written in this
    transaction, as they were read and marked as tied; those `changed` say something else since.
    """
    given = {"topic": tied.topics, "dataset": tied.datasets, "entity": tied.entities}
    found = {kind: columns_of_ties(ties) for kind, ties in given.items()}
    _refuse_unheld(connection, found)
    keys = set(values_of(tied.posts["post_key"]))
    current = _current(connection, tied.posts, keys.difference(new))
    added = keys.intersection(new)
    writes = Replacing(connection, tied, current, added, changed, charter)
    counts = {kind: writes.replace(kind, ties) for kind, ties in found.items()}
    insert_rows(connection, former_tie, writes.ended)
    marks = marks_of(connection, tied) if current else {}
    marked: dict[str | None, list[str]] = {}
    for key, row in current.items():
        if row["linked_with"] != (mark := marks[key, row["content_hash"]]):
            marked.setdefault(mark, []).append(key)
    for mark, marked_so in marked.items():
        for chunk in chunks_of(marked_so):
            is_its = post.c.post_key.in_(chunk)
            connection.execute(sa.update(post).where(is_its).values(linked_with=mark))
    mark_stale(connection, writes.weeks)
    return Ties(**counts)


def _refuse_unheld(connection: sa.Connection, found: Mapping[str, Columns]) -> None:
    """Raise GoodguestError for ties to what is not there: no database looks again."""
    for kind, ties in found.items():
        held = next(iter(TIES[kind].columns[1].foreign_keys)).column
        if unheld := not_held(connection, held, set(ties["target"])):
            raise GoodguestError(
                f"{len(unheld)} of the {kind} targets of a batch's ties are not in the warehouse; "
                f"the first: {min(unheld)}"
            )


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


def _in_order(connection: sa.Connection, table: sa.Table, keys: list[str]) -> list[Any]:
    """Return the rows of these posts' parts by post_key and position."""
    rows: list[Any] = []
    for chunk in chunks_of(keys):
        rows += connection.execute(sa.select(table).where(table.c.post_key.in_(chunk)))
    return sorted(rows, key=itemgetter(0, 1))
