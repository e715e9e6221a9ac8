"""What the sample town is made of."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal


@dataclass(frozen=True)
class Person:
    """An account of the forum; many people leave their name empty."""

    id: int
    username: str
    name: str | None
    role: Literal["resident", "staff", "spammer"] = "resident"

    @property
    def is_staff(self) -> bool:
        """Whether the account belongs to the moderators or an office."""
        return self.role == "staff"


@dataclass(frozen=True)
class Category:
    """A category of the forum."""

    id: int
    slug: str
    name: str
    color: str
    description: str


@dataclass
class Post:
    """A post of the forum as its server knows it."""

    author: Person
    created_at: datetime
    raw: str
    lang: str = "en"
    kind: Literal["regular", "moderator", "small action"] = "regular"
    action: str | None = None
    answers: "Post | None" = None
    quote: str | None = None
    version: int = 1
    likes: int = 0
    is_hidden: bool = False
    is_deleted: bool = False
    is_deleted_by_author: bool = False
    id: int = 0
    topic_id: int = 0
    number: int = 0
    cooked: str = ""
    updated_at: datetime = field(init=False)

    def __post_init__(self) -> None:
        self.updated_at = self.created_at


@dataclass
class Topic:
    """A topic of the forum with all its posts, deleted ones too, in the order of writing."""

    title: str
    slug: str
    category: Category
    tags: tuple[str, ...]
    posts: list[Post]
    id: int = 0
    is_pinned: bool = False
    is_closed: bool = False

    @property
    def shown(self) -> list[Post]:
        """The posts of its stream."""
        return [p for p in self.posts if not p.is_deleted]


@dataclass(frozen=True)
class Item:
    """An article, a comment or a piece of news as a feed gives it; `path` is its page."""

    native_id: str
    path: str
    title: str
    html: str
    author: str | None
    created_at: datetime
    updated_at: datetime
    strand: str
    lang: str = "en"
    tags: tuple[str, ...] = ()
    number: int = 0
