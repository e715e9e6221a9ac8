"""The datasets of which enough may be known by passages, many passages at once.

A dataset is sought by the rare words of a passage: what its common words add at most is known
beforehand. What is left is judged by ever dearer and closer bounds, and exactly in the end.
"""

from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from transforms.collection import Collection
from transforms.judging import WORDS
from transforms.ranges import Floats, Indexes, distinct, firsts, parts, ranges
from transforms.retrieval import LEAST_KNOWN, SHORTLIST, UNHEARD, known_of, least_met, looked_up
from transforms.terms import is_informative
from transforms.words import Lexicon, Meaning, Numbers, stem

_COMMON = 128
"""Terms that more than one of so many datasets hold need not be looked up."""
_MOST_LISTED = 1 << 14
"""Datasets of all passages that are handled at once."""
_UNLISTED_SHARE = 0.4
"""Of what has to be known: the more, the fewer datasets are looked up, and the more are near."""
_UNIT_BITS = 16
_UNIT = 1 / 4096
"""Of what is known at most, so that it is sorted as a part of one number."""
_SLACK = 1e-6


class Fits(NamedTuple):
    """Pairs of a passage and a dataset, and how well they fit, or how much is known of it."""

    passages: Indexes
    rows: Indexes
    scores: Floats

    def at(self, where: NDArray[np.bool_]) -> "Fits":
        """Return those for which the mask says so."""
        return Fits(*(column[where] for column in self))


class Query(NamedTuple):
    """Pairs of a passage and a term that datasets hold, those of a passage together, and sums."""

    passages: Indexes
    terms: Indexes
    covers: Floats
    """What a dataset gains by holding this term."""
    helps: Floats
    """What it gains by holding it in title or keywords."""
    first: Indexes
    """By passage, where its pairs begin; and the end of all."""
    totals: Floats
    """By passage, the weight of all its terms."""
    wishes: NDArray[np.bool_]
    """By passage, whether it asks for data."""
    lengths: Indexes
    """By passage, how many informative words it has."""
    least_met: Indexes
    """By passage, how many of its words a dataset has to know."""
    unlisted: tuple[Indexes, Indexes]
    """By passage, of how many first terms those who hold them are not looked up, nor those who do
    in title or keywords."""
    rest: Floats
    """By passage, what those terms add at most."""


