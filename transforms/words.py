"""The words of a text: where they stand, their folded form and their stem."""

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from typing import Any

import numpy as np
import regex
import snowballstemmer
from numpy.typing import NDArray

from transforms.ranges import distinct

_UNSPACED = r"\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}"
LETTERS = rf"[^\W_{_UNSPACED}]+"
SIGNS = rf"[{_UNSPACED}]"
MARKERS = ("mail", "phone", "card", "iban", "id", "ip", "handle", "address")
WITHOUT_WORDS = rf"(?:https?://|www\.)\S+|@[\w.@-]+|\[(?:{'|'.join(MARKERS)})\]"
_WORD = regex.compile(rf"{WITHOUT_WORDS}|({LETTERS}|{SIGNS}\p{{M}}*|&)")
_PLAIN_WORD = re.compile(rf"{WITHOUT_WORDS}|([^\W_]+|&)")
"""The same for plain text, where the standard module is more than twice as fast."""
_PLAIN_SIGNS = (
    r"\0-\x1b\x20-\xb1\xb4-\xb8\xba\xbb\xbf-\u02ff\u0370-\u0482\u048a-\u0557\u1e00-\u200b"
    r"\u2010-\u203e\u20a0-\u20cf\u2190-\u23ff\u2500-\u2775\u2794-\u2bff\U0001f300-\U0001faff"
)
"""Characters of which both modules think the same."""
_PLAIN = re.compile(rf"[{_PLAIN_SIGNS}]*")
NOT_PLAIN = rf"[^{_PLAIN_SIGNS}]+"
_BREAK = r"(?<=[.!?…])\s+|\n+"
_SENTENCE_END = re.compile(rf"{_BREAK}|(?<=[。！？])")
_TOKEN = regex.compile(rf"{WITHOUT_WORDS}|{LETTERS}|{SIGNS}\p{{M}}*|&")
_PLAIN_TOKEN = re.compile(rf"{WITHOUT_WORDS}|[^\W_]+|&|{_BREAK}")
_SPACED_END = re.compile(_BREAK)
_SIGN = regex.compile(rf"{SIGNS}\p{{M}}*")
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
NO_WORD, BREAK = 0, -1
"""The numbers of an address or marker, and of what ends a sentence."""
MOST_NUMBERED = 1 << 17
"""Words of other languages and misspelled ones come without end; a lexicon does not keep them."""
_UNKNOWN = -1
Numbers = NDArray[np.int32]
_INNER = re.compile(r"(?<=\w)[-\u2010'\u2019](?=\w)")
_HUMP = regex.compile(r"(?<=[\p{Ll}\p{N}])(?=\p{Lu})|(?<=\p{Lu})(?=\p{Lu}\p{Ll})")


@dataclass(frozen=True)
class Words:
    """A text and its words in folded form."""

    text: str
    folded: list[str]

    @cached_property
    def _spans(self) -> list[tuple[int, int]]:
        return spans_of(self.text)

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


def spans_of(text: str) -> list[tuple[int, int]]:
    """Return where each word of the text begins and ends."""
    return [match.span(1) for match in _pattern(text).finditer(text) if match.lastindex]


class Lexicon:
    """Numbers of words: one for each folded form."""

    def __init__(self) -> None:
        self.words = ["", TOO_LONG]
        """The folded form by number."""
        self._numbers = {TOO_LONG: 1}

    def __getitem__(self, written: str) -> int:
        """Return the number of a token, which may be no word, or the end of a sentence."""
        if written[0] in "@[" or ":" in written or "." in written:
            return NO_WORD
        return BREAK if written.isspace() else self.number(written)

    def number(self, written: str) -> int:
        """Return the number of a word as it is written."""
        folded = _folded(written)
        number = self._numbers.setdefault(folded, len(self.words))
        if number == len(self.words):
            self.words.append(folded)
        return number


_current = Lexicon()


def lexicon() -> Lexicon:
    """Return the lexicon of this process, a new one once it has become too large."""
    global _current
    if len(_current.words) > MOST_NUMBERED:
        _current = Lexicon()
    return _current


