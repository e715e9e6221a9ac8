"""The words of a text that say something of a subject, in the form in which they are compared."""

from collections.abc import Callable, Sequence
from functools import cache, lru_cache
from math import log1p
from operator import itemgetter
from pathlib import Path

from transforms.embedding import static
from transforms.words import stem

LONGEST_PASSAGE = 1000
"""Words; what follows is not read."""
_EVERYDAY, _RARE = 100, 10_000
"""Ranks among the words of a language by frequency."""
_RARITY = 0.7
"""That of a word in a language whose words' ranks are not known."""


def rarity_of(word: str, lang: str) -> float:
    """Return how rare the word is in the language, of 1."""
    if lang not in (static().langs or (lang,)):
        return _RARITY
    if (rank := static().rank(word)) is None:
        return 1.0
    return min(1.0, log1p(rank / _EVERYDAY) / log1p(_RARE / _EVERYDAY))


def terms_of(words: Sequence[str], lang: str) -> dict[str, str]:
    """Return the informative stems in order, each with the word it was first met as."""
    stops = stop_words(lang)
    terms: dict[str, str] = {}
    for word in words[:LONGEST_PASSAGE]:
        if len(word) > 1 and word not in stops:
            terms.setdefault(stem(word, lang), word)
    return terms


def is_informative(word: str, lang: str) -> bool:
    """Return whether the folded word says something of a subject."""
    return len(word) > 1 and word not in stop_words(lang)


def sequences_of(word: str, lang: str) -> list[str]:
    """Return the sequences of three and four letters in an informative word, ends marked."""
    if word in stop_words(lang):
        return []
    marked = f" {word} "
    return [*_cut(len(word))(marked)] if len(word) > 1 else [marked][: len(word)]


@lru_cache(maxsize=64)  # signs that stand for whole words make words of a thousand letters
def _cut(length: int) -> Callable[[str], Sequence[str]]:
    """Return what takes the sequences out of a marked word of two letters or more."""
    marked = length + 2
    return itemgetter(*(slice(at, at + size) for size in (3, 4) for at in range(marked - size + 1)))


def stop_words(lang: str) -> frozenset[str]:
    """Return the words that say nothing of a subject, those of a request among them."""
    return _stop_words().get(lang, frozenset())


@cache
def _stop_words() -> dict[str, frozenset[str]]:
    text = Path(__file__).with_name("stop_words.txt").read_text(encoding="utf-8")
    lines = [line.split() for line in text.splitlines()]
    return {lang: frozenset(words) for lang, *words in lines}
