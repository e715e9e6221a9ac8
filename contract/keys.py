"""Keys that are the same on every machine and in every run."""

from collections.abc import Callable
from hashlib import blake2b


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


def _told(part: str | bytes) -> bytes:
    if isinstance(part, bytes):
        said = part
    else:
        try:
            said = part.encode()
        except UnicodeEncodeError:  # half a character
            said = part.encode("utf-8", "surrogatepass")
    return len(said).to_bytes(8, "big") + said
