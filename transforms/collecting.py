"""Makes collections of datasets, whose words and sequences of letters it counts."""

from array import array
from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Any, NamedTuple

import numpy as np

from contract.catalogue import Dataset
from transforms.collection import MOST_COUNTED, TIMES, Collection, weights_of
from transforms.numbering import numbered
from transforms.ranges import Floats, Indexes, distinct, firsts, ranges
from transforms.terms import LONGEST_PASSAGE, is_informative, rarity_of, sequences_of
from transforms.words import Numbers, lexicon, stem

_NO_TERM = -1
_BITS = 32
_MASK = (1 << _BITS) - 1
"""Of two numbers in one, the second."""
_FIELDS = 6
_TITLE, _KEYWORDS, _THEMES, _DESCRIPTION, _PUBLISHER, _COLUMNS = range(_FIELDS)
"""The first three are read as one."""
_ELSEWHERE = {_THEMES: "theme", _PUBLISHER: "publisher", _COLUMNS: "column"}
_LONGEST_DESCRIPTION = 4000


class _Said(NamedTuple):
    """All words that datasets say: of which dataset, in which field, and which of `words`."""

    rows: Indexes
    fields: Indexes
    numbers: Indexes
    words: list[str]
    """Each once, by the alphabet, so that nothing depends on what was read before."""


def collection(datasets: Mapping[str, Dataset], lang: str) -> Collection:
    """Return the datasets, by key, as a collection to be searched by passages in the language."""
    keys = sorted(datasets)
    said = _read([datasets[key] for key in keys])
    stems, terms, rarities = _stemmed(said.words, lang)
    of = terms[said.numbers]
    is_term = of != _NO_TERM
    pairs, fields = (said.rows << _BITS | of)[is_term], said.fields[is_term]
    held = distinct(pairs)
    order = np.argsort(-np.bincount(held & _MASK, minlength=len(stems)), kind="stable")
    rank = np.argsort(order)
    lists, rows = zip(
        *(_inverted(some, rank) for some in (held, distinct(pairs[fields <= _THEMES]))),
        strict=True,
    )
    elsewhere: dict[int, dict[str, str]] = {}
    body = np.sort(pairs[(fields <= _KEYWORDS) | (fields == _DESCRIPTION)])
    for field, name in _ELSEWHERE.items():
        others = distinct(pairs[fields == field])
        first, end = (np.searchsorted(body, others, side) for side in ("left", "right"))
        for pair in others[first == end].tolist():
            elsewhere.setdefault(pair >> _BITS, {}).setdefault(stems[pair & _MASK], name)
    return Collection(
        lang=lang,
        keys=keys,
        terms=[stems[at] for at in order.tolist()],
        rarities=rarities[order],
        offsets=_offsets(np.concatenate(lists)),
        rows=np.concatenate(rows),
        **_spelled(said, len(keys), lang),
        elsewhere=elsewhere,
    )


def _read(datasets: Sequence[Dataset]) -> _Said:
    """Return what datasets say, as much of it as is read."""
    current = lexicon()
    numbers, starts = numbered(chain.from_iterable(map(_texts, datasets)), current)
    lengths = np.diff(starts)
    field = np.tile(np.arange(_FIELDS, dtype=np.int8), len(datasets))
    begins = starts[:-1].copy()
    for later in (_KEYWORDS, _THEMES):
        begins[later::_FIELDS] = begins[::_FIELDS]
    is_read = np.arange(len(numbers), dtype=np.int32) - np.repeat(begins, lengths) < LONGEST_PASSAGE
    rows = np.repeat(np.arange(len(field)) // _FIELDS, lengths)[is_read]
    numbers = numbers[is_read]
    words = [(current.words[number], number) for number in distinct(numbers).tolist()]
    words.sort()
    at = np.zeros(len(current.words), np.int32)
    at[[number for _, number in words]] = np.arange(len(words), dtype=np.int32)
    return _Said(rows, np.repeat(field, lengths)[is_read], at[numbers], [word for word, _ in words])


def _texts(dataset: Dataset) -> tuple[str, ...]:
    """Return what a dataset says, field by field."""
    return (
        dataset.title,
        " \n ".join(dataset.keywords),
        " \n ".join(dataset.themes),
        dataset.description[:_LONGEST_DESCRIPTION],
        dataset.publisher or "",
        " \n ".join(dataset.columns),
    )


def _stemmed(words: Sequence[str], lang: str) -> tuple[list[str], Indexes, Floats]:
    """Return the stems, which of them each word has, and how rare its most frequent word is."""
    rarities: dict[str, float] = {}
    numbers: dict[str, int] = {}
    terms = []
    for word in words:
        if not is_informative(word, lang):
            terms.append(_NO_TERM)
            continue
        stemmed = stem(word, lang)
        rarities[stemmed] = min(rarity_of(word, lang), rarities.get(stemmed, 1.0))
        terms.append(numbers.setdefault(stemmed, len(numbers)))
    values = np.fromiter(rarities.values(), np.float64, len(rarities))
    return [*numbers], np.array(terms, np.int64), values


def _spelled(said: _Said, size: int, lang: str) -> dict[str, Any]:
    """Return what a collection holds of the sequences of letters of its datasets.

    They are those of title, keywords and themes; the title's count twice.
    """
    titles = np.bincount(said.rows[said.fields == _TITLE], minlength=size)
    named = said.fields <= _THEMES
    rows, numbers = said.rows[named], said.numbers[named]
    at = np.arange(len(rows)) - np.searchsorted(rows, np.arange(size))[rows]
    is_title, is_again = at < titles[rows], at + titles[rows] < LONGEST_PASSAGE
    rows = np.concatenate((rows[is_title], rows[is_again]))
    numbers = np.concatenate((numbers[is_title], numbers[is_again]))
    letters: dict[str, int] = {}
    columns = array("i")
    ends = np.zeros(len(said.words) + 1, np.int64)
    for word in distinct(numbers).tolist():
        found = sequences_of(said.words[word], lang)
        columns.extend([letters.setdefault(s, len(letters)) for s in found])
        ends[word + 1] = len(columns)
    ends = np.maximum.accumulate(ends)
    sizes = np.diff(ends)[numbers]
    pairs = np.repeat(rows, sizes) << _BITS | np.array(columns)[ranges(ends[numbers], sizes)]
    pairs.sort()
    first = firsts(pairs)
    counts = np.diff(first, append=len(pairs)).clip(0, MOST_COUNTED)
    rows, found = pairs[first] >> _BITS, pairs[first] & _MASK
    held = np.bincount(found, minlength=len(letters))
    values = TIMES[counts] * weights_of(held, size)[found]
    return {
        "letters": [*letters],
        "held": held.astype(np.int32),
        "vectors": _offsets(np.bincount(rows, minlength=size)),
        "columns": found.astype(np.int32),
        "counts": counts.astype(np.uint8),
        "norms": np.sqrt(np.bincount(rows, values**2, size)),
    }


def _offsets(sizes: Indexes) -> Numbers:
    """Return where lists of these sizes begin, one behind the other, and where the last ends."""
    return np.concatenate(([0], np.cumsum(sizes))).astype(np.int32)


def _inverted(pairs: Indexes, rank: Indexes) -> tuple[Indexes, Numbers]:
    """Return for each term, by rank, how many datasets hold it, and which, rising."""
    ordered = np.sort(rank[pairs & _MASK] << _BITS | pairs >> _BITS)
    counts = np.bincount(ordered >> _BITS, minlength=len(rank))
    return counts, (ordered & _MASK).astype(np.int32)
