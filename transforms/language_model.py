"""py3langid's model, asked for a batch of texts at once.

The model is a naive Bayes classifier over byte sequences that a state machine finds. py3langid
walks that machine byte by byte in Python; here it takes each step for many texts together, which
gives the same answers in a tenth of the time.
"""

import unicodedata
from collections.abc import Callable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from transforms.language_tables import Tables, tables_of

_AT_ONCE = 1024
"""Texts that take their steps together; more need more memory and are hardly faster."""
_GATHERED = 16
"""Texts whose weights are looked up together."""


class LanguageModel:
    """Tells texts apart among some languages; holds about 45 MB."""

    def __init__(
        self,
        languages: frozenset[str],
        tables: Callable[[frozenset[str]], Tables] = tables_of,
    ) -> None:
        told = tables(languages)
        # Two columns may be one language in two scripts; sorted, they stand side by side.
        known, first_columns = np.unique(told.labels, return_index=True)
        self._labels: list[str] = known.tolist()
        self._first_columns = first_columns
        self._priors = told.priors
        self._weights = told.weights.reshape(-1, len(told.labels)).astype(np.float32)
        self._nothing = len(self._weights)
        self._columns = told.columns.tobytes()
        self._moves = told.moves
        self._row_begins = told.rows * (int(told.columns.max()) + 1)
        self._feature_of_state = np.where(told.found < 0, self._nothing, told.found)

    def classify(self, texts: Sequence[str]) -> list[tuple[str, float]]:
        """Return the likeliest language of each text and its probability."""
        written = [_bytes_of(text) for text in texts]
        order = sorted(range(len(written)), key=[-len(one) for one in written].__getitem__)
        answers = [("", 0.0)] * len(written)
        for start in range(0, len(order), _AT_ONCE):
            some = order[start : start + _AT_ONCE]
            for at, answer in zip(some, self._answers([written[at] for at in some]), strict=True):
                answers[at] = answer
        return answers

    def _answers(self, written: list[bytes]) -> Iterator[tuple[str, float]]:
        """Return language and probability of each; the longest comes first."""
        lengths = np.array([len(one) for one in written])
        # py3langid's own temperature, which keeps short and long texts comparable
        heat = np.sqrt(np.maximum(lengths, 1))[:, None]
        scores = self._scores(self._features(written, lengths)) / heat
        shares = np.exp(scores - scores.max(axis=1, keepdims=True))
        shares /= shares.sum(axis=1, keepdims=True)
        shares = np.add.reduceat(shares, self._first_columns, axis=1)
        best = shares.argmax(axis=1)
        chosen = shares[np.arange(len(shares)), best]
        labels = map(self._labels.__getitem__, best.tolist())
        return zip(labels, chosen.round(4).tolist(), strict=True)

    def _features(self, written: list[bytes], lengths: NDArray[np.int_]) -> NDArray[np.int32]:
        """Return a row for each text: the features its bytes lead to, sorted, then `_nothing`."""
        width = max(int(lengths[0]), 1)
        padded = b"".join(one.ljust(width, b"\0") for one in written).translate(self._columns)
        steps = np.frombuffer(padded, dtype=np.uint8).reshape(-1, width).T.astype(np.int32)
        still_walking = np.searchsorted(-lengths, -np.arange(width)).tolist()
        # One more than there are steps: nothing is found where none is taken.
        states = np.zeros((width + 1, len(written)), dtype=np.uint32)
        state = states[-1]
        for step, walking in enumerate(still_walking):
            places = self._row_begins.take(state[:walking], mode="clip")
            places += steps[step, :walking]
            state = self._moves.take(places, out=states[step, :walking], mode="clip")
        features = self._feature_of_state.take(states.T)
        features.sort(axis=1)
        return features

    def _scores(self, features: NDArray[np.int32]) -> NDArray[np.float32]:
        """Return the log-likelihood of each language (column) for each text (row)."""
        texts, width = features.shape
        begins = np.ones((texts, width), dtype=bool)
        np.not_equal(features[:, 1:], features[:, :-1], out=begins[:, 1:])
        first = np.flatnonzero(begins)
        kinds = features.ravel().take(first, mode="clip").astype(np.intp)
        counts = np.diff(first, append=features.size)
        times = np.log1p(np.arange(width + 1, dtype=np.float32)).take(counts, mode="clip")
        ends = np.flatnonzero(kinds == self._nothing)
        spans = list(zip([0, *(ends[:-1] + 1).tolist()], ends.tolist(), strict=True))
        scores = np.zeros((texts, len(self._priors)), dtype=np.float32)
        weights = np.empty((_GATHERED * width, len(self._priors)), dtype=np.float32)
        for some in range(0, texts, _GATHERED):
            # Looked up for a few together, while they fit the nearest memory.
            offset, stop = spans[some][0], spans[min(some + _GATHERED, texts) - 1][1]
            found = kinds[offset:stop]
            likely = self._weights.take(found, axis=0, out=weights[: len(found)], mode="clip")
            for text, (begin, end) in enumerate(spans[some : some + _GATHERED], some):
                if begin < end:
                    of_text = likely[begin - offset : end - offset]
                    np.dot(times[begin:end], of_text, out=scores[text])
        scores[np.diff(ends, prepend=-1) > 1] += self._priors
        return scores


def _bytes_of(text: str) -> bytes:
    lowered = text.lower() if text.isupper() else text
    return unicodedata.normalize("NFC", lowered).encode("utf-8", "surrogatepass")
