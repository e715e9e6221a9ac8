"""What a former release says that the warehouse no longer knows: it was restored, or downgraded."""

import csv
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa

from contract.errors import FixSettings
from transforms.spreadsheet import restored
from warehouse.publication import keep_published, last_published
from warehouse.store import writing

_METHOD: Final = "as published"


def take_back(engine: sa.Engine, folder: Path) -> None:
    """Keep the weeks of the folder that are newer than those kept, so that none is counted anew.

    Raises FixSettings when its files cannot be read.
    """
    try:
        weeks, cells = list(_rows(folder / "weeks.csv")), list(_rows(folder / "posts.csv"))
        with writing(engine) as connection:
            last = last_published(connection)
            for row in weeks:
                if row["week"] > last:
                    keep_published(connection, *_kept(row, cells))
    except (KeyError, ValueError, csv.Error) as error:
        raise FixSettings(
            f"{folder}: weeks.csv and posts.csv are not as they were published "
            f"({type(error).__name__}); put back those of the last release"
        ) from error


def _kept(
    row: dict[str, str], cells: list[dict[str, str]]
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Return a week and its numbers as they are kept; what was withheld is not known."""
    at = row["week"], row["purpose"]
    its = [c | {"posts": int(c["posts"])} for c in cells if (c["week"], c["purpose"]) == at]
    week = row | {
        "posts": int(row["posts"]),
        "coverage": float(row["coverage"]) if row["coverage"] else None,
        "min_authors": int(row["min_authors"]),
        "cells": len(its),
        "cells_shown": len(its),
        "method": _METHOD,
        "published_at": datetime.fromisoformat(row["published_at"]),
    }
    return week, its


def _rows(path: Path) -> Iterator[dict[str, str]]:
    if not path.exists():
        return
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, strict=True):
            yield {name: restored(value) for name, value in row.items()}
