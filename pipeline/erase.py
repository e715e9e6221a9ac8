"""Erase: removes a post or an account from everywhere because a person asked, for good."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Engine

from connectors import connector_of
from contract.errors import FixSettings
from pipeline.account import landed_by, pseudonyms_of
from pipeline.comply import clean
from pipeline.erased import note_erased
from pipeline.hold import sentence_of
from pipeline.settings import Settings, pseudonym_key
from pipeline.sharing import LANDED, in_turn
from pipeline.tombstones import ERASURE, Tombstones, account_key, erasure_key, noted
from transforms.pseudonyms import key_id
from warehouse.holding import standing_over
from warehouse.named_posts import post_named
from warehouse.receipts import receipt_of, request, sources_of
from warehouse.removals import forget_authors, posts_by, remove_posts
from warehouse.store import opened, writing
from warehouse.tombstones import Tombstone, put_up


def erase(
    given: Settings, platform: str, *, post: str | None = None, account: str | None = None
) -> dict[str, Any]:
    """Remove a post, or all of an account, from every place, and see that it does not come back.

    The post by the platform's own id, or the address of one that is held; the account by its id or
    name, as the platform shows them.
    Returns `receipt`: `key` (of the post, or a keyed hash of the account), `posts` (that said
    something and were removed), `places`, `requested_at`, `done_at` (None while a place is still
    to be cleaned: comply goes on) and `posts_of_older_keys` (of this platform; their pseudonyms
    are of a key that is gone, so that nobody can tell whose they are); and `held` where an order
    keeps a sealed copy. Raises FixSettings for an unknown platform, and unless one of post and
    account is named.
    """
    connector_of(platform)
    if (post is None) == (account is None):
        raise FixSettings("name one of them: --post ID or --account ID")
    now, older = datetime.now(UTC), 0
    with opened(given.warehouse) as engine:
        stone = _stone(given, engine, platform, post, account, now)
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
            landed = landed_by(given, sources, stones.is_of_erased)
            authors = pseudonyms_of(given, platform, account, landed)
            with engine.connect() as connection:
                keys, older = posts_by(connection, platform, authors, _key_id(given))
        with writing(engine) as connection:
            found = dict.fromkeys(keys, now)
            orders = standing_over(connection, keys, authors, now.date())
            removed = remove_posts(connection, found, ERASURE, requested_at=now)
            forget_authors(connection, authors)
        clean(given, engine)
        with engine.connect() as connection:
            receipt = receipt_of(connection, stone.erased_key)
    receipt |= {"posts": len(removed), "posts_of_older_keys": older}
    if orders:
        receipt["held"] = "; ".join(sentence_of(one) for one in orders)
    return {"receipt": receipt}


def _stone(
    given: Settings,
    engine: Engine,
    platform: str,
    post: str | None,
    account: str | None,
    now: datetime,
) -> Tombstone:
    if post is not None:
        with engine.connect() as connection:
            key = post_named(connection, platform, post)
        return Tombstone(key, platform, "post", now)
    secret = erasure_key(given)
    hashed = account_key(platform, account or "", secret)
    return Tombstone(hashed, platform, "account", now, key_id(secret))


def _key_id(given: Settings) -> str:
    return key_id(pseudonym_key(given))
