"""Pseudonyms are stable under a key and tell nothing without it."""

from collections.abc import Iterable
from typing import Any

import pandas as pd
import pytest

from contract.errors import FixSettings
from contract.post import Post
from transforms.frame import frame_of
from transforms.pseudonyms import key_id, name_organisations, pseudonymise

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


def named(*accounts: dict[str, Any], by: Iterable[tuple[str, str]] = ()) -> list[tuple[str, Any]]:
    posts = [
        Post(
            **{"platform": "x", "native_id": str(n), "kind": "post", "author_name": "N", **account}
        )
        for n, account in enumerate(accounts)
    ]
    batch = name_organisations(frame_of(posts), by)
    names = [None if pd.isna(name) else name for name in batch["author_name"]]
    return list(zip(batch["author_kind"], names, strict=True))


def test_only_organisations_of_the_charter_keep_their_name() -> None:
    minister = {"author_id": "7", "author_handle": "a_minister", "author_kind": "organisation"}
    town = {"author_id": "42", "author_handle": "AberwennolTC"}
    assert named(minister, town) == [("organisation", None), ("unknown", None)]
    found = named(minister, town, {"author_name": "AberwennolTC"}, by=[("x", "@aberwennoltc")])
    assert found == [("organisation", None), ("organisation", "N"), ("unknown", None)]
    assert named(town, by=[("x", "42")]) == [("organisation", "N")]
    assert named(town, by=[("reddit", "42"), ("x", "4"), ("x", "N")]) == [("unknown", None)]


def test_an_id_is_nobodys_name() -> None:
    ids = {"x": "12345", "reddit": "t2_abc", "flickr": "12345678@N01", "bluesky": "did:plc:Abc"}
    for platform, id_ in ids.items():
        theirs = {"platform": platform, "author_id": id_, "author_handle": "TownCouncil"}
        person = {"platform": platform, "author_id": "9", "author_handle": id_}
        kept, left = ("organisation", "N"), ("unknown", None)
        assert named(theirs, person, by=[(platform, id_)]) == [kept, left]
        assert named(theirs, person, by=[(platform, f"@{id_}")]) == [left, kept]
        assert named(theirs, person, by=[(platform, "towncouncil")]) == [kept, left]


def test_in_the_fediverse_a_name_may_have_another_host_than_its_account() -> None:
    theirs = {"author_id": "town@social.town.example", "author_handle": "town@town.example"}
    post = {"platform": "mastodon", **theirs}
    for written in ("@Town@town.example", "town@social.town.example"):
        assert named(post, by=[("mastodon", written)]) == [("organisation", "N")]
    assert named(post, by=[("mastodon", "@town@other.example")]) == [("unknown", None)]


@pytest.mark.parametrize(
    ("account", "written"),
    [
        ("forum.example/u/council", "https://Forum.example/u/Council/"),
        ("forum.example/u/council", "forum.example/u/council"),
        ("90018765@N01", "90018765@N01"),
        ("Council@social.example", "@council@Social.example"),
        ("https://www.reddit.com/user/council", "https://www.reddit.com/user/council"),
    ],
)
def test_an_account_may_be_written_as_people_write_it(account: str, written: str) -> None:
    post = {"platform": "forum", "author_id": account}
    assert named(post, by=[("forum", written)]) == [("organisation", "N")]
    assert named({**post, "platform": "feed"}, by=[("forum", written)]) == [("unknown", None)]


def test_no_posts_no_organisations() -> None:
    batch = name_organisations(frame_of([]), [("x", "42")])
    assert (str(batch["author_name"].dtype), str(batch["author_kind"].dtype)) == ("str", "str")
