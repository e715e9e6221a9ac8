"""Sheets: the analysts' views as an export holds them, read from one moment of the warehouse."""

import json
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa

from contract.post import Privacy
from warehouse.queries import VIEWS
from warehouse.view_columns import VIEW_COLUMNS, Said
from warehouse.views import chunks_of_view, columns_of

LEVELS: Final[dict[str, frozenset[Privacy]]] = {
    "open": frozenset({Privacy.OPEN}),
    "internal": frozenset({Privacy.OPEN, Privacy.INTERNAL}),
    "personal": frozenset({Privacy.OPEN, Privacy.INTERNAL, Privacy.PERSONAL}),
}
"""The privacy classes an export may hold."""
CHUNK_ROWS: Final = 10_000
"""So many rows are in memory at once."""

Rows = Sequence[Sequence[Any]]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A view in an export: its columns in order, and those left out for their privacy class."""

    view: str
    columns: dict[str, Said]
    left_out: tuple[str, ...]

    @property
    def comment(self) -> str:
        """What a row means and must not be used for."""
        return VIEWS[self.view].comment

    @property
    def key(self) -> tuple[str, ...]:
        """The columns that name a row; none where one of them is left out."""
        key = VIEWS[self.view].key
        return key if set(key) <= self.columns.keys() else ()

    @property
    def is_searchable(self) -> bool:
        """Whether it holds what people wrote."""
        return {"post_title", "text"} <= self.columns.keys()


SheetRows = tuple[Sheet, Iterable[Rows]]
Sheets = Iterable[SheetRows]
"""The sheets of an export one after the other, each with its rows in chunks."""


def utc_text(moment: datetime) -> str:
    """Return a UTC time as text that sorts: `2026-11-22T07:00:00.000000Z`."""
    return moment.isoformat(timespec="microseconds").replace("+00:00", "Z")


def json_text(value: Any) -> str:
    """Return a value as JSON, its keys sorted."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False, allow_nan=False)


Shown = Mapping[type, Callable[[Any], Any]]
"""How a file shows values of a type; what is not named stands as it is."""


def columns_of_rows(sheet: Sheet, rows: Rows, shown: Shown) -> list[Sequence[Any]]:
    """Return the cells by column, as they are shown; what is missing stays None."""
    columns = zip(*rows, strict=True)
    return [
        column
        if (show := shown.get(said.type)) is None
        else [None if cell is None else show(cell) for cell in column]
        for said, column in zip(sheet.columns.values(), columns, strict=True)
    ]


def sheets_of(connection: sa.Connection, level: str) -> tuple[list[Sheet], list[str]]:
    """Return the sheets an export of the level holds, and the views it leaves out.

    A view is left out of an open export when what names its rows is not open.
    """
    may, sheets, left_out = LEVELS[level], [], []
    for view, declared in VIEWS.items():
        if level == "open" and any(VIEW_COLUMNS[name].privacy not in may for name in declared.key):
            left_out.append(view)
            continue
        names = columns_of(connection, view)
        columns = {n: VIEW_COLUMNS[n] for n in names if VIEW_COLUMNS[n].privacy in may}
        sheets.append(Sheet(view, columns, tuple(n for n in names if n not in columns)))
    return sheets, left_out


def chunks_of(connection: sa.Connection, sheet: Sheet) -> Generator[Rows]:
    """Yield the rows of a sheet in chunks, ordered by its view's key, the same on both databases.

    Text is ordered by code point, nulls come first; times are aware and UTC, JSON is parsed.
    """
    return chunks_of_view(connection, sheet.view, sheet.columns, CHUNK_ROWS)
