"""Registers (CSV or TSV: facilities, suppliers, objects) to entities."""

import csv
import io
import re
from collections.abc import Iterator
from difflib import get_close_matches
from itertools import chain
from typing import NamedTuple, get_args

from contract.catalogue import Entity
from contract.charter_vocabulary import Register, RegisterKind
from contract.errors import FixSettings
from contract.post import Rejected
from vocabulary.persons import holds_persons, signs_of_persons
from vocabulary.rows import filled_rows

_LARGEST_FILE = 256 * 2**20
_MOST_COLUMNS = 2_000
_MOST_TOLD = 1000
"""Characters of a list of columns in a message."""
_PARTS = ("id", "name", "aliases", "acronyms", "place", "address")
_BETWEEN = re.compile(r"[|;]")
_BETWEEN_ADDRESSES = re.compile(r"\||;(?=\s|https?:)")
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
    `_2`, but for those that hold persons: of these one Rejected tells. Rejected are also rows
    without id or name, with more cells than columns, and a later row with the same id. Raises
    FixSettings at once where the file is no table, lacks a configured column, is configured to take
    one that holds persons, or has columns that only a register of people has and no `kind`.
    """
    text = _text(data, register)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text, spec))
    number, header = _first_row(rows, register)
    columns = _columns(header)
    _check(columns, spec, register)
    parts = {spec.id, spec.name, spec.aliases, spec.acronyms, spec.place, spec.address}
    others = [column for column in columns if column not in parts | set(spec.identifiers)]
    table = _Table(columns, [c for c in others if not holds_persons(c)], spec, register)
    left_out = [column for column in others if holds_persons(column)]
    return chain(_told(left_out), _entities(rows, number, table))


class _Table(NamedTuple):
    columns: list[str]
    attributes: list[str]
    """The columns kept beside the parts of an entity."""
    spec: Register
    register: str


def _told(left_out: list[str]) -> Iterator[Rejected]:
    if left_out:
        detail = ", ".join(left_out)[:_MOST_TOLD]
        yield Rejected(reason="columns that hold persons are not kept", detail=detail)


def _entities(rows: Iterator[list[str]], header: int, table: _Table) -> Iterator[Entity | Rejected]:
    first_row: dict[str, int] = {}
    for row in filled_rows(rows, header, len(table.columns)):
        if isinstance(row, Rejected):
            yield row
            continue
        number, cells = row
        outcome = _entity(cells, table, number)
        if isinstance(outcome, Entity) and outcome.native_id in first_row:
            outcome = Rejected(
                reason="id stands twice",
                detail=f"row {number}; first in row {first_row[outcome.native_id]}",
                native_id=outcome.native_id,
            )
        elif isinstance(outcome, Entity):
            first_row[outcome.native_id] = number
        yield outcome


def _entity(cells: list[str], table: _Table, number: int) -> Entity | Rejected:
    spec = table.spec
    row = dict(zip(table.columns, cells, strict=False))
    native_id, name = row.get(spec.id, ""), row.get(spec.name, "")
    if native_id.casefold() in _MISSING_ID:
        return Rejected(reason="row without an id", detail=f"row {number}, column {spec.id}")
    if name.casefold() in _MISSING:
        detail = f"row {number}, column {spec.name}"
        return Rejected(reason="row without a name", detail=detail, native_id=native_id)
    said = {column: cell for column, cell in row.items() if cell.casefold() not in _MISSING}
    numbers = (value for column in spec.identifiers for value in _several(said.get(column, "")))
    return Entity(
        register=table.register,
        native_id=native_id,
        name=name,
        aliases=tuple(
            alias for alias in _several(said.get(spec.aliases or "", "")) if alias != name
        ),
        acronyms=tuple(_several(said.get(spec.acronyms or "", ""))),
        identifiers=tuple(dict.fromkeys(numbers)),
        place=said.get(spec.place or ""),
        address=said.get(spec.address or ""),
        kind=spec.kind,
        attributes={column: said[column] for column in table.attributes if column in said},
    )


def _several(cell: str) -> list[str]:
    """Return the values of a cell, each once; a `;` inside an address on the web is part of it."""
    between = _BETWEEN_ADDRESSES if "://" in cell else _BETWEEN
    values = (value.strip() for value in between.split(cell))
    return list(dict.fromkeys(value for value in values if value.casefold() not in _MISSING))


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
    parts = [(part, getattr(spec, part)) for part in _PARTS]
    used = (*parts, *(("identifiers", column) for column in spec.identifiers))
    for part, wanted in used:
        if wanted is not None and wanted not in columns:
            near = get_close_matches(wanted, columns, 1)
            hint = f"; did you mean {near[0]}?" if near else "."
            raise FixSettings(
                f'register {register}: {part}: the file has no column "{wanted}"{hint} '
                f"Its columns are {', '.join(columns)[:_MOST_TOLD]}"
            )
    if spec.kind is None and (signs := signs_of_persons(columns, spec.name)):
        raise FixSettings(
            f"register {register}: found columns that people have ({', '.join(signs)}); posts are "
            "tied to topics, never to persons. Where its rows are none, take these columns out or "
            f"say with `kind` what they are: {', '.join(get_args(RegisterKind))}"
        )
    for part, column in used:
        if column is not None and holds_persons(column):
            raise FixSettings(
                f'register {register}: {part}: the column "{column}" holds persons or how to reach '
                "them, and posts are tied to topics, never to persons; allowed are columns of what "
                f"the rows are: {', '.join(get_args(RegisterKind))}"
            )
