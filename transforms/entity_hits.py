"""Where posts write the names, numbers and addresses of register rows."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from transforms.entity_keys import web_key
from transforms.entity_names import MOST_NAMESAKES, EntityMatcher, Name
from transforms.entity_words import ARTICLES, INDEFINITE, OWNERS, PERSONS, UNSPACED_PERSONS
from transforms.labels import Hits, labels_in, outermost, stops_of
from transforms.reading import TAG, WHERE, Reading

HOUSE = "[address]"
"""What redaction leaves of the number of a house."""
_LONGEST_AS_WRITTEN = 3
_MOST_OF_A_NAME = 8
"""So often a name is looked at in one place of a post."""
_MOST_SEGMENTS = 40
_GOES_ON = re.compile(r"[./:-]\d")
"""What makes a number found the beginning of a longer one: 1987.12 in 1987.12.3."""
_BEGUN = re.compile(r"(?:\d[ ./:-]|[£$€+])$")
"""What makes digits found the end of a telephone number or a sum."""
_LETTER_BEHIND = re.compile(r"-\w")
_LONG_ID = re.compile(r"\d{9,}")
"""An id of a photo; shorter ones number the posts of small platforms as well."""
_SIGNS = re.compile(r"[\W_]+")
_NUMBERED = re.compile(r"(?<=[/?&=#])[^/?&=#\d]*+\d[^/?&=#]*+")
"""A part of a path or query with a digit in it."""


class Hit(NamedTuple):
    """Names written alike, of one field and form: from word `start` up to, not including, `end`."""

    start: int
    end: int
    post: int
    place: int
    where: str
    span: tuple[int, int]
    """Where in the text it is written."""
    text: str
    of: int
    """The number of the names among the labels."""
    names: list[Name]

    @property
    def field(self) -> str:
        """What of the rows it is."""
        return self.names[0].field

    @property
    def form(self) -> str:
        """One of FORMS."""
        return self.names[0].form

    @property
    def found(self) -> str:
        """How the post writes it."""
        return self.text[slice(*self.span)]


class Known(NamedTuple):
    """A number or address of a row that a post has as its own, or links to."""

    where: str
    found: str
    name: Name
    is_whole: bool
    """Not another page of the row's own site."""


def hits_of(reading: Reading, matcher: EntityMatcher) -> Iterator[Hit]:
    """Yield the outermost names, in order, that are written as they have to be."""
    words = matcher.meaning(reading.lexicon, reading.numbers)
    found = labels_in(words, stops_of(reading), matcher.labels)
    found = found.at(_written(reading, found, matcher.alike))
    found = found.at(outermost(found))
    places = reading.places[found.starts].tolist()
    columns = zip(
        found.starts.tolist(),
        found.ends.tolist(),
        [int(reading.posts[place]) for place in places],
        places,
        [WHERE[reading.where[place]] for place in places],
        reading.spans(found.starts, found.ends),
        [reading.texts[place] for place in places],
        found.of.tolist(),
        [matcher.alike[of] for of in found.of.tolist()],
        strict=True,
    )
    for values in columns:
        hit = Hit(*values)
        if hit.field != "identifier" or _is_whole_number(hit):
            yield hit


def _written(reading: Reading, found: Hits, alike: Sequence[list[Name]]) -> NDArray[np.intp]:
    """Return which of the names are written as they have to be."""
    places = reading.places[found.starts]
    columns = (
        found.of,
        reading.origins[found.starts],
        reading.origins[found.ends - 1],
        reading.first_tokens[places],
        reading.first_tokens[places + 1],
        reading.where[places],
        places,
    )
    seen: Counter[tuple[int, int]] = Counter()
    kept = []
    rows = zip(*(column.tolist() for column in columns), strict=True)
    for at, (of, begin, last, first, stop, where, place) in enumerate(rows):
        seen[of, place] += 1
        if seen[of, place] > _MOST_OF_A_NAME:
            continue
        said = reading.written(place, max(first, begin - 1), min(stop, last + 2))
        before = said.pop(0) if begin > first else ""
        behind = said.pop() if last + 1 < stop else ""
        if _is_written(alike[of], said, (before, behind), is_tag=where == TAG):
            kept.append(at)
    return np.array(kept, np.intp)


