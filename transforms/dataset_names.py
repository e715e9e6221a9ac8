"""What names a dataset for certain, in whoever's text: its identifier, its files, its whole title.

A name that people write for other things too (`download.csv`, 2023-2024, "the state of the roads")
names nothing for certain.
"""

import re
from collections.abc import Iterator
from typing import Final

from contract.catalogue import Dataset
from transforms.dataset_links import dois, file_names, is_own_file
from transforms.embedding import static
from transforms.terms import is_informative
from transforms.words import is_unspaced, words_of

_SHORTEST_IDENTIFIER: Final = 8
_SHORTEST_TITLE: Final = 4
_TELLING_WORDS: Final = 3
_TELLING_SIGNS: Final = 8
"""Of a script without spaces, where nearly every sign says something."""
_EVERYDAY: Final = 1000
"""So many English words are everywhere."""
_LEAST_DIGITS: Final = 3
_DATE: Final = re.compile(
    r"(?<!\d)(?:19|20)\d\d(?:[-_./]?(?:0[1-9]|1[0-2])(?:[-_./]?[0-3]\d)?)?(?!\d)"
)
_SPAN: Final = re.compile(r"(?<!\d)(?:19|20)\d\d[-_/](?:\d\d){1,2}(?!\d)")
_PART: Final = re.compile(r"[^\W_]{2,}")
_QUOTES: Final = frozenset("\"'“”„‟«»‹›‘’‚「」『』《》〈〉`*_")
_CAPITAL_NOUNS: Final = frozenset({"de", "lb"})
"""Languages that write every noun so."""


def certain_names(dataset: Dataset) -> Iterator[tuple[str, str]]:
    """Yield what names the dataset for certain: `identifier` or `title`, and the name."""
    identifier = dataset.identifier.strip()
    known = set(dois(identifier))
    known.update(filter(_is_own, (identifier, identifier.rpartition("/")[2])))
    for name in sorted(known):
        yield "identifier", name
    for name in file_names(dataset):
        if is_own_file(name):
            yield "identifier", name
    if len(words_of(dataset.title).folded) >= _SHORTEST_TITLE:
        yield "title", dataset.title


def is_meant(method: str, name: str, lang: str, written: str, before: str, after: str) -> bool:
    """Return whether what is written means the name, by itself or by how it is written.

    An identifier is written as it is; a title of everyday words stands in quotes or has its own
    capitals. `before` and `after` are the characters beside it.
    """
    if method != "title":
        return written.casefold() == name.casefold()
    if _is_telling(name, lang):
        return True
    return (before in _QUOTES and after in _QUOTES) or (
        written == name and _has_capitals(name, lang)
    )


def _is_own(identifier: str) -> bool:
    """Return whether it is no date, year or everyday name with a number, as `covid-19` is."""
    rest = _DATE.sub(" ", _SPAN.sub(" ", identifier))
    words = [part for part in _PART.findall(rest) if not part.isdigit()]
    digits = sum(sign.isdigit() for sign in rest)
    return (
        len(identifier) >= _SHORTEST_IDENTIFIER
        and any(map(str.isdigit, identifier))
        and (len(words) > 1 or (len(words) == 1 and digits >= _LEAST_DIGITS))
    )


def _is_telling(title: str, lang: str) -> bool:
    words = words_of(title).folded
    telling = sum(is_informative(word, lang) and not _is_everyday(word, lang) for word in words)
    return telling >= _TELLING_WORDS or sum(map(is_unspaced, words)) >= _TELLING_SIGNS


def _is_everyday(word: str, lang: str) -> bool:
    rank = static().rank(word) if lang in (static().langs or (lang,)) else None
    return is_unspaced(word) or (rank is not None and rank < _EVERYDAY)


def _has_capitals(title: str, lang: str) -> bool:
    """Return whether every word that says something is written with a capital, and not all are."""
    words = words_of(title)
    written = [words.found(at, at + 1) for at in range(len(words.folded))]
    telling = [w for w, f in zip(written, words.folded, strict=True) if is_informative(f, lang)]
    return (
        lang not in _CAPITAL_NOUNS
        and not title.isupper()
        and len(telling) > 1
        and all(word[0].isupper() for word in telling)
    )
