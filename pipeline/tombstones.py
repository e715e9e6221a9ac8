"""Tombstones: what a person asked to have erased is known again, and not stored again.

A post is known by its key. Of an account there is a keyed hash; its secret is not that of the
pseudonyms, so that a new key for these leaves the tombstones standing, and neither leads to the
other.
"""

import os
from hashlib import blake2b
from typing import Final

import msgspec
from sqlalchemy import Engine

from contract.accounts import account_of
from contract.errors import FixSettings
from contract.post import Post, Skipped
from pipeline.erased import Erased
from pipeline.settings import Settings, key_in
from transforms.frame import whole_characters
from transforms.keys import key_of
from transforms.pseudonyms import key_id
from warehouse.tombstones import Tombstone, count_of, standing

ERASURE: Final = "erasure"
"""Why something is removed that a person asked to have erased."""
ERASURE_VARIABLE: Final = "GOODGUEST_ERASURE_KEY"
ERASURE_FILE: Final = "erasure.key"
"""In the folder of data."""


def erasure_key(given: Settings) -> bytes:
    """Return the secret behind the tombstones: of the environment, else of a file made once.

    Raises FixSettings when it is not of 16 to 64 bytes.
    """
    held = os.environ.get(ERASURE_VARIABLE)
    key = held.encode() if held else key_in(given.data / ERASURE_FILE)
    key_id(key)
    return key


def account_key(platform: str, account: str, key: bytes) -> str:
    """Return the keyed hash of an account: an id, a name or an address that people write."""
    found = account_of(platform, account) or account
    plain = (found.partition("://")[2] or found).lstrip("@").strip("/").casefold()
    message = len(platform).to_bytes(8, "big") + platform.encode() + plain.encode(errors="replace")
    return blake2b(message, key=key, digest_size=16, person=b"erased account").hexdigest()


def noted(stone: Tombstone) -> Erased:
    """Return the tombstone as it is kept beside the landing zone, for after a restore."""
    is_post = stone.kind == "post"
    key = stone.erased_key
    named = key if is_post else f"{stone.platform}/{stone.key_id}/{key}"
    return Erased(stone.kind, named, ERASURE, stone.erased_at)


def stone_of(kept: Erased) -> Tombstone:
    """Return the tombstone that was kept so."""
    platform, _, rest = kept.key.rpartition("/")[0].partition("/")
    key = kept.key.rpartition("/")[2]
    return Tombstone(key, platform, kept.kind, kept.at, rest or None)


class Tombstones:
    """What is not stored: asked with a post as `parse` returns it."""

    def __init__(self, given: Settings, engine: Engine) -> None:
        """Read what is erased; raises FixSettings when accounts were hashed with another secret."""
        with engine.connect() as connection:
            self.posts, accounts, key_ids = standing(connection)
        self.accounts = frozenset(key for _, key in accounts)
        self._platforms = frozenset(platform for platform, _ in accounts)
        self._key = erasure_key(given) if accounts else b""
        if accounts and key_ids != {key_id(self._key)}:
            raise FixSettings(
                f"{ERASURE_VARIABLE} (or {given.data / ERASURE_FILE}) is not the secret that "
                "erased accounts were noted with: they would be stored again. Put back the one of "
                "the backup"
            )

    def are_all(self, engine: Engine) -> bool:
        """Return whether nothing was erased since: what is, stays so."""
        with engine.connect() as connection:
            return count_of(connection) == len(self.posts) + len(self.accounts)

    def left_of(self, post: Post) -> Post | Skipped:
        """Return what of the post may be stored: without the title that an erased one lent it."""
        if self(post):
            return Skipped(rule="erased")
        if post.title is not None and self.posts and root_key_of(post) in self.posts:
            return msgspec.structs.replace(post, title=None)
        return post

    def __call__(self, post: Post) -> bool:
        """Return whether the post or its author was erased."""
        if post.platform in self._platforms and self.is_of_erased(post):
            return True
        return bool(self.posts) and post_key_of(post) in self.posts

    def is_of_erased(self, post: Post) -> bool:
        """Return whether its author was erased, by id or by name."""
        named = {name for name in (post.author_id, post.author_handle) if name}
        return any(account_key(post.platform, name, self._key) in self.accounts for name in named)


def post_key_of(post: Post) -> str:
    """Return the key of a post as `parse` returns it."""
    return key_of("post", post.platform, whole_characters(post.native_id))


def root_key_of(post: Post) -> str | None:
    """Return the key of the post that began its thread; None for that one itself."""
    if post.root_id is None or post.root_id == post.native_id:
        return None
    return key_of("post", post.platform, whole_characters(post.root_id))
