"""Accounting for every field: what a payload holds that nobody here has decided about."""

from collections.abc import Iterable
from typing import Any

_HOLDERS = frozenset((dict, list))
_DEEPEST = 40
"""Lists within lists are looked into so far."""

Known = dict[str, Any]
"""The names that are known in an object: each leads to those known below it, None to all there."""


def known_fields(paths: Iterable[str]) -> Known:
    """Return known paths as a tree to walk beside decoded JSON.

    A path is names joined by dots, lists left out: `data.entities.urls.url`; what stands above it
    has to be a path too. Known are fields that are used and those left aside on purpose;
    `data.geo.*` knows all below `data.geo`. Raises KeyError for a path below none.
    """
    known: Known = {}
    for path in sorted(paths):
        *above, name = path.removesuffix(".*").split(".")
        holder = known
        for each in above:
            holder = holder[each]
        holder[name] = None if path.endswith(".*") else {}
    return known


def unaccounted(read: Any, known: Known) -> set[str]:
    """Return the paths of fields in decoded JSON that `known` does not name, each once.

    Of an unknown object only its own path is returned.
    """
    found: set[str] = set()
    _look(read, known, (), 0, found)
    return found


def _look(value: Any, known: Known, at: tuple[str, ...], depth: int, found: set[str]) -> None:
    if isinstance(value, list):
        for inner in value if depth < _DEEPEST else ():
            _look(inner, known, at, depth + 1, found)
    elif isinstance(value, dict):
        for name, inner in value.items():
            if name not in known:
                found.add(".".join((*at, name)))
            elif type(inner) in _HOLDERS and inner and (below := known[name]) is not None:
                _look(inner, below, (*at, name), depth + 1, found)
