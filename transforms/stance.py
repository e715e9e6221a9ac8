"""How a post speaks of what it is tied to, where it shows: positive, negative or mixed.

Experimental: docs/stance.md says how far that can be trusted, and what is left out.
"""

import re
from bisect import bisect_left
from collections.abc import Container, Iterator
from functools import cache, cached_property
from typing import Any

import numpy as np
from pandas import DataFrame, Series

from transforms.reading import TEXT, TITLE, Reading
from transforms.stance_words import (
    SIDES,
    Heard,
    Language,
    Sentence,
    folded_tokens,
    languages,
)
from transforms.words import Meaning

METHOD_VERSION = "stance-1"

STANCES = (*SIDES, "mixed")
_END = re.compile(r"\s(?:(?<=\n)|(?<=[.!?\u2026]\s))")
"""White space first, so that the search leaps from one to the next."""
_LONGEST = 250
"""Characters of a sentence before and after what is named; of a longer one that much is read."""
_LONGEST_FORMER = 80
"""Characters of a sentence that the next one may go on speaking of."""
_MOST_NAMED = 3
"""Of the sentences that name the same, how many are read."""
_MOST_WORDS_SHOWN = 4


def add_stance(ties: DataFrame, reading: Reading) -> DataFrame:
    """Return ties of these posts with `stance`: positive, negative, mixed, or null: not shown.

    The words that say so are added to the evidence as `stance`. Posts in languages without cues,
    and of no known one, show none.
    """
    keys, evidence = ties["post_key"].tolist(), ties["evidence"].tolist()
    spoken = _spoken(reading, set(keys))
    stances: list[str | None] = [None] * len(ties)
    for row, key in enumerate(keys):
        heard = spoken[key].said_of(evidence[row]) if key in spoken else ()
        if heard:
            sides = {each.side for each in heard}
            stances[row] = "mixed" if len(sides) > 1 else SIDES[sides.pop()]
            words = list(dict.fromkeys(each.words for each in heard))[:_MOST_WORDS_SHOWN]
            evidence[row] = {**evidence[row], "stance": words}
    return ties.assign(
        stance=Series(stances, index=ties.index, dtype="str"),
        evidence=Series(evidence, index=ties.index, dtype="object"),
    )


class _Post:
    """A post's title and text in one line of thought, and what was heard in them so far."""

    def __init__(self, said: str, telling: set[str], of: Language) -> None:
        folded = said.lower()
        self._said, self._of = said, of
        self._told_at = sorted(at for word in telling for at in _places(word, folded))
        self._known: dict[str, tuple[Heard, ...]] = {}
        self._sentences: dict[str, Sentence] = {}

    @cached_property
    def _is_ironic(self) -> bool:
        return self._of.ironic.search(self._said.casefold()) is not None

    def said_of(self, evidence: dict[str, Any]) -> tuple[Heard, ...]:
        """Return what is said of what was found."""
        found = str(evidence.get("found") or "")
        if found not in self._known:
            heard = tuple(self._heard(found))
            self._known[found] = () if heard and self._is_ironic else heard
        return self._known[found]

    def _heard(self, found: str) -> Iterator[Heard]:
        at = self._said.find(found) if found else -1
        for _ in range(_MOST_NAMED):
            if at < 0:
                break
            if not self._tells(max(0, at - _LONGEST), at + len(found) + _LONGEST):
                at = self._said.find(found, at + len(found) + _LONGEST)
                continue
            begin, end = self._begin(at), self._end(at + len(found))
            if self._tells(begin, end):
                yield from self._sentence(begin, end).said_of(folded_tokens(found))
            at = self._said.find(found, end)
            if end - begin <= _LONGEST_FORMER and not 0 <= at < self._end(end + 1):
                yield from self._of_former(end)

    def _of_former(self, at: int) -> list[Heard]:
        """Return what the sentence that begins there says of what was named before it."""
        end = self._end(at + 1)
        return self._sentence(at, end).said_of_former() if self._tells(at, end) else []

    def _sentence(self, begin: int, end: int) -> Sentence:
        text = self._said[begin:end]
        if text not in self._sentences:
            self._sentences[text] = Sentence(text, self._of)
        return self._sentences[text]

    def _tells(self, begin: int, end: int) -> bool:
        at = bisect_left(self._told_at, begin)
        return at < len(self._told_at) and self._told_at[at] < end

    def _begin(self, at: int) -> int:
        since = max(0, at - _LONGEST)
        for end in _END.finditer(self._said, since, at):
            since = end.end()
        return since

    def _end(self, at: int) -> int:
        until = at + _LONGEST
        found = _END.search(self._said, at, until)
        return found.start() if found else min(until, len(self._said))


def _places(word: str, text: str) -> Iterator[int]:
    at = text.find(word)
    while at >= 0:
        yield at
        at = text.find(word, at + len(word))


def _spoken(reading: Reading, keys: Container[str]) -> dict[str, _Post]:
    """Return by key those of the posts that hold a word of a cue of their language."""
    bit = {lang: 1 << at for at, lang in enumerate(languages())}
    asked = zip(reading.keys, reading.langs, strict=True)
    bits = np.array([bit.get(str(lang), 0) if key in keys else 0 for key, lang in asked], np.int32)
    cues = _telling(reading.lexicon, reading.numbers)
    told = np.flatnonzero(cues)
    rows = reading.posts[reading.places[told]]
    is_meant = cues[told] & bits[rows] > 0
    told, rows = told[is_meant], rows[is_meant]
    telling: dict[int, set[str]] = {}
    words, numbers = reading.lexicon.words, reading.numbers[told].tolist()
    for row, number in zip(rows.tolist(), numbers, strict=True):
        telling.setdefault(row, set()).add(words[number])
    said: dict[int, list[str]] = {}
    is_told = np.zeros(len(reading.keys), np.bool_)
    is_told[list(telling)] = True
    is_own = (reading.where == TITLE) | (reading.where == TEXT)
    for place in np.flatnonzero(is_own & is_told[reading.posts]).tolist():
        said.setdefault(int(reading.posts[place]), []).append(reading.texts[place])
    return {
        reading.keys[row]: _Post(
            "\n".join(texts), telling[row], languages()[str(reading.langs[row])]
        )
        for row, texts in said.items()
    }


@cache
def _languages_by_word() -> dict[str, int]:
    """Return by word the languages, as bits, in which it belongs to a cue."""
    bits: dict[str, int] = {}
    for at, of in enumerate(languages().values()):
        for word in of.telling:
            bits[word] = bits.get(word, 0) | 1 << at
    return bits


_telling = Meaning(lambda word: _languages_by_word().get(word, 0))
