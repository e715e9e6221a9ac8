"""The datasets of which enough may be known by passages, many passages at once.

A dataset is sought by the rare words of a passage: what its common words add at most is known
beforehand. What is left is judged by ever dearer and closer bounds, and exactly in the end.
"""

from typing import NamedTuple
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from transforms.collection import Collection
from transforms.judging import WORDS
from transforms.lists import Lists
from transforms.ranges import Floats, Indexes, distinct, firsts, parts, ranges
from transforms.retrieval import LEAST_KNOWN, SHORTLIST, UNHEARD, known_of, least_met
from transforms.terms import is_informative
from transforms.words import Lexicon, Meaning, Numbers, stem

_MOST_LISTED = 1 << 20
"""Datasets of all passages that are handled at once."""
_MOST_COUNTED = 1 << 17
"""Of those, so many that what they are counted in stays in the processor's cache."""
_MEMORY = 8
"""Buckets take as much of the cache as one in so many of what is counted."""
_UNLISTED_SHARE = 0.3
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


class Known(NamedTuple):
    """Pairs of which enough is known: how much, of it what they cover, and of how many words."""

    pairs: Fits
    coverage: Floats
    met: Indexes

    def at(self, where: NDArray[np.bool_]) -> "Known":
        """Return those for which the mask says so."""
        return Known(self.pairs.at(where), self.coverage[where], self.met[where])


class _Lists(NamedTuple):
    """Lists of datasets that passages look up, and what these gain; those of a passage together."""

    passages: Indexes
    starts: Indexes
    lengths: Indexes
    gains: Floats


