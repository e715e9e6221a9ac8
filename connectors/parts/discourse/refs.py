"""Which posts a page of Discourse holds, and how far back they reach."""

from datetime import datetime
from typing import Any

import msgspec

from connectors.parts.discourse.fields import Moment
from connectors.parts.discourse.posts import posts_in


class Ref(msgspec.Struct):
    """A post's id and when it was written."""

    id: int
    created_at: Moment


def refs_of(read: Any) -> list[Ref]:
    """Return the posts of a decoded page that can be read; `parse` rejects the others by name."""
    found = []
    for post in posts_in(read):
        try:
            found.append(msgspec.convert(post, Ref))
        except msgspec.ValidationError:
            continue
    return found


def reach_back(refs: list[Ref], since: datetime) -> bool:
    """Return whether the oldest of the posts are older than that moment."""
    some = oldest(refs)
    return bool(some) and all(ref.created_at < since for ref in some)


def oldest(refs: list[Ref]) -> list[Ref]:
    """Return some of the oldest posts: one that was moved keeps its time under a newer id."""
    return sorted(refs, key=lambda ref: ref.id)[:5]
