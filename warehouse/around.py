"""Writing what stands around posts: communities, authors and the numbers at an observation."""

from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Any, Final

import pandas as pd
import sqlalchemy as sa

from contract.batch import values_of
from warehouse.rows import Row, insert_columns, rows_of, taken, upsert_best, upsert_rows
from warehouse.tables import author, community, post_metric

_METRICS: Final = ("likes", "replies", "shares", "views")


def write_around(connection: sa.Connection, batch: pd.DataFrame, key_id: str | None) -> None:
    """Write the communities and authors of a batch; the names last seen are kept.

    The name of an author is kept only of organisations. `key_id` tells which secret made the
    pseudonyms.
    """
    upsert_best(connection, community, _communities(batch), _community_rank)
    upsert_best(connection, author, _authors(batch, key_id), _author_rank)


def write_metrics(
    connection: sa.Connection, batch: pd.DataFrame, new: Collection[str] = ()
) -> None:
    """Write a row for each post and observation that has numbers; the posts are there already.

    Two answers of one moment that differ give the greater number. The posts of the keys `new` had
    none before.
    """
    given = batch.dropna(how="all", subset=list(_METRICS))
    key = ["post_key", "observed_at"]
    is_once = not given.duplicated(key).any()
    greatest = (
        given if is_once else given.groupby(key, sort=False)[list(_METRICS)].max().reset_index()
    )
    columns = {name: values_of(greatest[name]) for name in (*key, *_METRICS)}
    is_new = [post in new for post in columns["post_key"]]
    if all(is_new):
        insert_columns(connection, post_metric, columns)
        return
    insert_columns(connection, post_metric, taken(columns, is_new))
    was_there = taken(columns, [not one for one in is_new])
    upsert_rows(connection, post_metric, rows_of(was_there), _greater)


def _greater(given: Any, name: str) -> Any:
    known, new = post_metric.c[name], given[name]
    is_greater = sa.and_(new.is_not(None), sa.or_(known.is_(None), known < new))
    return sa.case((is_greater, new), else_=known)


def _communities(batch: pd.DataFrame) -> Iterator[Row]:
    names = ("community_key", "platform", "community_id", "community_name", "community_url")
    for key, platform, native_id, name, url, seen_at in _distinct(batch, *names):
        yield {
            "community_key": key,
            "platform": platform,
            "native_id": native_id,
            "name": name,
            "url": url,
            "observed_at": seen_at,
        }


def _community_rank(row: Row) -> tuple[Any, ...]:
    name, url = row["name"], row["url"]
    return name is not None, url is not None, row["observed_at"], name or "", url or ""


def _authors(batch: pd.DataFrame, key_id: str | None) -> Iterator[Row]:
    names = ("author_key", "platform", "author_kind", "author_name")
    for key, platform, kind, name, seen_at in _distinct(batch, *names):
        yield {
            "author_key": key,
            "platform": platform,
            "kind": kind,
            "name": name if kind == "organisation" else None,
            "account_created_on": None,
            "key_id": key_id,
            "observed_at": seen_at,
        }


def _author_rank(row: Row) -> tuple[Any, ...]:
    return row["kind"] != "unknown", row["observed_at"], row["kind"], row["name"] or ""


def _distinct(batch: pd.DataFrame, *names: str) -> Iterator[tuple[Any, ...]]:
    """Yield once the values of these columns, the first not null, and when they were last seen."""
    latest: dict[tuple[Any, ...], datetime] = {}
    found = zip(*(values_of(batch[name]) for name in names), strict=True)
    for what, seen_at in zip(found, values_of(batch["observed_at"]), strict=True):
        if what[0] is not None and (what not in latest or seen_at > latest[what]):
            latest[what] = seen_at
    yield from ((*what, seen_at) for what, seen_at in latest.items())
