"""Authors as keyed pseudonyms: the same account gives the same key, and no key leads back."""

import re
from collections.abc import Iterable
from hashlib import blake2b

import pandas as pd

from contract.errors import FixSettings

_IDS = {
    "x": re.compile(r"[0-9]+"),
    "reddit": re.compile(r"t2_\w+"),
    "flickr": re.compile(r"[0-9]+@n[0-9]+"),
    "bluesky": re.compile(r"did:[a-z]+:.+"),
}
"""Ids where accounts have names too: an id is never taken for a name, which may be a person's."""


def name_organisations(
    batch: pd.DataFrame, organisations: Iterable[tuple[str, str]]
) -> pd.DataFrame:
    """Return the batch with `author_kind` set of these organisations, and no other `author_name`.

    Each is a platform and an account: its id (on a forum an address or a name), or its name, with
    `@` where it looks like an id. What a platform itself says of an account (verified, institution)
    is kept as its kind, but never makes its name be kept: behind a verified account of a
    government or a business can stand one person.
    """
    ids: set[tuple[str, str]] = set()
    handles: set[tuple[str, str]] = set()
    for platform, written in organisations:
        account = (platform, _plain(written))
        is_id = platform not in _IDS or (
            not written.startswith("@") and _IDS[platform].fullmatch(account[1])
        )
        if is_id:
            ids.add(account)
        if not is_id or platform not in _IDS:
            # In the fediverse a name may have another host than its account.
            handles.add(account)
    platforms = {platform for platform, _ in ids | handles}
    columns = (batch[name].tolist() for name in ("platform", "author_id", "author_handle"))
    named = [
        platform in platforms
        and (_is_one_of(ids, platform, author_id) or _is_one_of(handles, platform, handle))
        for platform, author_id, handle in zip(*columns, strict=True)
    ]
    is_named = pd.Series(named, index=batch.index, dtype="bool")
    return batch.assign(
        author_kind=batch["author_kind"].mask(is_named, "organisation"),
        author_name=batch["author_name"].where(is_named, None),
    )


def pseudonymise(batch: pd.DataFrame, key: bytes) -> pd.DataFrame:
    """Return the batch with `author_key` filled from platform and account; null without an account.

    The key has 16 to 64 bytes; whoever holds it can tell whether a known account wrote a post,
    so it lives apart from the warehouse. Raises FixSettings for a key of another length.
    """
    _check(key)
    accounts = list(zip(batch["platform"].tolist(), batch["author_id"].tolist(), strict=True))
    known = {
        (platform, author_id): author_key(platform, author_id, key)
        for platform, author_id in set(accounts)
        if isinstance(author_id, str)
    }
    keys = [known.get(account) for account in accounts]
    return batch.assign(author_key=pd.Series(keys, index=batch.index, dtype="str"))


def key_id(key: bytes) -> str:
    """Return 8 hexadecimal digits that tell one key from another and say nothing else of it."""
    _check(key)
    return blake2b(b"key id", key=key, digest_size=4).hexdigest()


def _is_one_of(accounts: set[tuple[str, str]], platform: str, account: object) -> bool:
    return isinstance(account, str) and (platform, _plain(account)) in accounts


def _plain(account: str) -> str:
    """Return an account as it is compared: `@Name` is name, `https://site/u/name/` site/u/name."""
    return (account.partition("://")[2] or account).lstrip("@").strip("/").casefold()


def author_key(platform: str, author_id: str, key: bytes) -> str:
    """Return the pseudonym of one account."""
    name = platform.encode()
    message = len(name).to_bytes(8, "big") + name + author_id.encode()
    return blake2b(message, key=key, digest_size=16).hexdigest()


def _check(key: bytes) -> None:
    if not 16 <= len(key) <= blake2b.MAX_KEY_SIZE:
        raise FixSettings(
            f"the pseudonym key has {len(key)} bytes; allowed are 16 to {blake2b.MAX_KEY_SIZE}"
        )
