"""Datasets ranked by how well a passage of a post meets their words."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from math import exp, log
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from contract.catalogue import Dataset
from transforms.words import stem, words_of

WEIGHTS = {"likeness": 4.0, "coverage": 4.3, "support": 0.8, "offset": -3.85}
"""Fitted by logistic regression: people's needs against small talk, over a city's catalogue
of 1,249 datasets; rounded, with the offset at which 3.4 % of the small talk is tied.

`likeness` is the cosine of 3- and 4-letter sequences with the title and keywords, which bears with
misspelling, inflection and compounds; `coverage` the share of the passage's informative weight that
the dataset knows; `support` the number of informative words in its title and keywords, plus one
where the passage asks for data, at most three.
"""
FITS = 0.5
LEAST_KNOWN = 1.7
"""Weighted coverage and support below which likeness makes no dataset fit."""
SHORTLIST = 50
LONGEST_PASSAGE = 1000
"""Words; what follows is not read."""
_MOST_SUPPORT = 3.0
_SMALLEST = 100
_LONGEST_DESCRIPTION = 4000
_ASKING = frozenset(words_of("""
    data dataset datasets statistics stats figures daten datensatz datensätze statistik zahlen
    données statistiques chiffres datos estadísticas cifras dati statistiche gegevens cijfers
    dados estatísticas