class Meaning:
    """What words are to an index, as numbers of 0 and more, worked out when they are first met."""

    def __init__(self, of: Callable[[str], int], forget: Callable[[], None] | None = None) -> None:
        self._of, self._forget = of, forget
        self._lexicon: Lexicon | None = None
        self._known = np.zeros(0, np.int32)

    def __call__(self, lexicon: Lexicon, numbers: Numbers) -> Numbers:
        """Return what the words are that have these numbers in the lexicon."""
        if lexicon is not self._lexicon:
            self._lexicon, self._known = lexicon, np.zeros(0, np.int32)
            if self._forget:
                self._forget()
        if len(lexicon.words) > len(self._known):
            more = np.full(len(lexicon.words) * 5 // 4 - len(self._known) + 1, _UNKNOWN, np.int32)
            self._known = np.concatenate((self._known, more))
        meanings = self._known[numbers]
        is_new = meanings == _UNKNOWN
        if is_new.any():
            new = distinct(numbers[is_new])
            words = map(lexicon.words.__getitem__, new.tolist())
            self._known[new] = list(map(self._of, words))
            meanings = self._known[numbers]
        return meanings


def tokens_of(text: str) -> list[str]:
    """Return as written the words of the text, what holds none, and white space after sentences."""
    if is_plain(text):
        return _PLAIN_TOKEN.findall(text)
    return [t for part in _SPACED_END.split(text) for t in (*_TOKEN.findall(part), "\n")]


def spans_of_tokens(text: str) -> Iterator[tuple[int, int]]:
    """Yield where each of `tokens_of` begins and ends, at the end of a text nothing."""
    if is_plain(text):
        yield from map(re.Match.span, _PLAIN_TOKEN.finditer(text))
        return
    begin = 0
    for gap in (*map(re.Match.span, _SPACED_END.finditer(text)), (len(text), len(text))):
        yield from (token.span() for token in _TOKEN.finditer(text, begin, gap[0]))
        yield gap
        begin = gap[1]


def sentences_of(text: str) -> list[str]:
    """Return the sentences of the text, so that one question in a long story counts."""
    return [part for part in _SENTENCE_END.split(text) if part.strip()]


def is_plain(text: str) -> bool:
    """Return whether the faster patterns read the text as the careful ones do."""
    return text.isascii() or _PLAIN.fullmatch(text) is not None


def _pattern(text: str) -> Any:
    return _PLAIN_WORD if is_plain(text) else _WORD


def is_unspaced(word: str) -> bool:
    """Return whether the word is a sign of a script written without spaces."""
    return _SIGN.fullmatch(word) is not None


def closed(value: str) -> str:
    """Return the value without hyphens and apostrophes: "e-mail" is also written "email"."""
    return _INNER.sub("", value)


def unaccented(value: str) -> str:
    """Return the value with plain letters: "Café" is also written "Cafe"."""
    letters = unicodedata.normalize("NFKD", value)
    return "".join(letter for letter in letters if not unicodedata.combining(letter))


def words_of_tag(tag: str) -> Words:
    """Return the words of a tag: `#BikeLanes`, `bike-lanes` and `bike_lanes` are two words each."""
    return words_of(spaced_tag(tag))


@lru_cache(maxsize=1 << 12)
def spaced_tag(tag: str) -> str:
    """Return the tag with spaces where a capital begins a word; kept, for many share a tag."""
    return _HUMP.sub(" ", tag.lstrip("#"))


def _folded(word: str) -> str:
    if len(word) > _LONGEST:
        return TOO_LONG
    if word.isascii():
        return "and" if word == "&" else word.lower()
    return unicodedata.normalize("NFKC", word).casefold()


def language_of(tag: str | None) -> str | None:
    """Return the language of a BCP 47 tag without region; None for an undetermined one."""
    primary = (tag or "").lower().replace("_", "-").partition("-")[0]
    return None if primary in ("", "und", "mul", "zxx") else _SAME_LANGUAGE.get(primary, primary)


def is_stemmed(lang: str) -> bool:
    """Return whether there is a stemmer for the language (ISO 639-1)."""
    return lang in _LANGUAGES


@lru_cache(maxsize=1 << 15)
def stem(word: str, lang: str) -> str:
    """Return the stem of a folded word; the word itself where its language has no stemmer."""
    return str(_stemmer(lang).stemWord(word)) if lang in _LANGUAGES else word


@cache
def _stemmer(lang: str) -> Any:
    stemmer = snowballstemmer.stemmer(_LANGUAGES[lang])
    stemmer.maxCacheSize = 0  # its own cache costs more than it saves
    return stemmer
