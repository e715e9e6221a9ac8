"""The ways to write a name, as folded words."""

import re
from collections.abc import Iterator, Sequence

from transforms.entity_words import ARTICLES, LEGAL, SAME_WORDS
from transforms.words import closed, unaccented, words_of

SHORTEST_GLUED = 6
_SHORTEST_INFLECTED = 4
_QUALIFIER = re.compile(r"\s*(?:,\s*[^\W\d_]+(?: [^\W\d_]+){0,2}|\([^()]*\))\s*$")
_DOTTED = re.compile(r"\b(?:\w\.){2,}")
_LONGEST_NAME = 500

Form = tuple[str, ...]
FORMS = ("whole", "glued", "short", "other")
"""A name whole; as one word; without its suffix or place; in another number or the genitive."""


def is_more_than_a_letter(form: Form) -> bool:
    """Return whether a name is longer than what every text is full of: "I", "A", one character."""
    return len("".join(form[1:] if content_words(form) < len(form) else form)) > 1


def forms_of(value: str) -> Iterator[tuple[Form, str]]:
    """Yield the ways to write a name, and how each is made.

    People leave out apostrophes, hyphens, accents, a leading "the", the legal form, the spaces (in
    tags), and what follows in brackets or after a comma to say which one is meant; they write of
    it in the genitive, of one of several and of several of it.
    """
    value = value[:_LONGEST_NAME]
    plain = _QUALIFIER.sub("", value)
    whole: dict[Form, str] = {}
    is_cut_of = dict.fromkeys(_writings(value), False)
    for writing in _writings(plain):
        is_cut_of.setdefault(writing, True)
    for writing, is_cut in is_cut_of.items():
        words = words_of(writing).folded
        bare = words[1:] if words[:1] == ["the"] and len(words) > 2 else words[:]
        while len(bare) > 1 and bare[-1] in LEGAL:
            bare.pop()
        is_bare = len(bare) == 1 < len(words)
        whole.setdefault(same_words(words), "short" if is_cut else "whole")
        whole.setdefault(same_words(bare), "short" if is_cut or is_bare else "whole")
        if len(bare) > 1 and len(glued := "".join(bare)) >= SHORTEST_GLUED:
            whole.setdefault((glued,), "glued")
    yield from whole.items()
    for *first, last in filter(None, whole):
        if (
            content_words([*first, last]) > 1
            and len(last) >= _SHORTEST_INFLECTED
            and last.isalpha()
        ):
            other = last[:-1] if last.endswith("s") else f"{last}s"
            yield (*first, other), "other"


def _writings(value: str) -> tuple[str, ...]:
    return value, closed(value), unaccented(value), _DOTTED.sub(_joined, value)


def same_words(words: Sequence[str]) -> Form:
    """Return the words; of those that are written in several ways the one for all."""
    return tuple(SAME_WORDS.get(word, word) for word in words)


def form_of(text: str) -> Form:
    """Return the words of the text, as names and places are compared."""
    return same_words(words_of(text).folded)


def _joined(initials: re.Match[str]) -> str:
    return initials[0].replace(".", "")


def place_words(text: str) -> str:
    """Return the words with a blank around each, as places are compared."""
    return f" {' '.join(form_of(text))} "


def content_words(words: Sequence[str]) -> int:
    """Return how many words a name has beside a leading article."""
    return len(words) - (len(words) > 1 and words[0] in ARTICLES)
