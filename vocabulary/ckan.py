"""CKAN sites to datasets. Source: https://docs.ckan.org/en/latest/api/"""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import SplitResult, parse_qsl, quote, urlencode, urlsplit, urlunsplit

from contract.catalogue import Dataset, Distribution
from contract.errors import FixSettings, RetryLater, StopSource
from contract.post import Rejected
from vocabulary.fields import (
    LONGEST_TEXT,
    LONGEST_TITLE,
    columns_of,
    identifier_of,
    in_one_language,
    languages_of,
    texts_of,
    tree_of_json,
    unique_texts,
    web_address,
    whole_dataset,
)

_ACTION = "/api/3/action/"
_PAGE_SIZE = 100
_MOST_PAGES = 10_000
_PAUSE = timedelta(minutes=15)
_FIX = {"Not Found Error", "Validation Error", "Search Query Error"}
_LATER = {"Search Error", "Search Index Error", "Internal Server Error"}
_ONLY_PACKAGES_HAVE = {"resources", "num_resources", "notes"}


def fetch_datasets(get: Callable[[str], bytes], url: str) -> Iterator[bytes]:
    """Return the pages of a site's datasets as received; a page is asked for when the last is used.

    `url` is the site's address, or that of its package_search with a filter (`fq`) to keep to the
    agency's own. The site may give fewer a page than it is asked for. Raises FixSettings where it
    is no CKAN site or does not page, RetryLater where it stops early, and what `read_page` raises.
    """
    start, last = 0, b""
    for _ in range(_MOST_PAGES):
        page = get(_search_address(url, start))
        result = _result(tree_of_json(page, url), url)
        found = result.get("results") if isinstance(result, dict) else None
        count = result.get("count") if isinstance(result, dict) else None
        if not isinstance(found, list) or not isinstance(count, int):
            raise FixSettings(f"{url}: package_search gave no count and results")
        if found and page == last:
            raise FixSettings(f"{url}: gives the same page for every start; name its data.json")
        yield page
        start, last = start + len(found), page
        if start >= count:
            return
        if not found:
            when = datetime.now(UTC) + _PAUSE
            raise RetryLater(f"{url}: gave {start:,} of its {count:,} datasets", when)
    raise FixSettings(f"{url}: more than {_MOST_PAGES:,} pages; narrow it with fq")


def read_page(data: bytes, url: str) -> Iterator[Dataset | Rejected]:
    """Return the datasets of an answer of package_search, package_show or a list of packages.

    `url` is the site or what was asked: landing pages are named after it. An answer that says it
    failed raises by its `__type`, whatever language its message is in: FixSettings for what is
    not there or was asked wrongly, RetryLater for a site in trouble, else StopSource.
    """
    return datasets_of_answer(tree_of_json(data, url), url)


def is_answer(tree: object) -> bool:
    """Return whether the JSON is an answer of a CKAN site, a package or a list of packages."""
    if isinstance(tree, dict) and isinstance(tree.get("success"), bool):
        return True
    return any(_is_package(entry) for entry in (tree if isinstance(tree, list) else [tree]))


def datasets_of_answer(tree: object, url: str) -> Iterator[Dataset | Rejected]:
    """Return the datasets of a decoded answer; see `read_page`."""
    result = _result(tree, url)
    if isinstance(result, dict) and isinstance(result.get("results"), list):
        result = result["results"]
    packages = result if isinstance(result, list) else [result]
    if packages and not any(_is_package(package) for package in packages):
        allowed = "allowed are answers of package_search and package_show"
        raise FixSettings(f"{url}: the answer holds no packages; {allowed}")
    return (_outcome(package, n, url) for n, package in enumerate(packages))


def _parts(url: str) -> SplitResult:
    try:
        return urlsplit(url)
    except ValueError as error:
        raise FixSettings(f"{url}: is no address: {error}") from error


def _search_address(url: str, start: int) -> str:
    parts = _parts(url)
    before, action, _ = parts.path.partition(_ACTION)
    kept = [(k, v) for k, v in parse_qsl(parts.query) if action and k not in ("rows", "start")]
    asked = {"sort": "id asc", **dict(kept), "rows": _PAGE_SIZE, "start": start}
    path = before.rstrip("/") + _ACTION + "package_search"
    return urlunsplit((parts.scheme, parts.netloc, path, urlencode(asked), ""))


