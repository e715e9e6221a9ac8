"""Short links: which are to be asked where they lead, what was said, and the posts they stand in.

A post counts as of the source it was last read through, which its landing file names: its links
are those it was read with then.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Final, Literal, NamedTuple

import msgspec
import sqlalchemy as sa

from contract.post import Link
from warehouse.recount import mark_stale
from warehouse.rows import (
    chunks_of,
    delete_rows,
    insert_rows,
    read_rows,
    update_rows,
    upsert_rows,
)
from warehouse.tables import post, post_link, short_link

Status = Literal[
    "resolved", "gone", "no redirect", "refused", "no address", "too many hops", "not reached"
]
_MOST_TRIES: Final = 3
_AGAIN_AFTER: Final = timedelta(days=30)
_REACHED_AFTER: Final = timedelta(days=1)
"""When to ask again what could not be reached."""


class Asked(NamedTuple):
    """What a short link came to: the canonical address it leads to, where it leads anywhere."""

    url: str
    status: Status
    target: str | None = None


class Wanted(NamedTuple):
    """Short links to be asked, those of the oldest posts first, and how many there are in all."""

    urls: list[str]
    total: int


def wanted_links(
    connection: sa.Connection,
    sources: Collection[str],
    hosts: Collection[str],
    now: datetime,
    limit: int,
) -> Wanted:
    """Return at most `limit` links of these hosts, in posts of these sources, that are to be asked.

    Once is enough, three times where it failed: a day later what was not reached, else a month.
    """
    is_due = sa.or_(
        short_link.c.asked_at <= now - _AGAIN_AFTER,
        sa.and_(
            short_link.c.status == "not reached", short_link.c.asked_at <= now - _REACHED_AFTER
        ),
    )
    first = sa.func.min(post.c.first_seen_at)
    urls = (
        sa.select(post_link.c.canonical_url, first.label("first_seen_at"))
        .join(post, post.c.post_key == post_link.c.post_key)
        .outerjoin(short_link, short_link.c.url == post_link.c.canonical_url)
        .where(
            *_stands(sources, hosts),
            # As transforms.expansion.is_short: no home page, and nothing redacted.
            post_link.c.canonical_url.like("%://%/_%"),
            post_link.c.canonical_url.not_like("%[%"),
            sa.or_(
                short_link.c.url.is_(None),
                sa.and_(short_link.c.target.is_(None), short_link.c.tries < _MOST_TRIES, is_due),
            ),
        )
        .group_by(post_link.c.canonical_url)
        .subquery("urls")
    )
    total = connection.scalar(sa.select(sa.func.count()).select_from(urls)) or 0
    oldest = sa.select(urls.c.canonical_url).order_by(urls.c.first_seen_at, urls.c.canonical_url)
    return Wanted(list(connection.scalars(oldest.limit(limit))), total)


def store_asked(connection: sa.Connection, found: Iterable[Asked], now: datetime) -> None:
    """Write what short links came to."""
    asked = {each.url: each for each in found}
    tries = {
        row["url"]: row["tries"]
        for row in read_rows(connection, (short_link.c.url, short_link.c.tries), asked)
    }
    rows = [
        {**each._asdict(), "tries": tries.get(url, 0) + 1, "asked_at": now}
        for url, each in asked.items()
    ]
    upsert_rows(connection, short_link, rows)


def forget_asked(connection: sa.Connection, before: datetime) -> None:
    """Forget what was asked before this moment."""
    connection.execute(sa.delete(short_link).where(short_link.c.asked_at < before))


def targets_of(connection: sa.Connection, urls: Iterable[str]) -> dict[str, str]:
    """Return where those of the short links lead that lead anywhere."""
    rows = read_rows(connection, (short_link.c.url, short_link.c.target), urls)
    return {row["url"]: row["target"] for row in rows if row["target"] is not None}


def links_to_expand(
    connection: sa.Connection,
    sources: Collection[str],
    hosts: Collection[str],
    limit: int,
    after: str = "",
) -> dict[str, tuple[Link, ...]]:
    """Return by post_key the links of at most `limit` posts that hold one whose target is known.

    `after` is the last post_key of those before; none means that there are no more.
    """
    holding = (
        sa.select(post_link.c.post_key)
        .join(short_link, short_link.c.url == post_link.c.canonical_url)
        .join(post, post.c.post_key == post_link.c.post_key)
        .where(*_stands(sources, hosts), short_link.c.target.is_not(None))
        .where(post_link.c.post_key > after)
        .distinct()
        .order_by(post_link.c.post_key)
        .limit(limit)
    )
    links: dict[str, list[Link]] = {key: [] for key in connection.scalars(holding)}
    rows = read_rows(connection, list(post_link.columns), links)
    for row in sorted(rows, key=lambda row: row["position"]):
        link = Link(url=row["url"], canonical_url=row["canonical_url"], domain=row["domain"])
        links[row["post_key"]].append(link)
    return {key: tuple(found) for key, found in links.items()}


def replace_links(connection: sa.Connection, links: Mapping[str, Collection[Link]]) -> None:
    """Give posts other links, by post_key; they are to be tied, and their weeks counted, anew."""
    delete_rows(connection, post_link.c.post_key, links)
    rows = [
        {"post_key": key, "position": place, **msgspec.structs.asdict(link)}
        for key, found in links.items()
        for place, link in enumerate(found)
    ]
    insert_rows(connection, post_link, rows)
    update_rows(
        connection, post, "post_key", [{"post_key": key, "linked_with": None} for key in links]
    )
    weeks: set[str] = set()
    for keys in chunks_of(links):
        weeks.update(connection.scalars(sa.select(post.c.week).where(post.c.post_key.in_(keys))))
    mark_stale(connection, weeks)


def _stands(sources: Collection[str], hosts: Collection[str]) -> tuple[sa.ColumnElement[bool], ...]:
    """Return what a link of one of these hosts, in a post of one of these sources, meets."""
    return (
        post_link.c.domain.in_(sorted(hosts)),
        post.c.removed_at.is_(None),
        sa.or_(
            sa.false(),
            *(post.c.landing.startswith(f"{name}/", autoescape=True) for name in sorted(sources)),
        ),
    )
