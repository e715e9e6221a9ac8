"""Keys that are the same on every machine and in every run."""

from collections.abc import Callable
from functools import lru_cache
from hashlib import blake2b
from typing import Final

_LONG: Final = range(10, 100)
"""Digits of an id that tells when it was given; of fewer the key would show nearly all."""
_STEM: Final = 24
_MOST_KEPT: Final = 1 << 13
"""Posts of a batch answer and stand in the same few threads."""


def stable_key(*parts: str | bytes) -> str:
    """Return 32 hexadecimal digits derived from the parts, which may hold any text.

    Bytes count as the text they are in UTF-8.
    """
    return blake2b(b"".join(map(_told, parts)), digest_size=16).hexdigest()


def keys_after(*first: str) -> Callable[[str | bytes], str]:
    """Return what gives the stable key of these parts and one more, where there are many."""
    begun = blake2b(b"".join(map(_told, first)), digest_size=16)

    def key(last: str | bytes) -> str:
        digest = begun.copy()
        digest.update(_told(last))
        return digest.hexdigest()

    return key


@lru_cache(maxsize=_MOST_KEPT)
def post_key(platform: str, native_id: str) -> str:
    """Return 32 hexadecimal digits that follow from a post's platform and its own id alone.

    Of an id of ten digits and more the first eight of the key are its length and its begin: such
    ids rise with time, and so do their keys. New rows then stand at the end of every index of
    them, where keys in no order would have each load write most of each index anew.
    """
    key = _posts_of(platform)(native_id)
    if len(native_id) in _LONG and native_id.isascii() and native_id.isdigit():
        return f"{len(native_id)}{native_id[:6]}{stem_of(key)}"
    return key


def stem_of(key: str) -> str:
    """Return the part of a post's key that is the same in those made before keys rose."""
    return key[-_STEM:]


@lru_cache(maxsize=1 << 8)
def _posts_of(platform: str) -> Callable[[str | bytes], str]:
    return keys_after("post", platform)


def _told(part: str | bytes) -> bytes:
    if isinstance(part, bytes):
        said = part
    else:
        try:
            said = part.encode()
        except UnicodeEncodeError:  # half a character
            said = part.encode("utf-8", "surrogatepass")
    return len(said).to_bytes(8, "big") + said
