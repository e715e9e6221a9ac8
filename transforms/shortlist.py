"""The datasets that fit passages, many passages at once, looking at no more than can fit."""

from collections.abc import Sequence

import numpy as np

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
from transforms.lookup import Fits, Lookup
from transforms.meaning import Meanings, embedder
from transforms.passages import Passages
from transforms.ranges import Indexes
from transforms.retrieval import LEAST_FIT, asks
from transforms.spelling import Spelling
from transforms.terms import LONGEST_PASSAGE
from transforms.words import Lexicon, Meaning

_LENIENCE = 10
"""So much more small talk may pass the models that only look first."""

_asking = Meaning(lambda word: asks((word,)))


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
        found, said = self.worded(passages, which, lexicon)
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
        of, numbers = passages.words(which)
        wishes = np.zeros(len(which), np.bool_)
        wishes[of[np.flatnonzero(_asking(lexicon, numbers))]] = True
        is_read = np.ones(len(of), np.bool_)
        is_read[LONGEST_PASSAGE:] = of[LONGEST_PASSAGE:] != of[:-LONGEST_PASSAGE]
        of, numbers = of[is_read], numbers[is_read]
        query = self._lookup.query(of, numbers, wishes, passages.are_brief[which], lexicon)
        pairs, coverage, met = self._lookup.known(query)
        likeness = self._spelling.likeness(of, numbers, pairs.passages, pairs.rows, lexicon)
        fits = WORDS["likeness"] * likeness + pairs.scores + WORDS["offset"]
        nothing = np.zeros(len(fits))
        wishes = query.wishes[pairs.passages]
        lengths = np.minimum(query.lengths[pairs.passages], LONGEST)
        said = Said(coverage, likeness, nothing, nothing, wishes, lengths, met)
        is_enough = fits >= LEAST_FIT
        return pairs._replace(scores=fits).at(is_enough), said.at(is_enough)

    def _least(self, meant: Meanings, false_links: float) -> float:
        if meant is not self._meant[-1]:
            false_links = min(1.0, _LENIENCE * false_links)
        return least_fit(meant.unmeant, meant.ordinary, false_links)

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
