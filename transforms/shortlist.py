"""The datasets that fit passages, many passages at once, looking at no more than can fit."""

from collections.abc import Sequence
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
    least_fit,
    least_fit_of_words,
    sureness,
    sureness_of_words,
)
from transforms.lookup import Fits, Lookup, Query
from transforms.meaning import Meanings, embedder
from transforms.passages import Passages
from transforms.ranges import Indexes
from transforms.retrieval import LEAST_FIT, SHORTLIST, asks
from transforms.spelling import Spelled, Spelling
from transforms.terms import LONGEST_PASSAGE
from transforms.words import Lexicon, Meaning

_MOST_CROWDED = 8 * SHORTLIST
_SLACK = 1e-6
_LENIENCE = 10
"""So much more small talk may pass the models that only look first."""

_asking = Meaning(lambda word: asks((word,)))


class _Near(NamedTuple):
    """Pairs that may fit; `scores` is how much is known, and `likeness` what it is at most."""

    query: Query
    spelled: Spelled
    crowded: Indexes
    """Passages near which there are more than SHORTLIST datasets."""
    pairs: Fits
    said: Said

    def at(self, where: NDArray[np.bool_]) -> "_Near":
        """Return those pairs for which the mask says so."""
        return self._replace(pairs=self.pairs.at(where), said=self.said.at(where))


class Shortlist:
    """The datasets of one language, made ready for many passages."""

    def __init__(self, among: Collection, meant: Sequence[Meanings]) -> None:
        self.among = among
        self._meant = meant
        self._lookup = Lookup(among)
        self._spelling = Spelling(among)

    def fitting(
        self, passages: Passages, which: Indexes, lexicon: Lexicon, false_links: float
    ) -> tuple[Fits, Said]:
        """Return the datasets that fit these of the passages (as indexes of `which`), and why.

        By words alone, or by each model in turn, of which all but the last are lenient.
        """
        near = self._near_enough(passages, which, lexicon)
        if self._meant:
            first = self._meant[0]
            least = self._least(first, false_links)
            at_most = fit(
                judge_of(first.model),
                self.meant(near.pairs, near.said, first, passages, which, lexicon),
            )
            near = near.at(at_most >= least)
        found, said = self._worded(near)
        if not self._meant:
            is_enough = found.scores >= least_fit_of_words(false_links)
            found = found._replace(scores=sureness_of_words(found.scores))
            return found.at(is_enough), said.at(is_enough)
        for meant in self._meant:
            judge, lines = judge_of(meant.model), meant.ordinary
            said = self.meant(found, said, meant, passages, which, lexicon)
            fits = fit(judge, said)
            is_enough = (fits >= self._least(meant, false_links)) & is_near(judge, said)
            scores = sureness(judge, fits, meant.unmeant, lines)
            found, said = found._replace(scores=scores).at(is_enough), said.at(is_enough)
        return found, said

    def worded(self, passages: Passages, which: Indexes, lexicon: Lexicon) -> tuple[Fits, Said]:
        """Return the datasets whose words fit, how well, and what else is known of these pairs.

        That is at least LEAST_FIT, LEAST_KNOWN of it from words, and as many words of the passage
        known to the dataset as it takes. Only the SHORTLIST datasets of which most is known are
        considered.
        """
        return self._worded(self._near_enough(passages, which, lexicon))

    def _least(self, meant: Meanings, false_links: float) -> float:
        if meant is not self._meant[-1]:
            false_links = min(1.0, _LENIENCE * false_links)
        return least_fit(meant.unmeant, meant.ordinary, false_links)

    def _near_enough(self, passages: Passages, which: Indexes, lexicon: Lexicon) -> _Near:
        """Return the datasets whose words may fit, and what is known of them at most."""
        of, numbers = passages.words(which)
        wishes = np.bincount(of, _asking(lexicon, numbers), len(which)) > 0
        is_read = (
            np.arange(len(of)) - np.searchsorted(of, np.arange(len(which)))[of] < LONGEST_PASSAGE
        )
        of, numbers = of[is_read], numbers[is_read]
        query = self._lookup.query(of, numbers, wishes, passages.are_brief[which], lexicon)
        pairs = self._lookup.near(query)
        counts = np.bincount(pairs.passages, minlength=len(which))
        pairs = self._lookup.shortlisted(query, pairs, np.flatnonzero(counts > _MOST_CROWDED))
        spelled = self._spelling.of(of, numbers, pairs.passages, len(which), lexicon)
        likeness = self._spelling.most(spelled, pairs.passages, pairs.rows)
        can_fit = WORDS["likeness"] * likeness + pairs.scores + WORDS["offset"] > LEAST_FIT - _SLACK
        pairs, coverage, met, is_enough = self._lookup.known(query, pairs.at(can_fit))
        nothing = np.zeros(len(pairs.rows))
        lengths = np.minimum(query.lengths[pairs.passages], LONGEST)
        said = Said(
            coverage,
            likeness[can_fit][is_enough],
            nothing,
            nothing,
            query.wishes[pairs.passages],
            lengths,
            met,
        )
        return _Near(query, spelled, np.flatnonzero(counts > SHORTLIST), pairs, said)

    def _worded(self, near: _Near) -> tuple[Fits, Said]:
        """Return those whose words fit."""
        pairs = zip(near.pairs.passages.tolist(), near.pairs.rows.tolist(), strict=True)
        likeness = np.array(
            [self._spelling.likeness(near.spelled, *pair) for pair in pairs], np.float64
        )
        fits = WORDS["likeness"] * likeness + near.pairs.scores + WORDS["offset"]
        found = near.pairs._replace(scores=fits)
        is_kept = fits >= LEAST_FIT
        is_kept &= self._lookup.is_shortlisted(near.query, found, near.crowded)
        return found.at(is_kept), near.said._replace(likeness=likeness).at(is_kept)

    def meant(
        self,
        found: Fits,
        said: Said,
        meant: Meanings,
        passages: Passages,
        which: Indexes,
        lexicon: Lexicon,
        are_lines: bool = False,
    ) -> Said:
        """Return what is known of these pairs, and what they mean to one model.

        `are_lines` says that the passages' posts are the lines of small talk.
        """
        some, of = np.unique(found.passages, return_inverse=True)
        vectors = passages.vectors(which[some], embedder(meant.model), lexicon)
        lines = passages.posts[which[some]] if are_lines else None
        return said._replace(
            nearness=meant.nearness(vectors, of, found.rows),
            chattiness=meant.chattiness(vectors, lines)[of],
        )
