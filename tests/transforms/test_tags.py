"""Tags are the platform's own and the hashtags in the words."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contract.post import Post, Tag
from transforms.frame import frame_of
from transforms.tags import MOST_TAGS, _spellings, _tags_of, collect_tags, normalise_tag
from transforms.text import clean_text


def tags(body: str, *given: Tag, title: str | None = None) -> list[Tag]:
    post = Post(platform="forum", native_id="1", kind="post", title=title, body=body, tags=given)
    return list(collect_tags(clean_text(frame_of([post])))["tags"][0])


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("#BinDay, (#pond) and #A38!", ["BinDay", "pond", "A38"]),
        (
            "#müll #ごみ収集 #स्वच्छता #می‌خواهم #перекрыли",
            ["müll", "ごみ収集", "स्वच्छता", "می‌خواهم", "перекрыли"],
        ),
        ("＃東京 #24hours #2024_plan", ["東京", "24hours", "2024_plan"]),
        ("#1234 C# F# issue#5 ## head # head #️⃣ &#39; and/#x a_#x", []),
        ("中文#标签 见#标签# 好 #标签#后面 مرحبا#وسم ##bins", ["标签", "وسم", "bins"]),
        ("#123abc #abc123 #bad1ea #face2f", ["123abc", "abc123", "bad1ea", "face2f"]),
        ("What colour is #ff00aa or #00ff00aa, #bins?", ["bins"]),
        ("https://town.example/page#section", []),
        ("#Pond #pond #POND", ["Pond"]),
    ],
)
def test_hashtags(text: str, names: list[str]) -> None:
    assert [tag.tag for tag in tags(text)] == names


def test_native_tags_come_first_and_keep_who_added_them() -> None:
    given = (Tag(tag="swans", added_by="community"), Tag(tag="#Weir "), Tag(tag=" "))
    assert tags("#Swans at the #lock", *given, title="#weir") == [
        Tag(tag="swans", normalised="swans", added_by="community"),
        Tag(tag="Weir", normalised="weir"),
        Tag(tag="lock", normalised="lock"),
    ]


def test_there_is_an_end() -> None:
    assert len(tags(" ".join(f"#tag{n}" for n in range(500)))) == MOST_TAGS


def test_many_tags_of_both_kinds_take_no_longer_than_few() -> None:
    given, text = (Tag(tag="swans"),) * 20_000, "#pond " * 20_000
    began = time.process_time()
    assert len(_tags_of(given, text)) == 2
    assert time.process_time() - began < 1


@settings(deadline=None)
@given(st.from_regex(r"[A-Za-z0-9]{1,40}", fullmatch=True))
def test_plain_letters_and_digits_need_no_cleaning(tag: str) -> None:
    cleaned = _spellings(f"#{tag} ")
    assert _spellings(tag) == (*cleaned[:2], normalise_tag(tag))
    assert cleaned[0] == tag


@pytest.mark.parametrize(
    ("tag", "words"),
    [
        ("BinDay", "bin day"),
        ("bin-day", "bin day"),
        ("Bin_Day", "bin day"),
        ("NHSTrust", "nhs trust"),
        ("A38", "a38"),
        ("A38Closed", "a38 closed"),
        ("2026BinDay", "2026 bin day"),
        ("5G", "5g"),
        ("STRASSE", "strasse"),
        ("Straße", "strasse"),
        ("ＢＩＮ", "bin"),
        ("ごみ収集", "ごみ収集"),
    ],
)
def test_words_of_a_tag(tag: str, words: str) -> None:
    assert normalise_tag(tag) == words


@settings(deadline=None)
@given(st.text())
def test_the_words_of_a_tag_are_their_own(tag: str) -> None:
    assert normalise_tag(normalise_tag(tag)) == normalise_tag(tag)
