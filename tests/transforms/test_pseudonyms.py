"""Pseudonyms are stable under a key and tell nothing without it."""

import pandas as pd
import pytest

from contract.errors import FixSettings
from contract.post import Post
from transforms.frame import frame_of
from transforms.pseudonyms import key_id, pseudonymise

KEY, OTHER = b"sixteen bytes ok", b"another sixteen bytes"


def author_keys(key: bytes) -> list[str]:
    authors = [
        ("forum", "ottoline"),
        ("forum", "ottoline"),
        ("feed", "ottoline"),
        ("for", "umottoline"),
    ]
    posts = [
        Post(platform=platform, native_id=str(n), kind="post", author_id=author)
        for n, (platform, author) in enumerate(authors)
    ]
    return pseudonymise(frame_of(posts), key)["author_key"].tolist()


def test_an_account_has_one_key_for_each_platform_and_secret() -> None:
    keys = author_keys(KEY)
    assert keys[0] == keys[1]
    assert len(set(keys)) == 3
    assert set(keys).isdisjoint(author_keys(OTHER))
    assert all(len(key) == 32 for key in keys)


def test_no_account_no_key() -> None:
    batch = pseudonymise(frame_of([Post(platform="forum", native_id="1", kind="post")]), KEY)
    assert pd.isna(batch["author_key"][0])


@pytest.mark.parametrize("key", [b"", b"x" * 15, b"x" * 65])
def test_a_key_of_another_length_is_refused_without_showing_it(key: bytes) -> None:
    with pytest.raises(FixSettings, match=f"has {len(key)} bytes; allowed are 16 to 64"):
        pseudonymise(frame_of([]), key)


def test_keys_are_told_apart_by_eight_digits() -> None:
    assert key_id(KEY) == key_id(KEY) != key_id(OTHER)
    assert len(key_id(KEY)) == 8
