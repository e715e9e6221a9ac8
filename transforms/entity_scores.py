"""How sure it is that a name, number or address of a register's row means that row.

The weights are those of a logistic regression over the features, ridge 1 towards a first guess,
fitted to the names in the labelled posts of the sample town (`tests/data/ties/entities.jsonl` and
`tests/transforms/data/entity_posts.jsonl`, written before) and rounded; tests measure how far what
they say is from what is right. The rest is too rare there to be counted, and put low.
"""

from collections.abc import Iterable
from math import exp

WEIGHTS = {
    "name": 4.0,
    "alias": 2.5,
    "acronym": 2.6,
    "short": -0.5,
    "other": -1.2,
    "one word": -1.5,
    "two words": -1.3,
    "small": -0.7,
    "small alias": -1.5,
    "doubtful capital": -1.8,
    "common word": -2.6,
    "common words": -1.0,
    "part of a name": -3.0,
    "goes on": -2.6,
    "a street": -2.0,
    "follows a capital": -1.0,
    "elsewhere": -3.6,
    "another place": -3.1,
    "tag": -0.8,
    "place": 1.7,
}
COMMON = frozenset({"common word", "common words"})
"""What is forgotten where the place of the row is told."""
SUREST_NAME = 0.97
"""Of names that seem certain the labelled posts hold too few to say more."""
SURE = {
    "identifier": 0.98,
    "digits": 0.9,
    "photo": 0.98,
    "url": 0.98,
    "site": 0.8,
    "address": 0.6,
    "address and place": 0.9,
    "street": 0.0,
    "street and place": 0.55,
}
"""Digits are those of a number without letters; a site is another page of the row's own; of a
street the number of the house was redacted."""
IN_THREAD = 0.8
"""What is said below a page of the row, or below a title with its number, may be of another."""
LEAST = 0.5
"""What is no likelier than that is no tie."""


def probability(features: Iterable[str]) -> float:
    """Return how likely it is that a name with these features means the row.

    Features are keys of WEIGHTS; others say nothing.
    """
    odds = sum(WEIGHTS.get(feature, 0.0) for feature in features)
    return min(1 / (1 + exp(-odds)), SUREST_NAME)
