"""Tokens: what is read as arrays of characters is what the patterns find, text by text."""

from itertools import islice

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transforms import tokens, words
from transforms.tokens import tokens_in
from transforms.words import BREAK, MARKERS, Lexicon, tokens_of

PIECES = (
    "http://", "https://", "http", "://", "www.", "www", "@", "@a.b", "[",
    "]", "mail", " ", "  ", "\n", "\n\n", " \n", "\t", "\r", "\x1c", "\x85", "\xa0", "\u2028", "\0",
    ".", "!", "?", "…", "。", "&", "_", "-", "'", "a", "Road", "ÄÖ", "e\u0301", "ж", "道", "路",
    "ก", "ำ", "😀", "❤️", "\u200d", "2²", "①", "ﬁ", "İ", "ß", "x" * 70, "/", "\ud800", "🇮",
    "ª", "٣", "सड़क", "\u0301", "ิ", "\u302a", "𠮷", "⼀",
    *(f"[{marker}]" for marker in MARKERS), "[text]",
)  # fmt: skip
_TEXT = st.lists(st.sampled_from(PIECES), max_size=14).map("".join)


def written(texts: list[str], lexicon: Lexicon) -> list[list[tuple[str, str | int]]]:
    """Return by text its tokens: as written, and the folded word or what else it is."""
    found = tokens_in(texts, lexicon)
    columns = (found.numbers, found.begins, found.ends)
    rows = zip(*(column.tolist() for column in columns), strict=True)
    return [
        [
            ("" if n == BREAK else text[b:e], lexicon.words[n] if n > 0 else n)
            for n, b, e in islice(rows, count)
        ]
        for text, count in zip(texts, found.counts.tolist(), strict=True)
    ]


def by_the_patterns(text: str, lexicon: Lexicon) -> list[tuple[str, str | int]]:
    found = [("" if t.isspace() else t, lexicon[t]) for t in tokens_of(text)]
    return [(token, lexicon.words[n] if n > 0 else n) for token, n in found]


@settings(deadline=None, max_examples=300)
@given(st.lists(_TEXT | st.text(max_size=30), max_size=6))
def test_tokens_of_many_texts_are_those_that_the_patterns_find(texts: list[str]) -> None:
    other = Lexicon()
    assert written(texts, Lexicon()) == [by_the_patterns(text, other) for text in texts]


@pytest.mark.parametrize(
    "text", ["Road. " * 20_000, "Road. " * 30_000, "x" * 40_000, "道路。" * 20_000, "@" * 40_000]
)
def test_a_long_text_among_others_is_read_as_it_is_alone(text: str) -> None:
    texts = ["The road", text, "is shut."]
    assert written(texts, Lexicon()) == [by_the_patterns(text, Lexicon()) for text in texts]


def test_every_character_is_read_as_the_patterns_read_it() -> None:
    signs = [chr(n) for n in range(0x2_0100) if not 0xD800 <= n < 0xE000]
    texts = [
        f"a{sign}b {sign}. {sign} @a{sign}b www.{sign} http://a{sign}b 道{sign}b &{sign} ิ{sign}"
        for sign in signs
    ]
    other = Lexicon()
    assert written(texts, Lexicon()) == [by_the_patterns(text, other) for text in texts]


def test_many_words_have_numbers_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tokens, "MOST_NUMBERED", 5_000)
    said = [f"word{n} other{n}" for n in range(20_000)]
    lexicon = Lexicon()
    first = tokens_in(said, lexicon).numbers
    assert len(np.unique(first)) == 40_000
    assert (tokens_in(said, lexicon).numbers == first).all()
    assert tokens_in(["WORD7"], lexicon).numbers.tolist() == [lexicon["word7"]]


def test_a_lexicon_that_became_too_large_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(words, "MOST_NUMBERED", 1)
    full = words.lexicon()
    tokens_in(["one two three"], full)
    assert words.lexicon() is not full


def test_words_are_known_by_the_lexicon_that_is_asked() -> None:
    texts = ["one two", "two three"]
    lexicons = Lexicon(), Lexicon()
    tokens_in(["nine eight seven"], lexicons[1])
    for lexicon in lexicons * 2:
        assert written(texts, lexicon) == [by_the_patterns(text, lexicon) for text in texts]


@pytest.mark.parametrize("texts", [[], [""], ["", "", "a", ""]])
def test_texts_without_tokens_count_too(texts: list[str]) -> None:
    assert written(texts, Lexicon()) == [by_the_patterns(text, Lexicon()) for text in texts]
