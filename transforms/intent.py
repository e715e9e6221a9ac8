"""What the author of a post does with it, where it is plain: asks or praises.

A post collects points for each from words and phrases that stand in `intent_cues.yaml`.
docs/intent.md says how far that can be trusted, and what is left out.
"""

import re
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

import msgspec.yaml
import numpy as np
import pandas as pd

from transforms.reading import REPLIES, Reading, read
from transforms.search import searched, words_in
from transforms.words import TOO_LONG, Meaning

LEAST = {"question": 3, "praise": 3}
"""Points a kind needs to be given."""
_OPENING_A_THREAD = {"question": 2, "praise": 5}
"""The same in a post with a title of its own: there people ask, and tell stories."""
_LEAD = 1
"""Points it needs more than the other."""
_WORDS_A_POINT = {"question": 60, "praise": 12}
"""A long post meets cues by chance: for each so many words beyond as many it needs a point more."""
_MOST_WORDS = 300
"""What comes after so many is not read."""
_CUES = Path(__file__).with_name("intent_cues.yaml")
_KINDS = tuple(LEAST)
_LEAST_OF_ALL = min(_OPENING_A_THREAD.values())
_QUESTION = _KINDS.index("question")
_SILENT = ("article", "photo")
"""Kinds of posts that tell or show something to everybody."""
_REPEATS, _QUOTES = "RT @", "[quote"
"""What stands before another's words."""
# In an address or before a quotation ends, a question mark asks nothing; with "!" it is a cry.
_END = re.compile(r"\?(?<![?!]\?)\?*+(?![\w!=&%/#+\"\u201d\u2019\u00bb'-])")
_BEGINS_AFTER = ".!?\n\u2026\u00bf"
_CLAUSES = re.compile(r"[,:;\u2013\u2014()]+")
_LONGEST_QUESTION = 200
_LONGEST_REST = 100
_MOST_WORDS_AFTER = 8
"""Of thanks and tags; after more, the question was a manner of speaking."""
_OPENING = 40
"""Characters of a clause in which the words stand that open it."""
_FEWEST_WORDS = 3
_OPENING_POINTS = {"opens": 2, "asks": 3}


class _Language(NamedTuple):
    """What tells intents in a language.

    `cues` leads from word to word to the number of a cue, under the empty word; `gives` says which
    kinds get how many points from it. `opens` says how many what opens a question gives.
    """

    cues: dict[str, Any]
    gives: list[list[tuple[int, int]]]
    opens: dict[tuple[str, ...], int]
    before: frozenset[str]


def classify_intent(batch: pd.DataFrame, reading: Reading | None = None) -> pd.DataFrame:
    """Return the batch with `intent` filled; null where it is not plain.

    Reads `kind, title, text, words, lang`. A thread's title says nothing of its replies. Articles,
    photographs, posts in a language without cues, and of no known one, stay without. `reading` is
    that of the batch, where it was read already.
    """
    languages = _languages()
    may_hear = _first_look()(read(batch) if reading is None else reading)
    columns = (batch[name].tolist() for name in ("kind", "title", "text", "words", "lang"))
    intents = [
        _intent(kind, title, text, words, languages[lang], may_hear=may_hear_any)
        if lang in languages and kind not in _SILENT
        else None
        for kind, title, text, words, lang, may_hear_any in zip(*columns, may_hear, strict=True)
    ]
    return batch.assign(intent=pd.Series(intents, index=batch.index, dtype="str"))


class _FirstLook:
    """Tells cheaply in which posts a cue of any language may stand: in few."""

    def __init__(self, cues: Iterable[dict[str, Any]]) -> None:
        # What is too long for a word stands not in `words`, so it parts no cue.
        self._alone, self._firsts, self._seconds = {TOO_LONG}, dict[str, int](), dict[str, int]()
        pairs = []
        for first, below in chain.from_iterable(each.items() for each in cues):
            for second in below:
                if second:
                    begin = self._firsts.setdefault(first, len(self._firsts) + 1)
                    pairs.append((begin, self._seconds.setdefault(second, len(self._seconds) + 1)))
                else:
                    self._alone.add(first)
        self._is_pair = np.zeros((len(self._firsts) + 1, len(self._seconds) + 1), np.bool_)
        self._is_pair[tuple(np.transpose(pairs))] = True
        self._meaning = Meaning(self._of)

    def _of(self, word: str) -> int:
        begins, goes_on = self._firsts.get(word, 0), self._seconds.get(word, 0)
        return goes_on << 16 | begins << 1 | (word in self._alone)

    def __call__(self, reading: Reading) -> list[bool]:
        """Return by post whether a word of it is a cue, or two in a row are as in one."""
        meanings = self._meaning(reading.lexicon, reading.numbers)
        is_cue = (meanings & 1).astype(np.bool_)
        is_cue[:-1] |= self._is_pair[meanings[:-1] >> 1 & 0x7FFF, meanings[1:] >> 16]
        found = np.zeros(len(reading.keys), np.bool_)
        found[reading.posts[reading.places[is_cue]]] = True
        return found.tolist()


