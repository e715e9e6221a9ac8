"""Words: the two patterns agree, every word stands where it says, and languages are read."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.words import language_of, stem, words_of, words_of_tag


@given(st.text(st.characters(codec="ascii"), max_size=60))
def test_plain_text_has_the_same_words_beside_other_letters(text: str) -> None:
    """ASCII text takes a faster pattern; a letter beyond ASCII makes it take the other."""
    assert words_of(text + " ж").folded == [*words_of(text).folded, "ж"]


@given(st.text(max_size=60))
def test_a_word_stands_where_it_says(text: str) -> None:
    words = words_of(text)
    for at, folded in enumerate(words.folded):
        found = words.found(at, at + 1)
        expected = "and" if found == "&" else unicodedata.normalize("NFKC", found).casefold()
        assert folded == expected
        assert text[slice(*words.span(at, at + 1))] == found


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("L’eau d'Ys", ["l", "eau", "d", "ys"]),
        ("R&D, A38 & bus_lane", ["r", "and", "d", "a38", "and", "bus", "lane"]),
        ("सड़क ठीक", ["सड़क", "ठीक"]),
        ("道路x穴", ["道", "路", "x", "穴"]),
        ("STRASSE Straße", ["strasse", "strasse"]),
        ("[mail] @me.you www.a.example/road https://b.example/road", []),
        ("[pothole]", ["pothole"]),
        ("", []),
    ],
)
def test_words_of_scripts_and_signs(text: str, words: list[str]) -> None:
    assert words_of(text).folded == words


def test_a_tag_is_read_as_its_words() -> None:
    read = {
        tag: " ".join(words_of_tag(tag).folded) for tag in ("#FixTheNHSNow", "a38Road", "x_y-z")
    }
    assert read == {
        "#FixTheNHSNow": "fix the nhs now",
        "a38Road": "a38 road",
        "x_y-z": "x y z",
    }


@pytest.mark.parametrize(
    ("tag", "lang"),
    [("en-GB", "en"), ("zh_Hant", "zh"), ("NB", "no"), ("und", None), ("", None), (None, None)],
)
def test_a_language_tag_without_region(tag: str | None, lang: str | None) -> None:
    assert language_of(tag) == lang


def test_stems_follow_the_language_and_leave_other_languages_alone() -> None:
    assert stem("potholes", "en") == stem("pothole", "en")
    assert stem("potholes", "xx") == "potholes"
