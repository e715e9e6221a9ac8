"""The post: its columns are declared once and completely; its key follows from its id."""

import re

import pytest

from contract.columns import COLUMNS
from contract.keys import keys_after, post_key, stable_key, stem_of
from contract.post import Post, Privacy


def test_every_column_says_what_it_means_and_who_may_see_it() -> None:
    assert list(COLUMNS) == list(Post.__struct_fields__)
    for column in COLUMNS.values():
        assert column.meaning.endswith("."), column.name
        assert isinstance(column.privacy, Privacy), column.name


def test_what_names_an_author_never_leaves_a_batch() -> None:
    assert {
        c.privacy for n, c in COLUMNS.items() if n.startswith("author_") and n != "author_key"
    } == {Privacy.TRANSIENT}


def test_keys_tell_their_parts_apart() -> None:
    assert stable_key("a", "bc") != stable_key("ab", "c")
    assert stable_key("\ud800") != stable_key("?"), "a lone surrogate is a part like any other"
    key = keys_after("post", "discourse")
    for last in ("x", "", "\ud800", "日本", b"x"):
        assert key(last) == key(last) == stable_key("post", "discourse", last)


@pytest.mark.parametrize(
    "ids",
    [
        [
            f"{moment << 22}"
            for moment in range(1_700_000_000_000, 1_900_000_000_000, 3_600_000_000)
        ],
        ["9999999999", "10000000000", "52999999999", "530000000001", "9" * 99],
    ],
)
def test_keys_of_posts_rise_with_long_ids(ids: list[str]) -> None:
    keys = [post_key("x", native_id) for native_id in ids]
    assert keys == sorted(keys)
    assert len(set(keys)) == len(keys)
    for native_id, key in zip(ids, keys, strict=True):
        assert re.fullmatch("[0-9a-f]{32}", key)
        assert stem_of(key) == stem_of(stable_key("post", "x", native_id))


@pytest.mark.parametrize(
    "native_id",
    ["", "1", "123456789", "1" * 100, "t3_1abcdef", "12345678901x", "١" * 11, "²" * 12, "\ud800"],
)
def test_keys_of_posts_with_other_ids_show_nothing_of_them(native_id: str) -> None:
    assert post_key("x", native_id) == stable_key("post", "x", native_id)
