"""The rows of a table as CSV or TSV, counted as a spreadsheet does."""

import csv
from collections.abc import Iterator

from contract.post import Rejected

Row = tuple[int, list[str]]
"""Its number, and its cells without the blanks around them."""


def filled_rows(rows: Iterator[list[str]], header: int, width: int) -> Iterator[Row | Rejected]:
    """Return the rows below that of the header, without those that are empty.

    Rejected are rows that cannot be read, and those with more than `width` cells that say anything.
    """
    number = header
    while True:
        number += 1
        try:
            cells = [cell.strip() for cell in next(rows)]
        except StopIteration:
            return
        except csv.Error as error:
            yield Rejected(reason="row cannot be read", detail=f"row {number}: {error}")
            continue
        if any(cells[width:]):
            detail = f"row {number} has {len(cells)} cells, the header {width}"
            yield Rejected(reason="row has more cells than the header", detail=detail)
        elif any(cells):
            yield number, cells
