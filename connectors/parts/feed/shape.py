"""A feed as read, whatever its format."""

from typing import Any

import msgspec

from contract.post import Rejected

Item = dict[str, Any]
"""An item by the names feedparser gives: JSON Feed items are written in them too."""


class Feed(msgspec.Struct, frozen=True, kw_only=True):
    """A feed as read: what it says of itself, its items, and those that cannot be read."""

    version: str
    about: Item
    items: list[Item]
    rejected: list[Rejected]
