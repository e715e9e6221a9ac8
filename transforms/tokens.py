"""Many texts at once taken apart: where each token stands, and which word it is.

A token is a word, what holds none (an address, a handle, a marker of redaction), or the white space
after a sentence. Most texts are read as arrays of characters, long ones and those in scripts
written without spaces one by one.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import cache
from itertools import chain
from typing import Final, NamedTuple

import numpy as np
import regex
from numpy.typing import NDArray

from transforms.ranges import Indexes, distinct, parts, ranges
from transforms.words import (
    BREAK,
    LETTERS,
    MARKERS,
    MOST_NUMBERED,
    NO_WORD,
    NOT_PLAIN,
    SIGNS,
    Lexicon,
    Numbers,
    spans_of_tokens,
)

_AT_ONCE: Final = 1 << 15
"""Characters: what is worked out for them stays in the processor's cache."""
_SIZE: Final = 0x2_0000
"""Characters from there on are odd; the last place stands for them."""
_LETTER, _SPACE, _END, _IN_HANDLE, _AND, _CAREFUL, _ODD, _EDGE = (1 << bit for bit in range(8))
"""What a character is; an edge stands between texts."""
_ADDRESSES: Final = {"http": "://", "https": "://", "www": "."}
"""The words an address begins with, and what follows each."""


class Tokens(NamedTuple):
    """The tokens of several texts, text by text."""

    numbers: Indexes
    """In the lexicon, or NO_WORD, or BREAK."""
    begins: Indexes
    """Where in its text each stands, and where it ends."""
    ends: Indexes
    counts: Indexes
    """By text, how many it has."""


def _kinds() -> NDArray[np.uint8]:
    """Return by character what it is."""
    kinds = np.zeros(_SIZE, np.uint8)
    codes = np.arange(_SIZE, dtype=np.uint32).tobytes()
    signs = codes.decode("utf-32-le", "surrogatepass")
    for kind, those in (
        (_LETTER, LETTERS), (_SPACE, r"\s+"), (_END, r"[.!?…]+"), (_IN_HANDLE, r"[\w.@-]+"),
        (_AND, "&"), (_CAREFUL, NOT_PLAIN), (_ODD, rf"(?:{SIGNS}|[\x1c-\x1f\ud800-\udfff])+"),
    ):  # fmt: skip
        for run in regex.finditer(those, signs):
            kinds[slice(*run.span())] |= kind
    kinds[-1] = _ODD
    return kinds


def _powers(factor: int) -> NDArray[np.uint64]:
    powers = np.full(_AT_ONCE + 8, factor, np.uint64)
    powers[0] = 1
    return np.cumprod(powers, dtype=np.uint64)


_KINDS: Final = _kinds()
_chance: Final = np.random.default_rng()
_WORTHS: Final = _chance.integers(1 << 64, size=_SIZE, dtype=np.uint64)
_FACTOR: Final = int(_chance.integers(1 << 64, dtype=np.uint64)) | 1
_POWERS, _INVERSES = _powers(_FACTOR), _powers(pow(_FACTOR, -1, 1 << 64))
"""A word's digest is the sum of what its characters are worth, each times the factor to the power
of its place, modulo 2 ** 64. All are drawn anew in each process, so that nobody can foretell them:
a word made to have another's digest would be read as it.
"""


def tokens_in(texts: Sequence[str], lexicon: Lexicon) -> Tokens:
    """Return the tokens of all texts."""
    short = [at for at, text in enumerate(texts) if len(text) < _AT_ONCE]
    most, odd = _of_most([texts[at] for at in short], lexicon)
    others = [at for at, text in enumerate(texts) if len(text) >= _AT_ONCE]
    others += [short[at] for at in odd]
    found = [(short, most), (others, _of_others([texts[at] for at in others], lexicon))]
    counts = np.zeros(len(texts), np.int64)
    for which, some in found:
        counts[which] += some.counts
    firsts = np.cumsum(counts) - counts
    columns = np.empty((3, counts.sum()), np.int32)
    for which, some in found:
        at = ranges(firsts[which], some.counts)
        for column, given in zip(columns, some, strict=False):
            column[at] = given
    numbers, begins, ends = columns
    return Tokens(numbers, begins, ends, counts)


def _of_others(texts: Sequence[str], lexicon: Lexicon) -> Tokens:
    """Return the tokens of texts, which are read one by one."""
    number = cache(lexicon.__getitem__)
    numbers: list[int] = []
    spans = [list(spans_of_tokens(text)) for text in texts]
    for text, found in zip(texts, spans, strict=True):
        numbers += [number(text[begin:end]) if begin < end else BREAK for begin, end in found]
    edges = np.fromiter(chain.from_iterable(chain.from_iterable(spans)), np.int64)
    counts = np.array(list(map(len, spans)), np.int64)
    return Tokens(np.array(numbers, np.int64), edges[::2], edges[1::2], counts)


