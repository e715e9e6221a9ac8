"""Sources that posts are held of and the charter has no longer: since when, and who takes over."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import sqlalchemy as sa

from contract.charter import Charter
from warehouse.charter_versions import Version, versions
from warehouse.recount import mark_stale
from warehouse.tables import post, rechecking, source


class Left(NamedTuple):
    """A source that is not in the charter, and what is held of it."""

    name: str
    platform: str
    posts: int
    left_at: datetime | None
    """When something was first begun under a charter without it; None: not yet."""
    heir: str | None
    """A source of the charter that reads the same of the same site for the same purpose."""
    has_kin: bool
    """Whether a source that stood beside it in the charter still does."""


class _Known(NamedTuple):
    """What the versions of the charter tell of a source."""

    content: Mapping[str, Any]
    """That of the last that has it."""
    last_at: datetime


def left_sources(connection: sa.Connection, charter: Charter) -> list[Left]:
    """Return the sources with posts that say something and that the charter does not have."""
    away = source.c.id.not_in(charter.sources)
    if not connection.scalar(sa.select(sa.exists().where(away))):
        return []
    query = (
        sa.select(source.c.id, source.c.platform, source.c.url, source.c.purpose)
        .add_columns(sa.func.count().label("posts"))
        .join(post, post.c.source == source.c.id)
        .where(away, post.c.removed_at.is_(None))
        .group_by(source.c.id)
        .order_by(source.c.id)
    )
    rows = connection.execute(query).all()
    kept = versions(connection)
    is_any = is_any_held(connection, charter)
    left = []
    for row in rows:
        known = _known(kept, row.id)
        left.append(
            Left(
                row.id,
                row.platform,
                row.posts,
                _left_at(kept, row.id, known),
                _heir(charter, row, known),
                _are_kin(charter, known) if known else is_any,
            )
        )
    return left


def _known(kept: list[Version], name: str) -> _Known | None:
    with_it = (one for one in kept if name in one.content["sources"])
    last = next(with_it, None)
    return last and _Known(last.content, last.last_used_at)


def _left_at(kept: list[Version], name: str, known: _Known | None) -> datetime | None:
    """Return when it was first missed: a time in which nothing was done at all does not count."""
    since = [
        max(one.first_used_at, known.last_at) if known else one.first_used_at
        for one in kept
        if name not in one.content["sources"] and (not known or one.last_used_at > known.last_at)
    ]
    return min(since, default=None)


def _heir(charter: Charter, row: sa.Row[Any], known: _Known | None) -> str | None:
    """Return who takes over.

    It has to read the same: on some platforms every source has the one address. What a source read
    that no version of the charter has is not known.
    """
    its = (row.platform, _site(row.url), row.purpose)
    read = known and known.content["sources"][row.id]["select"]
    for name, item in charter.sources.items():
        is_there = (item.platform, _site(str(item.url)), item.purpose) == its
        if is_there and read in (None, item.select.model_dump(mode="json")):
            return name
    return None


def _are_kin(charter: Charter, known: _Known) -> bool:
    sources = known.content["sources"]
    return any(
        name in sources
        and sources[name]["platform"] == item.platform
        and _site(sources[name]["url"]) == _site(str(item.url))
        for name, item in charter.sources.items()
    )


def is_any_held(connection: sa.Connection, charter: Charter) -> bool:
    """Return whether a post is held of a source that the charter has."""
    query = sa.select(post.c.post_key).where(post.c.source.in_(charter.sources))
    return connection.scalar(query.where(post.c.removed_at.is_(None)).limit(1)) is not None


def hand_over(connection: sa.Connection, left: Left) -> None:
    """Have the source's posts be its heir's: it is asked for them from now on."""
    is_its = post.c.source == left.name
    mark_stale(
        connection, list(connection.scalars(sa.select(post.c.week).where(is_its).distinct()))
    )
    connection.execute(sa.delete(rechecking).where(rechecking.c.source == left.name))
    connection.execute(sa.update(post).where(is_its).values(source=left.heir))


def _site(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.hostname}:{parts.port or ''}{parts.path.rstrip('/')}".lower()
