"""Accounting: what is known is walked beside what was read, and the rest is named."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.accounting import known_fields, unaccounted

PATHS = ("a", "a.b", "a.b.c", "d", "d.*", "e")
KNOWN = known_fields(PATHS)


@pytest.mark.parametrize(
    ("read", "unknown"),
    [
        ({"a": 1, "d": {"x": {"y": 1}}, "e": [1]}, set()),
        ({"a": {"b": [{"c": 1}, {"c": 2, "x": 3}]}}, {"a.b.x"}),
        ({"e": {"x": {"y": 1}}}, {"e.x"}),
        ([[{"z": {"a": 1}}], {"z": 2}], {"z"}),
        ("text", set()),
        (None, set()),
    ],
)
def test_only_what_is_not_known_is_named(read: Any, unknown: set[str]) -> None:
    assert unaccounted(read, KNOWN) == unknown


NAMES = st.sampled_from("abcdex")
VALUES = st.recursive(
    st.integers(), lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner)
)


def by_the_rule(value: Any, at: str = "") -> set[str]:
    """Return the same, spelled out path by path."""
    if isinstance(value, list):
        return set().union(*(by_the_rule(inner, at) for inner in value))
    if not isinstance(value, dict) or f"{at}*" in PATHS:
        return set()
    below = (by_the_rule(v, f"{at}{k}.") for k, v in value.items() if f"{at}{k}" in PATHS)
    return {f"{at}{k}" for k in value if f"{at}{k}" not in PATHS}.union(*below)


@settings(max_examples=200)
@given(VALUES)
def test_it_is_the_rule_of_paths(read: Any) -> None:
    assert unaccounted(read, KNOWN) == by_the_rule(read)


def test_a_path_below_none_is_refused() -> None:
    with pytest.raises(KeyError):
        known_fields(("a.b",))


def test_lists_without_end_end() -> None:
    deep: Any = {"x": 1}
    for _ in range(900):
        deep = [deep]
    assert unaccounted(deep, KNOWN) == set()
