"""What tells in a sentence how its author speaks of something named there: see stance_cues.yaml."""

import re
import unicodedata
from collections.abc import Container, Iterator, Sequence
from functools import cache
from itertools import takewhile
from pathlib import Path
from typing import Any, NamedTuple

import msgspec.yaml

SIDES = ("positive", "negative")
POSITIVE, NEGATIVE = range(2)
_CUES = Path(__file__).with_name("stance_cues.yaml")
_TOKEN = re.compile(r"[^\W_]+|[^\w\s'\u2019]")
_MOST_TOKENS = 60
"""A longer sentence says too much to tell what of."""
_QUOTES = frozenset('"\u201c\u201d\u201e\u00ab\u00bb')
_MOST_OF_PLACE = 4
"""Words of a place or time between what is named and what is said of it."""
_BEFORE_NOT = 3
_IS, _DOES, _TOWARD, _SILENT, _UNSAID = "is", "does", "toward", "silent", "unsaid"


class Language(NamedTuple):
    """The lists of a language, as stance_cues.yaml explains them; `cues` is a trie of words."""

    cues: dict[str, Any]
    telling: frozenset[str]
    """A word of each cue, its longest: without one of them a post has no cue."""
    links: frozenset[str]
    loose: frozenset[str]
    parts: frozenset[str]
    at: frozenset[str]
    refers: frozenset[str]
    own: frozenset[str]
    ends: frozenset[str]
    not_: frozenset[str]
    instead: frozenset[str]
    turns: frozenset[str]
    ironic: re.Pattern[str]


class Cue(NamedTuple):
    """Words that say something of one side, from token `start` up to, not including, `end`."""

    start: int
    end: int
    side: int
    how: str


class Heard(NamedTuple):
    """What is said, by its side, and in which words."""

    side: int
    words: str


class Sentence:
    """A sentence in one language, its words folded, with the cues in it."""

    def __init__(self, text: str, of: Language) -> None:
        self.of = of
        self._between = (of.loose, of.links, of.not_)
        self.tokens = folded_tokens(text)
        self.cues: list[Cue] = []
        if len(self.tokens) <= _MOST_TOKENS and not text.rstrip().endswith("?"):
            self._read()

    def _read(self) -> None:
        if self.of.telling.isdisjoint(self.tokens) or not _QUOTES.isdisjoint(self.tokens):
            return
        found = list(_phrases(self.tokens, self.of.cues))
        if not any(cue.how == _UNSAID for cue in found):
            self.cues = [cue for cue in found if cue.how != _SILENT]

    def said_of(self, named: Sequence[str]) -> list[Heard]:
        """Return what is said of what is named with these words; nothing when that is unsure."""
        ends = range(len(named), len(self.tokens) + 1 if self.cues else 0)
        starts = [end - len(named) for end in ends if self.tokens[end - len(named) : end] == named]
        heard: list[Heard] = []
        for start in starts[:2]:
            heard += self._said_at(start, start + len(named))
        return heard

    def _said_at(self, start: int, end: int) -> list[Heard]:
        cues = [cue for cue in self.cues if cue.end <= start or cue.start >= end]
        is_denied = start > 0 and self.tokens[start - 1] in self.of.not_
        if len(cues) < len(self.cues) or is_denied:
            return []
        applied = [cue for cue in cues if self._applies(cue, start, end)]
        heard = [h for cue in applied if (h := self._heard(cue))]
        sides = {h.side for h in heard}
        for cue in cues if heard else ():
            other = None if cue in applied else self._heard(cue)
            if other is None or cue.end <= start:
                continue
            if self._refers(cue, self._clause(cue.start)):
                heard.append(other)
            elif other.side not in sides and self._turns(end, cue.start):
                return []
        return heard

    def said_of_former(self) -> list[Heard]:
        """Return what is said of what the sentence before named: "It is brilliant.", "Love it!"."""
        cues = [cue for cue in self.cues if self._refers(cue, self._clause(cue.start))]
        first = cues[:1] if cues and self._clause(cues[0].start) == 0 else []
        return [heard for cue in first if (heard := self._heard(cue))]

    def _applies(self, cue: Cue, start: int, end: int) -> bool:
        is_toward = cue.how == _TOWARD
        if cue.end > start:
            return not is_toward and self._follows(end, cue)
        if cue.how in (_IS, _DOES) or (is_toward and not self._is_own(cue.start)):
            return False
        return self._leads(self.tokens[cue.end : start], is_toward)

    def _is_own(self, at: int) -> bool:
        """Return whether nobody else is said to think so: "my brother hates it" is his opinion."""
        of = self.of
        for word in reversed(self.tokens[:at]):
            if word in of.own or not word.isalnum():
                return True
            if not _in_any(word, self._between):
                return False
        return True

    def _leads(self, gap: list[str], is_toward: bool) -> bool:
        """Return whether nothing else stands between a cue and what is named after it."""
        of, has_part = self.of, is_toward and not (gap and gap[0] in self.of.at)
        for word in gap:
            if word in of.parts:
                has_part = True
            elif word in of.own or not (word in of.loose or (word in of.at and has_part)):
                return False
        return True

    def _follows(self, end: int, cue: Cue) -> bool:
        """Return whether nothing else stands between what is named and a cue after it."""
        of, at = self.of, end
        while at < cue.start and self.tokens[at] in of.parts:
            at += 1
        if at < cue.start and self.tokens[at] in of.at and self.tokens[at] not in of.links:
            reach = range(at + 1, min(cue.start, at + _MOST_OF_PLACE + 2))
            at = next((n for n in reach if self.tokens[n] in of.links), cue.start + 1)
        if at > cue.start:
            return False
        gap = self._bare(at, cue.start)
        known = (of.loose, of.links, of.parts)
        if not all(word in ":,\u2013\u2014" or _in_any(word, known) for word in gap):
            return False
        is_linked = cue.how == _DOES or (
            all(map(str.isalnum, gap)) and any(word in of.links for word in gap)
        )
        return is_linked or (cue.how != _IS and self._closes(cue.end))

    def _bare(self, start: int, end: int) -> list[str]:
        """Return the tokens that are in no cue."""
        inside = {at for cue in self.cues for at in range(cue.start, cue.end)}
        return [self.tokens[at] for at in range(start, end) if at not in inside]

    def _refers(self, cue: Cue, clause: int) -> bool:
        """Return whether a clause that names nothing of its own says this of what was named."""
        of = self.of
        known = (of.loose, of.links, of.parts, of.refers)
        if not all(_in_any(w, known) for w in self._bare(clause, cue.start)):
            return False
        after = self.tokens[cue.end] if cue.end < len(self.tokens) else "."
        if cue.how == _DOES or after in of.instead:
            return cue.how == _DOES
        if cue.how == _TOWARD:
            return after in of.refers or not after.isalnum()
        return self._closes(cue.end)

    def _closes(self, end: int) -> bool:
        """Return whether no further noun follows that the words could be said of instead."""
        of = self.of
        begins = {cue.start: cue.end for cue in self.cues}
        at = end
        while at < len(self.tokens):
            word = self.tokens[at]
            if word == "-":
                return False
            if not word.isalnum() or word in of.parts or word in of.ends or word in of.turns:
                return True
            if at not in begins and word not in of.loose:
                return False
            at = begins.get(at, at + 1)
        return True

    def _clause(self, at: int) -> int:
        """Return where the clause begins in which a token stands."""
        while at and self.tokens[at - 1].isalnum() and self.tokens[at - 1] not in self.of.turns:
            at -= 1
        return at

    def _turns(self, start: int, end: int) -> bool:
        return any(word in self.of.turns for word in self.tokens[start:end])

    def _heard(self, cue: Cue) -> Heard | None:
        """Return what a cue says where a negation may turn it round; what is not bad says none."""
        words = " ".join(self.tokens[cue.start : cue.end])
        before = self.tokens[max(self._clause(cue.start), cue.start - _BEFORE_NOT) : cue.start]
        near = takewhile(lambda word: _in_any(word, self._between), reversed(before))
        if not any(word in self.of.not_ for word in near):
            return Heard(cue.side, words)
        return Heard(NEGATIVE, f"not {words}") if cue.side == POSITIVE else None


