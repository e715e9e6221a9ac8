"""The ways to write what rows of registers are called, ready to be looked up in posts."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import NamedTuple

import msgspec

from contract.catalogue import Entity
from transforms.entity_forms import (
    FORMS,
    SHORTEST_GLUED,
    Form,
    form_of,
    forms_of,
    is_more_than_a_letter,
    place_words,
)
from transforms.entity_keys import (
    house_and_street,
    number_key,
    parts_of,
    photo_of,
    web_key,
)
from transforms.entity_words import SAME_WORDS
from transforms.labels import Labels, label_index
from transforms.words import Meaning, words_of, words_of_tag

MOST_NAMESAKES = 10
"""A name of more rows than that ties none, but where a place tells them apart."""
_LONGEST_ACRONYM = 6


class Name(NamedTuple):
    """A way to write what a row is called."""

    key: str
    value: str
    """As the register has it."""
    field: str
    """What of the row it is: name, alias, acronym, identifier, address or street."""
    form: str
    """One of FORMS."""


class Row(NamedTuple):
    """What tells a row from others of its name."""

    register: str
    places: list[tuple[str, str]]
    """Folded words with a blank around them, and as written; the row's own place comes first."""


class EntityMatcher(msgspec.Struct, dict=True):
    """The names and numbers of all rows, ready to be looked up; build it once."""

    names: list[Name]
    labels: Labels
    rows: dict[str, Row]
    numbers: dict[str, list[int]]
    """By number without blanks and signs, the names that are that number."""
    addresses: dict[str, list[int]]
    """By address on the web (see `web_key`), the names that are that address."""
    called: list[list[int]] = []
    """By number in the labels, the names of one field and form that are written so."""

    @cached_property
    def alike(self) -> list[list[Name]]:
        """By number in the labels, the names that are written so."""
        return [[self.names[of] for of in those] for those in self.called]

    def crowd(self, number: int) -> tuple[dict[str, Name], dict[str, list[Name]]]:
        """Return the names of a label by row, and by place as `Row.places` has it."""
        if number not in self._crowds:
            at: defaultdict[str, list[Name]] = defaultdict(list)
            for name in self.alike[number]:
                for place, _ in self.rows[name.key].places:
                    at[place].append(name)
            self._crowds[number] = {name.key: name for name in self.alike[number]}, dict(at)
        return self._crowds[number]

    @cached_property
    def _crowds(self) -> dict[int, tuple[dict[str, Name], dict[str, list[Name]]]]:
        return {}

    @cached_property
    def meaning(self) -> Meaning:
        """What a word is among those of the labels."""
        return Meaning(self.word)

    def word(self, folded: str) -> int:
        """Return the number of a word in the labels, 0 where there is none."""
        return self.labels.numbered(SAME_WORDS.get(folded, folded))

    @cached_property
    def hosts(self) -> frozenset[str]:
        """The sites that rows have addresses on, with and without "www."."""
        sites = {address.partition("/")[0] for address in self.addresses}
        return frozenset(sites | {f"www.{site}" for site in sites})

    @cached_property
    def written_places(self) -> dict[str, list[str]]:
        """By the ways to write them, in words and as one word, the places of all rows."""
        written: defaultdict[str, list[str]] = defaultdict(list)
        for place in sorted(self.known_places):
            for form in {place.strip(), place.replace(" ", "")}:
                written[form].append(place)
        return dict(written)

    @cached_property
    def known_places(self) -> frozenset[str]:
        """The places of all rows, as `Row.places` has them."""
        return frozenset(place for row in self.rows.values() for place, _ in row.places)


def entity_matcher(entities: Mapping[str, Entity]) -> EntityMatcher:
    """Return a matcher of all that names the rows, given by their entity keys."""
    names: list[Name] = []
    called: defaultdict[tuple[Form, str, str], list[int]] = defaultdict(list)
    rows: dict[str, Row] = {}
    numbers: defaultdict[str, list[int]] = defaultdict(list)
    addresses: defaultdict[str, list[int]] = defaultdict(list)
    for key, entity in entities.items():
        house, street = house_and_street(entity.address or "")
        rows[key] = Row(entity.register, list(_places(entity, street)))
        at: dict[Name, int] = {}
        for form, name in _written(key, entity, house, street).items():
            one = at.setdefault(name, len(names) + len(at))
            called[form, name.field, name.form].append(one)
        for name, table, value in _keyed(key, entity):
            where = numbers if table == "number" else addresses
            where[value].append(at.setdefault(name, len(names) + len(at)))
        names += at
    _add_hosts(addresses)
    for those in called.values():
        those.sort(key=lambda of: (names[of].value, names[of].key))
    labels = label_index((form, number) for number, (form, _, _) in enumerate(called))
    known = (_of_few(numbers), _of_few(addresses))
    return EntityMatcher(names, labels, rows, *known, list(called.values()))


