"""Near-duplicates: a sketch of what a post says, and whether two posts say the same.

A sketch finds the few posts that may be copies (MinHash, Broder 1997: the share of equal minima is
about the share of words that two posts have in common); `is_copy` looks at their words and decides.
"""

import re
import zlib
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from random import Random
from typing import Final, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from transforms.openings import digests_of, joined
from transforms.ranges import Indexes, distinct, parts
from transforms.reading import REPLIES, TAG, TEXT, Reading, read
from transforms.search import searched, words_in
from transforms.telling import DENIALS, TELLING
from transforms.words import TOO_LONG, Lexicon

FEWEST_WORDS: Final = 8
"""Different words; two posts of fewer are alike by accident."""
_LOOKED_AT: Final = 2 * FEWEST_WORDS
"""Words at the beginning, where most posts have enough different ones."""
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

_dice: Final = Random("goodguest")  # noqa: S311  # the same on every machine
_TURNS: Final = [
    (np.uint32(_dice.getrandbits(32)), np.uint32(_dice.getrandbits(32) | 1)) for _ in range(_MINIMA)
]


class _Words:
    """The words of a lexicon: as numbers of 32 bits, odd when the word is short, and as digests."""

    def __init__(self) -> None:
        self._lexicon: Lexicon | None = None
        self._known: list[Indexes] = []

    def __call__(self, lexicon: Lexicon) -> list[Indexes]:
        """Return of each word of the lexicon its number here, its digest and its length."""
        if lexicon is not self._lexicon:
            self._lexicon = lexicon
            self._known = [np.zeros(0, kind) for kind in (np.uint32, np.uint32, np.int32)]
        words = lexicon.words[len(self._known[0]) :]
        digests, lengths = digests_of(words)
        new = (list(map(_number, words)), digests, lengths)
        self._known = [
            np.concatenate((known, np.array(more, known.dtype)))
            for known, more in zip(self._known, new, strict=True)
        ]
        return self._known


def _number(word: str) -> int:
    number = zlib.crc32(word.encode("utf-8", "surrogatepass"))
    number = (number ^ number >> 16) * 0x9E3779B1 & 0xFFFFFFFE
    return number | (len(word) < _SHORT and word.isascii())


_words: Final = _Words()


class _Said(NamedTuple):
    words: list[str]
    is_cut: bool
    text: str


def sketch(batch: pd.DataFrame, reading: Reading | None = None) -> pd.DataFrame:
    """Return the batch with `sketch` filled, from what its authors say (see `_own_words`).

    A sketch is 72 hexadecimal digits, two for each of 32 minima and eight for how the post begins;
    the first of those eight is 8 or more when the post was cut off. Null for fewer than 8 words.
    `reading` is that of the batch, where it was read already.
    """
    reading = read(batch) if reading is None else reading
    texts = batch["text"].tolist()
    numbers, posts = _own_numbers(reading, batch["kind"].tolist(), texts)
    lengths = np.bincount(posts, minlength=len(texts))
    has_enough = _have_enough(numbers, lengths)
    numbers = numbers[has_enough[posts]]
    rows = np.flatnonzero(has_enough)
    ends = np.cumsum(lengths[rows])
    starts = np.concatenate(([0], ends))
    known, digests, sizes = _words(reading.lexicon)
    begins = numbers[starts[:-1, None] + np.arange(_OPENING)]
    openings = joined(digests[begins], sizes[begins]) & np.uint32(0x7FFFFFFF)
    is_cut = np.array([_is_cut(texts[row]) for row in rows.tolist()], np.uint32)
    found = np.empty((len(rows), _MINIMA + 4), np.uint8)
    found[:, :_MINIMA] = _minima(known[numbers], starts)
    found[:, _MINIMA:] = (openings | is_cut << 31).astype(">u4").view(np.uint8).reshape(-1, 4)
    sketches: list[str | None] = [None] * len(texts)
    digits, width = found.tobytes().hex(), 2 * (_MINIMA + 4)
    for place, row in enumerate(rows.tolist()):
        sketches[row] = digits[place * width : (place + 1) * width]
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
    one_own = {word for word, count in a.items() if count > b.get(word, 0)}
    other_own = {word for word, count in b.items() if count > a.get(word, 0)}
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
    titled = words_in(title)
    begins = titled + (words_in(passed[0]) if passed else 0)
    return found[begins:] if kind in REPLIES else found[:titled] + found[begins:]


