"""Linear models of topics, trained and cross-validated at once.

Support vector machines with squared hinge loss by dual coordinate descent (Hsieh and others,
ICML 2008), for all topics and all folds side by side: one pass over the examples trains them all.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from transforms.embedding import Vectors
from transforms.ranges import Indexes

FOLDS = 5
_SEED = 20_261_122
_ROUNDS = 8
_TOLERANCE = 0.05
"""Of the margin; smaller mistakes are left."""
_COST = 1.0
_TOPICS_AT_ONCE = 64
"""Keeps what is worked on to some 100 MB."""
_NEWTON_STEPS = 50


class Texts(NamedTuple):
    """Texts as vectors of length 1 of two parts: weights of features, and a meaning."""

    features: list[Indexes]
    """By text."""
    weights: list[Vectors]
    meanings: Vectors
    size: int
    """How many features there are."""


class Trained(NamedTuple):
    """Linear models, a column a topic, and what each says of texts it was not trained with."""

    weights: Vectors
    meanings: Vectors
    biases: Vectors
    held_out: NDArray[np.float32]
    """By text and topic, the score by the model that was trained without the text's fold."""


def trained(texts: Texts, is_of: NDArray[np.bool_], is_told: NDArray[np.bool_]) -> Trained:
    """Return models of the topics: by text and topic `is_of` says what is right, where it is told.

    At least one topic is needed.
    """
    fold_of = folds_of(is_of)
    found = []
    for begin in range(0, is_of.shape[1], _TOPICS_AT_ONCE):
        columns = slice(begin, begin + _TOPICS_AT_ONCE)
        found.append(_trained(texts, is_of[:, columns], is_told[:, columns], fold_of))
    return Trained(*(np.concatenate(columns, axis=-1) for columns in zip(*found, strict=True)))


def folds_of(is_of: NDArray[np.bool_]) -> Indexes:
    """Return by text its fold: of each topic about as many in every one."""
    order = np.random.default_rng(_SEED).permutation(len(is_of))
    topic = np.where(is_of.any(axis=1), is_of.argmax(axis=1), is_of.shape[1])[order]
    fold_of = np.empty(len(is_of), np.int64)
    fold_of[order[np.argsort(topic, kind="stable")]] = np.arange(len(is_of)) % FOLDS
    return fold_of


def _trained(
    texts: Texts, is_of: NDArray[np.bool_], is_told: NDArray[np.bool_], fold_of: Indexes
) -> Trained:
    count = is_of.shape[1]
    # The last group of columns is of no fold: it learns from all texts.
    signs = np.tile(np.where(is_of, 1, -1).astype(np.float32), FOLDS + 1)
    folds = np.repeat(np.arange(FOLDS + 1), count)
    learns = (folds != np.arange(FOLDS)[:, None])[fold_of] & np.tile(is_told, FOLDS + 1)
    weights, meanings, biases = _descent(texts, signs, learns)
    held_out = np.empty(is_of.shape, np.float32)
    for fold in range(FOLDS):
        columns = slice(fold * count, (fold + 1) * count)
        for at in np.flatnonzero(fold_of == fold).tolist():
            held_out[at] = (
                texts.weights[at] @ weights[texts.features[at], columns]
                + meanings[columns] @ texts.meanings[at]
                + biases[columns]
            )
    last = slice(FOLDS * count, None)
    return Trained(weights[:, last], meanings[last].T, biases[last], held_out)


def _descent(
    texts: Texts, signs: NDArray[np.float32], learns: NDArray[np.bool_]
) -> tuple[Vectors, Vectors, Vectors]:
    """Return weights (by feature and column), meanings (by column), biases (by column)."""
    columns = signs.shape[1]
    weights = np.zeros((texts.size, columns), np.float32)
    meanings = np.zeros((columns, texts.meanings.shape[1]), np.float32)
    biases = np.zeros(columns, np.float32)
    alphas = np.zeros(signs.shape, np.float32)
    lengths = 1 + np.einsum("ij,ij->i", texts.meanings, texts.meanings)
    lengths += [float(weight @ weight) for weight in texts.weights]
    steps = lengths + 1 / (2 * _COST)
    dice = np.random.default_rng(_SEED)
    for _ in range(_ROUNDS):
        worst = 0.0
        for at in dice.permutation(len(signs)).tolist():
            features, weight, meaning = texts.features[at], texts.weights[at], texts.meanings[at]
            score = weight @ weights[features] + meanings @ meaning + biases
            alpha = alphas[at]
            slope = signs[at] * score - 1 + alpha / (2 * _COST)
            change = np.maximum(alpha - slope / steps[at], 0) - alpha
            change *= learns[at]
            moved = np.flatnonzero(np.abs(change) > _TOLERANCE / 10)
            if not len(moved):
                continue
            change = change[moved]
            worst = max(worst, float(np.abs(change).max()))
            alpha[moved] += change
            change *= signs[at, moved]
            weights[features[:, None], moved] += weight[:, None] * change
            meanings[moved] += change[:, None] * meaning
            biases[moved] += change
        if worst < _TOLERANCE:
            break
    return weights, meanings, biases


def calibrated(
    scores: NDArray[np.float32], is_of: NDArray[np.bool_], is_told: NDArray[np.bool_]
) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return by topic slope and offset of the logistic curve from scores to chances.

    Source: Platt 1999, with his targets, which keep few examples from making it too sure.
    """
    right = is_of.sum(axis=0)
    high, low = (right + 1) / (right + 2), 1 / (is_told.sum(axis=0) - right + 2)
    target = np.where(is_of, high, low)
    slope, offset = np.ones(is_of.shape[1]), np.zeros(is_of.shape[1])
    for _ in range(_NEWTON_STEPS):
        chance = 1 / (1 + np.exp(-(scores * slope + offset)))
        miss = (chance - target) * is_told
        sure = (chance * (1 - chance) + 1e-9) * is_told
        down = np.array([(miss * scores).sum(axis=0) + 1e-3 * (slope - 1), miss.sum(axis=0)])
        a, b, c = (
            (sure * scores**2).sum(axis=0) + 1e-3,
            (sure * scores).sum(axis=0),
            sure.sum(axis=0),
        )
        part = a * c - b * b
        step = np.array([c * down[0] - b * down[1], a * down[1] - b * down[0]]) / part
        slope, offset = slope - step[0], offset - step[1]
        if np.abs(step).max(initial=0) < 1e-6:
            break
    return slope, offset
