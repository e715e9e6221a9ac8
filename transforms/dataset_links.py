"""What addresses of portals name: a dataset's page, its files and its APIs, in their many forms."""

import re
from collections.abc import Iterable, Iterator
from typing import Final
from urllib.parse import unquote

from contract.catalogue import Dataset
from transforms.links import canonical_url
from transforms.words import words_of

_LEAST_DEPTH: Final = 2
"""Steps of a path (`/dataset/trees`) from which on what stands below is the dataset's too."""
_LANGUAGE: Final = re.compile(r"/([a-z]{2})(?:[-_][a-z]{2})?(?=/)")
_HOME: Final = re.compile(r"/*(?:[a-z]{2}(?:[-_][a-z]{2})?)?")
"""The path of a home page, whatever language it is in."""
_ANY: Final = "~"
"""What an address begins with whose language was left out."""
_PORT: Final = re.compile(r":\d+$")
_UUID: Final = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_ANYWHERE: Final = re.compile(rf"(?<![0-9a-z])(?:{_UUID}|[0-9a-f]{{32}})(?![0-9a-z-])")
"""CKAN's and ArcGIS's numbers: no two things in the world bear the same."""
_SHORTEST_NUMBER: Final = 32
_DOI: Final = re.compile(r"(?<![\d.])10\.\d{4,9}/[^\s\"<>?#&]+")
_SOCRATA: Final = re.compile(
    r"/(?:d|w|resource|api/views|api/v3/views|api/geospatial|api/id)/([2-9a-z]{4}-[2-9a-z]{4})\b"
    r"|/((?=[^/]*\d)[2-9a-z]{4}-[2-9a-z]{4})(?=[/.?]|$)"
)
_NAMED: Final = re.compile(
    r"/(?:datasets?|packages?|items|catalog/datasets|explore/dataset|jeux-de-donnees)/(?:r/)?"
    r"([^/?.]{2,})"
    r"|/api/[^?]*\?(?:[^&]*&)*?(?:dataset|dataset_id|datasetid|package_id|resource_id|id)=([^&]+)"
)
"""Where CKAN, Opendatasoft, udata and ArcGIS put a dataset's name."""
_SERVICE: Final = re.compile(r".*?/rest/services/.+?/(?:feature|map|image)server(?=/|$)")
_FILE: Final = re.compile(r"(?=[^/]{12})[^/]*\.(?:csv|tsv|json|geojson|xlsx?|ods|xml|zip|gpkg|kml"
                          r"|kmz|shp|parquet|pdf|txt|ttl|rdf|gml|gz|7z)")  # fmt: skip
"""A file's name that is long enough to be its own."""
_EVERYWHERE: Final = """
    all annual api archive backup catalog catalogue config copy current daily data database dataset
    datasets docs document download downloads dump entries example export exports feed file files
    final full histories history image img index info items language latest list lists lock log
    manifest master meta metadata monthly new notes old open output package packages page pages
    part public query readme record records release report reports requirements resource resources
    response result results rows sample schema service services settings sheet source statistics
    stats summary table tables test tmp update updated upload version views web weekly workbook
    yearly january february march april may june july august september october november december
    jan feb mar apr jun jul aug sep oct nov dec q1 q2 q3 q4 csv tsv json geojson xml zip shp xls
    xlsx datei daten datensatz liste tabelle donnees fichier liste datos archivo
"""
_GENERIC: Final = frozenset(_EVERYWHERE.split())
"""Words of which files are named everywhere."""
_SLUG: Final = re.compile(r"[\w.~:-]{2,}")


def names_of(dataset: Dataset, languages: frozenset[str] | None) -> set[str]:
    """Return what the addresses of the dataset and its identifier are, as `named_by` gives them.

    With each address also what it is without a step that names one of the languages (ISO 639-1);
    None takes all steps of two letters for such.
    """
    given = [dataset.landing_page, *(way.url for way in dataset.distributions)]
    addresses = [found for url in given if url and (found := _normalised(url))]
    if found := _normalised(dataset.identifier):
        addresses.append(found)
    names = set(addresses)
    for address in addresses:
        names.update(_marks(address))
        names.update(_file(address))
        names.add(_ANY + _without_language(address, languages))
        if service := _SERVICE.match(address):
            names.update((service[0], _ANY + _without_language(service[0], languages)))
    identifier = dataset.identifier.casefold()
    names.update(_worldwide(identifier))
    if _SLUG.fullmatch(identifier):
        names.update(f"{host_of(address)}#{identifier}" for address in addresses)
    return names


