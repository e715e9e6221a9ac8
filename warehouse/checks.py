"""What a batch has to be like to be loaded: what the columns of the contract declare.

A batch that is not comes from a mistake of ours, not of a platform: nothing of it is loaded.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any, Final

import numpy as np
import pandas as pd

from contract.columns import COLUMNS, Column
from contract.errors import GoodguestError

_Rule = tuple[str, Callable[[Any], Any]]
"""What is allowed, in words, and a function of a series that tells where it is so."""

_DTYPES: Final = {str: "str", int: "int64", float: "float64", datetime: "datetime64[us, UTC]"}
_FILLED: Final[_Rule] = ("not empty", lambda texts: texts != "")
_TIES: Final[dict[str, tuple[_Rule, ...]]] = {
    "post_key": (_FILLED,),
    "target": (_FILLED,),
    "score": (("over 0, up to 1", lambda scores: (scores > 0) & (scores <= 1)),),
    "method": (_FILLED,),
    "evidence": (("an object", lambda found: found.map(lambda value: isinstance(value, dict))),),
}


def refuse_unfit(posts: pd.DataFrame) -> None:
    """Raise GoodguestError when a batch is not what the contract declares.

    The message names a column, what is allowed, how many rows are otherwise and where the first of
    them was landed; never a value, which may be personal.
    """
    for name, dtype in _dtypes().items():
        if name not in posts or posts[name].dtype != dtype:
            found = posts[name].dtype if name in posts else "nothing"
            raise GoodguestError(f"a batch to be loaded has {found} for {name}; allowed is {dtype}")
    _refuse(posts, _post_rules(), "landing")


def refuse_unfit_ties(ties: pd.DataFrame) -> None:
    """Raise GoodguestError when a tie has no key, target, method or evidence, or no true score."""
    _refuse(ties, {name: (False, rules) for name, rules in _TIES.items()}, "post_key")


@cache
def _dtypes() -> dict[str, Any]:
    return {name: _dtype(column) for name, column in COLUMNS.items()}


@cache
def _post_rules() -> dict[str, tuple[bool, Sequence[_Rule]]]:
    """Return of every column whether it may be null, and the rules for what is not."""
    return {
        name: (column.is_nullable and not column.said.is_needed, list(_rules(column)))
        for name, column in COLUMNS.items()
    }


def _dtype(column: Column) -> Any:
    if column.is_list:
        return pd.Series(dtype=object).dtype
    if column.type is int and column.is_nullable:
        return pd.Int64Dtype()
    return pd.Series(dtype=_DTYPES[column.type]).dtype


def _rules(column: Column) -> Iterator[_Rule]:
    said, values = column.said, column.values
    least, most, pattern = said.least, said.most, said.pattern
    if values:
        yield column.allowed, lambda found: found.isin(values)
    elif pattern is not None:
        yield f"text like {pattern}", lambda found: found.str.fullmatch(pattern)
    elif said.is_needed and column.type is str:
        yield _FILLED
    if least is not None and most is not None:
        yield column.allowed, lambda found: found.between(least, most)
    elif least is not None:
        yield column.allowed, lambda found: found >= least


def _refuse(
    frame: pd.DataFrame, rules: Mapping[str, tuple[bool, Sequence[_Rule]]], where: str
) -> None:
    for name, (is_nullable, of_column) in rules.items():
        is_null = frame[name].isna()
        if not is_nullable:
            _refuse_any(frame, is_null, name, "not null", where)
        for allowed, fits in of_column:
            is_fit = _fitting(frame[name], fits)
            if is_fit is None:
                raise GoodguestError(
                    f"the type of {name} to be loaded cannot be; allowed is {allowed}"
                )
            if not is_fit.all():
                _refuse_any(frame, ~(is_fit | is_null), name, allowed, where)


def _fitting(values: "pd.Series[Any]", fits: Callable[[Any], Any]) -> "pd.Series[bool] | None":
    """Return where the values fit; None when they are of a type that cannot be asked."""
    try:
        found: pd.Series[bool] = fits(values).astype(bool)
    except TypeError:
        return None
    return found


def _refuse_any(
    frame: pd.DataFrame, is_wrong: "pd.Series[bool]", name: str, allowed: str, where: str
) -> None:
    places = np.flatnonzero(is_wrong)
    if len(places):
        raise GoodguestError(
            f"{len(places)} of {len(frame)} rows to be loaded have a {name} that cannot be; "
            f"allowed is {allowed}; the first: {where} {frame[where].iloc[places[0]]!r}"
        )