def _of_most(texts: Sequence[str], lexicon: Lexicon) -> tuple[Tokens, list[int]]:
    """Return the tokens of all texts but odd ones, and which those are."""
    odd: list[int] = []
    sums = np.concatenate(([0], np.cumsum([len(text) + 1 for text in texts], dtype=np.int64)))
    found = [Tokens(*np.zeros((4, 0), np.int64))]
    for first, last in parts(sums, _AT_ONCE):
        some = _Characters(texts[first:last], sums[first : last + 1])
        odd += (first + some.odd).tolist()
        found.append(some.tokens(lexicon))
    return Tokens(*(np.concatenate(columns) for columns in zip(*found, strict=True))), odd


class _Known:
    """Words as they are written, by digest, and their numbers in a lexicon."""

    def __init__(self) -> None:
        self._lexicon: Lexicon | None = None
        self._forget()

    def numbers(
        self, lexicon: Lexicon, digests: NDArray[np.uint64], written: Callable[[int], str]
    ) -> Indexes:
        """Return the numbers of words given by their digests, which `written` spells out."""
        if lexicon is not self._lexicon or self._count > MOST_NUMBERED:
            self._lexicon = lexicon
            self._forget()
        digests = digests | np.uint64(1)
        at = self._places(digests)
        new = np.flatnonzero(self._digests[at] == 0)
        if len(new):
            first = new[np.unique(digests[new], return_index=True)[1]]
            numbers = [lexicon.number(written(one)) for one in first.tolist()]
            self._learn(digests[first], np.array(numbers, np.int32))
            at = self._places(digests)
        return self._numbers[at]

    def _forget(self, size: int = 1 << 12) -> None:
        self._count, self._size = 0, size
        self._digests = np.zeros(size, np.uint64)
        self._numbers = np.zeros(size, np.int32)

    def _places(self, digests: NDArray[np.uint64]) -> Indexes:
        """Return where each digest stands, or may stand: where its first bits say, or behind."""
        at = (digests >> np.uint64(65 - self._size.bit_length())).astype(np.intp)
        left = np.arange(len(digests))
        while len(left):
            held = self._digests[at[left]]
            left = left[(held != digests[left]) & (held != 0)]
            at[left] = at[left] + 1 & self._size - 1
        return at

    def _learn(self, digests: NDArray[np.uint64], numbers: Numbers) -> None:
        """Keep the numbers of words not known yet, in a table that stays half empty."""
        if 2 * (self._count + len(digests)) > self._size:
            held = self._digests > 0
            digests = np.append(self._digests[held], digests)
            numbers = np.append(self._numbers[held], numbers)
            self._forget(1 << (4 * len(digests)).bit_length())
        self._count += len(digests)
        while len(digests):
            at = self._places(digests)
            self._digests[at] = digests
            # Of several that want the same place one has it now.
            is_there = self._digests[at] == digests
            self._numbers[at[is_there]] = numbers[is_there]
            digests, numbers = digests[~is_there], numbers[~is_there]


_known: Final = _Known()


