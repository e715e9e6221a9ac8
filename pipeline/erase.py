"""Erase: removes a post or an account from everywhere because a person asked, for good."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from connectors import connector_of
from contract.errors import FixSettings
from contract.page import Page
from contract.post import Post
from pipeline import landing
from pipeline.comply import clean
from pipeline.erased import note_erased
from pipeline.records import outcomes_of
from pipeline.settings import Settings, pseudonym_key
from pipeline.sharing import LANDED, in_turn
from pipeline.tombstones import ERASURE, Tombstones, account_key, erasure_key, noted
from transforms.frame import frame_of
from transforms.keys import key_of
from transforms.pseudonyms import key_id, pseudonymise
from warehouse.receipts import receipt_of, request, sources_of
from warehouse.removals import forget_authors, posts_by, remove_posts
from warehouse.store import opened, writing
from warehouse.tombstones import Tombstone, put_up


def erase(
    given: Settings, platform: str, *, post: str | None = None, account: str | None = None
) -> dict[str, Any]:
    """Remove a post, or all of an account, from every place, and see that it does not come back.

    The post by the platform's own id, the account by its id or name, as the platform shows them.
    Returns `receipt`: `key` (of the post, or a keyed hash of the account), `posts` (that said
    something and were removed), `places`, `requested_at`, `done_at` (None while a place is still
    to be cleaned: comply goes on) and `posts_of_older_keys` (of this platform; their pseudonyms
    are of a key that is gone, so that nobody can tell whose they are). Raises FixSettings for an
    unknown platform, and unless one of post and account is named.
    """
    connector_of(platform)
    if (post is None) == (account is None):
        raise FixSettings("name one of them: --post ID or --account ID")
    now, older = datetime.now(UTC), 0
    stone = _stone(given, platform, post, account, now)
    with opened(given.warehouse) as engine:
        # Before anything else: whatever happens from here on, it is known to be erased.
        note_erased(given.landing, [noted(stone)])
        with in_turn(given, engine, LANDED), writing(engine) as connection:
            put_up(connection, [stone])
            request(connection, stone.erased_key, ERASURE, platform, now)
        keys, authors = [stone.erased_key], set[str]()
        if account is not None:
            stones = Tombstones(given, engine)
            with engine.connect() as connection:
                sources = sources_of(connection, {platform})
            authors = set(_authors(given, platform, account, sources, stones))
            with engine.connect() as connection:
                keys, older = posts_by(connection, platform, authors, _key_id(given))
        with writing(engine) as connection:
            found = dict.fromkeys(keys, now)
            removed = remove_posts(connection, found, ERASURE, requested_at=now)
            forget_authors(connection, authors)
        clean(given, engine)
        with engine.connect() as connection:
            receipt = receipt_of(connection, stone.erased_key)
    return {"receipt": {**receipt, "posts": len(removed), "posts_of_older_keys": older}}


def _stone(
    given: Settings, platform: str, post: str | None, account: str | None, now: datetime
) -> Tombstone:
    if post is not None:
        return Tombstone(key_of("post", platform, post), platform, "post", now)
    secret = erasure_key(given)
    hashed = account_key(platform, account or "", secret)
    return Tombstone(hashed, platform, "account", now, key_id(secret))


def _authors(
    given: Settings, platform: str, account: str, sources: list[str], stones: Tombstones
) -> Iterator[str]:
    """Yield the pseudonyms of the account: as it was written, and as landed pages write it."""
    written = {account, account.lstrip("@")}
    for part in landing.parts(given.landing, sources):
        for _, page in landing.pages_of(given.landing, part):
            for one in outcomes_of(page) if isinstance(page, Page) else ():
                if isinstance(one, Post) and one.author_id and stones.is_of_erased(one):
                    written.add(one.author_id)
    said = [Post(platform=platform, native_id=w, kind="post", author_id=w) for w in written]
    yield from pseudonymise(frame_of(said), pseudonym_key(given))["author_key"].tolist()


def _key_id(given: Settings) -> str:
    return key_id(pseudonym_key(given))
