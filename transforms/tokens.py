"""Many texts at once taken apart: where each token stands, and which word it is.

A token is a word, what holds none (an address, a handle, a marker of redaction), or the white space
after a sentence. Texts are read as arrays of characters, those with seldom ones one by one.
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
    MOST_NUMBERED,
    NO_WORD,
    NOT_PLAIN,
    SIGNS,
    WITHOUT_WORDS,
    Lexicon,
    Numbers,
    spans_of_tokens,
)

_AT_ONCE: Final = 1 << 16
"""Characters: what is worked out for them stays in the processor's cache."""
_LONGEST: Final = 1 << 17
"""Characters of a text that is read as an array, alone if need be: twice those of any post."""
_SIZE: Final = 0x2_0000
"""Characters from there on are odd; the last place stands for them."""
_LETTER, _SPACE, _END, _ALONE, _MARK, _CAREFUL, _ODD, _EDGE = (1 << bit for bit in range(8))
"""What a character is; an edge stands between texts."""
_NOTHING: Final = regex.compile(WITHOUT_WORDS).match


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
        (_LETTER, LETTERS), (_SPACE, r"\s+"), (_END, r"[.!?…]+"), (_ALONE, f"(?:{SIGNS}|&)+"),
        (_MARK, r"\p{M}+"), (_CAREFUL, NOT_PLAIN), (_ODD, r"[\x1c-\x1f\ud800-\udfff]+"),
    ):  # fmt: skip
        for run in regex.finditer(those, signs):
            kinds[slice(*run.span())] |= kind
    kinds[-1] = _ODD
    return kinds


def _powers(factor: int) -> NDArray[np.uint64]:
    powers = np.full(_LONGEST + 8, factor, np.uint64)
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
    most, odd = _of_most(texts, lexicon)
    if not odd:
        return most
    others = _of_others([texts[at] for at in odd], lexicon)
    at = np.repeat((np.cumsum(most.counts) - most.counts)[odd], others.counts)
    most.counts[odd] = others.counts
    columns = zip(most[:-1], others[:-1], strict=True)
    numbers, begins, ends = (np.insert(some, at, more) for some, more in columns)
    return Tokens(numbers, begins, ends, most.counts)


def _of_most(texts: Sequence[str], lexicon: Lexicon) -> tuple[Tokens, list[int]]:
    """Return the tokens of all texts but odd ones, and which those are."""
    lengths = np.fromiter(map(len, texts), np.int64, len(texts))
    odd = np.flatnonzero(lengths > _LONGEST).tolist()
    if odd:
        texts = [text if len(text) <= _LONGEST else "" for text in texts]
        lengths[odd] = 0
    sums = np.concatenate(([0], np.cumsum(lengths + 1)))
    found = [Tokens(*np.zeros((4, 0), np.int32))]
    for first, last in parts(sums, _AT_ONCE):
        some = _Characters(texts[first:last], sums[first : last + 1])
        odd += (first + some.odd).tolist()
        found.append(some.tokens(lexicon))
    return Tokens(*map(np.concatenate, zip(*found, strict=True))), sorted(odd)


