"""A batch of posts is a pandas frame; this is how its columns are read."""

from typing import Any

import pandas as pd

pd.options.mode.string_storage = "python"
"""Text that Arrow holds is dearer to read value by value, as all here do."""


def values_of(series: "pd.Series[Any]") -> list[Any]:
    """Return the values as plain Python objects, None where one is missing, times as datetimes."""
    if isinstance(series.dtype, pd.DatetimeTZDtype):
        moments = pd.DatetimeIndex(series).to_pydatetime().tolist()
        return [None if moment is pd.NaT else moment for moment in moments]
    plain: list[Any] = series.to_numpy(dtype=object, na_value=None).tolist()  # type: ignore[call-overload]
    return plain