class _Listed(NamedTuple):
    """Pairs of a passage and a dataset, what is known of each by lists, and of how many terms."""

    passages: Indexes
    rows: Indexes
    known: Floats
    met: Indexes


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
        self._lists = Lists(among)
        self._term = Meaning(self._term_of)

    def _term_of(self, word: str) -> int:
        """Return 0 for a word that says nothing, else 1 and more; what none holds comes last."""
        if not is_informative(word, self.among.lang):
            return 0
        stemmed = stem(word, self.among.lang)
        if (known := self.among.number_of.get(stemmed)) is not None:
            return known + 1
        # Such words come without end: they are only counted, by 30 bits that are kept nowhere.
        return len(self.among.terms) + 1 + (crc32(stemmed.encode("utf-8", "surrogatepass")) >> 2)

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
        common = terms < self._lists.common
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

    def known(self, query: Query) -> Known:
        """Return the datasets of which enough is known, but of a passage only the SHORTLIST."""
        looked_up = self._looked_up(query)
        sizes = np.bincount(looked_up.passages, looked_up.lengths, len(query.totals))
        sums = np.concatenate(([0], np.cumsum(sizes)))
        none = np.zeros(0, np.int64)
        found = [Known(Fits(none, none, np.zeros(0)), np.zeros(0), none)]
        for part in parts(sums, _MOST_LISTED):
            begin, end = np.searchsorted(looked_up.passages, part).tolist()
            some = _Lists(*(column[begin:end] for column in looked_up))
            found.append(self._known(query, self._near(query, self._merged(query, some))))
        pairs, coverage, met = zip(*found, strict=True)
        return Known(
            Fits(*map(np.concatenate, zip(*pairs, strict=True))),
            np.concatenate(coverage),
            np.concatenate(met),
        )

    def _looked_up(self, query: Query) -> _Lists:
        """Return for each term those that hold it in title or keywords, and the others.

        Neither where what is listed adds nothing.
        """
        among, terms = self.among, query.terms
        at = np.arange(len(terms)) - query.first[query.passages]
        whole, titles = (at >= unlisted[query.passages] for unlisted in query.unlisted)
        covers = query.covers * whole
        gains = np.stack((covers + query.helps * titles, covers), 1)
        titled = among.lengths[terms + len(among.terms)]
        lengths = np.stack((titled, among.lengths[terms] - titled), 1)
        starts = among.offsets[terms]
        wanted = (gains > 0) & (lengths > 0)
        return _Lists(
            np.repeat(query.passages, wanted.sum(axis=1)),
            np.stack((starts, starts + titled), 1)[wanted],
            lengths[wanted],
            gains[wanted],
        )

    def _merged(self, query: Query, looked_up: _Lists) -> _Listed:
        """Return the datasets that may gain enough by lists, and how much by all of them."""
        first = np.append(firsts(looked_up.passages), len(looked_up.passages))
        sums = np.concatenate(([0], np.cumsum(looked_up.lengths)))[first]
        sums += np.arange(len(first)) * (self._lists.size // _MEMORY)
        keys = [np.zeros(0, np.int64)]
        for begin, end in parts(sums, _MOST_COUNTED):
            part = slice(first[begin], first[end])
            keys.append(self._counted(query, _Lists(*(column[part] for column in looked_up))))
        return self._summed(np.concatenate(keys))

    def _counted(self, query: Query, looked_up: _Lists) -> Indexes:
        """Return the passage, dataset and gain of each in a bucket that gains enough, rising."""
        passages, starts, lengths, gains = looked_up
        first = firsts(passages)
        owners = passages[first]
        nth = np.repeat(np.arange(len(first)), np.diff(first, append=len(passages)))
        least = LEAST_KNOWN - WORDS["support"] * query.wishes[owners] - query.rest[owners]
        places = ranges(starts, lengths)
        buckets = np.repeat(nth * self._lists.size, lengths)
        buckets += self._lists.buckets[places]
        gained = np.repeat(gains / least[nth], lengths)
        kept = np.flatnonzero(np.bincount(buckets, gained)[buckets] > 1 - _SLACK)
        of = buckets[kept] // self._lists.size
        units = np.ceil(gained[kept] * least[of] / _UNIT).astype(np.int64)
        pairs = owners[of] << self.among.row_bits | self._lists.rows[places[kept]]
        keys: Indexes = pairs << _UNIT_BITS | units
        keys.sort()
        return keys

    def _summed(self, keys: Indexes) -> _Listed:
        """Return by pair what it gains in all."""
        row_bits, pairs = self.among.row_bits, keys >> _UNIT_BITS
        first = firsts(pairs)
        sums = np.add.reduceat(keys & (1 << _UNIT_BITS) - 1, first) if len(first) else first
        pairs, met = pairs[first], np.diff(first, append=len(pairs))
        return _Listed(pairs >> row_bits, pairs & (1 << row_bits) - 1, sums * _UNIT, met)

    def _near(self, query: Query, listed: _Listed) -> Fits:
        """Return the datasets of which enough may be known, and how much is at most."""
        of, rows, known, met = listed
        known = known + WORDS["support"] * query.wishes[of]
        near = _may_be_enough(query, of, known + query.rest[of], met + query.unlisted[0][of])
        of, rows, known, met = of[near], rows[near], known[near], met[near]
        gains = (query.covers, query.helps)
        for table, counts, gain in zip(self._lists.held, query.unlisted, gains, strict=True):
            at = ranges(query.first[of], counts[of])
            pair = np.repeat(np.arange(len(of)), counts[of])
            row = rows[pair]
            holds = table[query.terms[at], row >> 3] >> (row & 7).astype(np.uint8) & 1
            known = known + np.bincount(pair, holds * gain[at], len(of))
            met = met + np.bincount(pair, holds, len(of))
        return Fits(of, rows, known).at(_may_be_enough(query, of, known, met))

    def _known(self, query: Query, near: Fits) -> Known:
        """Return those of which enough is known."""
        among = self.among
        counts = query.first[near.passages + 1] - query.first[near.passages]
        terms = query.terms[ranges(query.first[near.passages], counts)]
        pair = np.repeat(np.arange(len(counts)), counts)
        held = among.holds(terms, near.rows[pair])
        terms, pair = terms[held], pair[held]
        headed = among.holds(terms + len(among.terms), near.rows[pair])
        covered = np.bincount(pair, among.weights[terms], len(counts))
        supported = np.bincount(pair, headed * among.support[terms], len(counts))
        coverage = covered / query.totals[near.passages]
        known = known_of(coverage, supported, query.wishes[near.passages])
        met = np.bincount(pair, minlength=len(counts))
        found = Known(near._replace(scores=known), coverage, met).at(known > LEAST_KNOWN)
        is_enough = found.met >= query.least_met[found.pairs.passages]
        return found.at(is_enough & _is_shortlisted(found.pairs))


def _may_be_enough(query: Query, of: Indexes, known: Floats, met: Indexes) -> NDArray[np.bool_]:
    """Return by pair of which passage whether so much, and so many of its words, may be enough."""
    near = known > LEAST_KNOWN - _SLACK
    # In a full shortlist even one that knows too few words takes the place of another.
    is_full = np.bincount(of[near], minlength=len(query.totals)) > SHORTLIST
    return near & (is_full[of] | (met >= query.least_met[of]))


def _is_shortlisted(found: Fits) -> NDArray[np.bool_]:
    """Return which are, of their passage, among the SHORTLIST of which most is known."""
    order = np.lexsort((-found.scores, found.passages))
    first = firsts(found.passages)
    counts = np.diff(first, append=len(order))
    is_among = np.empty(len(order), np.bool_)
    is_among[order] = np.arange(len(order)) - np.repeat(first, counts) < SHORTLIST
    return is_among


def _unlisted(of: Indexes, first: Indexes, gains: Floats, budget: Floats) -> tuple[Indexes, Floats]:
    """Return by passage how many first terms gain no more than the budget, and what they gain."""
    sums = np.concatenate(([0.0], np.cumsum(gains)))
    is_within = sums[1:] - sums[first[:-1]][of] <= budget[of]
    size = len(budget)
    return np.bincount(of[is_within], minlength=size), np.bincount(of, is_within * gains, size)
