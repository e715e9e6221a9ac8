"""Datasets for posts in a language that none of them has, by a model of many languages."""

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

import msgspec
import numpy as np

from contract.catalogue import Dataset
from transforms.embedding import multilingual
from transforms.judging import Said, fit, highest, judge_of, least_fit, sureness
from transforms.meaning import Meanings, Vectors, embedder, meanings
from transforms.ranges import Floats
from transforms.reading import TAG, Reading

_LONGEST = 1000
"""Characters of a post."""
_AT_ONCE = 256


class Foreign(msgspec.Struct):
    """What all datasets mean, whatever their language."""

    keys: list[str]
    meant: Meanings


class Far(NamedTuple):
    """A post as a row of the batch, a dataset that fits it, how surely, and their cosine."""

    post: int
    key: str
    score: float
    nearness: float


def foreign(datasets: Mapping[str, Dataset]) -> Foreign | None:
    """Return what the datasets mean in any language; None where no model of many is installed."""
    model = multilingual()
    if not model or not datasets:
        return None
    keys = sorted(datasets)
    meant = meanings([datasets[key] for key in keys], model)
    lines = np.arange(meant.ordinary)
    said = meant.small_talk[: meant.ordinary]
    fits = _fits(meant, said, meant.chattiness(said, lines))
    meant.unmeant = highest(lines, fits.max(axis=1))
    return Foreign(keys, meant)


def foreign_fits(
    reading: Reading, posts: Iterable[int], among: Foreign, false_links: float
) -> Iterator[Far]:
    """Yield the dataset that fits each of these posts best, read as a whole, if it does fit."""
    said: dict[int, str] = dict.fromkeys(posts, "")
    for post, where, text in zip(
        reading.posts.tolist(), reading.where.tolist(), reading.texts, strict=True
    ):
        if post in said and where < TAG:
            said[post] = f"{said[post]}\n{text}"[:_LONGEST]
    judge, lines = judge_of(among.meant.model), among.meant.ordinary
    least = least_fit(among.meant.unmeant, lines, false_links, passages=1)
    texts = [(post, text.strip()) for post, text in said.items() if text.strip()]
    for begin in range(0, len(texts), _AT_ONCE):
        some = texts[begin : begin + _AT_ONCE]
        vectors = embedder(among.meant.model).of_texts([text for _, text in some])
        all_fits = _fits(among.meant, vectors, among.meant.chattiness(vectors))
        for (post, _), vector, fits in zip(some, vectors, all_fits, strict=True):
            row = int(fits.argmax())
            if fits[row] >= least:
                sure = sureness(judge, fits[row], among.meant.unmeant, lines, passages=1)
                near = among.meant.nearness_to_all(vector)[row]
                yield Far(post, among.keys[row], float(sure), float(near))


def _fits(meant: Meanings, vectors: Vectors, chattiness: Floats) -> Floats:
    """Return how well each dataset fits each text."""
    nearness = np.stack([meant.nearness_to_all(vector) for vector in vectors])
    none = np.zeros(1)
    said = Said(none, none, nearness, chattiness[:, None], none, none, none)
    return fit(judge_of(meant.model), said)
