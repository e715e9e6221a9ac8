"""The datasets that fit passages, many passages at once, looking at no more than can fit.

A dataset is sought by the rare words of a passage: what its common words add at most is known
beforehand. What is left is judged by ever dearer and closer bounds, and exactly in the end.
"""

from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from transforms.collection import LONGEST_PASSAGE, Collection, is_informative
from transforms.passages import Passages
from transforms.ranges import Floats, Indexes, distinct, firsts, parts, ranges
from transforms.retrieval import (
    FITS,
    LEAST_KNOWN,
    SHORTLIST,
    UNHEARD,
    WEIGHTS,
    asks,
    fit,
    known_by_all,
    known_of,
)
from transforms.spelling import Spelling
from transforms.words import Lexicon, Meaning, stem

_COMMON = 128
"""Terms that more than one of so many datasets hold need not be looked up."""
_MOST_LISTED = 1 << 16
"""Datasets of all passages that are handled at once."""
_MOST_CROWDED = 8 * SHORTLIST
_UNLISTED_SHARE = 0.4
"""Of what has to be known: the more, the fewer datasets are looked up, and the more are near."""
_UNIT_BITS = 16
_UNIT = 1 / 4096
"""Of what is known at most, so that it is sorted as a part of one number."""
_SLACK = 1e-6

_asking = Meaning(lambda word: asks((word,)))


class Fits(NamedTuple):
    """Pairs of a passage and a dataset, and how well they fit, or how much is known of it."""

    passages: Indexes
    rows: Indexes
    scores: Floats

    def at(self, where: NDArray[np.bool_]) -> "Fits":
        """Return those for which the mask says so."""
        return Fits(*(column[where] for column in self))


class _Query(NamedTuple):
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
    unlisted: tuple[Indexes, Indexes]
    """By passage, of how many first terms those who hold them are not looked up, nor those who do
    in title or keywords."""
    rest: Floats
    """By passage, what those terms add at most."""


class Shortlist:
    """The datasets of one language, made ready for many passages."""

    def __init__(self, among: Collection) -> None:
        self.among = among
        self._others: dict[str, int] = {}
        self._term = Meaning(self._term_of, self._others.clear)
        self._spelling = Spelling(among)

    def fitting(self, passages: Passages, which: Indexes, lexicon: Lexicon) -> Fits:
        """Return the datasets that fit these of the passages (as indexes of `which`) and scores.

        Fitting is a score of FITS with at least LEAST_KNOWN of it from words, and two words of the
        passage that the dataset knows, or one and the wish for data. Only the SHORTLIST datasets
        whose words fit best are considered.
        """
        of, numbers = passages.words(which)
        wishes = np.bincount(of, _asking(lexicon, numbers), len(which)) > 0
        is_read = (
            np.arange(len(of)) - np.searchsorted(of, np.arange(len(which)))[of] < LONGEST_PASSAGE
        )
        of, numbers = of[is_read], numbers[is_read]
        query = self._query(of, self._term(lexicon, numbers), wishes)
        near = self._near(query)
        counts = np.bincount(near.passages, minlength=len(which))
        near = self._shortlisted(query, near, np.flatnonzero(counts > _MOST_CROWDED))
        spelled = self._spelling.of(of, numbers, near.passages, len(which), lexicon)
        near = near.at(self._spelling.can_fit(spelled, *near))
        near = self._known(query, near)
        scores = [
            fit(known, self._spelling.likeness(spelled, passage, row))
            for passage, row, known in zip(*(column.tolist() for column in near), strict=True)
        ]
        found = near._replace(scores=np.array(scores, np.float64))
        found = found.at(found.scores >= FITS)
        return self._shortlisted(query, found, np.flatnonzero(counts > SHORTLIST))

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

    def _query(self, of: Indexes, words: NDArray[np.int32], wishes: NDArray[np.bool_]) -> _Query:
        among, size, count = self.among, len(wishes), len(self.among.terms)
        is_term = words > 0
        pairs = distinct(of[is_term] << 32 | words[is_term] - 1)
        of, terms = pairs >> 32, pairs & 0xFFFFFFFF
        is_held = terms < count
        missing = UNHEARD + np.bincount(of[~is_held], minlength=size)
        of, terms = of[is_held], terms[is_held]
        totals = np.bincount(of, among.weights[terms], size) + among.weights[-1] * missing
        can_fit = (np.bincount(of, minlength=size) >= 2 - wishes)[of]
        of, terms = of[can_fit], terms[can_fit]
        covers = WEIGHTS["coverage"] * among.weights[terms] / totals[of]
        helps = WEIGHTS["support"] * among.support[terms] * (among.lengths[terms + count] > 0)
        first = np.searchsorted(of, np.arange(size + 1))
        least = _UNLISTED_SHARE * (LEAST_KNOWN - WEIGHTS["support"] * wishes)
        common = terms < self._common
        unlisted, rest = _unlisted(of, first, covers * common + 9 * ~common, least)
        unlisted_helps, more = _unlisted(of, first, helps * common + 9 * ~common, least - rest)
        return _Query(
            of, terms, covers, helps, first, totals, wishes, (unlisted, unlisted_helps), rest + more
        )

    def _near(self, query: _Query) -> Fits:
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

    def _near_of(self, query: _Query, listed: Fits) -> Fits:
        known = listed.scores + WEIGHTS["support"] * query.wishes[listed.passages]
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

    def _known(self, query: _Query, near: Fits) -> Fits:
        """Return those of which enough is known, and how much."""
        among = self.among
        counts = query.first[near.passages + 1] - query.first[near.passages]
        terms = query.terms[ranges(query.first[near.passages], counts)]
        pair = np.repeat(np.arange(len(counts)), counts)
        held = among.holds(terms, near.rows[pair])
        headed = among.holds(terms + len(among.terms), near.rows[pair])
        covered = np.bincount(pair, held * among.weights[terms], len(counts))
        supported = np.bincount(pair, headed * among.support[terms], len(counts))
        wishes = query.wishes[near.passages]
        known = known_of(covered / query.totals[near.passages], supported, wishes)
        are_met = np.bincount(pair, held, len(counts)) >= 2 - wishes
        return near._replace(scores=known).at((known > LEAST_KNOWN) & are_met)

    def _shortlisted(self, query: _Query, found: Fits, crowded: Indexes) -> Fits:
        """Return the same, of the crowded passages only the SHORTLIST of which most is known."""
        kept = np.ones(len(found.rows), np.bool_)
        for passage in np.intersect1d(crowded, found.passages).tolist():
            terms = query.terms[slice(*query.first[passage : passage + 2].tolist())]
            total, wish = float(query.totals[passage]), bool(query.wishes[passage])
            known = known_by_all(terms, total, wish, self.among)
            best = np.argsort(-known, kind="stable")[:SHORTLIST]
            kept &= (found.passages != passage) | np.isin(found.rows, best)
        return found.at(kept)


def _unlisted(of: Indexes, first: Indexes, gains: Floats, budget: Floats) -> tuple[Indexes, Floats]:
    """Return by passage how many first terms gain no more than the budget, and what they gain."""
    sums = np.concatenate(([0.0], np.cumsum(gains)))
    is_within = sums[1:] - sums[first[:-1]][of] <= budget[of]
    size = len(budget)
    return np.bincount(of[is_within], minlength=size), np.bincount(of, is_within * gains, size)