def _of_few(known: Mapping[str, list[int]]) -> dict[str, list[int]]:
    """Return the numbers or addresses of not more than MOST_NAMESAKES rows."""
    return {value: names for value, names in known.items() if len(names) <= MOST_NAMESAKES}


def _written(key: str, entity: Entity, house: str, street: str) -> dict[Form, Name]:
    """Return the ways to write what a row is called; the surest meaning of each."""
    found = [
        *_of_numbers(key, entity),
        *_of_names(key, entity),
        *_of_address(key, house, street),
    ]
    written: dict[Form, Name] = {}
    for form, name in sorted(found, key=lambda way: FORMS.index(way[1].form)):
        if form:
            written.setdefault(form, name)
    return written


def _of_numbers(key: str, entity: Entity) -> Iterator[tuple[Form, Name]]:
    for value in (entity.native_id, *entity.identifiers):
        for form in _forms_of_number(value, is_declared=value in entity.identifiers):
            yield form, Name(key, value, "identifier", "whole")


def _of_names(key: str, entity: Entity) -> Iterator[tuple[Form, Name]]:
    is_shouted = entity.name.isupper()
    acronyms = [
        *entity.acronyms,
        *(a for a in entity.aliases if not is_shouted and _looks_like_an_acronym(a)),
    ]
    for value in acronyms:
        for form in _acronym_forms(value):
            yield form, Name(key, value.strip(), "acronym", "whole")
    aliases = [alias for alias in entity.aliases if alias not in acronyms]
    for field, value in (("name", entity.name), *(("alias", alias) for alias in aliases)):
        for form, how in forms_of(value):
            if is_more_than_a_letter(form):
                yield form, Name(key, value.strip(), field, how)


def _of_address(key: str, house: str, street: str) -> Iterator[tuple[Form, Name]]:
    number, way = form_of(house), form_of(street)
    if number and way:
        shown = f"{house} {street}"
        yield (*number, *way), Name(key, shown, "address", "whole")
        yield (*way, *number), Name(key, shown, "address", "whole")
        if len(way) > 1 or len(way[0]) >= SHORTEST_GLUED:
            yield way, Name(key, shown, "street", "whole")


def _looks_like_an_acronym(value: str) -> bool:
    return 1 < len(value) <= _LONGEST_ACRONYM and value.isalpha() and value.isupper()


def _acronym_forms(value: str) -> Iterator[Form]:
    """Yield an acronym with its dots and without."""
    words = words_of(value).folded
    yield tuple(words)
    yield ("".join(words),)


def _forms_of_number(value: str, *, is_declared: bool) -> Iterator[Form]:
    """Yield the ways to write a row's number that nothing else is written like.

    Flickr writes the machine tag museum:object=ABW.1987.12 also as museum:object=abw198712.
    """
    if "://" not in value and (glued := number_key(value, is_declared=is_declared)):
        yield form_of(value)
        yield tuple(words_of_tag(value).folded)
        yield (glued,)


def _keyed(key: str, entity: Entity) -> Iterator[tuple[Name, str, str]]:
    """Yield the numbers and addresses on the web that are looked up whole."""
    for value in dict.fromkeys((entity.native_id, *entity.identifiers)):
        if "://" in value:
            if address := web_key(value):
                photo = photo_of(value)
                yield Name(key, value, "photo" if photo else "url", "whole"), "web", address
                if photo:
                    yield Name(key, value, "photo", "whole"), "number", photo
        elif number := number_key(value, is_declared=value in entity.identifiers):
            yield Name(key, value, "identifier", "whole"), "number", number


def _add_hosts(addresses: defaultdict[str, list[int]]) -> None:
    """Note of each site that is a single row's own that every page of it is."""
    at: defaultdict[str, list[int]] = defaultdict(list)
    for address, names in addresses.items():
        at[address.partition("/")[0]] += names
    for host, names in at.items():
        if addresses.get(host) == names and len(names) == 1:
            addresses[f"{host}/*"] = names


def _places(entity: Entity, street: str) -> Iterator[tuple[str, str]]:
    """Yield where the row is: its place, and what its address names beside numbers."""
    parts = [(entity.place or "").partition(",")[0], street]
    parts += (p for p in parts_of(entity.address or "") if not any(c.isdigit() for c in p))
    seen: set[str] = set()
    for part in parts:
        folded = place_words(part)
        if folded.strip() and folded not in seen:
            seen.add(folded)
            yield folded, part.strip()
