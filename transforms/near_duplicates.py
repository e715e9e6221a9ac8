"""Near-duplicates: a sketch of what a post says, and whether two posts say the same.

A sketch finds the few posts that may be copies (MinHash, Broder 1997: the share of equal minima is
about the share of words that two posts have in common); `is_copy` looks at their words and decides.
"""

import re
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import chain
from random import Random
from typing import Final, NamedTuple

import numpy as np
import pandas as pd

from transforms.search import searched
from transforms.telling import DENIALS, TELLING

FEWEST_WORDS: Final = 8
"""Different words; two posts of fewer are alike by accident."""
_FEWEST_TO_REPLACE: Final = 12
"""Different words; in a shorter post another word makes another message."""
_MOST_WORDS: Final = 1_000
_MINIMA: Final = 32
_OPENING: Final = 8
"""Words at the beginning, to find what was cut off at its end."""
_SLICE: Final = 1 << 15
"""Words at a time, so that they stay in the processor's cache."""
_SHORT: Final = 4
"""Letters: words of fewer say little, in every language that has letters."""
_THREAD_TITLED: Final = frozenset({"comment", "reply"})

_PASSED_ON: Final = re.compile(
    r"(?:\s*(?:(?:rt|mt)\s+(?:@\S{1,100}?|\[handle\])(?::|(?=\s))"
    r"|(?:rt|mt|fwd?|via|repost(?:ed)?|cross-?post(?:ed)?)\b[^:\n]{0,60}:)){1,3}",
    re.IGNORECASE,
)
_CUT_OFF: Final = re.compile(r"(?:…|\.\.\.)[\])]?\s*(?:https?://\S+\s*){0,3}\Z")
_CUT_WITHIN: Final = 300
_STEP: Final = re.compile(r"[.!?:…\n]|[^\W\d_]\w*")
_MARKS: Final = frozenset(".!?:…\n")
_LETTER_WORDS: Final = frozenset("AIO")
_MOST_DENIED: Final = 4
"""Words: where so few make the difference, a "not" among them is what the post is about."""

Text = tuple[str, str | None, str]
"""Kind, title and text of a post."""

_READ: Final = ("kind", "title", "text", "words")
_dice: Final = Random("goodguest")  # noqa: S311  # the same on every machine
_TURNS: Final = [
    (np.uint32(_dice.getrandbits(32)), np.uint32(_dice.getrandbits(32) | 1)) for _ in range(_MINIMA)
]


class _Numbers(dict[str, int]):
    """A number of 32 bits for each word, odd when the word is short; the last many are kept."""

    def __missing__(self, word: str) -> int:
        if len(self) >= 1 << 17:
            self.clear()
        number = zlib.crc32(word.encode("utf-8", "surrogatepass"))
        number = (number ^ number >> 16) * 0x9E3779B1 & 0xFFFFFFFE
        number |= len(word) < _SHORT and word.isascii()
        self[word] = number
        return number


_NUMBERS: Final = _Numbers()


class _Said(NamedTuple):
    words: list[str]
    is_cut: bool
    text: str


def sketch(batch: pd.DataFrame) -> pd.DataFrame:
    """Return the batch with `sketch` filled, from `words` and what they were made of.

    A sketch is 72 hexadecimal digits, two for each of 32 minima and eight for how the post begins;
    the first of those eight is 8 or more when the post was cut off. Null for fewer than 8 words.
    """
    kinds, titles, texts, found = (batch[name].tolist() for name in _READ)
    rows: list[int] = []
    posts: list[list[str]] = []
    for row, (kind, title, text, words) in enumerate(zip(kinds, titles, texts, found, strict=True)):
        own = _own_words(kind, title if isinstance(title, str) else "", text, words)
        if len(own) >= FEWEST_WORDS and len(set(own)) >= FEWEST_WORDS:
            rows.append(row)
            posts.append(own)
    sketches: list[str | None] = [None] * len(texts)
    for row, own, least in zip(rows, posts, _minima(posts), strict=True):
        sketches[row] = least + _opening(own, texts[row])
    return batch.assign(sketch=pd.Series(sketches, index=batch.index, dtype="str"))


