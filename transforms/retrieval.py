"""Datasets ranked by how well a passage of a post meets their words."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from math import exp, log
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from transforms.collection import LONGEST_PASSAGE, Collection, sequences_of, terms_of
from transforms.ranges import Floats, Indexes, ranges
from transforms.words import words_of

WEIGHTS = {"likeness": 4.0, "coverage": 4.3, "support": 0.8, "offset": -3.85}
"""Fitted by logistic regression: people's needs against small talk, over a city's catalogue
of 1,249 datasets; rounded, with the offset at which 3.4 % of the small talk is tied.

`likeness` is the cosine of 3- and 4-letter sequences with the title and keywords, which bears with
misspelling, inflection and compounds; `coverage` the share of the passage's informative weight that
the dataset knows; `support` the number of informative words in its title and keywords, plus one
where the passage asks for data, at most three.
"""
FITS = 0.5
UNFIT = -WEIGHTS["offset"]
"""What coverage, support and likeness have to weigh together to fit."""
UNHEARD = 1
"""A passage is read as if one more word of it were unknown, so that none covers it alone."""
LEAST_KNOWN = 1.7
"""Weighted coverage and support below which likeness makes no dataset fit."""
SHORTLIST = 50
_MOST_SUPPORT = 3.0
_ASKING = frozenset(words_of("""
    data dataset datasets statistics stats figures daten datensatz datensätze statistik zahlen
    données statistiques chiffres datos estadísticas cifras dati statistiche gegevens cijfers
    dados estatísticas
""").folded)  # fmt: skip


class Match(NamedTuple):
    """A dataset, how well it fits (0 to 1), and the words of the passage that it knows."""

    key: str
    score: float
    terms: list[str]


def ranked(passage: Sequence[str], among: Collection) -> list[Match]:
    """Return the SHORTLIST datasets nearest to the folded words, best first; equal ones by key."""
    stems = terms_of(passage, among.lang)
    terms = np.array([among.number_of[s] for s in stems if s in among.number_of], np.int64)
    missing = UNHEARD + len(stems) - len(terms)
    total = float(among.weights[terms].sum() + missing * among.weights[-1])
    known = known_by_all(terms, total, asks(passage), among)
    able = np.flatnonzero(known > 0)
    spelled = _spelled(passage, among)
    matches = []
    for row in able[np.argsort(-known[able], kind="stable")[:SHORTLIST]].tolist():
        _, columns, values = among.vectors_of(row, row + 1)
        score = fit(float(known[row]), float(spelled[columns] @ values))
        matches.append(Match(among.keys[row], score, met(stems, row, among)))
    return sorted(matches, key=lambda match: (-match.score, match.key))


def fit(known: float, likeness: float) -> float:
    """Return how well a dataset fits (0 to 1), by weighted coverage and support, and likeness."""
    return 1 / (1 + exp(-(WEIGHTS["likeness"] * likeness + known + WEIGHTS["offset"])))


def known_by_all(terms: Indexes, total: float, is_wish: bool, among: Collection) -> Floats:
    """Return for each dataset its weighted coverage and support; 0 where it knows no term.

    `total` is the weight of all there is to cover, the terms that no dataset holds too.
    """
    covered, supported = (
        np.bincount(
            among.rows[ranges(among.offsets[lists], among.lengths[lists])],
            np.repeat(gains[terms], among.lengths[lists]),
            len(among.keys),
        )
        for lists, gains in (
            (terms, among.weights),
            (terms + len(among.terms), among.support),
        )
    )
    return np.where(covered > 0, known_of(covered / total, supported, is_wish), 0.0)


def known_of(coverage: Floats, support: Floats, is_wish: NDArray[np.bool_] | bool) -> Floats:
    """Return weighted coverage and support, to which a wish for data adds one."""
    support = np.minimum(support + is_wish, _MOST_SUPPORT)
    return WEIGHTS["coverage"] * coverage + WEIGHTS["support"] * support


def asks(passage: Iterable[str]) -> bool:
    """Return whether the folded words ask for data."""
    return not _ASKING.isdisjoint(passage)


def met(terms: Mapping[str, str], row: int, among: Collection) -> list[str]:
    """Return the words of those stems that the dataset holds."""
    words = [(word, among.number_of[s]) for s, word in terms.items() if s in among.number_of]
    holds = among.holds(np.array([number for _, number in words], np.int64), np.int64(row))
    return [word for (word, _), is_held in zip(words, holds.tolist(), strict=True) if is_held]


def _spelled(passage: Sequence[str], among: Collection) -> Floats:
    """Return the passage's sequences as a vector of length one over the collection's columns."""
    columns = among.column_of
    found = Counter(
        columns[s]
        for word in passage[:LONGEST_PASSAGE]
        for s in sequences_of(word, among.lang)
        if s in columns
    )
    values = np.zeros(len(columns))
    for column, count in found.items():
        values[column] = (1 + log(count)) * among.letter_weights[column]
    return values / (np.linalg.norm(values) or 1.0)
