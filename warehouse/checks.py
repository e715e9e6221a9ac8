"""What a batch has to be like to be loaded: what the columns of the contract declare.

A batch that is not comes from a mistake of ours, not of a platform: nothing of it is loaded.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any, Final

import pandas as pd

from contract.batch import values_of
from contract.columns import COLUMNS, Column
from contract.errors import GoodguestError

_Values = Sequence[Any]
_Rule = tuple[str, Callable[[_Values], bool]]
"""What is allowed, in words, and a function that tells whether all of some values are so."""

_DTYPES: Final = {str: "str", int: "int64", float: "float64", datetime: "datetime64[us, UTC]"}
_FILLED: Final[_Rule] = ("not empty", lambda texts: "" not in texts)
_DIGITS: Final = b"0123456789abcdef"
_KEYS: Final = {"[0-9a-f]{32}": {32}, "([0-9a-f]{32})?": {0, 32}}
"""Patterns of nothing but such digits, and how many of them there may be."""
_TIES: Final[dict[str, tuple[_Rule, ...]]] = {
    "post_key": (_FILLED,),
    "target": (_FILLED,),
    "score": (("over 0, up to 1", lambda scores: min(scores) > 0 and max(scores) <= 1),),
    "method": (_FILLED,),
    "evidence": (("an object", lambda found: all(isinstance(one, dict) for one in found)),),
}


def columns_of_posts(posts: pd.DataFrame) -> dict[str, list[Any]]:
    """Return the columns of a batch; raises GoodguestError when it is not as the contract declares.

    The message names a column, what is allowed, how many rows are otherwise and where the first of
    them was landed; never a value, which may be personal.
    """
    for name, dtype in _dtypes().items():
        if name not in posts or posts[name].dtype != dtype:
            found = posts[name].dtype if name in posts else "nothing"
            raise GoodguestError(f"a batch to be loaded has {found} for {name}; allowed is {dtype}")
    columns = {name: values_of(posts[name]) for name in COLUMNS}
    _refuse_unfit(columns, _post_rules(), "landing")
    return columns


def columns_of_ties(ties: pd.DataFrame) -> dict[str, list[Any]]:
    """Return the columns of ties; raises GoodguestError for one that cannot be.

    Each has key, target, method, evidence and a true score.
    """
    columns = {str(name): values_of(ties[name]) for name in ties}
    _refuse_unfit(columns, {name: (False, rules) for name, rules in _TIES.items()}, "post_key")
    return columns


@cache
def _dtypes() -> dict[str, Any]:
    return {name: _dtype(column) for name, column in COLUMNS.items()}


@cache
def _post_rules() -> dict[str, tuple[bool, Sequence[_Rule]]]:
    """Return of the columns that can be unfit whether they may be null, and what else holds."""
    rules = {
        name: (column.is_nullable and not column.said.is_needed, list(_rules(column)))
        for name, column in COLUMNS.items()
    }
    return {name: rule for name, rule in rules.items() if rule != (True, [])}


def _dtype(column: Column) -> Any:
    if column.is_list:
        return pd.Series(dtype=object).dtype
    if column.type is int and column.is_nullable:
        return pd.Int64Dtype()
    return pd.Series(dtype=_DTYPES[column.type]).dtype


def _rules(column: Column) -> Iterator[_Rule]:
    said, values = column.said, frozenset(column.values)
    least, most, pattern = said.least, said.most, said.pattern
    if values:
        yield column.allowed, values.issuperset
    elif pattern is not None:
        yield f"text like {pattern}", _matching(pattern)
    elif said.is_needed and column.type is str:
        yield _FILLED
    if least is not None and most is not None:
        yield column.allowed, lambda found: least <= min(found) and max(found) <= most
    elif least is not None:
        yield column.allowed, lambda found: least <= min(found)


def _matching(pattern: str) -> Callable[[_Values], bool]:
    lengths, is_match = _KEYS.get(pattern, set()), re.compile(pattern).fullmatch

    def are_keys(texts: _Values) -> bool:
        digits = "".join(texts).encode(errors="surrogatepass")
        return {len(text) for text in texts} <= lengths and not digits.translate(None, _DIGITS)

    return are_keys if lengths else lambda texts: all(map(is_match, texts))


def _refuse_unfit(
    columns: Mapping[str, _Values], rules: Mapping[str, tuple[bool, Sequence[_Rule]]], where: str
) -> None:
    for name, (is_nullable, of_column) in rules.items():
        values = columns[name]
        given = [value for value in values if value is not None] if None in values else values
        if not is_nullable and len(given) < len(values):
            places = [at for at, value in enumerate(values) if value is None]
            raise _unfit(columns, places, name, "not null", where)
        for allowed, are_fit in of_column if given else ():
            if not _asked(are_fit, given, name, allowed):
                places = [
                    at
                    for at, value in enumerate(values)
                    if value is not None and not are_fit([value])
                ]
                raise _unfit(columns, places, name, allowed, where)


def _asked(are_fit: Callable[[_Values], bool], values: _Values, name: str, allowed: str) -> bool:
    """Return whether all the values are fit; raises GoodguestError for a type without answer."""
    try:
        return are_fit(values)
    except TypeError:
        pass
    raise GoodguestError(f"the type of {name} to be loaded cannot be; allowed is {allowed}")


def _unfit(
    columns: Mapping[str, _Values], places: Sequence[int], name: str, allowed: str, where: str
) -> GoodguestError:
    return GoodguestError(
        f"{len(places)} of {len(columns[name])} rows to be loaded have a {name} that cannot be; "
        f"allowed is {allowed}; the first: {where} {columns[where][places[0]]!r}"
    )