def is_copy(one: Text, other: Text) -> bool:
    """Return whether two posts say the same, as far as their words tell.

    Three quarters of the words of the longer have to stand in the other; of one that ends in "…"
    no more is asked than it shows. They are not copies when each has a number, a day, a name or one
    of two opposites that the other has not (a notice for another place or time), when a few words
    with a "not" among them make the difference, nor when each of two short ones has a word of its
    own; in a script without capitals any word may be a name.
    """
    first, second = _said(*one), _said(*other)
    first, second = _as_far(first, second), _as_far(second, first)
    a, b = Counter(first.words), Counter(second.words)
    longer, shared = max(len(a), len(b)), len(a.keys() & b.keys())
    if min(len(a), len(b)) < FEWEST_WORDS or 4 * shared < 3 * longer:
        return False
    # Counted, because what one says in another place may stand somewhere in both.
    one_own, other_own = set(a - b), set(b - a)
    own = one_own | other_own
    if len(own) <= _MOST_DENIED and not DENIALS.isdisjoint(own):
        return False
    if not one_own or not other_own:
        return True
    if longer < _FEWEST_TO_REPLACE:
        return False
    return not (_tells(first.text, one_own) and _tells(second.text, other_own))


def _own_words(kind: str, title: str, text: str, words: str) -> list[str]:
    """Return what its author says: not the title of a thread, nor whom a post was passed on from.

    `words` are those of title and text.
    """
    found = words.split(" ", _MOST_WORDS)[:_MOST_WORDS]
    passed = _PASSED_ON.match(text)
    if not (title or passed):
        return found
    titled = _count(title)
    begins = titled + (len(searched(passed[0]).split()) if passed else 0)
    return found[begins:] if kind in _THREAD_TITLED else found[:titled] + found[begins:]


@lru_cache(maxsize=1 << 10)
def _count(title: str) -> int:
    return len(searched(title).split())


def _is_cut(text: str) -> bool:
    end = text[-_CUT_WITHIN:]
    return ("…" in end or "..." in end) and _CUT_OFF.search(end) is not None


def _opening(words: list[str], text: str) -> str:
    digest = zlib.crc32(" ".join(words[:_OPENING]).encode("utf-8", "surrogatepass"))
    return f"{digest & 0x7FFFFFFF | _is_cut(text) << 31:08x}"


def _minima(posts: Sequence[list[str]]) -> Iterator[str]:
    """Yield 64 hexadecimal digits of each post, none of which is without words."""
    for some in _slices(posts):
        ends = np.cumsum([len(words) for words in some])
        numbers = np.fromiter(
            map(_NUMBERS.__getitem__, chain.from_iterable(some)), np.uint32, count=int(ends[-1])
        )
        # A short word is the least one only where no longer one is in the lower half.
        light = numbers << np.uint32(31)
        minima = np.empty((len(some), _MINIMA), np.uint8)
        starts = np.concatenate(([0], ends[:-1]))
        turned = np.empty_like(numbers)
        for place, (other, factor) in enumerate(_TURNS):
            np.bitwise_xor(numbers, other, out=turned)
            turned *= factor
            turned |= light
            least = np.minimum.reduceat(turned, starts)
            minima[:, place] = least ^ least >> np.uint32(9)
        digits = minima.tobytes().hex()
        width = 2 * _MINIMA
        yield from (digits[at : at + width] for at in range(0, len(digits), width))


def _slices(posts: Iterable[list[str]]) -> Iterator[list[list[str]]]:
    some: list[list[str]] = []
    room = _SLICE
    for words in posts:
        some.append(words)
        room -= len(words)
        if room <= 0:
            yield some
            some, room = [], _SLICE
    if some:
        yield some


@lru_cache(maxsize=1 << 12)
def _said(kind: str, title: str | None, text: str) -> _Said:
    titled = f"{title or ''}\n{text}"
    words = _own_words(kind, title or "", text, searched(titled))
    return _Said(words, _is_cut(text), text if kind in _THREAD_TITLED else titled)


def _as_far(said: _Said, other: _Said) -> _Said:
    """Return as much of it as the other shows, and of itself what is whole where it was cut off."""
    length = len(said.words)
    if other.is_cut and len(other.words) < length:
        return said._replace(words=said.words[: len(other.words) - 1])
    if said.is_cut and length < len(other.words):
        return said._replace(words=said.words[: length - 1])
    return said


def _tells(text: str, words: set[str]) -> bool:
    """Return whether one of these words of the text is a number, a day, an opposite or a name."""
    if not TELLING.isdisjoint(words) or any(any(map(str.isdigit, word)) for word in words):
        return True
    names, large, small, begins = set(), 0, 0, True
    for step in _STEP.findall(text):
        if step in _MARKS:
            begins = True
            continue
        if step[0].islower() or step in _LETTER_WORDS:
            small += not begins
        else:
            names.add(step.casefold())
            large += not begins
        begins = False
    # Where most words have a capital, or none can have one, any of them may be a name.
    return large > small or not names.isdisjoint(words)
