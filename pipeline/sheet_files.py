"""Sheet files: a sheet as one Parquet file or one CSV file."""

import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Final

from contract.errors import FixSettings
from pipeline.sheets import Sheets, Shown, columns_of_rows, json_text, utc_text
from transforms.spreadsheet import csv_text
from warehouse.view_columns import Said

_IN_CSV: Final[Shown] = {
    str: csv_text,
    int: str,
    float: repr,
    bool: lambda cell: str(cell).lower(),
    datetime: utc_text,
    dict: lambda cell: csv_text(json_text(cell)),
}


def write_csv(folder: Path, sheets: Sheets, about: Mapping[str, str]) -> dict[str, int]:
    """Return how many rows each view has, once each stands in `<view>.csv` (RFC 4180, UTF-8)."""
    written = {}
    for sheet, chunks in sheets:
        written[sheet.view] = 0
        with (folder / f"{sheet.view}.csv").open("w", encoding="utf-8", newline="") as file:
            file.write(",".join(sheet.columns) + "\r\n")
            for rows in chunks:
                lines = zip(*columns_of_rows(sheet, rows, _IN_CSV), strict=True)
                file.writelines(",".join(cell or "" for cell in line) + "\r\n" for line in lines)
                written[sheet.view] += len(rows)
    return written


def write_parquet(folder: Path, sheets: Sheets, about: Mapping[str, str]) -> dict[str, int]:
    """Return how many rows each view has, once each stands in `<view>.parquet`.

    Meaning, unit and privacy class stand in each field's metadata, what a row means and what the
    export says of itself in the file's. JSON is text. Raises FixSettings without pyarrow.
    """
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError as error:
        raise FixSettings(
            "Parquet needs pyarrow, which is not installed; "
            "install it with: pip install 'goodguest[analysts]', or take --format csv or sqlite"
        ) from error
    types = {
        str: pa.string(), int: pa.int64(), float: pa.float64(), bool: pa.bool_(),
        datetime: pa.timestamp("us", tz="UTC"), dict: pa.string(),
    }  # fmt: skip
    written = {}
    for sheet, chunks in sheets:
        fields = [
            pa.field(n, types[s.type], metadata=_metadata(s)) for n, s in sheet.columns.items()
        ]
        schema = pa.schema(fields, {"comment": sheet.comment, "about": json.dumps(about)})
        written[sheet.view] = 0
        with pq.ParquetWriter(folder / f"{sheet.view}.parquet", schema, compression="zstd") as file:
            for rows in chunks:
                columns = columns_of_rows(sheet, rows, {dict: json_text})
                arrays = [pa.array(c, f.type) for c, f in zip(columns, fields, strict=True)]
                file.write_batch(pa.record_batch(arrays, schema=schema))
                written[sheet.view] += len(rows)
    return written


def _metadata(said: Said) -> dict[str, str]:
    unit = {"unit": said.unit} if said.unit else {}
    return {"meaning": said.meaning, "privacy": said.privacy.value, **unit}
