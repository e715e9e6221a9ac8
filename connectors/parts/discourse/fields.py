"""Discourse's JSON: the fields of a post that are used, and those left aside on purpose."""

from datetime import UTC, datetime
from typing import Annotated, Any

import msgspec

Moment = Annotated[datetime, msgspec.Meta(tz=True)]
_Count = Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]


class Summary(msgspec.Struct):
    """How many readers did one kind of thing with a post, such as liking it."""

    id: int
    count: _Count | None = None


class Written(msgspec.Struct):
    """A post object; https://docs.discourse.org/#tag/Posts"""

    topic_id: int
    post_number: Annotated[int, msgspec.Meta(ge=1)]
    post_type: int
    username: str
    created_at: Moment
    cooked: str
    name: str | None = None
    user_id: int | None = None
    updated_at: Moment | None = None
    version: int = 1
    reply_to_post_number: int | None = None
    reply_count: _Count | None = None
    reads: _Count | None = None
    like_count: _Count | None = None
    actions_summary: list[Summary] | None = None
    hidden: bool | None = None
    cooked_hidden: bool | None = None
    user_deleted: bool | None = None
    deleted_at: Moment | None = None
    topic_slug: str | None = None
    topic_title: str | None = None
    category_id: int | None = None
    topic_archetype: str | None = None

    def __post_init__(self) -> None:
        """Put the times in UTC: old servers write their local offset."""
        for name in ("created_at", "updated_at"):
            moment = getattr(self, name)
            try:
                setattr(self, name, moment and moment.astimezone(UTC))
            except OverflowError as error:
                raise ValueError(f"{error} - at `$.{name}`") from error


class Head(msgspec.Struct):
    """What a page says of the topic its posts stand in."""

    id: int | None = None
    title: str | None = None
    category_id: int | None = None
    category_name: str | None = None
    tags: list[Any] | None = None
    archetype: str | None = None
