"""Words as topics are learnt from them: which say something, and what they are made of."""

from collections.abc import Sequence

from transforms.embedding import static
from transforms.terms import stop_words
from transforms.topic_near import LANG
from transforms.words import is_unspaced

_FREQUENT = 1_000
"""So many of the most frequent words of English say nothing of a subject."""


def is_telling(word: str, stops: Sequence[str] | None) -> bool:
    """Return whether a folded word may say something of a subject: no function or frequent word."""
    if stops is None:
        return True
    if not any(map(str.isalpha, word)) or (len(word) == 1 and not is_unspaced(word)):
        return False
    rank = static().rank(word)
    is_frequent = LANG in stops and rank is not None and rank < _FREQUENT
    return not is_frequent and not any(word in stop_words(lang) for lang in stops)


def parts_of(word: str, *, is_meant: bool) -> list[str]:
    """Return what a word is made of: itself, and where its meaning is unknown its letters."""
    if is_meant:
        return [word]
    marked = f"<{word}>"
    found = {marked[at : at + size] for size in (3, 4, 5) for at in range(len(marked) - size + 1)}
    return [word, *(" " + gram for gram in sorted(found - {marked}))]
