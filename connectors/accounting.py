"""Accounting for every field: what a payload holds that nobody here has decided about."""

from collections.abc import Iterator
from typing import Any

_DEEPEST = 40


def unaccounted(read: Any, known: frozenset[str]) -> set[str]:
    """Return the paths of fields in decoded JSON that `known` does not name, each once.

    A path is names joined by dots, lists left out: `data.entities.urls.url`. Known are fields that
    are used and those left aside on purpose; `data.geo.*` knows all below `data.geo`. Of an unknown
    object only its own path is returned.
    """
    return set(_unknown(read, "", known, 0))


def _unknown(value: Any, at: str, known: frozenset[str], depth: int) -> Iterator[str]:
    if isinstance(value, list) and depth < _DEEPEST:
        for inner in value:
            yield from _unknown(inner, at, known, depth + 1)
    if not isinstance(value, dict) or depth >= _DEEPEST or f"{at}*" in known:
        return
    for name, inner in value.items():
        if (path := f"{at}{name}") in known:
            yield from _unknown(inner, f"{path}.", known, depth + 1)
        else:
            yield path