def _of_others(texts: Sequence[str], lexicon: Lexicon) -> Tokens:
    """Return the tokens of texts, which are read one by one."""
    number = cache(lexicon.__getitem__)
    numbers: list[int] = []
    spans = [list(spans_of_tokens(text)) for text in texts]
    for text, found in zip(texts, spans, strict=True):
        numbers += [number(text[begin:end]) if begin < end else BREAK for begin, end in found]
    edges = np.fromiter(chain.from_iterable(chain.from_iterable(spans)), np.int32)
    counts = np.array(list(map(len, spans)), np.int32)
    return Tokens(np.array(numbers, np.int32), edges[::2], edges[1::2], counts)


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
        found = self._numbers[at]
        new = np.flatnonzero(found == NO_WORD)
        if len(new):
            first = new[np.unique(digests[new], return_index=True)[1]]
            numbers = [lexicon.number(written(one)) for one in first.tolist()]
            self._learn(digests[first], np.array(numbers, np.int32))
            found = self._numbers[self._places(digests)]
        return found

    def _forget(self, size: int = 1 << 12) -> None:
        self._count, self._size = 0, size
        self._digests = np.zeros(size, np.uint64)
        self._numbers = np.zeros(size, np.int32)

    def _places(self, digests: NDArray[np.uint64]) -> Indexes:
        """Return where each digest stands, or may stand: where its first bits say, or behind."""
        at = (digests >> np.uint64(65 - self._size.bit_length())).astype(np.intp)
        held = self._digests[at]
        left = np.flatnonzero((held != digests) & (held != 0))
        while len(left):
            at[left] = at[left] + 1 & self._size - 1
            held = self._digests[at[left]]
            left = left[(held != digests[left]) & (held != 0)]
        return at

    def _learn(self, digests: NDArray[np.uint64], numbers: Numbers) -> None:
        """Keep the numbers of words not known yet, in a table that stays half empty."""
        if 2 * (self._count + len(digests)) > self._size:
            held = self._digests > 0
            digests = np.append(self._digests[held], digests)
            numbers = np.append(self._numbers[held], numbers)
            self._forget(1 << (2 * len(digests)).bit_length())
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
        self._codes = np.frombuffer(bytearray(codes), np.uint32)
        self._at = np.minimum(self._codes, _SIZE - 1, dtype=np.intp)
        self._kinds = _KINDS[self._at]
        self._kinds[self._edges] = _EDGE
        self._kinds[self._edges[-1] :] = _EDGE
        self.odd = self._with(_ODD)
        """Texts that are not read here."""
        for at in self.odd.tolist():
            inside = slice(self._edges[at] + 1, self._edges[at + 1])
            self._kinds[inside] = self._codes[inside] = 0

    def _with(self, kind: int) -> Indexes:
        """Return the texts that hold a character of this kind."""
        return distinct(np.searchsorted(self._edges, np.flatnonzero(self._is(kind))) - 1)

    def _is(self, kind: int) -> NDArray[np.bool_]:
        """Return by character whether it is of one of these kinds."""
        found: NDArray[np.bool_] = self._kinds & kind != 0
        return found

    def tokens(self, lexicon: Lexicon) -> Tokens:
        """Return the tokens of the texts."""
        ends = np.zeros(len(self._kinds), np.int32)
        signs, sign_ends = self._signs()
        ends[signs] = sign_ends
        words, word_ends = _runs(self._is(_LETTER))
        ends[words] = word_ends
        # What is not plain ends with its text at least.
        lasts = self._edges[self._with(_CAREFUL) + 1]
        ends[lasts] = lasts
        breaks, break_ends = self._breaks()
        ends[breaks] = break_ends
        unread = np.zeros(len(ends), np.bool_)
        for begin, end in self._unread(words, word_ends):
            ends[begin:end] = 0
            ends[begin], unread[begin] = end, True
        begins = np.flatnonzero(ends > 0)
        ends = ends[begins]
        numbers = np.where(self._kinds[begins] & (_SPACE | _EDGE), BREAK, NO_WORD)
        is_word = ~unread[begins] & (numbers == NO_WORD)
        numbers[is_word] = self._numbers(begins[is_word], ends[is_word], lexicon)
        cuts = np.searchsorted(begins, self._edges, "right")
        counts = np.diff(cuts)
        since = np.repeat(self._edges[:-1] + 1, counts)
        columns = (numbers, begins - since, ends - since, counts)
        return Tokens(*(column.astype(np.int32) for column in columns))

    def _signs(self) -> tuple[Indexes, Indexes]:
        """Return where signs that are words begin and end; their marks are no letters any more."""
        signs = np.flatnonzero(self._is(_ALONE))
        bearing = signs[self._codes[signs] != ord("&")]
        if not len(bearing):
            return signs, signs + 1
        begins, ends = _runs(self._is(_MARK))
        # A mark after another's is a sign of some scripts, and bears what comes after it.
        bearing = np.append(bearing, len(self._kinds))[np.searchsorted(bearing, begins - 1)]
        is_borne = bearing < ends
        bearing, ends = bearing[is_borne], ends[is_borne]
        self._kinds[ranges(bearing + 1, ends - bearing - 1)] = _CAREFUL
        signs = np.flatnonzero(self._is(_ALONE))
        sign_ends = signs + 1
        sign_ends[np.searchsorted(signs, bearing)] = ends
        return signs, sign_ends

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
        are_spaces = self._is(_SPACE)
        begins, ends = _runs(are_spaces)
        is_after = self._kinds[begins - 1] & _END > 0
        lines, line_ends = _runs((self._codes == ord("\n")) & are_spaces)
        others = ~is_after[np.searchsorted(begins, lines, "right") - 1]
        lines, line_ends = lines[others], line_ends[others]
        return np.append(begins[is_after], lines), np.append(ends[is_after], line_ends)

    def _unread(self, words: Indexes, ends: Indexes) -> Iterator[tuple[int, int]]:
        """Yield where addresses, handles and markers begin and end, none inside another."""
        colons, dots = self._all(":"), self._all(".")
        colons = colons[self._codes[colons + 1] == ord("/")]
        dots = dots[self._codes[dots - 1] == ord("w")]
        # An address begins with a word that ends there; behind the last word is none.
        at = np.searchsorted(ends, np.concatenate((colons, dots)))
        may_begin = np.concatenate((np.append(words, 0)[at], self._all("@"), self._all("[")))
        since = 0
        for begin in np.sort(may_begin).tolist():
            if begin >= since and (found := _NOTHING(self._texts, begin)):
                since = found.end()
                yield found.span()

    def _all(self, sign: str) -> Indexes:
        """Return where this sign stands."""
        return np.flatnonzero(self._codes == ord(sign))


def _runs(are_meant: NDArray[np.bool_]) -> tuple[Indexes, Indexes]:
    """Return where those that are meant begin to follow each other, and where that ends."""
    edges = np.flatnonzero(are_meant[1:] != are_meant[:-1]) + 1
    return edges[::2], edges[1::2]
