"""Issues of digests as they were given out: kept as data, so that they can be shown again."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

import sqlalchemy as sa

from warehouse.rows import read_rows
from warehouse.tables import digest_issue, post

_MOST = 100_000
"""Issues that are looked through at most: of twenty digests, those of a hundred years."""


def kept_content(conn: sa.Connection, digest: str, week: str) -> dict[str, Any] | None:
    """Return what is kept of the issue; None where it was not given out."""
    query = sa.select(digest_issue.c.content).where(*_is(digest, week))
    content: dict[str, Any] | None = conn.scalar(query)
    return content


def kept_contents(conn: sa.Connection) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield digest, week and content of all issues that are kept, one after the other."""
    made = digest_issue.c
    query = sa.select(made.digest, made.week).where(made.content.is_not(None))
    for digest, week in conn.execute(query.order_by(made.digest, made.week).limit(_MOST)).all():
        content = kept_content(conn, digest, week)
        if content is not None:
            yield digest, week, content


def replace_content(
    conn: sa.Connection, digest: str, week: str, content: Mapping[str, Any]
) -> None:
    """Keep this as the issue from now on."""
    conn.execute(sa.update(digest_issue).where(*_is(digest, week)).values(content=dict(content)))


def counting_still(conn: sa.Connection, post_keys: Collection[str]) -> set[str]:
    """Return those of the posts that are still there."""
    rows = read_rows(conn, (post.c.post_key, post.c.removed_at), post_keys)
    return {row["post_key"] for row in rows if row["removed_at"] is None}


def _is(digest: str, week: str) -> tuple[sa.ColumnElement[bool], ...]:
    return digest_issue.c.digest == digest, digest_issue.c.week == week