class Lookup:
    """The words of a collection, made ready to be looked up for many passages."""

    def __init__(self, among: Collection) -> None:
        self.among = among
        self._others: dict[str, int] = {}
        self._term = Meaning(self._term_of, self._others.clear)

    def _term_of(self, word: str) -> int:
        """Return 0 for a word that says nothing, else 1 and more; what none holds comes last."""
        if not is_informative(word, self.among.lang):
            return 0
        stemmed = stem(word, self.among.lang)
        if (known := self.among.number_of.get(stemmed)) is not None:
            return known + 1
        return len(self.among.terms) + 1 + self._others.setdefault(stemmed, len(self._others))

    @cached_property
    def _common(self) -> int:
        """How many terms, the first ones, are common."""
        held = self.among.lengths[: len(self.among.terms)]
        return int(np.searchsorted(-held, -len(self.among.keys) / _COMMON))

    @cached_property
    def _rows(self) -> Indexes:
        """The rows of the collection, where `_merged` wants them."""
        return self.among.rows.astype(np.int64) << _UNIT_BITS

    @cached_property
    def _held(self) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
        """By common term and dataset, a bit: whether it holds it, and whether in its title."""
        whole, titles = (
            np.zeros((self._common, len(self.among.keys) // 8 + 1), np.uint8) for _ in range(2)
        )
        for number in range(self._common):
            for table, begin in ((whole, 0), (titles, len(self.among.terms))):
                held = np.zeros(table.shape[1] * 8, np.bool_)
                held[self.among.listed(begin + number)] = True
                table[number] = np.packbits(held, bitorder="little")
        return whole, titles

    def query(
        self,
        of: Indexes,
        numbers: Numbers,
        wishes: NDArray[np.bool_],
        are_brief: NDArray[np.bool_],
        lexicon: Lexicon,
    ) -> Query:
        """Return what is sought for passages: of each pair, the passage and a word's number."""
        words = self._term(lexicon, numbers)
        among, size, count = self.among, len(wishes), len(self.among.terms)
        is_term = words > 0
        pairs = distinct(of[is_term] << 32 | words[is_term] - 1)
        of, terms = pairs >> 32, pairs & 0xFFFFFFFF
        lengths = np.bincount(of, minlength=size)
        is_held = terms < count
        missing = UNHEARD + np.bincount(of[~is_held], minlength=size)
        of, terms = of[is_held], terms[is_held]
        totals = np.bincount(of, among.weights[terms], size) + among.weights[-1] * missing
        least = least_met(wishes, are_brief)
        can_fit = (np.bincount(of, minlength=size) >= least)[of]
        of, terms = of[can_fit], terms[can_fit]
        covers = WORDS["coverage"] * among.weights[terms] / totals[of]
        helps = WORDS["support"] * among.support[terms] * (among.lengths[terms + count] > 0)
        first = np.searchsorted(of, np.arange(size + 1))
        budget = _UNLISTED_SHARE * (LEAST_KNOWN - WORDS["support"] * wishes)
        common = terms < self._common
        unlisted, rest = _unlisted(of, first, covers * common + 9 * ~common, budget)
        unlisted_helps, more = _unlisted(of, first, helps * common + 9 * ~common, budget - rest)
        return Query(
            of,
            terms,
            covers,
            helps,
            first,
            totals,
            wishes,
            lengths,
            least,
            (unlisted, unlisted_helps),
            rest + more,
        )

    def near(self, query: Query) -> Fits:
        """Return the datasets of which enough may be known, and how much is at most."""
        lengths, count = self.among.lengths, len(self.among.terms)
        at = np.arange(len(query.terms)) - query.first[query.passages]
        is_listed = [at >= unlisted[query.passages] for unlisted in query.unlisted]
        listed = lengths[query.terms] * is_listed[0] + lengths[query.terms + count] * is_listed[1]
        sums = np.concatenate(([0], np.cumsum(listed)))[query.first]
        found = [Fits(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0))]
        for begin, end in parts(sums, _MOST_LISTED):
            part = slice(int(query.first[begin]), int(query.first[end]))
            lists = [
                (
                    query.passages[part][listed],
                    query.terms[part][listed] + shift,
                    gain[part][listed],
                )
                for listed, shift, gain in (
                    (is_listed[0][part], 0, query.covers),
                    (is_listed[1][part], count, query.helps),
                )
            ]
            merged = self._merged(*(np.concatenate(column) for column in zip(*lists, strict=True)))
            found.append(self._near_of(query, merged))
        return Fits(*(np.concatenate(column) for column in zip(*found, strict=True)))

    def _merged(self, passages: Indexes, lists: Indexes, gains: Floats) -> Fits:
        """Return the datasets in lists that passages gain by, and how much by all of them."""
        among, row_bits = self.among, self.among.row_bits
        lengths = among.lengths[lists]
        units = np.ceil(gains / _UNIT).astype(np.int64)
        keys = np.repeat(passages << row_bits + _UNIT_BITS | units, lengths)
        keys |= self._rows[ranges(among.offsets[lists], lengths)]
        keys.sort()
        pairs = keys >> _UNIT_BITS
        first = firsts(pairs)
        sums = np.add.reduceat(keys & (1 << _UNIT_BITS) - 1, first) if len(first) else first
        pairs = pairs[first]
        return Fits(pairs >> row_bits, pairs & (1 << row_bits) - 1, sums * _UNIT)

    def _near_of(self, query: Query, listed: Fits) -> Fits:
        known = listed.scores + WORDS["support"] * query.wishes[listed.passages]
        near = known + query.rest[listed.passages] > LEAST_KNOWN - _SLACK
        of, rows, known = listed.passages[near], listed.rows[near], known[near]
        gains = (query.covers, query.helps)
        for table, counts, gain in zip(self._held, query.unlisted, gains, strict=True):
            at = ranges(query.first[of], counts[of])
            pair = np.repeat(np.arange(len(of)), counts[of])
            row = rows[pair]
            holds = table[query.terms[at], row >> 3] >> (row & 7).astype(np.uint8) & 1
            known = known + np.bincount(pair, holds * gain[at], len(of))
        return Fits(of, rows, known).at(known > LEAST_KNOWN - _SLACK)

    def known(self, query: Query, near: Fits) -> tuple[Fits, Floats, Floats, NDArray[np.bool_]]:
        """Return those of which enough is known and how much, what they cover, of how many words.

        And which of those given they are.
        """
        among = self.among
        counts = query.first[near.passages + 1] - query.first[near.passages]
        terms = query.terms[ranges(query.first[near.passages], counts)]
        pair = np.repeat(np.arange(len(counts)), counts)
        held = among.holds(terms, near.rows[pair])
        headed = among.holds(terms + len(among.terms), near.rows[pair])
        covered = np.bincount(pair, held * among.weights[terms], len(counts))
        supported = np.bincount(pair, headed * among.support[terms], len(counts))
        wishes = query.wishes[near.passages]
        coverage = covered / query.totals[near.passages]
        known = known_of(coverage, supported, wishes)
        met = np.bincount(pair, held, len(counts))
        is_enough = (known > LEAST_KNOWN) & (met >= query.least_met[near.passages])
        found = near._replace(scores=known).at(is_enough)
        return found, coverage[is_enough], met[is_enough], is_enough

    def shortlisted(self, query: Query, found: Fits, crowded: Indexes) -> Fits:
        """Return those that, of crowded passages, are among the SHORTLIST most known."""
        return found.at(self.is_shortlisted(query, found, crowded))

    def is_shortlisted(self, query: Query, found: Fits, crowded: Indexes) -> NDArray[np.bool_]:
        """Return which are, of crowded passages, among the SHORTLIST of which most is known."""
        kept = np.ones(len(found.rows), np.bool_)
        for passage in np.intersect1d(crowded, found.passages).tolist():
            terms = query.terms[slice(*query.first[passage : passage + 2].tolist())]
            coverage, support, met = looked_up(terms, self.among)
            known = known_of(coverage / query.totals[passage], support, query.wishes[passage])
            best = np.argsort(-np.where(met > 0, known, 0.0), kind="stable")[:SHORTLIST]
            kept &= (found.passages != passage) | np.isin(found.rows, best)
        return kept


def _unlisted(of: Indexes, first: Indexes, gains: Floats, budget: Floats) -> tuple[Indexes, Floats]:
    """Return by passage how many first terms gain no more than the budget, and what they gain."""
    sums = np.concatenate(([0.0], np.cumsum(gains)))
    is_within = sums[1:] - sums[first[:-1]][of] <= budget[of]
    size = len(budget)
    return np.bincount(of[is_within], minlength=size), np.bincount(of, is_within * gains, size)
