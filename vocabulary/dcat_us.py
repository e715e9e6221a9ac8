"""DCAT-US catalogues (data.json, 1.0, 1.1 and 3.0) to datasets.

Sources: https://resources.data.gov/resources/dcat-us/ and https://resources.data.gov/resources/dcat-us3/
"""

from collections import deque
from collections.abc import Iterator
from typing import Any

from contract.catalogue import Dataset, Distribution
from contract.errors import FixSettings
from contract.post import Rejected
from vocabulary.fields import (
    LONGEST_TEXT,
    LONGEST_TITLE,
    columns_of,
    identifier_of,
    in_one_language,
    languages_of,
    texts_of,
    unique_texts,
    web_address,
    whole_dataset,
)

_LISTS = ("dataset", "datasetSeries", "catalog", "service")
_MEMBERS = ("seriesMember", "first", "last")
_REFERENCE = {"@id", "@type", "identifier"}
"""A member with nothing else is a pointer to a dataset that stands elsewhere."""
_ONLY_DATASETS_HAVE = {"identifier", "distribution", "landingPage", "accessLevel", "accessURL"}


def is_catalogue(tree: object) -> bool:
    """Return whether the JSON is a data.json: a catalogue, a bare list of datasets, one dataset."""
    if isinstance(tree, list):
        return any(_is_dataset(entry) for entry in tree)
    if not isinstance(tree, dict):
        return False
    standard = str(tree.get("conformsTo", "")).lower()
    is_named = "project-open-data" in standard or "dcat-us" in standard
    return is_named or _has_lists(tree) or _is_dataset(tree)


def datasets_of_json(tree: object, name: str) -> Iterator[Dataset | Rejected]:
    """Return the datasets of a data.json: its own, its series', and those of catalogues inside it.

    A series is a dataset too, a service is none. A dataset that a series shows again is the same.
    Raises FixSettings where the catalogue has no list of any of these.
    """
    if isinstance(tree, dict) and not _has_lists(tree) and not _is_dataset(tree):
        raise FixSettings(
            f'{name}: a catalogue without "dataset"; its keys are {", ".join(tree)[:200]}'
        )
    seen: set[str] = set()
    for place, record, is_member in _records(tree):
        dataset = _dataset(record, place)
        if isinstance(dataset, Dataset):
            if is_member and dataset.identifier in seen:
                continue
            seen.add(dataset.identifier)
        yield dataset


def _records(tree: Any) -> Iterator[tuple[str, object, bool]]:
    """Return each record with its place in the file and whether it stands there as a member."""
    if isinstance(tree, dict) and not _has_lists(tree) and _is_dataset(tree):
        tree = [tree]
    waiting = deque([("", {"dataset": tree} if isinstance(tree, list) else tree)])
    while waiting:
        at, catalogue = waiting.popleft()
        for key in ("dataset", "datasetSeries"):
            for place, record in _numbered(catalogue, at + key, key):
                yield place, record, False
                for member, inside in _members(record, place):
                    yield member, inside, True
        if not _has_lists(catalogue):
            yield at.removesuffix("."), None, False
        for key in ("catalog", "hasPart"):
            for place, inner in _numbered(catalogue, at + key, key):
                if isinstance(inner, dict) and (key == "catalog" or _has_lists(inner)):
                    waiting.append((f"{place}.", inner))


def _numbered(parent: dict[str, Any], place: str, key: str) -> Iterator[tuple[str, Any]]:
    value = parent.get(key)
    listed = value if isinstance(value, list) else [] if value is None else [value]
    yield from ((f"{place}[{n}]", entry) for n, entry in enumerate(listed))


def _members(record: object, place: str) -> Iterator[tuple[str, object]]:
    if isinstance(record, dict):
        for key in _MEMBERS:
            for member, inside in _numbered(record, f"{place}.{key}", key):
                if isinstance(inside, dict) and not set(inside) <= _REFERENCE:
                    yield member, inside


def _has_lists(tree: dict[str, Any]) -> bool:
    return any(key in tree for key in _LISTS)


def _is_dataset(entry: object) -> bool:
    return (
        isinstance(entry, dict) and "title" in entry and not _ONLY_DATASETS_HAVE.isdisjoint(entry)
    )


def _dataset(record: object, place: str) -> Dataset | Rejected:
    if record is None:
        return Rejected(reason="catalogue without datasets", detail=place)
    if not isinstance(record, dict):
        return Rejected(reason="not a dataset", detail=f"{place} is {_kind(record)}, not an object")
    languages = languages_of(record.get("language"))
    title, lang = in_one_language(texts_of(record.get("title")), LONGEST_TITLE, languages)
    about = in_one_language(texts_of(record.get("description")), LONGEST_TEXT, languages)
    publisher = in_one_language(texts_of(record.get("publisher")), LONGEST_TITLE, languages)
    landing_page = web_address(record.get("landingPage"))
    own = identifier_of(texts_of(record.get("identifier")) or texts_of(record.get("@id")))
    dataset = Dataset(
        identifier=own or landing_page or "",
        title=title,
        description=about[0],
        keywords=unique_texts(_words(record.get("keyword"))),
        themes=unique_texts(text for _, text in texts_of(record.get("theme"))),
        publisher=publisher[0] or None,
        landing_page=landing_page,
        distributions=_distributions(record),
        modified=next((text for _, text in texts_of(record.get("modified"))), None),
        lang=lang,
        columns=columns_of(*_schemas(record)),
    )
    return whole_dataset(dataset, place)


def _distributions(record: dict[str, Any]) -> tuple[Distribution, ...]:
    """Version 1.0 has the addresses on the dataset itself; one that stands twice is kept once."""
    found: dict[str, Distribution] = {}
    for _, way in [*_numbered(record, "", "distribution"), ("", record)]:
        if not isinstance(way, dict):
            continue
        title = (
            "" if way is record else in_one_language(texts_of(way.get("title")), LONGEST_TITLE)[0]
        )
        kind = identifier_of(texts_of(way.get("format")) or texts_of(way.get("mediaType")))
        for key in ("downloadURL", "accessURL", "webService"):
            if url := web_address(way.get(key)):
                found.setdefault(
                    url, Distribution(url=url, title=title or None, format=kind or None)
                )
    return tuple(found.values())


def _schemas(record: dict[str, Any]) -> list[object]:
    ways = [way for _, way in _numbered(record, "", "distribution") if isinstance(way, dict)]
    keys = ("tableSchema", "schema", "describedBy")
    return [way.get(key) for way in (record, *ways) for key in keys]


def _words(value: object) -> list[str]:
    """Version 1.0 gives keywords as one text with commas."""
    if isinstance(value, str):
        return value.replace(";", ",").split(",")
    return [text for _, text in texts_of(value)]


def _kind(value: object) -> str:
    names = {str: "a text", list: "a list", bool: "true or false", type(None): "null"}
    return names.get(type(value), "a number")
