"""Words: the two patterns agree, every word stands where it says, and languages are read."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms import words
from transforms.words import (
    NO_WORD,
    Lexicon,
    language_of,
    stem,
    tokens_of,
    words_of,
    words_of_tag,
)


@given(st.text(st.characters(codec="ascii"), max_size=60))
def test_plain_text_has_the_same_words_beside_other_letters(text: str) -> None:
    """ASCII text takes a faster pattern; a letter beyond ASCII makes it take the other."""
    assert words_of(text + " ж").folded == [*words_of(text).folded, "ж"]


def test_both_patterns_think_the_same_of_every_plain_character() -> None:
    """Text of these characters takes the faster pattern; every other takes the careful one."""
    careful = [chr(number) for number in range(0x11_0000) if not 0xD800 <= number < 0xE000]
    plain = [one for one in careful if words.is_plain(one) and not "\x1c" <= one <= "\x1f"]
    assert len(plain) > 3000
    for character in plain:
        for text in (character, f"a{character}b", f"https://{character}b"):
            said = words_of(text).folded
            assert words_of(f"{text} \u0e01").folded == [*said, "\u0e01"], ascii(character)


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
    lexicon = Lexicon()
    assert [lexicon.words[n] for t in tokens_of(text) if (n := lexicon[t]) > NO_WORD] == words


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
