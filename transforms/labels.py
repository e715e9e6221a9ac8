"""Labels found in texts as whole words, and what all ties have in common."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from math import prod
from operator import itemgetter
from typing import Any, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray
from pandas import DataFrame, Series

from transforms.ranges import Floats, Indexes, ranges
from transforms.reading import Reading
from transforms.words import Meaning, Numbers

TIE_COLUMNS = ("post_key", "target", "score", "method", "evidence")
MOST_WITNESSES = 3
SUREST = 0.99
"""No number of uncertain witnesses makes a tie certain."""
_DIGITS = 4
_CLOSE = 1e-6
_WORD_BITS = 32


class Hits(NamedTuple):
    """Labels that stand from a word up to, not including, another, and the numbers they have."""

    starts: Indexes
    ends: Indexes
    of: Indexes

    def at(self, where: NDArray[Any]) -> "Hits":
        """Return those at the indexes, or those for which a mask says so."""
        return Hits(*(column[where] for column in self))


class Witness(msgspec.Struct, frozen=True):
    """One reason to tie a post to a target: what was found where, how, and how sure it makes."""

    target: str
    label: str
    where: str
    score: float
    method: str
    evidence: dict[str, Any]


class Labels(msgspec.Struct, dict=True):
    """Labels of one word or more, ready to be looked up: a trie in arrays."""

    words: list[str]
    """Those of the labels, whose numbers here begin with 1."""
    steps: NDArray[np.int64]
    """A node (the root is 0) and a word that leads on from it, in one number, rising."""
    nodes: Numbers
    """Where each step leads."""
    offsets: Numbers
    """By node, where `of` begins to say which labels end there; and the end of all."""
    of: Numbers

    @cached_property
    def meaning(self) -> Meaning:
        """What a word is among those of the labels."""
        return Meaning(self.numbered)

    @cached_property
    def numbered(self) -> Callable[[str], int]:
        """The number of a word here, 0 where there is none."""
        numbers = {word: number for number, word in enumerate(self.words, 1)}
        return lambda word: numbers.get(word, 0)

    @cached_property
    def first(self) -> Numbers:
        """By word, the node of labels that begin with it; 0 where none does."""
        of_root = slice(0, np.searchsorted(self.steps, 1 << _WORD_BITS))
        nodes = np.zeros(len(self.words) + 1, np.int32)
        nodes[self.steps[of_root]] = self.nodes[of_root]
        return nodes

    @cached_property
    def goes_on(self) -> NDArray[np.bool_]:
        """By node, whether words lead on from it."""
        leads = np.zeros(len(self.offsets), np.bool_)
        leads[self.steps >> _WORD_BITS] = True
        return leads


def label_index(labels: Iterable[tuple[Sequence[str], int]]) -> Labels:
    """Return the labels, given by their folded words and a number of what each names.

    A label without words is left out, for nothing can meet it.
    """
    numbers: dict[str, int] = {}
    steps: dict[int, int] = {}
    ends: list[tuple[int, int]] = []
    for words, of in labels:
        node = 0
        for word in words:
            step = node << _WORD_BITS | numbers.setdefault(word, len(numbers) + 1)
            node = steps.setdefault(step, len(steps) + 1)
        if node:
            ends.append((node, of))
    keys = np.fromiter(steps, np.int64, len(steps))
    order = np.argsort(keys)
    at, named = np.array(ends, np.int64).reshape(-1, 2).T
    return Labels(
        list(numbers),
        keys[order],
        np.fromiter(steps.values(), np.int32, len(steps))[order],
        np.searchsorted(np.sort(at), np.arange(len(steps) + 2)).astype(np.int32),
        named[np.argsort(at, kind="stable")].astype(np.int32),
    )


def labels_in(words: Numbers, stops: Numbers, labels: Labels) -> Hits:
    """Return every label that stands in the words, overlapping ones too, by start and end.

    Words have the numbers the labels give them; `stops` says by word where its place ends.
    """
    nodes = labels.first[words]
    starts = np.flatnonzero(nodes)
    nodes, ends = nodes[starts], starts + 1
    found = [(starts, ends, nodes)]
    while True:
        goes_on = labels.goes_on[nodes] & (ends < stops[starts])
        goes_on &= words.take(ends, mode="clip") > 0
        starts, ends, nodes = starts[goes_on], ends[goes_on], nodes[goes_on]
        if not len(starts):
            break
        steps = nodes.astype(np.int64) << _WORD_BITS | words[ends]
        at = np.minimum(np.searchsorted(labels.steps, steps), len(labels.steps) - 1)
        leads = labels.steps[at] == steps
        starts, ends, nodes = starts[leads], ends[leads] + 1, labels.nodes[at[leads]]
        found.append((starts, ends, nodes))
    starts, ends, nodes = (np.concatenate(parts) for parts in zip(*found, strict=True))
    counts = labels.offsets[nodes + 1] - labels.offsets[nodes]
    of = labels.of[ranges(labels.offsets[nodes], counts)]
    hits = Hits(np.repeat(starts, counts), np.repeat(ends, counts), of)
    return hits.at(np.lexsort((hits.ends, hits.starts)))


def outermost(hits: Hits) -> Indexes:
    """Return which hits do not lie inside a longer one, by start; overlapping ones all stay."""
    order = np.lexsort((-hits.ends, hits.starts))
    starts, ends = hits.starts[order], hits.ends[order]
    is_new = np.ones(len(order), np.bool_)
    is_new[1:] = (starts[1:] != starts[:-1]) | (ends[1:] != ends[:-1])
    span = np.cumsum(is_new) - 1
    reach = np.concatenate(([-1], np.maximum.accumulate(ends[is_new])))[:-1]
    kept: Indexes = order[(ends[is_new] > reach)[span]]
    return kept


def stops_of(reading: Reading) -> Numbers:
    """Return by word where its place ends."""
    return reading.starts[1:][reading.places]


def ties_of(
    keys: Sequence[str], witnesses: Mapping[int, Sequence[Witness]]
) -> Iterator[tuple[Any, ...]]:
    """Yield a row of a frame of ties for each target of the witnesses, given by post.

    A label is heard once in each place, and their scores are combined as independent chances. The
    strongest witness names the method and is the evidence, with up to two more under `also`.
    """
    for post, found in witnesses.items():
        key = keys[post]
        if len(found) == 1 or len({witness.target for witness in found}) == len(found):
            for only in found:
                score = min(1 - (1 - only.score), SUREST)
                yield key, only.target, score, only.method, only.evidence
            continue
        heard: dict[str, list[Witness]] = {}
        for witness in found:
            heard.setdefault(witness.target, []).append(witness)
        for target, same in heard.items():
            yield key, target, *_tie(same)


def _tie(witnesses: Sequence[Witness]) -> tuple[float, str, dict[str, Any]]:
    heard: dict[tuple[str, str], Witness] = {}
    for witness in witnesses:
        kept = heard.setdefault((witness.label, witness.where), witness)
        if witness.score > kept.score:
            heard[witness.label, witness.where] = witness
    ranked = sorted(heard.values(), key=lambda w: (-w.score, w.method, w.where, w.label))
    score = min(1 - prod(1 - witness.score for witness in ranked), SUREST)
    also = [witness.evidence for witness in ranked[1:MOST_WITNESSES]]
    evidence = {**ranked[0].evidence, **({"also": also} if also else {})}
    return score, ranked[0].method, evidence


def ties_frame(rows: Iterable[tuple[Any, ...]]) -> DataFrame:
    """Return ties sorted by post and target: post_key, target, score, method, evidence.

    Those of posts without a key are left out; scores are rounded.
    """
    ordered = sorted((row for row in rows if row[0]), key=itemgetter(0, 1))
    values = list(zip(*ordered, strict=True)) or [()] * len(TIE_COLUMNS)
    dtypes = ("str", "str", "float64", "str", "object")
    columns = zip(TIE_COLUMNS, values, dtypes, strict=True)
    ties = DataFrame({name: Series(told, dtype=dtype) for name, told, dtype in columns})
    ties["score"] = _rounded(ties["score"].to_numpy())
    return ties


def _rounded(scores: Floats) -> Floats:
    """Return the scores to _DIGITS decimals, each as `round` does."""
    scaled = scores * 10**_DIGITS
    rounded: Floats = np.round(scores, _DIGITS)
    # The product may be a half where the score is a little less or more.
    is_close = np.abs(np.abs(scaled - np.rint(scaled)) - 0.5) < _CLOSE
    rounded[is_close] = [round(score, _DIGITS) for score in scores[is_close].tolist()]
    return rounded