class _Characters:
    """Texts as arrays of characters: edges before, between and behind them."""

    def __init__(self, texts: Sequence[str], sums: Indexes) -> None:
        self._edges = sums - sums[0]
        self._texts = "\n".join(("", *texts, "\n\n\n\n"))
        codes = self._texts.encode("utf-32-le", "surrogatepass")
        self._codes = np.frombuffer(codes, np.uint32)
        self._at = np.minimum(self._codes, _SIZE - 1, dtype=np.intp)
        self._kinds = _KINDS[self._at]
        self._kinds[self._edges] = _EDGE
        self._kinds[self._edges[-1] :] = _EDGE
        self.odd = self._with(_ODD)
        """Texts that are not read here."""
        for at in self.odd.tolist():
            self._kinds[self._edges[at] + 1 : self._edges[at + 1]] = 0

    def _with(self, kind: int) -> Indexes:
        """Return the texts that hold a character of this kind."""
        return distinct(np.searchsorted(self._edges, np.flatnonzero(self._is(kind))) - 1)

    def _is(self, kind: int) -> NDArray[np.bool_]:
        """Return by character whether it is of one of these kinds."""
        found: NDArray[np.bool_] = self._kinds & kind != 0
        return found

    def tokens(self, lexicon: Lexicon) -> Tokens:
        """Return the tokens of the texts."""
        kinds = self._kinds
        ends = np.zeros(len(kinds), np.int32)
        words, word_ends = _runs(self._is(_LETTER))
        ends[words] = word_ends
        signs = np.flatnonzero(self._is(_AND))
        ends[signs] = signs + 1
        # What is not plain ends with its text at least.
        lasts = self._edges[self._with(_CAREFUL) + 1]
        ends[lasts] = lasts
        breaks, break_ends = self._breaks()
        ends[breaks] = break_ends
        unread = np.zeros(len(kinds), np.bool_)
        for begin, end in self._unread(words, word_ends):
            ends[begin:end] = 0
            ends[begin], unread[begin] = end, True
        begins = np.flatnonzero(ends > 0)
        ends = ends[begins]
        numbers = np.where(kinds[begins] & (_SPACE | _EDGE), BREAK, NO_WORD)
        is_word = ~unread[begins] & (numbers == NO_WORD)
        numbers[is_word] = self._numbers(begins[is_word], ends[is_word], lexicon)
        cuts = np.searchsorted(begins, self._edges, "right")
        counts = np.diff(cuts)
        since = np.repeat(self._edges[:-1] + 1, counts)
        return Tokens(numbers, begins - since, ends - since, counts)

    def _numbers(self, begins: Indexes, ends: Indexes, lexicon: Lexicon) -> Indexes:
        """Return the numbers of words in the lexicon."""
        size = len(self._codes)
        sums = np.zeros(size + 1, np.uint64)
        np.cumsum(_WORTHS[self._at] * _POWERS[:size], out=sums[1:])
        digests = (sums[ends] - sums[begins]) * _INVERSES[begins]
        return _known.numbers(
            lexicon, digests, lambda at: self._texts[int(begins[at]) : int(ends[at])]
        )

    def _breaks(self) -> tuple[Indexes, Indexes]:
        """Return white space after a sentence, and ends of lines in other white space."""
        begins, ends = _runs(self._is(_SPACE))
        is_after = self._kinds[begins - 1] & _END > 0
        lines, line_ends = _runs((self._codes == ord("\n")) & self._is(_SPACE))
        others = ~is_after[np.searchsorted(begins, lines, "right") - 1]
        lines, line_ends = lines[others], line_ends[others]
        return np.append(begins[is_after], lines), np.append(ends[is_after], line_ends)

    def _unread(self, words: Indexes, ends: Indexes) -> Iterator[tuple[int, int]]:
        """Yield where addresses, handles and markers stand, none inside another."""
        since = 0
        for begin, end in sorted((*self._addresses(words, ends), *self._handles())):
            if begin >= since:
                yield begin, end
                since = end

    def _addresses(self, words: Indexes, ends: Indexes) -> Iterator[tuple[int, int]]:
        """Yield what begins as an address or is a marker, by the word that makes it one."""
        codes = self._codes
        after = codes[ends]
        may_be = (after == ord(":")) & (codes[ends + 1] == ord("/"))
        may_be |= (after == ord(".")) & (codes[words] == ord("w")) & (ends - words == len("www"))
        may_be |= (after == ord("]")) & (codes[words - 1] == ord("["))
        found = np.flatnonzero(may_be)
        gaps = np.flatnonzero(self._is(_SPACE | _EDGE))
        stops = gaps[np.searchsorted(gaps, ends[found])]
        columns = (words[found], ends[found], stops)
        for begin, end, stop in zip(*(column.tolist() for column in columns), strict=True):
            word = self._texts[begin:end]
            if sign := _ADDRESSES.get(word):
                if self._texts.startswith(sign, end) and end + len(sign) < stop:
                    yield begin, stop
            elif word in MARKERS and self._texts[begin - 1] + self._texts[end] == "[]":
                yield begin - 1, end + 1

    def _handles(self) -> Iterator[tuple[int, int]]:
        begins = np.flatnonzero(self._codes == ord("@"))
        if len(begins):
            outside = np.flatnonzero(~self._is(_IN_HANDLE))
            ends = outside[np.searchsorted(outside, begins)]
            is_one = ends - begins > 1
            yield from zip(begins[is_one].tolist(), ends[is_one].tolist(), strict=True)


def _runs(are_meant: NDArray[np.bool_]) -> tuple[Indexes, Indexes]:
    """Return where those that are meant begin to follow each other, and where that ends."""
    edges = np.flatnonzero(are_meant[1:] != are_meant[:-1]) + 1
    return edges[::2], edges[1::2]
