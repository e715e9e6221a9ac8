"""Tags by which an author asks not to be read."""

import re
import unicodedata
from collections.abc import Collection
from typing import Final

from contract.post import Post
from transforms.text import LONGEST_BODY, clean_body

_MARKUP: Final = re.compile(r"</?[a-z][^<>]*>", re.IGNORECASE)
_ADDRESS: Final = re.compile(r"\b[a-z]{2,10}://\S+|\]\(#\S*\)", re.IGNORECASE)
_UNSEEN: Final = re.compile("[\u00ad\u200b-\u200f\u2060\ufe0f\ufeff]")
_PASSED_ON: Final = re.compile(r"RT @\w{1,30}\b")
_LONGEST_TAG: Final = 200


class OptOutTags:
    """Finds out whether an author writes one of the tags, given without "#" in lower case."""

    def __init__(self, tags: Collection[str]) -> None:
        self._tags = frozenset(_plain(tag) for tag in tags)
        names = "|".join(map(re.escape, sorted(self._tags))) or "(?!)"
        # Behind a letter, & or / it stands in an address.
        self._tag = re.compile(rf"(?<![\w&/])#(?:{names})(?!\w)")

    def said_by(self, post: Post) -> bool:
        """Return whether the author does, as a tag, in the post's own words or of the account."""
        # X writes a share so: its tags are those of whom it shares.
        return self.stands_in(post) and not _PASSED_ON.match(post.body)

    def stands_in(self, post: Post) -> bool:
        """Return whether one stands in the post, whose words may be another's."""
        # The title of a reply is its thread's.
        title = post.title if post.root_id in (None, post.native_id) else None
        if title and self._is_in(_MARKUP.sub("", title), is_html=False):
            return True
        if post.author_note and self._is_in(post.author_note, is_html=True):
            return True
        for tag in post.tags:
            if tag.added_by == "author" and _plain(tag.tag).lstrip("#") in self._tags:
                return True
        return self._is_in(post.body, is_html=post.body_format == "html")

    def _is_in(self, text: str, *, is_html: bool) -> bool:
        if not ("#" in text or "&num;" in text or "＃" in text or "﹟" in text):
            return False
        said = _plain(_MARKUP.sub("", text) if is_html else text)
        if not any(map(said.__contains__, self._tags)):
            return False
        # Of a longer text only the beginning is cleaned.
        parts = range(0, len(text), LONGEST_BODY - _LONGEST_TAG)
        return any(self._is_own(text[at : at + LONGEST_BODY], is_html=is_html) for at in parts)

    def _is_own(self, text: str, *, is_html: bool) -> bool:
        own = _plain(clean_body(text, is_html=is_html))
        return self._tag.search(_ADDRESS.sub(" ", own)) is not None


def _plain(text: str) -> str:
    """Return the text in one form of its letters, without signs nobody sees."""
    if not text.isascii():
        text = _UNSEEN.sub("", unicodedata.normalize("NFKC", text))
    return text.casefold()