def _own_numbers(
    reading: Reading, kinds: Sequence[str], texts: Sequence[str]
) -> tuple[Indexes, Indexes]:
    """Return what `_own_words` does, of all posts: words as numbers, and of each its post."""
    where = reading.where[reading.places]
    is_said = (where != TAG) & (reading.numbers != reading.lexicon[TOO_LONG])
    numbers, where = reading.numbers[is_said], where[is_said]
    posts = reading.posts[reading.places][is_said]
    lengths = np.bincount(posts, minlength=len(texts))
    titled = np.bincount(posts[where != TEXT], minlength=len(texts))
    passed = np.zeros(len(texts), np.int64)
    for row, text in enumerate(texts):
        if match := _PASSED_ON.match(text):
            passed[row] = words_in(match[0])
    is_titled = np.array([kind in REPLIES for kind in kinds], np.bool_)
    begins, ends = np.where(is_titled, 0, titled)[posts], (titled + passed)[posts]
    at = np.arange(len(posts)) - (np.cumsum(lengths) - lengths)[posts]
    is_own = ((at < begins) | (at >= ends)) & (at < _MOST_WORDS)
    return numbers[is_own], posts[is_own]


def _have_enough(numbers: Indexes, lengths: Indexes) -> NDArray[np.bool_]:
    """Return of each text, by its length, whether it has enough different words."""
    starts = np.cumsum(lengths) - lengths
    rows = np.flatnonzero(lengths >= FEWEST_WORDS)
    at = np.minimum(np.arange(_LOOKED_AT), lengths[rows, None] - 1)
    begins = np.sort(numbers[starts[rows, None] + at])
    different = 1 + np.count_nonzero(np.diff(begins), axis=1)
    has_enough = np.zeros(len(lengths), np.bool_)
    has_enough[rows] = different >= FEWEST_WORDS
    for row in rows[(different < FEWEST_WORDS) & (lengths[rows] > _LOOKED_AT)].tolist():
        own = numbers[starts[row] : starts[row] + lengths[row]]
        has_enough[row] = len(distinct(own)) >= FEWEST_WORDS
    return has_enough


def _is_cut(text: str) -> bool:
    looks_so = "…" in text or "..." in text
    return looks_so and _CUT_OFF.search(text[-_CUT_WITHIN:]) is not None


def _minima(numbers: NDArray[np.uint32], starts: Indexes) -> NDArray[np.uint8]:
    """Return the minima of each post, none of which is without words."""
    minima = np.empty((len(starts) - 1, _MINIMA), np.uint8)
    for first, last in parts(starts, _SLICE):
        some = numbers[starts[first] : starts[last]]
        # A short word is the least one only where no longer one is in the lower half.
        light = some << np.uint32(31)
        turned = np.empty_like(some)
        for place, (other, factor) in enumerate(_TURNS):
            np.bitwise_xor(some, other, out=turned)
            turned *= factor
            turned |= light
            least = np.minimum.reduceat(turned, starts[first:last] - starts[first])
            minima[first:last, place] = least ^ least >> np.uint32(9)
    return minima


@lru_cache(maxsize=1 << 8)
def _said(kind: str, title: str | None, text: str) -> _Said:
    titled = f"{title or ''}\n{text}"
    words = _own_words(kind, title or "", text, searched(titled))
    return _Said(words, _is_cut(text), text if kind in REPLIES else titled)


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