""").folded)  # fmt: skip

Floats = NDArray[np.float64]


class Match(NamedTuple):
    """A dataset, how well it fits (0 to 1), and the words of the passage that it knows."""

    key: str
    score: float
    terms: tuple[str, ...]


class Posting(NamedTuple):
    """A word of the collection: its weight, the datasets that hold it, and its support for each."""

    weight: float
    rows: NDArray[np.int32]
    support: Floats


@dataclass(frozen=True, slots=True)
class Collection:
    """The datasets of one language, ready to be searched."""

    lang: str
    keys: tuple[str, ...]
    postings: dict[str, Posting]
    """By stem."""
    unknown: float
    """Weight of a word that no dataset holds: the most there is."""
    letters: dict[str, tuple[int, float]]
    """By sequence of letters: its column and its weight."""
    vectors: tuple[tuple[NDArray[np.int32], Floats], ...]
    """Of each dataset: the columns of its sequences and their values, of length one."""


def collection(datasets: Mapping[str, Dataset], lang: str) -> Collection:
    """Return the datasets, by key, as a collection to be searched by passages in the language."""
    keys = tuple(sorted(datasets))
    bodies: dict[str, list[int]] = {}
    heads: dict[str, set[int]] = {}
    sequences = []
    for row, key in enumerate(keys):
        dataset = datasets[key]
        named = " \n ".join((*dataset.keywords, *dataset.themes))
        head = set(_terms(words_of(f"{dataset.title} \n {named}").folded, lang))
        for term in head:
            heads.setdefault(term, set()).add(row)
        described = words_of(dataset.description[:_LONGEST_DESCRIPTION]).folded
        for term in head | set(_terms(described, lang)):
            bodies.setdefault(term, []).append(row)
        letters_of = words_of(f"{dataset.title} {dataset.title} {named}").folded
        sequences.append(Counter(_sequences(letters_of, lang)))
    unknown = _weight(0, len(keys))
    postings = {}
    for term, rows in bodies.items():
        weight = _weight(len(rows), len(keys))
        in_head = heads.get(term, set())
        support = [min(1.0, 2 * weight / unknown) * (row in in_head) for row in rows]
        postings[term] = Posting(weight, np.array(rows, np.int32), np.array(support))
    held = Counter(sequence for counted in sequences for sequence in counted)
    letters = {s: (at, _weight(n, len(keys))) for at, (s, n) in enumerate(held.items())}
    vectors = tuple(_vector(counted, letters) for counted in sequences)
    return Collection(lang, keys, postings, unknown, letters, vectors)


def ranked(passage: Sequence[str], among: Collection) -> list[Match]:
    """Return the SHORTLIST datasets nearest to the folded words, best first; equal ones by key."""
    return _matches(passage, among, least_known=0.0, least_score=0.0)


def fitting(passage: Sequence[str], among: Collection) -> list[Match]:
    """Return the datasets that fit the folded words of a passage, best first: often none.

    Fitting is a score of FITS with at least LEAST_KNOWN of it from words, and two words of the
    passage that the dataset knows, or one and the wish for data.
    """
    words_needed = 1 if _asks(passage) else 2
    return [
        match
        for match in _matches(passage, among, LEAST_KNOWN, FITS)
        if len(match.terms) >= words_needed
    ]


def _matches(
    passage: Sequence[str], among: Collection, least_known: float, least_score: float
) -> list[Match]:
    terms = _terms(passage, among.lang)
    known = _known(terms, _asks(passage), among)
    able = np.flatnonzero(known > least_known)
    if not len(able):
        return []
    sequences = _values(passage, among)
    matches = []
    for row in able[np.argsort(-known[able], kind="stable")[:SHORTLIST]].tolist():
        columns, values = among.vectors[row]
        likeness = float(sequences[columns] @ values)
        fit = WEIGHTS["likeness"] * likeness + float(known[row]) + WEIGHTS["offset"]
        if (score := 1 / (1 + exp(-fit))) >= least_score:
            matches.append(Match(among.keys[row], score, _met(terms, row, among)))
    return sorted(matches, key=lambda match: (-match.score, match.key))


def _known(terms: Mapping[str, str], asks: bool, among: Collection) -> Floats:
    """Return for each dataset its weighted coverage and support; 0 where it knows no word."""
    postings = [among.postings[term] for term in terms if term in among.postings]
    size = len(among.keys)
    if not postings:
        return np.zeros(size)
    rows = np.concatenate([posting.rows for posting in postings])
    weights = np.repeat([p.weight for p in postings], [len(p.rows) for p in postings])
    covered = np.bincount(rows, weights, size)
    supported = np.bincount(rows, np.concatenate([p.support for p in postings]), size)
    # One unknown word more than there are, so that a single word never covers a passage.
    missing = among.unknown * (1 + len(terms) - len(postings))
    coverage = covered / (sum(posting.weight for posting in postings) + missing)
    support = np.minimum(supported + asks, _MOST_SUPPORT)
    known = WEIGHTS["coverage"] * coverage + WEIGHTS["support"] * support
    return np.where(covered > 0, known, 0.0)


def _asks(passage: Sequence[str]) -> bool:
    return not _ASKING.isdisjoint(passage)


def _met(terms: Mapping[str, str], row: int, among: Collection) -> tuple[str, ...]:
    return tuple(
        word
        for term, word in terms.items()
        if term in among.postings and row in among.postings[term].rows
    )


def _weight(held_by: int, datasets: int) -> float:
    """Return the weight of a word that so many of the datasets hold (Robertson, Spärck Jones).

    A small catalogue is read as one of 100: a word of a single dataset is rare in it, one that
    several share is common.
    """
    size = max(datasets, _SMALLEST)
    held = 1 + (held_by - 1) * size / datasets if held_by else 0.0
    return log(1 + (size - held + 0.5) / (held + 0.5))


def _terms(words: Sequence[str], lang: str) -> dict[str, str]:
    """Return the informative stems in order, each with the word it was first met as."""
    stops = _stop_words().get(lang, frozenset())
    terms: dict[str, str] = {}
    for word in words[:LONGEST_PASSAGE]:
        if len(word) > 1 and word not in stops:
            terms.setdefault(stem(word, lang), word)
    return terms


def _sequences(words: Sequence[str], lang: str) -> Iterator[str]:
    """Yield the sequences of three and four letters in the informative words, ends marked."""
    stops = _stop_words().get(lang, frozenset())
    for word in words[:LONGEST_PASSAGE]:
        if word not in stops:
            marked = f" {word} "
            for size in (3, 4):
                yield from (marked[at : at + size] for at in range(len(marked) - size + 1))


def _vector(
    counted: Counter[str], letters: Mapping[str, tuple[int, float]]
) -> tuple[NDArray[np.int32], Floats]:
    columns = np.array([letters[sequence][0] for sequence in counted], np.int32)
    values = np.array([(1 + log(n)) * letters[sequence][1] for sequence, n in counted.items()])
    return columns, values / (np.linalg.norm(values) or 1.0)


def _values(passage: Sequence[str], among: Collection) -> Floats:
    """Return the passage's sequences as a vector of length one over the collection's columns."""
    counted = Counter(s for s in _sequences(passage, among.lang) if s in among.letters)
    values = np.zeros(len(among.letters))
    columns, weights = _vector(counted, among.letters)
    values[columns] = weights
    return values


@cache
def _stop_words() -> dict[str, frozenset[str]]:
    """Return by language the words that say nothing of a subject, those of a request among them."""
    text = Path(__file__).with_name("stop_words.txt").read_text(encoding="utf-8")
    lines = [line.split() for line in text.splitlines()]
    return {lang: frozenset(words) for lang, *words in lines}
