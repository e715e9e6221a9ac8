"""Which posts a page of Discourse holds, and how far back they reach."""

from datetime import datetime
from typing import Any

import msgspec

from connectors.parts.discourse.fields import Dated, Moment
from connectors.parts.discourse.posts import posts_in


class Ref(Dated):
    """A post's id and when it was written."""

    id: int
    created_at: Moment = None


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
    moments = oldest(refs)
    return bool(moments) and all(moment < since for moment in moments)


def oldest(refs: list[Ref]) -> list[datetime]:
    """Return when some of the oldest posts were written.

    One is not enough: a post that was moved keeps its time under a newer id.
    """
    dated = [ref for ref in refs if ref.created_at]
    return [ref.created_at for ref in sorted(dated, key=lambda ref: ref.id)[:5]]
