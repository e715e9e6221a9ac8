"""A batch: posts as a frame, one row a post, one column a field of the contract."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
import pandas as pd

from contract.columns import COLUMNS, Column
from contract.post import Post

_DTYPES = {str: "str", float: "float64", datetime: "datetime64[us, UTC]"}
_INTEGERS = {True: "Int64", False: "int64"}
"""By whether one may be missing."""
_encode = msgspec.msgpack.Encoder().encode


def frame_of(posts: Sequence[Post]) -> pd.DataFrame:
    """Return the posts as a batch with every column of the contract and the index 0 … n-1.

    Text is `str`, times are `datetime64[us, UTC]`, numbers that may be missing `Int64` or
    `float64`, lists objects that hold tuples. Characters torn in two are mended (see
    `whole_characters`), because no database and no hash takes half of one.
    """
    values = list(zip(*map(msgspec.structs.astuple, posts), strict=True)) or [()] * len(COLUMNS)
    # One for all columns: pandas would compare them.
    blank, index = dict[str, "pd.Series[Any]"](), pd.RangeIndex(len(values[0]))
    return pd.DataFrame(
        {
            name: _series(list(given), column, index, blank)
            for (name, column), given in zip(COLUMNS.items(), values, strict=True)
        },
        index,
        copy=False,
    )


def whole_characters(text: str) -> str:
    """Return the text with surrogate pairs joined and lone halves replaced by U+FFFD."""
    if text.isascii():
        return text
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _series(
    values: list[Any], column: Column, index: pd.Index, blank: dict[str, "pd.Series[Any]"]
) -> "pd.Series[Any]":
    """Return the values as a column; `blank` are those without any, by dtype."""
    if column.is_list:
        return pd.Series(values, index, dtype=object)
    dtype = _INTEGERS[column.is_nullable] if column.type is int else _DTYPES[column.type]
    if not any(values) and values.count(None) == len(values):
        if dtype not in blank:
            blank[dtype] = pd.Series(values, index, dtype=dtype)
        return blank[dtype].copy()
    if column.type is str:
        try:
            _encode(values)
        except UnicodeEncodeError:
            values = [value and whole_characters(value) for value in values]
    return pd.Series(values, index, dtype=dtype)
