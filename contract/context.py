"""What of a post's surroundings its ties are read with."""

from typing import Final

REPLIES: Final = ("comment", "reply")
"""Kinds of posts whose title is their thread's, not their own."""
LONGEST_SHORT_REPLY: Final = 60
"""Characters, some ten words: what says so little is read with the post it answers."""
MOST_OF_PARENT: Final = 600
"""Characters of the post answered that are read with it."""


def is_short_reply(kind: str, parent_key: str | None, text: str) -> bool:
    """Return whether a post answers another in so few words that it is read with that one."""
    return kind in REPLIES and parent_key is not None and len(text) <= LONGEST_SHORT_REPLY
