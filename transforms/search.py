"""The words of a post in the form that search compares."""

import pandas as pd

from transforms.words import words_of

MOST_WORDS = 10_000
"""Of a post; what comes after them is not found."""


def fold_words(batch: pd.DataFrame) -> pd.DataFrame:
    """Return the batch with `words` filled: those of title and text, folded, a space between."""
    titles = batch["title"].fillna("")
    said = zip(titles, batch["text"], strict=True)
    words = [searched(f"{title}\n{text}") for title, text in said]
    return batch.assign(words=pd.Series(words, index=batch.index, dtype="str"))


def searched(text: str) -> str:
    """Return the text's words as they stand in `words`, so that both can be compared."""
    return " ".join(words_of(text).folded[:MOST_WORDS])
