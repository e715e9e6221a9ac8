"""Datasets ranked by looking at every one of them: how well each fits a passage."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from math import log
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from transforms.collection import Collection
from transforms.judging import (
    LONGEST,
    WORDS,
    Said,
    fit,
    is_near,
    judge_of,
    sureness,
    sureness_of_words,
)
from transforms.meaning import Meanings, embedder
from transforms.ranges import Floats, Indexes, ranges
from transforms.terms import LONGEST_PASSAGE, sequences_of, terms_of
from transforms.words import words_of

UNHEARD = 1
"""A passage is read as if one more word of it were unknown, so that none covers it alone."""
LEAST_KNOWN = 1.7
"""Weighted coverage and support below which nothing makes a dataset fit."""
LEAST_FIT = -1.5
"""How well words have to fit for it to be asked what they mean."""
SHORTLIST = 50
_MOST_SUPPORT = 3.0
_ASKING = frozenset(words_of("""
    data dataset datasets statistics stats figures daten datensatz datensätze statistik zahlen
    données statistiques chiffres datos estadísticas cifras dati statistiche gegevens cijfers
    dados estatísticas
""").folded)  # fmt: skip


class Match(NamedTuple):
    """A dataset and how well it fits: whether it may be tied at all, and how sure that would be."""

    key: str
    may_fit: bool
    fit: float
    score: float


def ranked(
    passage: Sequence[str], is_brief: bool, among: Collection, meant: Meanings | None
) -> list[Match]:
    """Return the datasets that know a word of the passage, or all that have a meaning."""
    stems = terms_of(passage, among.lang)
    terms = np.array([among.number_of[s] for s in stems if s in among.number_of], np.int64)
    missing = UNHEARD + len(stems) - len(terms)
    total = float(among.weights[terms].sum() + missing * among.weights[-1])
    is_wish = asks(passage)
    coverage, support, met = looked_up(terms, among)
    coverage = coverage / total
    known = np.where(met > 0, known_of(coverage, support, is_wish), 0.0)
    likeness = _likeness(passage, among)
    fits = WORDS["likeness"] * likeness + known + WORDS["offset"]
    may_fit = (known > LEAST_KNOWN) & (fits >= LEAST_FIT) & (met >= least_met(is_wish, is_brief))
    may_fit[np.argsort(-known, kind="stable")[SHORTLIST:]] = False
    if meant:
        model = embedder(meant.model)
        vector = model.of_texts([" ".join(passage)])
        judge = judge_of(meant.model)
        said = Said(
            coverage,
            likeness,
            meant.nearness_to_all(vector[0]),
            meant.chattiness(vector),
            np.array(float(is_wish)),
            np.array(float(min(len(stems), LONGEST))),
            met.astype(np.float64),
        )
        may_fit &= is_near(judge, said)
        fits = fit(judge, said)
        scores = sureness(judge, fits, meant.unmeant, meant.ordinary)
        rows = np.arange(len(among.keys))
    else:
        scores = sureness_of_words(fits)
        rows = np.flatnonzero(known > 0)
    return [
        Match(among.keys[row], bool(may_fit[row]), float(fits[row]), float(scores[row]))
        for row in rows.tolist()
    ]


def looked_up(terms: Indexes, among: Collection) -> tuple[Floats, Floats, Indexes]:
    """Return for each dataset the weight of the terms it holds, their support, and how many."""
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
    held = among.rows[ranges(among.offsets[terms], among.lengths[terms])]
    return covered, supported, np.bincount(held, minlength=len(among.keys))


def known_of(coverage: Floats, support: Floats, is_wish: NDArray[np.bool_] | bool) -> Floats:
    """Return weighted coverage and support, to which a wish for data adds one."""
    support = np.minimum(support + is_wish, _MOST_SUPPORT)
    return WORDS["coverage"] * coverage + WORDS["support"] * support


def least_met(is_wish: NDArray[np.bool_] | bool, is_brief: NDArray[np.bool_] | bool) -> Indexes:
    """Return how many words a dataset has to know: two, for one may be there by accident.

    Of a wish for data or a mere keyword, one is enough.
    """
    return 2 - np.logical_or(is_wish, is_brief)


def asks(passage: Iterable[str]) -> bool:
    """Return whether the folded words ask for data."""
    return not _ASKING.isdisjoint(passage)


def met(terms: Mapping[str, str], row: int, among: Collection) -> dict[str, bool]:
    """Return the words of those stems that the dataset holds: whether in title, keyword, theme."""
    numbers = ((word, among.number_of.get(stem)) for stem, word in terms.items())
    return {
        word: among.has(number + len(among.terms), row)
        for word, number in numbers
        if number is not None and among.has(number, row)
    }


def _likeness(passage: Sequence[str], among: Collection) -> Floats:
    """Return the cosine of the passage's sequences of letters with every dataset's."""
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
    values /= np.linalg.norm(values) or 1.0
    rows, of, own = among.vectors_of(0, len(among.keys))
    return np.bincount(rows, values[of] * own, len(among.keys))