def hosts_of(names: Iterable[str]) -> frozenset[str]:
    """Return the hosts of the addresses among the names."""
    return frozenset(host_of(name) for name in names if "#" not in name and name[0] != _ANY)


def file_names(dataset: Dataset) -> Iterator[str]:
    """Yield the names of its files, as written, that are long enough to be its own."""
    for way in dataset.distributions:
        name = unquote(way.url.partition("?")[0].rpartition("/")[2])
        if _FILE.fullmatch(name.casefold()):
            yield name


def is_own_file(name: str) -> bool:
    """Return whether a file's name says what is in it: `metadata.json` and `data-2024.csv` do not.

    That takes two words of its own, or one and a number.
    """
    words = [word.strip("0123456789") for word in words_of(unquote(name).replace("_", " ")).folded]
    own = {word for word in words[:-1] if len(word) > 1} - _GENERIC
    return len(own) > 1 or (len(own) == 1 and any(map(str.isdigit, name)))


def named_by(url: str, hosts: frozenset[str], languages: frozenset[str] | None) -> Iterator[str]:
    """Yield what the address names, the nearest first: itself, numbers, names, what is above it.

    After that the same without the language. Of the addresses elsewhere than on the hosts only
    numbers that are one's own in the world.
    """
    if not (address := _normalised(url)):
        return
    if host_of(address) not in hosts:
        yield from _worldwide(address)
        return
    yield address
    yield from _marks(address)
    yield from _above(address)
    yield from _file(address)
    plain = _without_language(address, languages)
    yield from (_ANY + name for name in (plain, *_above(plain)))


def dois(text: str) -> list[str]:
    """Return the digital object identifiers in the text, without what precedes them."""
    return [match[0].rstrip("/.,") for match in _DOI.finditer(text)] if "10." in text else []


def host_of(address: str) -> str:
    """Return the host of a normalised address."""
    return address.partition("/")[0].partition("?")[0]


def _normalised(url: str) -> str | None:
    """Return the address without scheme, `www.`, port and final slash, in lower case.

    None for a site's home page, whatever language it is in.
    """
    address = (canonical_url(url) or "").partition("://")[2]
    address = unquote(address).casefold().replace("/#!/", "/").replace("/#/", "/")
    path, _, query = address.partition("?")
    host, slash, path = path.partition("/")
    if ":" in host:
        host = _PORT.sub("", host)
    host = host.removeprefix("www.")
    path = f"{slash}{path}".rstrip("/")
    if not query and _HOME.fullmatch(path):
        return None
    return f"{host}{path}?{query}" if query else f"{host}{path}"


def _without_language(address: str, languages: frozenset[str] | None) -> str:
    """Return the address without the first step that names one of the languages.

    Where any may be one, it is without all such steps.
    """
    path, mark, query = address.partition("?")
    if languages is None:
        path = _LANGUAGE.sub("", f"{path}/").removesuffix("/")
    else:
        steps = (step for step in _LANGUAGE.finditer(f"{path}/") if step[1] in languages)
        if step := next(steps, None):
            path = path[: step.start()] + path[step.end() :]
    return path + mark + query


def _above(address: str) -> Iterator[str]:
    """Yield the path, without its query, and what stands above it."""
    path = address.partition("?")[0]
    while path.count("/") >= _LEAST_DEPTH:
        yield path
        path = path.rpartition("/")[0]


def _worldwide(address: str) -> list[str]:
    """Return the numbers in the address that nothing else bears, the last first."""
    if len(address) < _SHORTEST_NUMBER:
        return dois(address)
    found = [match[0].replace("-", "") for match in _ANYWHERE.finditer(address)]
    return [*reversed(found), *dois(address)]


def _marks(address: str) -> list[str]:
    """Return the numbers and names in the address that are its own, at least on its host."""
    host = host_of(address)
    found = [match[1] or match[2] for match in _SOCRATA.finditer(address)]
    found += [match[1] or match[2] for match in _NAMED.finditer(address)]
    return [*_worldwide(address), *(f"{host}#{name}" for name in found)]


def _file(address: str) -> list[str]:
    name = address.partition("?")[0].rpartition("/")[2]
    is_own = _FILE.fullmatch(name) and is_own_file(name)
    return [f"{host_of(address)}#{name}"] if is_own else []
