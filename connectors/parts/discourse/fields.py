"""Discourse's JSON: the fields of a post that are used, and those left aside on purpose."""

from datetime import UTC, datetime
from typing import Annotated, Any

import msgspec

Moment = Any
"""A time: of what is Dated a datetime in UTC, or None where it cannot be read."""
_Aware = Annotated[datetime, msgspec.Meta(tz=True)]
_Count = Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]
_TIMES = frozenset(("created_at", "updated_at", "bumped_at", "last_posted_at"))


class Dated(msgspec.Struct):
    """What has times: one that nobody can read costs neither a post nor a run."""

    def __post_init__(self) -> None:
        """Read the times."""
        for name in self.__struct_fields__:
            if name in _TIMES:
                setattr(self, name, _moment(getattr(self, name)))


def _moment(said: Any) -> datetime | None:
    """Return the time in UTC: old servers write their local offset."""
    try:
        return msgspec.convert(said, _Aware).astimezone(UTC)
    except (msgspec.ValidationError, OverflowError):
        return None


class Summary(msgspec.Struct):
    """How many readers did one kind of thing with a post, such as liking it."""

    id: int
    count: _Count | None = None


class Written(Dated):
    """A post object; https://docs.discourse.org/#tag/Posts"""

    topic_id: int
    post_number: Annotated[int, msgspec.Meta(ge=1)]
    post_type: int
    username: str
    cooked: str
    created_at: Moment = None
    name: str | None = None
    user_id: int | None = None
    updated_at: Moment = None
    version: int = 1
    reply_to_post_number: int | None = None
    reply_count: _Count | None = None
    reads: _Count | None = None
    like_count: _Count | None = None
    actions_summary: list[Summary] | None = None
    hidden: bool | None = None
    cooked_hidden: bool | None = None
    user_deleted: bool | None = None
    deleted_at: Any = None
    topic_slug: str | None = None
    topic_title: str | None = None
    category_id: int | None = None
    topic_archetype: str | None = None


class Head(msgspec.Struct):
    """What a page says of the topic its posts stand in."""

    id: int | None = None
    title: str | None = None
    category_id: int | None = None
    category_name: str | None = None
    tags: list[Any] | None = None
    archetype: str | None = None
    visible: bool | None = None
