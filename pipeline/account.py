"""An account that its owner names: what landed pages hold of it, and its pseudonyms."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final

from contract.accounts import account_of
from contract.errors import GoodguestError
from contract.page import Page
from contract.post import Post
from pipeline import landing
from pipeline.records import outcomes_of
from pipeline.settings import Settings, pseudonym_key
from transforms.frame import frame_of
from transforms.pseudonyms import pseudonymise

_MOST_ROUNDS: Final = 20


def landed_by(
    given: Settings, sources: Sequence[str], is_its: Callable[[Post], bool]
) -> Iterator[Post]:
    """Yield the posts in landed pages of these sources that are the account's, as received.

    Raises GoodguestError when the pages are written anew faster than they can be read.
    """
    left: set[tuple[str, ...]] | None = None
    for _ in range(_MOST_ROUNDS):
        gone = set[tuple[str, ...]]()
        for part in landing.parts(given.landing, sources):
            if left is not None and _named(part) not in left:
                continue
            try:
                # All of it or none: what is read anew must not be found twice.
                yield from list(_its(given, part, is_its))
            except FileNotFoundError:
                # Purged, or written anew without what had to go.
                gone.add(_named(part))
        if not gone:
            return
        left = gone
    raise GoodguestError(f"{given.landing}: it is rewritten while it is read; try again later")


def _named(part: landing.Part) -> tuple[str, ...]:
    """Return what is the same of a part when it is written anew."""
    return part.source, part.run, str(part.number)


def _its(given: Settings, part: landing.Part, is_its: Callable[[Post], bool]) -> Iterator[Post]:
    for _, page in landing.pages_of(given.landing, part):
        for one in outcomes_of(page) if isinstance(page, Page) else ():
            if isinstance(one, Post) and one.author_id and is_its(one):
                yield one


def pseudonyms_of(given: Settings, platform: str, account: str, landed: Iterable[Post]) -> set[str]:
    """Return the pseudonyms of an account: as it was written, and as its landed posts write it."""
    named = account_of(platform, account) or account
    plain = (named.partition("://")[2] or named).lstrip("@").strip("/")
    # Of what is landed no more, the id follows from what was written, as far as it does at all.
    written = {account, account.lstrip("@"), named, plain, *(one.author_id for one in landed)}
    said = [Post(platform=platform, native_id=w, kind="post", author_id=w) for w in written if w]
    return set(pseudonymise(frame_of(said), pseudonym_key(given))["author_key"].tolist())
