"""What the town's X is made of."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

_EPOCH = datetime(2010, 11, 4, 1, 42, 54, 657000, tzinfo=UTC)


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class Account:
    """An account; `verified` is what X says of organisations."""

    id: str
    username: str
    name: str
    verified: str = "none"


@dataclass(frozen=True)
class Status:
    """A post as X keeps it; a version of an edited one knows the ids of all."""

    id: str
    author: Account
    created_at: datetime
    text: str
    lang: str = "en"
    root: str = ""
    refers: tuple[tuple[str, str], ...] = ()
    history: tuple[str, ...] = ()
    picture: str | None = None
    place: Mapping[str, Any] | None = None
    has_point: bool = False
    withheld_in: tuple[str, ...] = ()
    likes: int = 0

    @property
    def is_latest(self) -> bool:
        """Whether no later version has taken its place."""
        return self.history[-1] == self.id


@dataclass
class Talk:
    """All that was posted until the day, by id, and what X's compliance jobs hold."""

    accounts: dict[str, Account]
    lists: dict[str, tuple[str, ...]]
    posts: dict[str, Status]
    deleted: set[str] = field(default_factory=set)
    jobs: dict[str, dict[str, Any]] = field(default_factory=dict)
    uploads: dict[str, list[str]] = field(default_factory=dict)
    asked: int = 0
    clock: Callable[[], datetime] = field(default=_now)

    @property
    def shown(self) -> list[Status]:
        """The latest version of each post that is there, the newest first."""
        there = [p for p in self.posts.values() if p.is_latest and p.id not in self.deleted]
        return sorted(there, key=lambda post: int(post.id), reverse=True)

    def delete(self, post_id: str) -> None:
        """Take a post away, with all its versions."""
        self.deleted.update(self.posts[post_id].history)

    def edit(self, post_id: str, text: str) -> str:
        """Give a post another text and return the id of that version."""
        post = self.posts[post_id]
        last = self.posts[post.history[-1]]
        written = last.created_at + timedelta(minutes=5)
        later = replace(last, id=id_of(written, 9), text=text, created_at=written)
        history = (*last.history, later.id)
        for version in (*last.history, later.id):
            held = later if version == later.id else self.posts[version]
            self.posts[version] = replace(held, history=history)
        return later.id


def id_of(moment: datetime, number: int) -> str:
    """Return an id that holds its moment, as X makes them."""
    return str((int((moment - _EPOCH) / timedelta(milliseconds=1)) << 22) | number)
