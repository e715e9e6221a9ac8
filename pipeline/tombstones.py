"""Tombstones: what a person asked to have erased is known again, and not stored again.

A post is known by its key. Of an account there is a keyed hash; its secret is not that of the
pseudonyms, so that a new key for these leaves the tombstones standing, and neither leads to the
other.
"""

from functools import lru_cache
from hashlib import blake2b
from typing import Final

import msgspec
from sqlalchemy import Engine

from contract.accounts import account_of
from contract.errors import FixSettings
from contract.keys import post_key, stem_of
from contract.post import Post
from pipeline.erased import Erased
from pipeline.settings import Settings, secret_of
from transforms.frame import whole_characters
from transforms.pseudonyms import key_id
from warehouse.tombstones import Tombstone, standing

ERASURE: Final = "erasure"
"""Why something is removed that a person asked to have erased."""
ERASURE_VARIABLE: Final = "GOODGUEST_ERASURE_KEY"
ERASURE_FILE: Final = "erasure.key"
"""In the folder of data."""
_MOST_KEPT: Final = 1 << 14
"""The same few people write much of what a batch holds."""


def erasure_key(given: Settings) -> bytes:
    """Return the secret behind the tombstones: of the environment, else of a file made once.

    Raises FixSettings when it is not of 16 to 64 bytes.
    """
    return secret_of(ERASURE_VARIABLE, given.data / ERASURE_FILE)


@lru_cache(maxsize=_MOST_KEPT)
def account_key(platform: str, account: str, key: bytes) -> str:
    """Return the keyed hash of an account: an id, a name or an address that people write."""
    found = account_of(platform, account) or account
    plain = (found.partition("://")[2] or found).lstrip("@").strip("/").casefold()
    message = len(platform).to_bytes(8, "big") + platform.encode() + plain.encode(errors="replace")
    return blake2b(message, key=key, digest_size=16, person=b"erased account").hexdigest()


def noted(stone: Tombstone) -> Erased:
    """Return the tombstone as it is kept beside the landing zone, for after a restore."""
    key = stone.erased_key
    named = f"{stone.platform}/{stone.key_id}/{key}" if stone.key_id else key
    return Erased(stone.kind, named, ERASURE, stone.erased_at)


def stone_of(kept: Erased) -> Tombstone:
    """Return the tombstone that was kept so."""
    if kept.kind == "hold":
        raise ValueError("an order that was lifted is no tombstone")
    platform, _, rest = kept.key.rpartition("/")[0].partition("/")
    key = kept.key.rpartition("/")[2]
    return Tombstone(key, platform, kept.kind, kept.at, rest or None)


class Tombstones:
    """What is not stored: asked with a post as `parse` returns it."""

    def __init__(self, given: Settings, engine: Engine) -> None:
        """Read what is erased; raises FixSettings when accounts were hashed with another secret."""
        with engine.connect() as connection:
            held = standing(connection)
        self.posts, self.noted = held.posts, held.noted
        # Some were noted, and restored from lists of before, under keys that did not rise.
        self._stems = frozenset(map(stem_of, held.posts))
        self._roots = self._stems.union(map(stem_of, held.threads))
        self.opted_out = held.opted_out
        self.accounts = frozenset(key for _, key in held.accounts)
        self.platforms = frozenset(platform for platform, _ in held.accounts)
        self._key = erasure_key(given) if held.key_ids else b""
        if held.key_ids and held.key_ids != {key_id(self._key)}:
            raise FixSettings(
                f"{ERASURE_VARIABLE} (or {given.data / ERASURE_FILE}) is not the secret that "
                "erased accounts were noted with: they would be stored again. Put back the one of "
                "the backup"
            )

    def with_own_title(self, post: Post) -> Post:
        """Return the post without a title that one which may not be stored lent it."""
        if post.title is None or not self._roots:
            return post
        root = root_key_of(post)
        is_lent = root is not None and stem_of(root) in self._roots
        return msgspec.structs.replace(post, title=None) if is_lent else post

    def __call__(self, post: Post) -> bool:
        """Return whether the post or its author was erased."""
        if post.platform in self.platforms and self.is_of_erased(post):
            return True
        return bool(self._stems) and stem_of(post_key_of(post)) in self._stems

    def is_of_erased(self, post: Post) -> bool:
        """Return whether its author was erased, by id or by name."""
        named = {name for name in (post.author_id, post.author_handle) if name}
        return any(account_key(post.platform, name, self._key) in self.accounts for name in named)


def post_key_of(post: Post) -> str:
    """Return the key of a post as `parse` returns it."""
    return post_key(post.platform, whole_characters(post.native_id))


def root_key_of(post: Post) -> str | None:
    """Return the key of the post that began its thread; None for that one itself."""
    if post.root_id is None or post.root_id == post.native_id:
        return None
    return post_key(post.platform, whole_characters(post.root_id))
