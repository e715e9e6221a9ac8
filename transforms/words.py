"""The words of a text: where they stand, their folded form and their stem."""

import re
import unicodedata
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from typing import Any

import regex
import snowballstemmer

_UNSPACED = r"\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}"
_NO_WORD = r"(?:https?://|www\.)\S+|@[\w.@-]+|\[(?:mail|phone|card|iban|id|ip|handle|address)\]"
_WORD = regex.compile(rf"{_NO_WORD}|([^\W_{_UNSPACED}]+|[{_UNSPACED}]\p{{M}}*|&)")
_PLAIN_WORD = re.compile(rf"{_NO_WORD}|([^\W_]+|&)")
"""The same for ASCII text, where the standard module is more than twice as fast."""
_LONGEST = 64
"""Anything longer is no word of any language; it keeps caches and comparisons bounded."""
TOO_LONG = "\0"
"""What stands for such a word: it is like no other."""
_LANGUAGES = {
    "ar": "arabic", "ca": "catalan", "cs": "czech", "da": "danish", "de": "german", "el": "greek",
    "en": "english", "es": "spanish", "et": "estonian", "eu": "basque", "fa": "persian",
    "fi": "finnish", "fr": "french", "ga": "irish", "hi": "hindi", "hu": "hungarian",
    "hy": "armenian", "id": "indonesian", "it": "italian", "lt": "lithuanian", "ne": "nepali",
    "nl": "dutch", "no": "norwegian", "pl": "polish", "pt": "portuguese", "ro": "romanian",
    "ru": "russian", "sr": "serbian", "sv": "swedish", "ta": "tamil", "tr": "turkish",
}  # fmt: skip
_SAME_LANGUAGE = {"nb": "no", "nn": "no"}
_INNER = re.compile(r"(?<=\w)[-\u2010'\u2019](?=\w)")
_HUMP = regex.compile(r"(?<=[\p{Ll}\p{N}])(?=\p{Lu})|(?<=\p{Lu})(?=\p{Lu}\p{Ll})")


@dataclass(frozen=True)
class Words:
    """A text and its words in folded form."""

    text: str
    folded: list[str]

    @cached_property
    def _spans(self) -> list[tuple[int, int]]:
        matches = _pattern(self.text).finditer(self.text)
        return [match.span(1) for match in matches if match.lastindex]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Return where in the text the words from `start` up to, not including, `end` stand."""
        return self._spans[start][0], self._spans[end - 1][1]

    def found(self, start: int, end: int) -> str:
        """Return the text's own writing of these words."""
        return self.text[slice(*self.span(start, end))]


def words_of(text: str) -> Words:
    """Return the words of the text.

    Words end at apostrophes, hyphens and underscores; `&` reads as "and". In scripts written
    without spaces every character is a word, so that a label is found anywhere in a sentence.
    Addresses, @handles and the markers of redaction hold no words.
    """
    return Words(text, [_folded(word) for word in _pattern(text).findall(text) if word])


def _pattern(text: str) -> Any:
    return _PLAIN_WORD if text.isascii() else _WORD


def closed(value: str) -> str:
    """Return the value without hyphens and apostrophes: "e-mail" is also written "email"."""
    return _INNER.sub("", value)


def unaccented(value: str) -> str:
    """Return the value with plain letters: "Café" is also written "Cafe"."""
    letters = unicodedata.normalize("NFKD", value)
    return "".join(letter for letter in letters if not unicodedata.combining(letter))


def words_of_tag(tag: str) -> Words:
    """Return the words of a tag: `#BikeLanes`, `bike-lanes` and `bike_lanes` are two words each."""
    return words_of(_HUMP.sub(" ", tag.lstrip("#")))


@lru_cache(maxsize=1 << 17)
def _folded(word: str) -> str:
    if len(word) > _LONGEST:
        return TOO_LONG
    return "and" if word == "&" else unicodedata.normalize("NFKC", word).casefold()


def language_of(tag: str | None) -> str | None:
    """Return the language of a BCP 47 tag without region; None for an undetermined one."""
    primary = (tag or "").lower().replace("_", "-").partition("-")[0]
    return None if primary in ("", "und", "mul", "zxx") else _SAME_LANGUAGE.get(primary, primary)


def is_stemmed(lang: str) -> bool:
    """Return whether there is a stemmer for the language (ISO 639-1)."""
    return lang in _LANGUAGES


@lru_cache(maxsize=1 << 17)
def stem(word: str, lang: str) -> str:
    """Return the stem of a folded word; the word itself where its language has no stemmer."""
    return str(_stemmer(lang).stemWord(word)) if lang in _LANGUAGES else word


@cache
def _stemmer(lang: str) -> Any:
    return snowballstemmer.stemmer(_LANGUAGES[lang])
