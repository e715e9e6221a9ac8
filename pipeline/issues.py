"""Issues: counted once, kept when they are given out, and the same from then on."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import msgspec
import sqlalchemy as sa

from contract.charter import Charter
from digest.compose import compose, scope_of
from digest.figures import queries_of
from digest.issue import Issue
from digest.redacting import quoted_in, without
from digest.weeks import previous
from warehouse.issues import (
    counting_still,
    kept_content,
    kept_contents,
    replace_content,
)
from warehouse.sensitive import sensitive_among
from warehouse.store import writing


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """An issue, and the queries its numbers come from."""

    issue: Issue
    queries: dict[str, str]
    narrower: dict[str, Issue] = field(default_factory=dict)
    """The same held to the topics that some readers want alone, by `topics_key`."""

    @property
    def content(self) -> dict[str, Any]:
        """Return it as plain JSON values."""
        plain: dict[str, Any] = msgspec.to_builtins(self)
        return plain

    def without(self, post_keys: Collection[str]) -> "Made":
        """Return it with a mark where these posts were quoted; the numbers stay."""
        narrower = {key: without(issue, post_keys) for key, issue in self.narrower.items()}
        return replace(self, issue=without(self.issue, post_keys), narrower=narrower)

    @property
    def quoted(self) -> set[str]:
        """Return the keys of all posts that it quotes."""
        return set().union(*(quoted_in(issue) for issue in (self.issue, *self.narrower.values())))


def topics_key(topics: Sequence[str]) -> str:
    """Return what an issue held to these topics is kept under."""
    return msgspec.json.encode(sorted(topics)).decode()


def kept_issue(conn: sa.Connection, name: str, week: str) -> Made | None:
    """Return the issue as it was given out, less what may not be shown any more; None: it was not.

    That is what was removed since, and what the charter has come to call sensitive.
    """
    content = kept_content(conn, name, week)
    if content is None:
        return None
    made = msgspec.convert(content, Made)
    keys = sorted(made.quoted)
    hidden = sensitive_among(conn, keys)
    return made.without({*keys} - counting_still(conn, keys) | hidden)


def counted_issue(conn: sa.Connection, charter: Charter, name: str, week: str) -> Made:
    """Return the issue counted now; raises what `compose` raises.

    What was counted before for the same week is named in it, as is the week before.
    """
    earlier = kept_issue(conn, name, week)
    last = kept_issue(conn, name, previous(week, 1)[0])
    then = earlier.issue.snapshot if earlier else None
    given: dict[str, Any] = {
        "before": last.issue if last else None,
        "counted_at": datetime.now(UTC),
        "first_counted_at": (then.first_counted_at or then.counted_at) if then else None,
    }
    wanted = {topics_key(x.topics): x.topics for x in charter.digest(name).to if x.topics}
    made = Made(
        issue=compose(conn, charter, name, week, **given),
        queries=queries_of(scope_of(conn, charter, name, week)),
        narrower={
            key: compose(conn, charter, name, week, held_to=topics, **given)
            for key, topics in wanted.items()
        },
    )
    # As it comes back from where it is kept: 0 is 0.0 where a share is meant.
    return msgspec.convert(made.content, Made)


def quoted_in_kept(conn: sa.Connection) -> set[str]:
    """Return the keys of all posts that kept issues quote."""
    made = (msgspec.convert(content, Made) for _, _, content in kept_contents(conn))
    return set[str]().union(*(each.quoted for each in made))


def redact_kept(engine: sa.Engine, post_keys: Collection[str]) -> int:
    """Return how many kept issues quoted one of the posts, and do no longer."""
    return _redact(engine, lambda made: {*post_keys})


def redact_kept_before(engine: sa.Engine, week: str) -> int:
    """Return how many kept issues of earlier weeks quoted any post, and do no longer."""
    return _redact(engine, lambda made: made.quoted if made.issue.week < week else set())


def _redact(engine: sa.Engine, keys_of: Callable[[Made], Collection[str]]) -> int:
    with engine.connect() as conn:
        found = [
            (name, week, made, made.without(keys_of(made)))
            for name, week, content in kept_contents(conn)
            for made in (msgspec.convert(content, Made),)
        ]
    changed = [(name, week, new) for name, week, old, new in found if new != old]
    with writing(engine) as connection:
        for name, week, new in changed:
            replace_content(connection, name, week, new.content)
    return len(changed)
