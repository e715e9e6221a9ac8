"""From a charter's selection to the lists of a Discourse forum: its categories, tags, searches."""

import re
from collections.abc import Iterator
from urllib.parse import quote

import msgspec

from connectors.http import Client
from connectors.parts.discourse.asking import read_as
from contract.charter import Select
from contract.errors import FixSettings, SkipPage, StopSource

_MAX_CATEGORY_PAGES = 20
_OF_PEOPLE = re.compile(
    r"(?:^|\s)-?(?:@\S|(?:(?:created|assigned|users?|badge|group|\w+_messages|from|to|author)\s*:)"
    r"|in:(?:personal|messages|all-pms|bookmarks|likes|posted|created|mentions))",
    re.IGNORECASE,
)
"""Of the search's own words, those that ask for a person or for what only some may see."""
_OF_THE_RUN = re.compile(r"(?:^|\s)(?:after|before|order):", re.IGNORECASE)


class Listing(msgspec.Struct, omit_defaults=True):
    """A list that is being walked: its address or query, where the walk stands, what it met.

    `names` are the names of categories by id. `here` are the ids met on the present page,
    `before` those of the one before, `first` those of the first.
    """

    url: str
    query: str = ""
    names: dict[str, str] = {}
    page: int = 0
    looks: int = 0
    here: list[int] = []
    before: list[int] = []
    first: list[int] = []
    is_last_look: bool = False


class _Category(msgspec.Struct):
    id: int
    slug: str
    name: str
    parent_category_id: int | None = None
    read_restricted: bool | None = None
    subcategory_list: list["_Category"] | None = None


class _Site(msgspec.Struct):
    categories: list[_Category]


class _CategoryPage(msgspec.Struct):
    category_list: _Site


def listings_of(client: Client, base: str, name: str, select: Select) -> list[Listing]:
    """Return the lists to walk, in order; Discourse has no OR: each alternative is a search.

    Raises FixSettings for a category the forum does not have or does not show to all, and for a
    query that asks for people.
    """
    searches = [Listing(f"{base}/search.json", query) for query in _queries(name, select)]
    found = []
    if select.categories:
        categories = _categories(client, base, select.categories)
        found = [_listing(name, base, want, categories) for want in select.categories]
    found += [Listing(f"{base}/tag/{quote(tag, safe='')}.json") for tag in select.tags]
    return found + searches


def _queries(name: str, select: Select) -> Iterator[str]:
    for query in re.split(r"\s+OR\s+", select.query or ""):
        for words, why in (
            (_OF_PEOPLE, "asks for people; allowed are words, #category and tags:"),
            (_OF_THE_RUN, "limits time or order, which the run itself does; leave that out"),
        ):
            if words.search(query):
                raise FixSettings(f"sources.{name}.select.query: {query!r} {why}")
        if query.strip():
            yield query.strip()


def _categories(client: Client, base: str, wanted: tuple[str, ...]) -> dict[int, _Category]:
    """Return the forum's categories by id; forums of one kind or another lack some in one list."""
    found: dict[int, _Category] = {}
    try:
        _add(found, read_as(_Site, client, f"{base}/site.json").categories)
    except (SkipPage, StopSource):
        found = {}
    for page in range(1, _MAX_CATEGORY_PAGES + 1):
        if all(_ids_of(want, found) for want in wanted):
            break
        params = {"include_subcategories": "true"} | ({"page": page} if page > 1 else {})
        try:
            read = read_as(_CategoryPage, client, f"{base}/categories.json", **params)
        except SkipPage as error:
            if found:
                break
            raise StopSource(f"{error}; ask the forum's owner to allow it") from error
        if not _add(found, read.category_list.categories):
            break
    return found


def _add(found: dict[int, _Category], categories: list[_Category]) -> bool:
    """Add the categories and those below them; return whether one of them is new."""
    every = [each for top in categories for each in (top, *(top.subcategory_list or ()))]
    is_any_new = any(each.id not in found for each in every)
    found.update({each.id: each for each in every})
    return is_any_new


def _path(category: _Category, categories: dict[int, _Category]) -> str:
    slug = category.slug or f"{category.id}-category"
    above = categories.get(category.parent_category_id or 0)
    return f"{above.slug or f'{above.id}-category'}/{slug}" if above else slug


def _ids_of(want: str, categories: dict[int, _Category]) -> list[int]:
    """Return the ids of the categories that an id, a slug or a path with slashes names."""
    paths = {category.id: _path(category, categories) for category in categories.values()}
    exact = [id for id, path in paths.items() if want in (path, str(id))]
    return exact or [id for id, path in paths.items() if want == path.rpartition("/")[2]]


def _listing(name: str, base: str, want: str, categories: dict[int, _Category]) -> Listing:
    found = _ids_of(want, categories)
    where = f"sources.{name}.select.categories: {want!r}"
    if len(found) != 1:
        open_to_all = (c for c in categories.values() if not c.read_restricted)
        paths = sorted(_path(category, categories) for category in open_to_all)
        raise FixSettings(
            f"{where} names {len(found)} categories of the forum; allowed here: "
            f"{', '.join(paths[:60])}"
        )
    chosen = categories[found[0]]
    if chosen.read_restricted:
        raise FixSettings(f"{where} is not open to all; choose one that is")
    # Those below those below it are in its list too.
    within = [chosen.id]
    for _ in range(2):
        within += [
            category.id
            for category in categories.values()
            if category.parent_category_id in within and category.id not in within
        ]
    names = {str(id): categories[id].name for id in within}
    path = quote(_path(chosen, categories))
    return Listing(f"{base}/c/{path}/{chosen.id}/l/latest.json", names=names)
