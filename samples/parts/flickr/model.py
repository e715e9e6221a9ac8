"""What the town's Flickr is made of."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True)
class Account:
    """Who is on Flickr; an institution of the Commons has an alias and a place."""

    nsid: str
    username: str
    alias: str | None = None
    location: str = ""


@dataclass(frozen=True)
class Tag:
    """A tag as it was written, by whom and when."""

    author: Account
    raw: str
    created_at: datetime


@dataclass(frozen=True)
class Said:
    """A comment, or a note pinned to a spot."""

    number: int
    author: Account
    text: str
    created_at: datetime


@dataclass
class Photo:
    """A photo; `state` is what its owner made of it, `in_pool` when the group got it."""

    id: str
    owner: Account
    title: str
    about: str
    created_at: datetime
    licence: int
    tags: list[Tag]
    comments: list[Said]
    notes: list[Said] = field(default_factory=list)
    taken: str = ""
    granularity: int = 0
    at: tuple[float, float] | None = None
    in_pool: datetime | None = None
    in_album: bool = False
    state: str = "public"
    views: int = 0
    faves: int = 0

    @property
    def changed_at(self) -> datetime:
        """When anything about it last changed, as Flickr counts."""
        said = [*self.comments, *self.notes]
        moments = [*(tag.created_at for tag in self.tags), *(s.created_at for s in said)]
        return max([self.created_at, *moments])


@dataclass
class Talk:
    """All photos until the day by id, the last uploaded first, and whose they are."""

    photos: dict[str, Photo]
    museum: Account
    group: Mapping[str, str]
    album: Mapping[str, str]

    def delete(self, photo_id: str) -> None:
        """Take a photo away; the search still finds it for a while, as Flickr's does."""
        self.photos[photo_id].state = "deleted"

    def make_private(self, photo_id: str) -> None:
        """Hide a photo from everybody but its owner."""
        self.photos[photo_id].state = "private"
