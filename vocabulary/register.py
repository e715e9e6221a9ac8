"""Registers (CSV or TSV: facilities, suppliers, objects) to entities."""

import csv
import io
import re
from collections.abc import Iterator
from difflib import get_close_matches

from contract.catalogue import Entity
from contract.charter import Register
from contract.errors import FixSettings
from contract.post import Rejected

_LARGEST_FILE = 256 * 2**20
_MOST_COLUMNS = 2_000
_DELIMITERS = ",\t;|"
_MISSING = {"", "na", "n/a", "not available"}
_MISSING_ID = _MISSING - {"na"}
"""In a register of countries NA is Namibia."""
_NOT_TEXT = {
    b"PK\x03\x04": "an Excel workbook or another archive",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook",
    b"%PDF": "a PDF",
    b"\x1f\x8b": "compressed",
}


def read_entities(data: bytes, spec: Register, register: str) -> Iterator[Entity | Rejected]:
    """Return an entity for each row of the register; rows are counted as a spreadsheet does.

    Ids are text as they stand, blanks around them aside; `NA`, `Not Available` and empty cells are
    missing; all columns without a part of their own are attributes, a name that comes again with
    `_2`. Rejected are rows without id or name, with more cells than columns, and a later row with
    the same id. Raises FixSettings at once where the file is no table or lacks a configured column.
    """
    text = _text(data, register)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text, spec))
    number, header = _first_row(rows, register)
    columns = _columns(header)
    _check(columns, spec, register)
    return _entities(rows, number, columns, spec, register)


def _entities(
    rows: Iterator[list[str]], number: int, columns: list[str], spec: Register, register: str
) -> Iterator[Entity | Rejected]:
    first_row: dict[str, int] = {}
    while True:
        number += 1
        try:
            cells = [cell.strip() for cell in next(rows)]
        except StopIteration:
            return
        except csv.Error as error:
            yield Rejected(reason="row cannot be read", detail=f"row {number}: {error}")
            continue
        if not any(cells):
            continue
        outcome = _entity(cells, columns, spec, register, number)
        if isinstance(outcome, Entity) and outcome.native_id in first_row:
            outcome = Rejected(
                reason="id stands twice",
                detail=f"row {number}; first in row {first_row[outcome.native_id]}",
                native_id=outcome.native_id,
            )
        elif isinstance(outcome, Entity):
            first_row[outcome.native_id] = number
        yield outcome


def _entity(
    cells: list[str], columns: list[str], spec: Register, register: str, number: int
) -> Entity | Rejected:
    if any(cells[len(columns) :]):
        detail = f"row {number} has {len(cells)} cells, the header {len(columns)}"
        return Rejected(reason="row has more cells than the header", detail=detail)
    row = dict(zip(columns, cells, strict=False))
    native_id, name = row.get(spec.id, ""), row.get(spec.name, "")
    if native_id.casefold() in _MISSING_ID:
        return Rejected(reason="row without an id", detail=f"row {number}, column {spec.id}")
    if name.casefold() in _MISSING:
        detail = f"row {number}, column {spec.name}"
        return Rejected(reason="row without a name", detail=detail, native_id=native_id)
    said = {column: cell for column, cell in row.items() if cell.casefold() not in _MISSING}
    aliases = (alias.strip() for alias in re.split(r"[|;]", said.get(spec.aliases or "", "")))
    others = (alias for alias in aliases if alias.casefold() not in _MISSING and alias != name)
    parts = {spec.id, spec.name, spec.aliases, spec.place}
    return Entity(
        register=register,
        native_id=native_id,
        name=name,
        aliases=tuple(dict.fromkeys(others)),
        place=said.get(spec.place or ""),
        attributes={column: cell for column, cell in said.items() if column not in parts},
    )


def _text(data: bytes, register: str) -> str:
    if len(data) > _LARGEST_FILE:
        found = f"{len(data):,} bytes; at most {_LARGEST_FILE:,} are read"
        raise FixSettings(f"register {register}: the file has {found}")
    for start, kind in _NOT_TEXT.items():
        if data.startswith(start):
            message = f"the file is {kind}; save it as CSV (UTF-8)"
            raise FixSettings(f"register {register}: {message}")
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        text = data.decode("utf-16", "replace")
    else:
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError:
            text = data.decode("windows-1252", "replace")
    return text.replace("\0", "\ufffd")  # no database keeps a NUL in a text


def _delimiter(text: str, spec: Register) -> str:
    header = text[: 2**16].lstrip("\r\n").splitlines()[:1]

    def fit(delimiter: str) -> tuple[int, int]:
        columns = [c.strip() for row in csv.reader(header, delimiter=delimiter) for c in row]
        return len({spec.id, spec.name} & set(columns)), len(columns)

    return max(_DELIMITERS, key=fit)


def _first_row(rows: Iterator[list[str]], register: str) -> tuple[int, list[str]]:
    try:
        filled = ((n, row) for n, row in enumerate(rows, 1) if any(c.strip() for c in row))
        number, header = next(filled, (0, []))
    except csv.Error as error:
        raise FixSettings(f"register {register}: the header cannot be read: {error}") from error
    if not header:
        raise FixSettings(f"register {register}: the file is empty")
    if len(header) > _MOST_COLUMNS:
        raise FixSettings(f"register {register}: {len(header):,} columns is no table")
    return number, header


def _columns(header: list[str]) -> list[str]:
    columns: list[str] = []
    for number, cell in enumerate(header, 1):
        name = plain = cell.strip() or f"column_{number}"
        again = 1
        while name in columns:
            again += 1
            name = f"{plain}_{again}"
        columns.append(name)
    return columns


def _check(columns: list[str], spec: Register, register: str) -> None:
    for part in ("id", "name", "aliases", "place"):
        wanted = getattr(spec, part)
        if wanted is not None and wanted not in columns:
            near = get_close_matches(wanted, columns, 1)
            hint = f"; did you mean {near[0]}?" if near else "."
            raise FixSettings(
                f'register {register}: {part}: the file has no column "{wanted}"{hint} '
                f"Its columns are {', '.join(columns)[:1000]}"
            )
