"""Texts as the numbers of their words, one text after the other."""

from array import array
from collections.abc import Iterable

import numpy as np

from transforms.words import NO_WORD, Lexicon, Numbers, tokens_of


def numbered(texts: Iterable[str], lexicon: Lexicon) -> tuple[Numbers, Numbers]:
    """Return the words of all texts, and where each text's begin; and the end of all."""
    tokens = array("i")
    ends = [0]
    for text in texts:
        tokens.extend(map(lexicon.__getitem__, tokens_of(text)))
        ends.append(len(tokens))
    numbers = np.array(tokens, np.int32)
    is_word = numbers > NO_WORD
    return numbers[is_word], np.concatenate(([0], np.cumsum(is_word)))[ends].astype(np.int32)
