"""What of a page may be landed: all, or where somebody is left out the records that are kept."""

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any, Final

import msgspec
from sqlalchemy import Engine

from contract.charter import Charter
from contract.page import Page
from contract.post import Outcome, Post, Skipped
from pipeline.opted_out import Guard
from pipeline.records import KEPT, is_list, kept, outcomes_of
from pipeline.settings import Settings
from pipeline.tombstones import root_key_of

_MOST_TITLES: Final = 10_000
_LONGEST_NAME: Final = 100
_IN_MARKUP: Final = re.compile(r"""[>"']([^<>"']{2,100})[<"']""")
_NO_LETTERS: Final = re.compile(r"[\W_]+")


class Landable:
    """Makes of each page of a run what may be landed of it."""

    def __init__(self, given: Settings, engine: Engine, charter: Charter) -> None:
        """Read who is to be left out; raises FixSettings as Guard does."""
        self._guard = Guard(given, engine, charter)
        self._titles: set[str] = set()

    def __call__(self, page: Page) -> tuple[Page, int]:
        """Return the page as it may be landed, and of how many records it is.

        Once this returns, whoever opted out by a tag on it is known to all other processes. Where
        the run is to go on is left out when it says a title of what was left out.
        """
        outcomes = list(outcomes_of(page))
        left = self._left(page, outcomes)
        is_same = all(one is other for one, other in zip(outcomes, left, strict=True))
        cursor = None if self._is_said_in(page.cursor) else page.cursor
        if is_same and not self._may_name(page, outcomes):
            return msgspec.structs.replace(page, cursor=cursor), len(left)
        return msgspec.structs.replace(kept(page, left), cursor=cursor), len(left)

    def _left(self, page: Page, outcomes: Sequence[Outcome]) -> list[Outcome]:
        out = self._guard.left_out_of(page, outcomes)
        titles = (_letters(one.post.title or "") for one in out.values())
        self._titles |= {letters for letters in titles if letters}
        if not self._guard.is_closed(page):
            self._guard.tell(list(out.values()), page.received_at)
        left: list[Outcome] = []
        for outcome in outcomes:
            if isinstance(outcome, Post):
                one = out.get(outcome.native_id)
                left.append(Skipped(rule=one.rule) if one else self._own(outcome))
            else:
                left.append(outcome)
        return left

    def _may_name(self, page: Page, outcomes: Sequence[Outcome]) -> bool:
        """Return whether what is no post, on the page as received, may be of who is left out."""
        are_posts = all(isinstance(outcome, Post) for outcome in outcomes)
        if page.method == KEPT or page.platform not in self._guard.platforms or are_posts:
            return False
        names = {text for text in _strings(page.body) if len(text) <= _LONGEST_NAME}
        return is_list(page, outcomes) or any(
            self._guard.is_account(page.platform, name) for name in names
        )

    def _own(self, post: Post) -> Post:
        if post.title is not None and root_key_of(post) in self._guard.threads:
            return msgspec.structs.replace(post, title=None)
        return self._guard.stones.with_own_title(post)

    def _is_said_in(self, cursor: Any) -> bool:
        if not self._titles or cursor is None:
            return False
        if len(self._titles) > _MOST_TITLES:
            return True
        said = _letters(" ".join(_texts(cursor)))
        return any(title in said for title in self._titles)


def _letters(text: str) -> str:
    """Return nothing but letters and digits, so that a title is found in an address of it."""
    return _NO_LETTERS.sub("", text.casefold())


def _strings(body: bytes) -> Iterator[str]:
    """Yield the strings of JSON, or the short ones of any markup."""
    try:
        yield from _texts(json.loads(body))
    except (ValueError, RecursionError):
        yield from _IN_MARKUP.findall(body.decode("utf-8", "replace"))


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, held in value.items():
            yield str(key)
            yield from _texts(held)
    elif isinstance(value, list | tuple):
        for held in value:
            yield from _texts(held)
