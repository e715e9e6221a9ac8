"""Whether a dataset fits a passage: what words and meaning say, and how sure that makes a tie."""

from math import log
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from transforms.ranges import Floats, Indexes

WORDS: Final = {"likeness": 4.0, "coverage": 4.3, "support": 0.8, "offset": -3.85}
"""How well words fit by themselves, as a log odds.

`likeness` is the cosine of 3- and 4-letter sequences with the title and keywords, which bears with
misspelling, inflection and compounds; `coverage` the share of the passage's informative weight that
the dataset knows; `support` the number of informative words in its title and keywords, plus one
where the passage asks for data, at most three.
"""
FALSE_LINKS: Final = 0.01
"""Of posts that no dataset fits, the share that may be tied to one."""
LONGEST: Final = 8
"""Informative words; a longer passage covers no more of them."""
_SCALE: Final = 0.6
"""How much more small talk reaches that is e times as rare, by whatever is measured here."""
_TELLING: Final = 8
"""So many lines, the best, tell what the very best reach."""
PASSAGES: Final = 4
"""A post is about so many passages: itself and its sentences."""
_OF_WORDS: Final = 0.55
"""By words alone: what one in a hundred posts of small talk reaches. Measured on two catalogues."""
_LEAST: Final = 1.3
"""The same by meaning, for a catalogue that hardly any small talk meets; no other takes less."""


class Judge(NamedTuple):
    """What counts for a fit of words and meaning, by one model; the sum of it is a log odds."""

    coverage: float
    likeness: float
    nearness: float
    """The cosine of the passage with the dataset."""
    chattiness: float
    """The cosine of the passage with the nearest small talk."""
    wish: float
    """Whether the passage asks for data."""
    length: float
    """Informative words, of LONGEST."""
    offset: float
    alone: float
    """The nearness it takes where the dataset knows a single word."""
    slope: float
    """How much surer a fit is that is further above what one in a hundred of small talk reaches."""
    surety: float
    """How sure one is that is just there."""


class Said(NamedTuple):
    """What a fit follows from, by passage or by pair of a passage and a dataset."""

    coverage: Floats
    likeness: Floats
    nearness: Floats
    chattiness: Floats
    wishes: Floats
    lengths: Floats
    met: Floats
    """How many words of the passage the dataset knows."""

    def at(self, where: NDArray[np.bool_]) -> "Said":
        """Return what is said of those for which the mask says so."""
        return Said(*(column[where] for column in self))


JUDGES: Final = {
    "static": Judge(4.5, 3.9, 6.0, -3.9, 0.3, 2.15, -3.9, 0.52, 0.8, 0.33),
    "e5": Judge(0.0, 0.0, 79.5, -60.2, 0.0, 0.0, -17.7, 0.0, 1.2, -0.16),
    "minilm": Judge(3.7, 3.1, 8.2, -2.7, 0.0, 1.8, -4.4, 0.0, 1.0, -0.12),
}
"""By family of models, which begins their names. Fitted by logistic regression to invented posts of
the sample town and to small talk; how sure they are, to the ties of posts left out of the fit."""


def judge_of(model: str) -> Judge:
    """Return what counts with a model."""
    return JUDGES[model.partition("-")[0]]


def fit(judge: Judge, said: Said) -> Floats:
    """Return how well datasets fit, as a log odds, small talk being as frequent as needs."""
    return (
        judge.coverage * said.coverage
        + judge.likeness * said.likeness
        + judge.nearness * said.nearness
        + judge.chattiness * said.chattiness
        + judge.wish * said.wishes
        + judge.length * said.lengths / LONGEST
        + judge.offset
    )


def is_near(judge: Judge, said: Said) -> NDArray[np.bool_]:
    """Return whether datasets are near enough in meaning for the number of words they know.

    One word of a wish for data may well be meant otherwise: the market of brokers, the tree in
    a program.
    """
    near: NDArray[np.bool_] = (said.met > 1) | (said.nearness >= judge.alone)
    return near


def sureness(
    judge: Judge, fits: Floats, unmeant: Floats, lines: int, passages: int = PASSAGES
) -> Floats:
    """Return how probable it is that datasets of these fits are right."""
    above = fits - least_fit(unmeant, lines, FALSE_LINKS, passages)
    return 1 / (1 + np.exp(-(judge.slope * above + judge.surety)))


def sureness_of_words(fits: Floats) -> Floats:
    """Return the same where words alone were judged."""
    return 1 / (1 + np.exp(-fits))


def least_fit(unmeant: Floats, lines: int, false_links: float, passages: int = PASSAGES) -> float:
    """Return what a fit has to reach, so that only this share of small talk reaches it.

    `unmeant` is what so many lines of small talk reach, the best first. Each of the best few says
    what it would be for the share, the tail being exponential; that is their mean. A post is judged
    by so many passages, a line as a whole.
    """
    least = _at(_LEAST, false_links)
    best = unmeant[:_TELLING]
    if len(best) < _TELLING:
        return least
    shares = np.arange(1, _TELLING + 1) / lines
    told = (best + _SCALE * np.log(shares / (false_links / passages))).mean()
    return max(least, float(told))


def least_fit_of_words(false_links: float) -> float:
    """Return the same where words alone are judged."""
    return _at(_OF_WORDS, false_links)


def _at(one_percent: float, false_links: float) -> float:
    return one_percent + _SCALE * log(FALSE_LINKS / false_links)


def highest(posts: Indexes, fits: Floats) -> Floats:
    """Return by post its best fit, the best post first."""
    best: dict[int, float] = {}
    for post, value in zip(posts.tolist(), fits.tolist(), strict=True):
        best[post] = max(value, best.get(post, value))
    return np.array(sorted(best.values(), reverse=True), np.float64)
