"""Reddit: what says that a submission or comment was taken away, and by whom."""

import re
from typing import Any

from connectors.values import inside, text

_BY_AUTHOR = "deleted by its author"
_BY_MODERATOR = "removed by a moderator"
_BY_REDDIT = "removed by Reddit"
_BY_LAW = "taken down for legal reasons"
_REMOVERS = {
    "author": _BY_AUTHOR,
    "deleted": _BY_AUTHOR,
    "moderator": _BY_MODERATOR,
    "automod_filtered": "held back by AutoModerator",
    "reddit": _BY_REDDIT,
    "admin": _BY_REDDIT,
    "anti_evil_ops": _BY_REDDIT,
    "community_ops": _BY_REDDIT,
    "content_takedown": _BY_LAW,
    "copyright_takedown": _BY_LAW,
    "legal_operations": _BY_LAW,
}
"""By `removed_by_category`, which nothing documents."""
_GRAVESTONE = re.compile(
    r"\[ ?(?:(deleted)(?: by user)?|(removed)(?: by moderator)?|removed by (reddit)\b.*) ?\]",
    re.IGNORECASE | re.DOTALL,
)
"""What stands in the place of a text."""
_WHO = (_BY_AUTHOR, _BY_MODERATOR, _BY_REDDIT)
_DELETED = "[deleted]"


def removal_of(data: Any) -> str | None:
    """Return why it was taken away, None where it stands.

    A submission its author deleted still comes with its text for a while: it is gone all the same.
    One of a deleted account stands, without an author.
    """
    if category := text(data, "removed_by_category"):
        return _REMOVERS.get(category, "removed")
    for name in ("body", "selftext"):
        if match := _GRAVESTONE.fullmatch((text(data, name) or "")[:400]):
            return next(who for who, group in zip(_WHO, match.groups(), strict=True) if group)
    is_removed = inside(data, "removed") is True or inside(data, "spam") is True
    return _BY_MODERATOR if is_removed else None


def author_of(data: dict[str, Any]) -> str | None:
    """Return the name of the author's account, None when it was deleted."""
    author = text(data, "author")
    return None if author == _DELETED else author


def title_of(data: dict[str, Any], name: str) -> str | None:
    """Return a title, None where another text took its place."""
    title = text(data, name)
    return None if title and _GRAVESTONE.fullmatch(title[:400]) else title
