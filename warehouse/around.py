"""Writing what stands around posts: communities, authors and the numbers at an observation."""

from collections import Counter
from collections.abc import Collection, Iterator
from datetime import datetime
from functools import partial
from operator import is_not
from typing import Any, Final

import sqlalchemy as sa

from warehouse.rows import Columns, Row, insert_columns, taken, upsert_best, upsert_rows
from warehouse.tables import author, community, post_metric

_METRICS: Final = ("likes", "replies", "shares", "views")
_NONE_SAID: Final = (None,) * len(_METRICS)
_IS_SAID: Final = partial(is_not, None)


def write_around(connection: sa.Connection, batch: Columns, key_id: str | None) -> None:
    """Write the communities and authors of a batch; the names last seen are kept.

    The name of an author is kept only of organisations. `key_id` tells which secret made the
    pseudonyms.
    """
    upsert_best(connection, community, _communities(batch), _community_rank)
    upsert_best(connection, author, _authors(batch, key_id), _author_rank)


def write_metrics(connection: sa.Connection, batch: Columns, new: Collection[str] = ()) -> None:
    """Write a row for each post and observation that has numbers; the posts are there already.

    Two answers of one moment that differ give the greater number. The posts of the keys `new` had
    none before.
    """
    names = ("post_key", "observed_at", *_METRICS)
    numbers = zip(*(batch[name] for name in _METRICS), strict=True)
    has_some = list(map(_NONE_SAID.__ne__, numbers))
    columns = taken({name: batch[name] for name in names}, has_some)
    times = Counter(columns["post_key"])
    is_alone = [times[key] == 1 and key in new for key in columns["post_key"]]
    insert_columns(connection, post_metric, taken(columns, is_alone))
    others = taken(columns, [not alone for alone in is_alone])
    upsert_rows(connection, post_metric, _greatest(others), _greater)


def _greatest(columns: Columns) -> list[Row]:
    """Return a row of each post and observation, with the greatest number of each kind."""
    known: dict[tuple[str, datetime], list[tuple[int | None, ...]]] = {}
    for key, seen_at, *numbers in zip(*columns.values(), strict=True):
        known.setdefault((key, seen_at), []).append(tuple(numbers))
    greatest = (
        (*which, *(max(filter(_IS_SAID, kind), default=None) for kind in zip(*of, strict=True)))
        for which, of in known.items()
    )
    return [dict(zip(columns, row, strict=True)) for row in greatest]


def _greater(given: Any, name: str) -> Any:
    known, new = post_metric.c[name], given[name]
    is_greater = sa.and_(new.is_not(None), sa.or_(known.is_(None), known < new))
    return sa.case((is_greater, new), else_=known)


def _communities(batch: Columns) -> Iterator[Row]:
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


def _authors(batch: Columns, key_id: str | None) -> Iterator[Row]:
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


def _distinct(batch: Columns, *names: str) -> Iterator[tuple[Any, ...]]:
    """Yield once the values of these columns, the first not null, and when they were last seen."""
    latest: dict[tuple[Any, ...], datetime] = {}
    found = zip(*(batch[name] for name in names), strict=True)
    for what, seen_at in zip(found, batch["observed_at"], strict=True):
        if what[0] is not None and (what not in latest or seen_at > latest[what]):
            latest[what] = seen_at
    yield from ((*what, seen_at) for what, seen_at in latest.items())