def folded_tokens(text: str) -> list[str]:
    """Return the words and the marks of a text, folded; apostrophes end words."""
    return _TOKEN.findall(unicodedata.normalize("NFKC", text).casefold())


@cache
def languages() -> dict[str, Language]:
    """Return what stance_cues.yaml says of each language."""
    told = msgspec.yaml.decode(_CUES.read_bytes())
    return {lang: _language(lists) for lang, lists in told.items()}


def _language(lists: dict[str, Any]) -> Language:
    trie: dict[str, Any] = {}
    telling = set()
    names = ("links", "loose", "parts", "at", "refers", "own", "ends", "not", "instead", "turns")
    common = frozenset().union(*(lists[name] for name in names))
    for how, side, phrase in _told(lists):
        words = folded_tokens(phrase)
        node = trie
        for word in words:
            node = node.setdefault(word, {})
        node[""] = (side, how)
        if how not in (_SILENT, _UNSAID):
            telling.add(max(reversed(words), key=lambda word: (word not in common, len(word))))
    sets = {name: frozenset(lists[name]) for name in names}
    return Language(
        cues=trie,
        telling=frozenset(telling),
        not_=sets.pop("not"),
        **sets,
        ironic=re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, lists['ironic']))})(?!\w)"),
    )


def _told(lists: dict[str, Any]) -> Iterator[tuple[str, int, str]]:
    for side, name in enumerate(SIDES):
        for how, phrases in lists[name].items():
            yield from ((how, side, phrase) for phrase in phrases)
    for how in (_SILENT, _UNSAID):
        yield from ((how, POSITIVE, phrase) for phrase in lists[how])


def _phrases(tokens: Sequence[str], trie: dict[str, Any]) -> Iterator[Cue]:
    """Yield the phrases of the trie in the tokens, the longest first where several begin."""
    at = 0
    while at < len(tokens):
        node, end, found = trie.get(tokens[at]), at + 1, None
        while node is not None:
            if "" in node:
                found = Cue(at, end, *node[""])
            node = node.get(tokens[end]) if end < len(tokens) else None
            end += 1
        if found:
            yield found
        at = found.end if found else at + 1


def _in_any(word: str, lists: Sequence[Container[str]]) -> bool:
    return any(word in words for words in lists)
