"""What the datasets of a collection mean, as vectors, and how near passages come to them."""

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from contract.catalogue import Dataset
from contract.errors import FixSettings
from transforms.embedding import Embedder, better, multilingual, static
from transforms.ranges import Floats, Indexes

_LONGEST_DESCRIPTION = 600
"""Characters: what comes later in a description says little of the dataset as a whole."""
_MIDDLE = 128
_STEPS = 127
_AT_ONCE = 4096
Vectors = NDArray[np.float32]


class Meanings(msgspec.Struct, dict=True):
    """Vectors of datasets, in the collection's order, and of small talk, by one model."""

    model: str
    codes: NDArray[np.uint8]
    scales: Floats
    """By dataset, what a step of its codes is."""
    small_talk_codes: NDArray[np.uint8]
    small_talk_scales: Floats
    ordinary: int
    """Lines of small talk, the first, that are what people say; the others were sought out."""
    unmeant: Floats
    """How well the dataset that fits best fits each ordinary line, the best first; none where not
    even words fit."""

    @cached_property
    def vectors(self) -> NDArray[np.int8]:
        """By dataset, in steps."""
        return (self.codes.reshape(len(self.scales), -1).astype(np.int16) - _MIDDLE).astype(np.int8)

    @cached_property
    def small_talk(self) -> Vectors:
        """By line."""
        codes = self.small_talk_codes.reshape(len(self.small_talk_scales), -1)
        steps = codes.astype(np.float32) - _MIDDLE
        return steps * self.small_talk_scales[:, None].astype(np.float32)

    def nearness(self, said: Vectors, of: Indexes, rows: Indexes) -> Floats:
        """Return the cosines of texts and datasets, pair by pair."""
        found, vectors = np.zeros(len(rows)), self.vectors
        for begin in range(0, len(rows), _AT_ONCE):
            some = slice(begin, begin + _AT_ONCE)
            found[some] = np.einsum(
                "ij,ij->i", said[of[some]], vectors[rows[some]].astype(np.float32)
            )
        return found * self.scales[rows]

    def nearness_to_all(self, said: Vectors) -> Floats:
        """Return the cosines of one text with every dataset."""
        found: Floats = (self.vectors.astype(np.float32) @ said).astype(np.float64) * self.scales
        return found

    def chattiness(self, said: Vectors, lines: Indexes | None = None) -> Floats:
        """Return each text's cosine with the nearest small talk.

        Of texts that are taken from it, `lines` says from which line, which then does not count.
        """
        cosines = said @ self.small_talk.T
        if lines is not None:
            cosines[np.arange(len(lines)), lines] = -1.0
        nearest = self.small_talk[cosines.argmax(axis=1)]
        # Products of whole matrices differ in their last digits by how many texts there are.
        found: Floats = np.einsum("ij,ij->i", said, nearest).astype(np.float64)
        return found


def models_of(lang: str) -> list[Embedder]:
    """Return the models that know the language, the quickest first and the best last."""
    models = (static(), better())
    return [model for model in models if model and (model.langs is None or lang in model.langs)]


def embedder(name: str) -> Embedder:
    """Return the model of this name. Raises FixSettings where it is not installed."""
    models = (static(), better(), multilingual())
    if found := next((model for model in models if model and model.name == name), None):
        return found
    has = ", ".join(model.name for model in models if model)
    raise FixSettings(
        f"The datasets were made ready with the model {name}; there is {has}. Link anew."
    )


def meanings(datasets: Sequence[Dataset], model: Embedder) -> Meanings:
    """Return what the datasets mean to a model, before it is known what small talk comes to."""
    texts = [text for dataset in datasets for text in _texts(dataset)]
    each = model.of_texts(texts).reshape(len(datasets), -1, model.dim).sum(axis=1)
    lengths = np.linalg.norm(each, axis=1, keepdims=True)
    codes, scales = _coded(each / np.where(lengths > 0, lengths, 1))
    return Meanings(
        model.name,
        codes,
        scales,
        *_coded(model.of_texts([*small_talk(), *other_senses()])),
        ordinary=len(small_talk()),
        unmeant=np.zeros(0),
    )


def small_talk() -> list[str]:
    """Return what people say that no dataset answers: invented, a line each."""
    return _lines("small_talk.txt")


def other_senses() -> list[str]:
    """Return small talk in the very words that wishes for data have: invented, a line each.

    There is more of it than people say, so it tells what is small talk, and not how far that goes.
    """
    return _lines("other_senses.txt")


def _lines(name: str) -> list[str]:
    return Path(__file__).with_name(name).read_text(encoding="utf-8").splitlines()


def _texts(dataset: Dataset) -> tuple[str, str, str]:
    named = f"{dataset.title}. {', '.join((*dataset.keywords, *dataset.themes))}"
    return dataset.title, named, dataset.description[:_LONGEST_DESCRIPTION]


def _coded(vectors: Vectors) -> tuple[NDArray[np.uint8], Floats]:
    """Return the vectors in whole steps, and by vector what a step is."""
    largest = np.abs(vectors).max(axis=1, initial=0.0)
    scales = np.where(largest > 0, largest, 1.0).astype(np.float64) / _STEPS
    steps = np.round(vectors / scales[:, None]) + _MIDDLE
    return steps.astype(np.uint8).ravel(), scales
