"""The CSV file of a review: written for spreadsheets, and read however one of them saved it."""

import codecs
import csv
import io
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from contract.errors import FixSettings

COLUMNS: Final = (
    *("post_key", "target", "target_key", "method", "label", "text", "score", "evidence"),
    *("verdict", "note"),
)
_NEEDED: Final = ("post_key", "target", "target_key", "method", "verdict")
_MOST_BYTES: Final = 20_000_000
_MOST_COLUMNS: Final = 100
_SEPARATORS: Final = (",", ";", "\t")
"""What spreadsheets put between cells: it depends on the country they are set to."""
_MARKS: Final = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
_FORMULA: Final = tuple("=+-@＝＋－＠")


class Line(NamedTuple):
    """A row that is not empty: the line it begins in, and its cells or what is wrong with it."""

    number: int
    cells: Mapping[str, str]
    problem: str | None = None


def write_sheet(path: Path, rows: Iterable[Mapping[str, str]]) -> None:
    """Write a new file that its owner alone may read; raises FixSettings where there is one."""
    text = io.StringIO(newline="")
    sheet = csv.DictWriter(text, COLUMNS)
    sheet.writeheader()
    sheet.writerows({name: _inert(cell) for name, cell in row.items()} for row in rows)
    try:
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as error:
        raise FixSettings(
            f"{path}: there is such a file, perhaps with verdicts; name another"
        ) from error
    except OSError as error:
        raise FixSettings(f"{path}: cannot be written: {error.strerror}") from error
    with os.fdopen(file, "wb") as opened:
        opened.write(codecs.BOM_UTF8 + text.getvalue().encode("utf-8", "replace"))


def read_sheet(path: Path) -> tuple[str, Iterator[Line]]:
    """Return what the file was read as, and its rows below the names of the columns.

    Raises FixSettings when it is no such file, too large, or lacks a column.
    """
    text, encoding = _text_of(path)
    separator, names = _head(text, path)
    return encoding, _lines(text, separator, names)


def _inert(cell: str) -> str:
    """Return the cell such that no spreadsheet takes it for a formula; in one line."""
    line = " ".join(cell.split())
    return f"'{line}" if line.startswith(_FORMULA) else line


def _text_of(path: Path) -> tuple[str, str]:
    try:
        with path.open("rb") as file:
            data = file.read(_MOST_BYTES + 1)
    except OSError as error:
        raise FixSettings(f"{path}: cannot be read: {error.strerror}") from error
    if len(data) > _MOST_BYTES:
        raise FixSettings(f"{path}: is larger than the {_MOST_BYTES:,} bytes allowed")
    marked = next((name for mark, name in _MARKS.items() if data.startswith(mark)), None)
    for encoding, shown in {
        marked or "utf-8": marked or "utf-8",
        "cp1252": "cp1252 (guessed: it is not UTF-8 and does not say)",
    }.items():
        try:
            return data.decode(encoding), shown
        except UnicodeDecodeError:
            if marked:
                break
    raise FixSettings(f"{path}: is no text; allowed are CSV files in UTF-8, UTF-16 and cp1252")


def _head(text: str, path: Path) -> tuple[str, list[str]]:
    """Return the separator under which most of the columns needed are found, and all names."""

    def missing(names: Sequence[str]) -> list[str]:
        return [name for name in _NEEDED if names.count(name) != 1]

    heads = {}
    for separator in _SEPARATORS:
        reader = csv.reader(io.StringIO(text[:10_000], newline=""), delimiter=separator)
        heads[separator] = [name.strip().casefold() for name in next(reader, [])]
    separator, names = min(heads.items(), key=lambda head: len(missing(head[1])))
    if lost := missing(names):
        raise FixSettings(
            f"{path}: needs the columns {', '.join(_NEEDED)}, each once, in its first line; "
            f"found {len(_NEEDED) - len(lost)} of them, and not {', '.join(lost)}"
        )
    if len(names) > _MOST_COLUMNS:
        raise FixSettings(f"{path}: has {len(names):,} columns; allowed are {_MOST_COLUMNS}")
    return separator, names


def _lines(text: str, separator: str, names: Sequence[str]) -> Iterator[Line]:
    before = csv.field_size_limit(_MOST_BYTES)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    begin, is_head = 1, True
    try:
        while True:
            try:
                cells = next(reader, None)
            except csv.Error as error:
                problem = f"cannot be read, up to line {reader.line_num}: {error}"
                yield Line(begin, {}, problem)
                cells = []
            if cells is None:
                return
            if not is_head and any(cell.strip() for cell in cells):
                yield _line(begin, cells, names)
            begin, is_head = reader.line_num + 1, False
    finally:
        csv.field_size_limit(before)


def _line(number: int, cells: Sequence[str], names: Sequence[str]) -> Line:
    if any(cell.strip() for cell in cells[len(names) :]):
        problem = f"found {len(cells):,} cells; allowed are {len(names)}, as in the first line"
        return Line(number, {}, problem)
    return Line(number, dict(zip(names, cells, strict=False)))