def _result(tree: object, url: str) -> Any:
    if not isinstance(tree, dict) or "success" not in tree:
        return tree
    if tree["success"] is True:
        return tree.get("result")
    error = tree.get("error")
    said = error if isinstance(error, dict) else {"message": error}
    kind = str(said.get("__type", "an error without __type"))
    message = f"{url}: CKAN says {kind}: {str(said.get('message', ''))[:200]}"
    if kind in _FIX:
        raise FixSettings(message)
    if kind in _LATER:
        raise RetryLater(message, datetime.now(UTC) + _PAUSE)
    raise StopSource(message)


def _is_package(entry: object) -> bool:
    return isinstance(entry, dict) and not _ONLY_PACKAGES_HAVE.isdisjoint(entry)


def _outcome(package: object, number: int, url: str) -> Dataset | Rejected:
    place = f"results[{number}]"
    if not isinstance(package, dict):
        return Rejected(reason="not a dataset", detail=f"{place} is not an object")
    languages = languages_of(_unpacked(package.get("language")))

    def said(*names: str, longest: int = LONGEST_TITLE) -> tuple[str, str | None]:
        found = (texts_of(_unpacked(package.get(name))) for name in names)
        return next(
            (best for texts in found if (best := in_one_language(texts, longest, languages))[0]),
            ("", None),
        )

    title, lang = said("title_translated", "title", "name")
    dataset = Dataset(
        identifier=identifier_of(texts_of(package.get("id")) or texts_of(package.get("name"))),
        title=title,
        description=said("notes_translated", "notes", longest=LONGEST_TEXT)[0],
        keywords=unique_texts(_names(package, "tags") + _names(package, "keywords")),
        themes=unique_texts(_names(package, "groups") + _names(package, "theme")),
        publisher=said("organization", "publisher")[0] or None,
        landing_page=_landing_page(package, url),
        distributions=_distributions(package, languages),
        modified=next((text for _, text in texts_of(package.get("metadata_modified"))), None),
        lang=lang,
        columns=columns_of(*_schemas(package)),
    )
    return whole_dataset(dataset, place)


def _unpacked(value: object) -> object:
    """Some sites keep JSON inside a text; a text that merely begins with a bracket stays one."""
    if not isinstance(value, str) or value[:1] not in ("{", "["):
        return value
    try:
        return tree_of_json(value.encode("utf-8", "replace"), "")
    except FixSettings:
        return value


def _names(package: dict[str, Any], field: str) -> list[str]:
    return [text for _, text in texts_of(_unpacked(package.get(field)))]


def _landing_page(package: dict[str, Any], url: str) -> str | None:
    parts = _parts(url)
    name = package.get("name")
    if not parts.scheme.startswith("http") or parts.path.endswith(".json") or not name:
        return web_address(package.get("url"))
    before, _, _ = parts.path.partition(_ACTION)
    path = f"{before.rstrip('/')}/dataset/{quote(str(name), safe='')}"
    return urlunsplit((parts.scheme, parts.netloc, path, "", ""))


def _schemas(package: dict[str, Any]) -> list[object]:
    """Return what is told of the resources' columns: by validation, by the data store."""
    resources = package.get("resources")
    return [
        _unpacked(resource.get(key))
        for resource in (resources if isinstance(resources, list) else [])
        if isinstance(resource, dict)
        for key in ("schema", "fields")
    ]


def _distributions(package: dict[str, Any], languages: list[str]) -> tuple[Distribution, ...]:
    found: dict[str, Distribution] = {}
    resources = package.get("resources")
    for resource in resources if isinstance(resources, list) else []:
        if not isinstance(resource, dict):
            continue
        names = texts_of(resource.get("name_translated")) or texts_of(resource.get("name"))
        title, _ = in_one_language(names, LONGEST_TITLE, languages)
        kind = identifier_of(texts_of(resource.get("format")) or texts_of(resource.get("mimetype")))
        for key in ("url", "download_url", "access_url"):
            if address := web_address(resource.get(key)):
                way = Distribution(url=address, title=title or None, format=kind or None)
                found.setdefault(address, way)
    return tuple(found.values())
