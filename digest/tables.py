"""The tables of an issue as CSV files, with the lines that the issue itself has no room for."""

from collections.abc import Sequence
from typing import Any, Final

from digest.archive import stem_of
from digest.issue import Issue, Top
from transforms.spreadsheet import csv_text

_TABLES: Final = {
    "topics": (
        *("topic", "posts", "usual", "low", "high", "change", "spike_on"),
        *("drift", "four_weeks", "four_before", "uri"),
    ),
    "unmet": ("topic", "posts", "before", "questions", "complaints", "is_new", "key"),
    "datasets": ("title", "posts", "before", "with_link", "url"),
    "entities": ("name", "register", "place", "posts", "before", "tags"),
    "communities": (
        "community",
        "platform",
        "posts",
        "before",
        "authors",
        "usual",
        "low",
        "high",
        "change",
        "url",
    ),
}
"""The columns of each table: fields of its lines."""


def tables_of(issue: Issue) -> dict[str, bytes]:
    """Return the CSV files of the issue by name, such as `roads-2026-W46-topics.csv`.

    UTF-8 with a mark at its begin, as spreadsheets need it; texts are quoted and never a formula. A
    table without lines is left out, and so is what a few people said on a sensitive topic.
    """
    stem = stem_of(issue.name, issue.week)
    tops: dict[str, Top[Any]] = {kind: getattr(issue, kind) for kind in _TABLES}
    return {
        f"{stem}-{kind}.csv": _csv(columns, (*tops[kind].lines, *tops[kind].rest))
        for kind, columns in _TABLES.items()
        if tops[kind].lines
    }


def _csv(columns: Sequence[str], lines: Sequence[Any]) -> bytes:
    rows = [",".join(_field(getattr(line, name)) for name in columns) for line in lines]
    return "\r\n".join((",".join(columns), *rows, "")).encode("utf-8-sig")


def _field(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return f"{value:g}" if isinstance(value, float) else str(value)
    return csv_text(", ".join(value) if isinstance(value, tuple) else str(value))
