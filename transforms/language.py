"""The language a post is written in, or an honest "undetermined"."""

import re
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import regex

from contract.errors import FixSettings
from transforms.language_tables import Tables, tables_of
from transforms.links import without_addresses

if TYPE_CHECKING:
    from transforms.language_model import LanguageModel

Guess = tuple[str | None, float | None]
"""A language (ISO 639) and its probability, or twice None when undetermined."""

Identifier = Callable[[Sequence[str]], list[Guess]]
"""Returns a guess for each text."""

_UNDETERMINED: Guess = (None, None)
LEAST_SCORE = 0.2
FEWEST_LETTERS = 10
MOST_LETTERS_READ = 200
SHORT_TEXT = 40

_LABELS = (
    "ace af am an ar ary arz as az ba bcl be bg bn br bs ca crh cs cy da de dz el en eo es et eu"
    " ext fa fi fo fr fuv fy ga gcf gcr gd gl gom grc gu gug guw ha hbo he hi hr ht hu hy id ig is"
    " it ja jv ka kab kik kk km kn ko ku ky la lb lg lij ln lo lt ltg lv mg mk ml mn mr ms mt my"
    " ne nl nn no nso oc om or pa pcm pl ps pt qu ro ru rw sa sdh se si sk sl sn so sq sr st sv sw"
    " ta te tg th tk tl tr tt ug uk ur uz uzs vec vi vo wa wuu xh yo yue zh zu zxx"
)
KNOWN = frozenset(_LABELS.split())
"""What the model tells apart; known without loading it."""

# What people write in public most. A text is told apart among all of these, so that one in a
# language the agency does not ask for is left undetermined and not taken for its next of kin.
_WIDELY_WRITTEN = (
    "ar bg bn ca cs cy da de el en es fa fi fr ga hi hu id it ja ko nl no pa pl pt ro ru sk so sv"
    " ta tr uk ur vi zh"
)
_NAMES = re.compile(r"[@#＠＃](?<!\w.)[\w.@-]+")
_SHORTCODES = re.compile(r":\w+:")  # ":smile:"
_NO_LETTERS = regex.compile(r"[^\p{L}\p{M}'’ -]+")
_BLANK = ord(" ")
_ASCII_WORDS = bytes(
    code if code >= 0x80 or chr(code).isalpha() or code in b"'-\0" else _BLANK
    for code in range(256)
)
_LETTERS = regex.compile(r"[\p{L}\p{M}]")
# Scripts whose sign is a syllable or a word: fewer of them say as much.
_SYLLABLE = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}]")


def identify_language(batch: pd.DataFrame, identifier: Identifier) -> pd.DataFrame:
    """Return the batch with `lang` and `lang_score` filled, both null when undetermined.

    The title counts where the text has fewer than 40 characters. What the platform declares is not
    used: it is the language of an account or a guess of its own (docs/text.md has the figures).
    """
    guesses = identifier(
        [
            f"{title}\n{text}" if len(text) < SHORT_TEXT and isinstance(title, str) else text
            for title, text in zip(batch["title"].tolist(), batch["text"].tolist(), strict=True)
        ]
    )
    return batch.assign(
        lang=pd.Series([lang for lang, _ in guesses], index=batch.index, dtype="str"),
        lang_score=pd.Series([score for _, score in guesses], index=batch.index, dtype="float64"),
    )


def language_identifier(
    languages: Sequence[str], tables: Callable[[frozenset[str]], Tables] = tables_of
) -> Identifier:
    """Return an identifier that knows these languages (ISO 639) and no others.

    Its model is made of the `tables` at the first text that has words, once in a process for each
    set of languages. Raises FixSettings for a language the model does not know.
    """
    asked = frozenset(languages)
    if unknown := sorted(asked - KNOWN):
        raise FixSettings(
            f"agency.languages: {', '.join(unknown)} cannot be identified; "
            f"allowed are {', '.join(sorted(KNOWN))}"
        )

    def identify(texts: Sequence[str]) -> list[Guess]:
        words = _words_of(texts)
        # What many pass on is asked once.
        distinct = list(dict.fromkeys(filter(None, words)))
        found = _model(asked, tables).classify(distinct) if distinct else []
        guesses: dict[str, Guess] = {
            said: (lang, score)
            for said, (lang, score) in zip(distinct, found, strict=True)
            if score >= LEAST_SCORE and lang in asked
        }
        return [guesses.get(said, _UNDETERMINED) for said in words]

    return identify


def told_apart(languages: Iterable[str]) -> frozenset[str]:
    """Return all languages among which texts are told apart where these are asked for."""
    return frozenset(languages).union(_WIDELY_WRITTEN.split())


@cache
def _model(asked: frozenset[str], tables: Callable[[frozenset[str]], Tables]) -> "LanguageModel":
    from transforms.language_model import LanguageModel

    return LanguageModel(told_apart(asked), tables)


def _words_of(texts: Sequence[str]) -> list[str]:
    """Return the first words of each text, a space between; "" where too few."""
    # All at once, because a list of the words of each is dear; "\0" parts the texts.
    joined = b"\0".join([b"", *(_said(text).encode() for text in texts), b""])
    letters = np.frombuffer(joined.translate(_ASCII_WORDS), np.uint8)
    is_needless = letters[:-1] == _BLANK
    is_needless &= letters[1:] <= _BLANK
    kept = letters[:-1][~is_needless].tobytes().split(b"\0")[1:]
    words = [each.lstrip().decode()[:MOST_LETTERS_READ] for each in kept]
    return [each if _is_enough(each) else "" for each in words]


def _said(text: str) -> str:
    """Return the beginning of a text without addresses and names, and without odd signs."""
    said = without_addresses(text[: 10 * MOST_LETTERS_READ])
    is_ascii = said.isascii()
    if not is_ascii or "@" in said or "#" in said:
        said = _NAMES.sub(" ", said)
    if ":" in said:
        said = _SHORTCODES.sub(" ", said)
    return said.replace("\0", " ") if is_ascii else _NO_LETTERS.sub(" ", said)


def _is_enough(words: str) -> bool:
    return len(words) >= 4 * FEWEST_LETTERS or _letters(words) >= FEWEST_LETTERS


def _letters(words: str) -> int:
    return len(_LETTERS.findall(words)) + 2 * len(_SYLLABLE.findall(words))
