"""What an issue was counted from, and what changed since the one of the week before."""

from datetime import datetime

from digest.issue import Issue, Since, Snapshot
from digest.scope import Scope
from warehouse.charter_versions import version_of
from warehouse.weekly_state import gone_since, state


def snapshot_of(scope: Scope, counted_at: datetime, first_counted_at: datetime | None) -> Snapshot:
    """Return what the numbers are counted from."""
    now = state(scope.conn, scope.of)
    return Snapshot(
        counted_at=counted_at,
        read_until=now.read_until,
        revision=now.revision,
        methods=now.methods,
        charter=version_of(scope.charter),
        topics=now.topics,
        datasets=now.datasets,
        first_counted_at=first_counted_at,
    )


def since(scope: Scope, before: Issue | None, now: Snapshot, posts_now: int) -> Since | None:
    """Return what changed since the issue of the week before; None where there is none.

    `posts_now` are the posts of that week as they are counted now.
    """
    if before is None:
        return None
    then = before.snapshot
    topics_gone, datasets_gone = gone_since(scope.conn, then.counted_at) if then else (0, 0)
    read_then = {line.source for line in before.ground}
    read_now = {line.source for line in scope.under.lines}
    return Since(
        sources_joined=tuple(sorted(read_now - read_then)),
        sources_left=tuple(sorted(read_then - read_now)),
        topics_added=now.topics - then.topics + topics_gone if then else 0,
        topics_gone=topics_gone,
        datasets_added=now.datasets - then.datasets + datasets_gone if then else 0,
        datasets_gone=datasets_gone,
        has_new_methods=then is not None and not {*now.methods} <= {*then.methods},
        posts_then=before.posts,
        posts_now=posts_now,
    )
