"""The language of datasets that state none."""

from collections.abc import Iterable, Iterator
from functools import cache
from itertools import islice
from typing import Final

from contract.catalogue import Dataset
from transforms.language import KNOWN, MOST_LETTERS_READ, Identifier, language_identifier
from transforms.words import is_stemmed, language_of

UNSTATED: Final = "en"
"""Where nothing can be told."""
_MOST_TEXTS: Final = 50
_LEAST_LETTERS: Final = 60
"""Of fewer nothing is told: "Election results" alone is taken for French."""


def unstated_language(datasets: Iterable[Dataset]) -> str:
    """Return the language (ISO 639-1) that the datasets which state none have in common.

    It is told from their titles and descriptions together, for one alone is often a word or two.
    """
    found: dict[str, float] = {}
    for lang, score in _identifier()([*islice(_texts(datasets), _MOST_TEXTS)]):
        if lang and score:
            found[lang] = found.get(lang, 0.0) + score
    return max(sorted(found), key=lambda lang: found[lang], default=UNSTATED)


@cache
def _identifier() -> Identifier:
    return language_identifier([lang for lang in sorted(KNOWN) if is_stemmed(lang)])


def _texts(datasets: Iterable[Dataset]) -> Iterator[str]:
    """Yield what the datasets say, so much at a time as is read for a language."""
    said = ""
    for dataset in datasets:
        if language_of(dataset.lang) is None:
            said += f"{dataset.title}. {dataset.description[:MOST_LETTERS_READ]}\n"
            if len(said) >= MOST_LETTERS_READ:
                yield said
                said = ""
    if len(said) >= _LEAST_LETTERS:
        yield said
