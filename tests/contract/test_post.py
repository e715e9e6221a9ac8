"""The post: its columns are declared once and completely."""

from contract.columns import COLUMNS
from contract.keys import keys_after, stable_key
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
    assert stable_key("post", "discourse", "x") == stable_key("post", "discourse", "x")
    assert stable_key("\ud800") != stable_key("?"), "a lone surrogate is a part like any other"
    key = keys_after("post", "discourse")
    for last in ("x", "", "\ud800", "日本", b"x"):
        assert key(last) == key(last) == stable_key("post", "discourse", last)
