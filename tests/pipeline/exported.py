"""What is read back from exported files."""

import json
import sqlite3
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd

from transforms.spreadsheet import restored
from warehouse.view_columns import VIEW_COLUMNS


def _from_sqlite(folder: Path, view: str) -> pd.DataFrame:
    with closing(sqlite3.connect(f"file:{folder}/goodguest.db?mode=ro", uri=True)) as db:
        return pd.read_sql(f"select * from {view} order by rowid", db, dtype_backend="pyarrow")


def _told(kind: type, form: str, cell: Any) -> Any:
    """Return what a cell that was read back says, as the warehouse would say it."""
    if cell is None or cell is pd.NA or (isinstance(cell, float) and cell != cell):
        return None
    if kind is str:
        return restored(cell) if form == "csv" else cell
    if kind is datetime:
        return pd.Timestamp(cell).to_pydatetime()
    return json.loads(cell) if kind is dict else kind(cell)


def read_back(folder: Path, form: str, view: str) -> list[dict[str, Any]]:
    """Return the rows of a view as the warehouse would say them."""
    frame = READERS[form](folder, view)
    columns = {
        name: [_told(VIEW_COLUMNS[name].type, form, cell) for cell in frame[name].tolist()]
        for name in frame
    }
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


READERS = {
    "parquet": lambda folder, view: pd.read_parquet(
        folder / f"{view}.parquet", dtype_backend="pyarrow"
    ),
    "csv": lambda folder, view: pd.read_csv(
        folder / f"{view}.csv", dtype=str, keep_default_na=False, na_values=[""]
    ),
    "sqlite": lambda folder, view: _from_sqlite(folder, view),
}
"""How pandas reads a view from a folder, by format."""