def _is_written(
    alike: Sequence[Name], said: Sequence[str], around: tuple[str, str], *, is_tag: bool
) -> bool:
    """Return whether these words are one of the names and not words of the language.

    One word needs a capital, or to be written as in the register, as short ones and acronyms always
    have to be; "a" in front of small letters or "their" behind them, and "Mrs" in front of one
    word, say that it is none.
    """
    before, behind = around[0].lower(), around[1].lower()
    field = alike[0].field
    if field in ("identifier", "address"):
        return True
    if field == "street":
        return HOUSE in around
    if field == "acronym":
        return all(word.isupper() or word.isdigit() for word in said)
    if is_tag:
        return True
    last = said[-1]
    is_one = len(said) == 1 or (len(said) == 2 and said[0].lower() in ARTICLES)
    if is_one and not _is_a_name(last, before, alike):
        return False
    is_small = all(word.islower() for word in said)
    is_said = is_small and (before in INDEFINITE or behind in OWNERS)
    return not is_said and behind not in UNSPACED_PERSONS


def _is_a_name(word: str, before: str, alike: Sequence[Name]) -> bool:
    if before in PERSONS and not word.islower():
        return False
    is_any = len(word) > _LONGEST_AS_WRITTEN and not word.islower()
    return is_any or any(word in name.value for name in alike[:MOST_NAMESAKES])


def _is_whole_number(hit: Hit) -> bool:
    begin, end = hit.span
    if _GOES_ON.match(hit.text, end):
        return False
    if not hit.found.isdigit():
        return True
    return not (
        _BEGUN.search(hit.text[max(0, begin - 2) : begin]) or _LETTER_BEHIND.match(hit.text, end)
    )


def known_of(reading: Reading, matcher: EntityMatcher) -> dict[int, list[Known]]:
    """Return by post the rows whose numbers or addresses it has as its own, or links to."""
    known: dict[int, list[Known]] = {}
    if not (matcher.numbers or matcher.addresses):
        return known
    for post, links in enumerate(reading.links):
        if links is not None and len(links):
            for link in links:
                _add(known, post, "link", link.canonical_url, matcher)
    for post, (_, native_id, url) in enumerate(reading.ids):
        if native_id in matcher.numbers and _LONG_ID.fullmatch(native_id):
            names = [matcher.names[of] for of in matcher.numbers[native_id]]
            own = [Known("url", native_id, name, is_whole=True) for name in names]
            known.setdefault(post, []).extend(own)
        elif url and ("/photos/" in url or _host(url) in matcher.hosts):
            _add(known, post, "page" if "#" in url else "url", url, matcher)
    return known


def _host(url: str) -> str:
    return url.partition("://")[2].partition("/")[0]


def _add(
    known: dict[int, list[Known]], post: int, where: str, url: str, matcher: EntityMatcher
) -> None:
    """Add what an address is or names: a row's own page, a photo, a number in its path."""
    found: dict[int, bool] = {}
    if (host := _host(url)) in matcher.hosts:
        found |= dict.fromkeys(matcher.addresses.get(f"{host.removeprefix('www.')}/*", ()), False)
        found |= dict.fromkeys(matcher.addresses.get(web_key(url), ()), True)
    for segment in _NUMBERED.findall(url)[:_MOST_SEGMENTS]:
        number = _SIGNS.sub("", segment).casefold()
        found |= dict.fromkeys(matcher.numbers.get(number, ()), True)
    if found:
        names = ((matcher.names[of], is_whole) for of, is_whole in found.items())
        known.setdefault(post, []).extend(Known(where, url, *named) for named in names)
