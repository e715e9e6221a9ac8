"""What stands around the names of register rows in posts, and what it says of them."""

import re
from collections.abc import Iterator, Sequence
from functools import cached_property, lru_cache
from typing import NamedTuple

import numpy as np

from transforms.embedding import static
from transforms.entity_forms import content_words, place_words
from transforms.entity_hits import Hit
from transforms.entity_names import EntityMatcher, Name, Row
from transforms.entity_words import (
    ARTICLES,
    COMPOUNDS,
    NAMING,
    NO_PLACES,
    SAME_WORDS,
    STREETS,
    WITHIN,
)
from transforms.reading import Reading
from transforms.words import spaced_tag

BESIDE = "beside"
"""Where a place is told: right behind the name."""
_AROUND = 80
_ENDS = ".!?:\n…|"
_TITLE_CASE = 0.75
_LONGEST_PLACE = 4
_LONGEST_LOOKED_UP = 8
"""Words of a place by which one of many namesakes is found."""
_BEHIND = re.compile(r"(?:,|,? \(?(?P<within>\w+)) (?:the )?(?=\w)")
_NEXT = re.compile(r" (?!I\b)(\S+)")
"""The next word; "I" always has a capital."""
_ALONE = re.compile(r"\w+(?:$|[,.:;!?)\n]| (?:is|was|are|were|has|had|will|have)\b)")
_OF = re.compile(r" of (?:the )?(?=[^\W\d_])")
_IN = re.compile(r" (?:in|at) (?:the )?(?=[^\W\d_])")
_SENTENCE = re.compile(r"[.!?;\n…]")
_COMMON = 5500
"""So many words are more frequent than what needs more than a doubtful capital to be a name."""
_WORD = re.compile(r"\w+")
_SIZES = {1: ("one word",), 2: ("two words",)}
_MOST_READ = 400
"""Characters of what is around a post in which a place is looked for."""


class Behind(NamedTuple):
    """Folded words behind a name, and whether they look like the name of a place."""

    words: str
    is_place: bool


class _Case(NamedTuple):
    """How a place of a post is written: all in capitals; so that a capital tells something."""

    is_shouted: bool
    tells: bool


