"""What a batch has to be like to be loaded: what the columns of the contract declare.

A batch that is not comes from a mistake of ours, not of a platform: nothing of it is loaded.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from contract.columns import COLUMNS, Column
from contract.errors import GoodguestError

if TYPE_CHECKING:
    from pandera.pandas import DataFrameSchema

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
_WORDS: Final = {"not_nullable": "not null"}
"""What pandera calls its own checks, where that says too little."""


def refuse_unfit(posts: pd.DataFrame) -> None:
    """Raise GoodguestError when a batch is not what the contract declares.

    The message names a column, what is allowed, how many rows are otherwise and where the first of
    them was landed; never a value, which may be personal.
    """
    for name, dtype in _dtypes().items():
        if name not in posts or posts[name].dtype != dtype:
            found = posts[name].dtype if name in posts else "nothing"
            raise GoodguestError(f"a batch to be loaded has {found} for {name}; allowed is {dtype}")
    _refuse(posts, _post_schema(), "landing")


def refuse_unfit_ties(ties: pd.DataFrame) -> None:
    """Raise GoodguestError when a tie has no key, target, method or evidence, or no true score."""
    _refuse(ties[list(_TIES)], _tie_schema(), "post_key")


@cache
def _dtypes() -> dict[str, Any]:
    """Return the type of every column; pandera's own check of it takes as long as all the rest."""
    return {name: _dtype(column) for name, column in COLUMNS.items()}


@cache
def _post_schema() -> "DataFrameSchema":
    return _schema(
        {
            name: (column.is_nullable and not column.said.is_needed, list(_rules(column)))
            for name, column in COLUMNS.items()
        }
    )


@cache
def _tie_schema() -> "DataFrameSchema":
    return _schema({name: (False, rules) for name, rules in _TIES.items()})


def _schema(columns: Mapping[str, tuple[bool, Sequence[_Rule]]]) -> "DataFrameSchema":
    import pandera.pandas as pa  # a third of a second: not for a run that loads nothing

    return pa.DataFrameSchema(
        {
            name: pa.Column(
                checks=[pa.Check(fits, error=words) for words, fits in rules], nullable=is_nullable
            )
            for name, (is_nullable, rules) in columns.items()
        }
    )


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


def _refuse(frame: pd.DataFrame, schema: "DataFrameSchema", where: str) -> None:
    from pandera.errors import SchemaErrors

    try:
        schema.validate(frame, lazy=True, inplace=True)
    except SchemaErrors as error:
        failures = error.failure_cases
    else:
        return
    # Only here, outside of the handler: what pandera raises holds the rows.
    first = failures.iloc[0]
    column, allowed = first["column"], _WORDS.get(first["check"], first["check"])
    if pd.isna(first["index"]):  # the check itself failed, on values of another type
        raise GoodguestError(f"the type of {column} to be loaded cannot be; allowed is {allowed}")
    same = failures[(failures["column"] == column) & (failures["check"] == first["check"])]
    raise GoodguestError(
        f"{len(same)} of {len(frame)} rows to be loaded have a {column} that cannot be; allowed is "
        f"{allowed}; the first: {where} {frame.at[first['index'], where]!r}"
    )
