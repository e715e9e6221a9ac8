"""Authors as keyed pseudonyms: the same account gives the same key, and no key leads back."""

from hashlib import blake2b

import pandas as pd

from contract.errors import FixSettings


def pseudonymise(batch: pd.DataFrame, key: bytes) -> pd.DataFrame:
    """Return the batch with `author_key` filled from platform and account; null without an account.

    The key has 16 to 64 bytes; whoever holds it can tell whether a known account wrote a post,
    so it lives apart from the warehouse. Raises FixSettings for a key of another length.
    """
    _check(key)
    keys = [
        None if missing else _author_key(platform, author_id, key)
        for platform, author_id, missing in zip(
            batch["platform"], batch["author_id"], batch["author_id"].isna(), strict=True
        )
    ]
    return batch.assign(author_key=pd.Series(keys, index=batch.index, dtype="str"))


def key_id(key: bytes) -> str:
    """Return 8 hexadecimal digits that tell one key from another and say nothing else of it."""
    _check(key)
    return blake2b(b"key id", key=key, digest_size=4).hexdigest()


def _author_key(platform: str, author_id: str, key: bytes) -> str:
    name = platform.encode()
    message = len(name).to_bytes(8, "big") + name + author_id.encode()
    return blake2b(message, key=key, digest_size=16).hexdigest()


def _check(key: bytes) -> None:
    if not 16 <= len(key) <= blake2b.MAX_KEY_SIZE:
        raise FixSettings(
            f"the pseudonym key has {len(key)} bytes; allowed are 16 to {blake2b.MAX_KEY_SIZE}"
        )