class Context:
    """A batch of posts as what stands around names."""

    def __init__(self, reading: Reading, matcher: EntityMatcher) -> None:
        self._reading, self._matcher = reading, matcher
        self._cases: dict[int, _Case] = {}
        self._said: dict[int, str] = {}
        self._places: dict[tuple[str, str], list[str]] = {}

    def features(self, hit: Hit, name: Name) -> list[str]:
        """Return what makes it more or less sure that the name is meant: keys of its WEIGHTS."""
        folded = self._reading.folded(hit.start, hit.end)
        is_unlike_words = name.form == "glued" or name.field == "acronym"
        size = 0 if is_unlike_words else _size(folded)
        found = [name.field, name.form, *_SIZES.get(size, ())]
        if hit.where == "tag":
            found.append("tag")
        else:
            found += self._letters(hit, name, folded if size else [])
        return found

    def _letters(self, hit: Hit, name: Name, folded: Sequence[str]) -> list[str]:
        """Return what small and capital letters say, in the name and beside it.

        `folded` are the words of a name, not those of what looks unlike words.
        """
        found = []
        begin, end = hit.span
        before = hit.text[max(0, begin - _AROUND) : begin]
        after = hit.text[end : end + _AROUND]
        starts = not before.strip() or before.rstrip("\"'“‘«( -")[-1:] in _ENDS
        is_small = hit.found.islower() and hit.found not in name.value
        if is_small:
            found += ["small", f"small {name.field}"]
        is_one = bool(folded) and content_words(folded) == 1
        is_first = starts and hit.found[:1].isupper()
        is_doubtful = is_one and (
            (is_first and len(folded) == 1) or self._case(hit.place).is_shouted
        )
        if is_doubtful:
            found.append("doubtful capital")
        is_after_the = is_one and is_first and hit.found.rpartition(" ")[2][:1].isupper()
        if (is_small or is_doubtful or is_after_the) and _are_common(folded):
            found.append("common word" if is_one else "common words")
        met = _NEXT.match(after)
        following = met[1].strip(".,:;!?)") if met else ""
        if following in STREETS:
            found.append("a street")
        last = "" if starts or before[-1:] != " " else before.rstrip(" ").rpartition(" ")[2]
        if self._goes_on(hit, following):
            found.append("goes on")
        is_compound = (hit.found.lower().rpartition(" ")[2], following) in COMPOUNDS
        if is_compound or (name.field == "acronym" and self._is_part_of_a_name(hit, before)):
            found.append("part of a name")
        elif self._goes_on(hit, last):
            found.append("follows a capital")
        return found

    def _goes_on(self, hit: Hit, word: str) -> bool:
        """Return whether this word beside a name seems to be a part of a longer one."""
        is_shout = word.isupper() and hit.found.isupper()
        return word[:1].isupper() and not is_shout and self._case(hit.place).tells

    def _is_part_of_a_name(self, hit: Hit, before: str) -> bool:
        """Return whether the word in front makes an acronym another's: the Royal SPCC."""
        rest, _, word = before.rpartition(" ")[0].rpartition(" ")
        if before[-1:] != " " or not word[:1].isupper() or not word.isalpha() or word.isupper():
            return False
        folded = word.casefold()
        starts = not rest.strip() or rest.rstrip()[-1:] in _ENDS
        is_place = place_words(folded) in self._matcher.known_places
        return not is_place and (folded in NAMING or not starts)

    def _case(self, place: int) -> _Case:
        if place not in self._cases:
            text = self._reading.texts[place]
            words = _WORD.findall(text)
            capital = sum(word[0].isupper() for word in words)
            is_shouted = text.isupper()
            tells = not is_shouted and capital <= _TITLE_CASE * len(words)
            self._cases[place] = _Case(is_shouted, tells)
        return self._cases[place]

    def is_shouted(self, hit: Hit) -> bool:
        """Return whether all that stands there is in capitals, so that they say nothing."""
        return hit.where != "tag" and self._case(hit.place).is_shouted

    def behind(self, hit: Hit) -> Behind:
        """Return what stands directly behind a name and may tell where it is."""
        text = hit.text[hit.span[1] : hit.span[1] + _AROUND]
        met = _BEHIND.match(text)
        within = met["within"] if met else None
        if not met or (within and within.lower() not in WITHIN):
            return Behind("", is_place=False)
        rest = text[met.end() :]
        words = _WORD.findall(rest)[:_LONGEST_PLACE]
        folded = place_words(" ".join(words))
        has_capital = words[0][0].isupper() and words[0].lower() not in NO_PLACES
        is_alone = _ALONE.match(rest) and not self._matcher.word(words[0].casefold())
        is_place = bool(within or is_alone) or self._begins_with_a_place(folded)
        return Behind(folded, has_capital and is_place)

    def is_of_another_place(self, hit: Hit, name: Name) -> bool:
        """Return whether "of" behind a name, or "in" later in the sentence, names a place unknown.

        Known are those of rows, and what is said around the post. Of a row without a place only a
        name of common words is doubted for that.
        """
        has_place = bool(self._matcher.rows[name.key].places)
        if not has_place and not _are_common(self._reading.folded(hit.start, hit.end)):
            return False
        text = hit.text[hit.span[1] : hit.span[1] + _AROUND]
        sentence = _SENTENCE.split(text, maxsplit=1)[0]
        met = _OF.match(sentence) or _IN.search(sentence)
        if not met or not self._case(hit.place).tells:
            return False
        words = _WORD.findall(sentence[met.end() :])[:_LONGEST_PLACE]
        if not words[0][0].isupper() or words[0].isupper() or words[0].lower() in NO_PLACES:
            return False
        folded = place_words(" ".join(words))
        first = f" {' '.join(folded.split()[:1])} "
        around = (said for where, said in self.told(hit.post) if where != "post")
        return not (self._begins_with_a_place(folded) or any(first in said for said in around))

    def _begins_with_a_place(self, folded: str) -> bool:
        words = folded.split()
        return any(
            f" {' '.join(words[:size])} " in self._matcher.known_places
            for size in range(1, len(words) + 1)
        )

    def told(self, post: int) -> Iterator[tuple[str, str]]:
        """Yield what may name a place, the nearest first: where it is told and its words."""
        reading = self._reading
        if post not in self._said:
            self._said[post] = self._words(*self._first_words[post : post + 2])
        yield "post", self._said[post]
        for where, column in (
            ("attached place", reading.post_places),
            ("parent", reading.parents),
            ("community", reading.communities),
        ):
            if post < len(column) and (text := column[post]):
                yield where, _read(text[:_MOST_READ])

    def _words(self, start: int, end: int) -> str:
        words = self._reading.folded(start, end)
        return f" {' '.join(map(SAME_WORDS.get, words, words))} "

    @cached_property
    def _first_words(self) -> list[int]:
        """By post its first word; and the end of the last one's."""
        reading = self._reading
        posts = np.arange(len(reading.keys) + 1, dtype=reading.posts.dtype)
        first_words: list[int] = reading.starts[np.searchsorted(reading.posts, posts)].tolist()
        return first_words

    def place_of(self, row: Row, hit: Hit, where: str, words: str) -> str | None:
        """Return the place of a row, as the register writes it, that these words name."""
        for place, shown in row.places:
            if where == BESIDE:
                is_named = words.startswith(place)
            else:
                is_named = place in words or f" {place.replace(' ', '')} " in words
            if is_named and (where != "post" or self._is_apart(place, hit)):
                return shown
        return None

    def places_in(self, hit: Hit, where: str, words: str) -> list[str]:
        """Return the places of any rows, as `Row.places` has them, that these words name."""
        if (where, words) not in self._places:
            said = words.split()
            written = self._matcher.written_places
            starts = range(1 if where == BESIDE else len(said))
            sizes = range(1, _LONGEST_LOOKED_UP + 1)
            forms = (" ".join(said[at : at + size]) for at in starts for size in sizes)
            found = (place for form in forms for place in written.get(form, ()))
            self._places[where, words] = list(dict.fromkeys(found))
        named = self._places[where, words]
        return [place for place in named if where != "post" or self._is_apart(place, hit)]

    def _is_apart(self, place: str, hit: Hit) -> bool:
        """Return whether a place is named beside a name, not by it: Eel Street House."""
        own = self._words(hit.start, hit.end)
        if place in own:
            return False
        if set(place.split()).isdisjoint(own.split()):
            return True
        first, last = self._first_words[hit.post : hit.post + 2]
        return place in self._words(first, hit.start) or place in self._words(hit.end, last)


def _size(folded: Sequence[str]) -> int:
    """Return how many words a name has; two characters are one in scripts without spaces."""
    if all(len(word) == 1 and not word.isascii() for word in folded):
        return (len(folded) + 1) // 2
    return content_words(folded)


def _are_common(folded: Sequence[str]) -> bool:
    """Return whether all words are frequent ones of the language."""
    ranks = [static().rank(word) for word in folded if word not in ARTICLES and len(word) > 1]
    return all(rank is not None and rank < _COMMON for rank in ranks)


@lru_cache(maxsize=1024)
def _read(text: str) -> str:
    return place_words(spaced_tag(text))