def _intent(
    kind: str, title: Any, text: str, words: str, language: _Language, *, may_hear: bool
) -> str | None:
    head, least = title if isinstance(title, str) else "", LEAST
    its_thread = head if kind in REPLIES else ""
    if its_thread:
        head = ""
    elif head:
        least = _OPENING_A_THREAD
    asks = "?" in text or "?" in head
    asked = max(_asked(head, language), _asked(text, language)) if asks else 0
    if not may_hear and asked < _LEAST_OF_ALL:
        return None
    if _REPEATS in text or _QUOTES in text:
        return None
    said = words.split(" ", _MOST_WORDS)[:_MOST_WORDS]
    if its_thread:
        said = said[words_in(its_thread) :]
    points = _points(said, language) if may_hear else [0] * len(_KINDS)
    points[_QUESTION] += asked
    if max(points) < _LEAST_OF_ALL:
        return None
    best, second = sorted(points, reverse=True)[:2]
    found = _KINDS[points.index(best)]
    needed = least[found] + max(0, len(said) / _WORDS_A_POINT[found] - 1)
    return found if best >= needed and best >= second + _LEAD else None


def _points(said: list[str], language: _Language) -> list[int]:
    """Return the points of each kind; a cue is heard once, and faint ones count together as one."""
    heard, length, cues = set(), len(said), language.cues
    for begin in [at for at, word in enumerate(said) if word in cues]:
        node, end = cues[said[begin]], begin + 1
        while node is not None:
            if "" in node:
                heard.add(node[""])
            node = node.get(said[end]) if end < length else None
            end += 1
    points = [0] * len(_KINDS)
    if not heard:
        return points
    faint = set()
    for cue in heard:
        for kind, given in language.gives[cue]:
            if given == 1:
                faint.add(kind)
            else:
                points[kind] += given
    for kind in faint:
        points[kind] += 1
    return points


def _asked(text: str, language: _Language) -> int:
    """Return the points of the question a text ends with: 3 for one by its opening, 0 for none."""
    last = text.rfind("?")
    if last < 0 or text[last + 1 : last + 2].isalnum():  # most often in an address
        return 0
    rest = text[last + 1 : last + 1 + _LONGEST_REST]
    is_end = len(text) - last <= _LONGEST_REST and len(rest.split()) <= _MOST_WORDS_AFTER
    if not is_end or "/" in rest:
        return 0
    begin = max(0, last - _LONGEST_QUESTION)
    mark = next((found for found in _END.finditer(text, begin) if found.end() > last), None)
    if mark is None:
        return 0
    before = text[begin : mark.start()]
    asked = before[max(map(before.rfind, _BEGINS_AFTER)) + 1 :]
    return _points_of_question(asked, language)


def _points_of_question(asked: str, language: _Language) -> int:
    if len(asked.split(None, _FEWEST_WORDS)) < _FEWEST_WORDS:
        return 0
    return max(_points_of_opening(clause, language) for clause in _CLAUSES.split(asked))


def _points_of_opening(clause: str, language: _Language) -> int:
    """Return 3 or 2 where it begins as questions do, after at most one word such as "and"."""
    words = searched(clause[:_OPENING]).split()
    if len(words) < _FEWEST_WORDS:
        return 1
    skipped = words[0] in language.before
    heads = (tuple(words[skipped:end]) for end in range(skipped + 1, skipped + 4))
    return max(language.opens.get(head, 1) for head in heads)


@cache
def _first_look() -> _FirstLook:
    return _FirstLook(language.cues for language in _languages().values())


@cache
def _languages() -> dict[str, _Language]:
    told = msgspec.yaml.decode(_CUES.read_bytes())
    return {lang: _language(lists) for lang, lists in told.items()}


def _language(lists: dict[str, Any]) -> _Language:
    trie: dict[str, Any] = {}
    gives: list[list[tuple[int, int]]] = []
    for kind, points, phrase in _said(lists):
        node = trie
        for word in searched(phrase).split():
            node = node.setdefault(word, {})
        if "" not in node:
            node[""] = len(gives)
            gives.append([])
        gives[node[""]].append((kind, points))
    opens = {
        tuple(searched(phrase).split()): points
        for name, points in _OPENING_POINTS.items()
        for phrase in lists[name]
    }
    return _Language(trie, gives, opens, frozenset(map(searched, lists["before"])))


def _said(lists: dict[str, Any]) -> Iterator[tuple[int, int, str]]:
    for number, kind in enumerate(_KINDS):
        for points, phrases in lists[kind].items():
            yield from ((number, points, phrase) for phrase in phrases)
