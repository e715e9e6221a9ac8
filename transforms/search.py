"""The words of a post in the form that search compares."""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

import pandas as pd

from transforms.reading import Reading
from transforms.words import TOO_LONG, words_of

MOST_WORDS: Final = 10_000
"""Of a post; what comes after them is not found."""
LONGEST: Final = 200
"""Characters of a search that are read."""
_PART: Final = re.compile(r'"([^"]*)"?|([^\s"]+)')


def fold_words(batch: pd.DataFrame, reading: Reading | None = None) -> pd.DataFrame:
    """Return the batch with `words` filled: those of title and text, folded, a space between.

    `reading` is that of the batch, where it was read already.
    """
    if reading is None:
        said = zip(batch["title"].fillna("").tolist(), batch["text"].tolist(), strict=True)
        words = [searched(f"{title}\n{text}") for title, text in said]
    else:
        words = [_joined(words) for words in reading.said()]
    return batch.assign(words=pd.Series(words, index=batch.index, dtype="str"))


def searched(text: str) -> str:
    """Return the text's words as they stand in `words`, so that both can be compared.

    What is too long for a word of any language is none.
    """
    return _joined(words_of(text).folded)


@lru_cache(maxsize=1 << 12)
def words_in(text: str) -> int:
    """Return how many words of the text stand in `words`; kept, for many replies share a title."""
    return len(searched(text).split())


def phrases_of(typed: str) -> list[str]:
    """Return the words and "phrases" of what somebody typed, as they stand in `words`.

    What would be an operator elsewhere (`NEAR`, `*`, `-`) is a word or nothing here; a word of
    several, such as `bike-lane`, is a phrase.
    """
    parts = (searched(quoted or word) for quoted, word in _PART.findall(typed[:LONGEST]))
    return list(dict.fromkeys(part for part in parts if part))


def match_of(typed: str) -> str | None:
    """Return the FTS5 expression for posts that hold all of what was typed, None for no word."""
    return " AND ".join(f'"{phrase}"' for phrase in phrases_of(typed)) or None


def _joined(words: Sequence[str]) -> str:
    joined = " ".join(words[:MOST_WORDS])
    if TOO_LONG not in joined:
        return joined
    return " ".join(word for word in words[:MOST_WORDS] if word != TOO_LONG)
