"""How the command line answers: lines for people, or one JSON object for programs."""

import json
import sys
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from contract.errors import GoodguestError

out, err = Console(highlight=False, soft_wrap=True), Console(stderr=True, highlight=False)
_state = {"json": False}
DONE, FINDINGS, WRONG_USE = 0, 1, 2


def in_json(*, asked: bool) -> None:
    """Answer in JSON from now on, or no longer."""
    _state["json"] = asked


def answer(result: Mapping[str, Any], lines: list[Any]) -> None:
    """Print the result: as JSON, or as these lines and tables."""
    if _state["json"]:
        sys.stdout.write(json.dumps(result, ensure_ascii=False, default=str) + "\n")
        return
    for line in lines:
        out.print(line, markup=False) if isinstance(line, str) else out.print(line)


def lines_of(result: Mapping[str, Any], indent: str = "  ") -> list[str]:
    """Return a line for each value, indented by depth."""
    lines = []
    for name, value in result.items():
        if isinstance(value, Mapping):
            lines += [f"{indent}{name}:", *lines_of(value, indent + "  ")]
        else:
            shown = f"{value:,}" if isinstance(value, int) else f"{value}"
            lines.append(f"{indent}{name.replace('_', ' ')}: {shown}")
    return lines


def table_of(rows: list[dict[str, Any]]) -> Any:
    """Return the rows as a table on a terminal, else as text with tabs."""
    if not rows:
        return "No rows."
    if not out.is_terminal:
        lines = [list(rows[0]), *([_shown(value) for value in row.values()] for row in rows)]
        return "\n".join("\t".join(line) for line in lines)
    table = Table(*rows[0], box=None, header_style="bold")
    for row in rows:
        # What people wrote is no markup.
        table.add_row(*(Text(_shown(value)) for value in row.values()))
    return table


def _shown(value: object) -> str:
    formats: dict[type, Callable[[Any], str]] = {
        float: lambda v: f"{v:.2f}",
        datetime: lambda v: f"{v.astimezone(UTC):%Y-%m-%d %H:%M}",
    }
    shown = "" if value is None else formats.get(type(value), str)(value)
    return " ".join("".join(sign if sign.isprintable() else " " for sign in shown).split())


def tell(notices: tuple[str, ...]) -> None:
    """Print what has to stand beside the rows; not among them, which may go to a file."""
    for notice in notices if not _state["json"] else ():
        err.print(notice, markup=False, soft_wrap=True)


def complain(error: GoodguestError) -> None:
    """Print what went wrong."""
    if _state["json"]:
        sys.stdout.write(json.dumps({"error": str(error)}) + "\n")
    err.print(f"goodguest: {error}", markup=False, soft_wrap=True)


def leave(has_findings: bool) -> None:
    """End with the exit code of findings, or of none."""
    raise typer.Exit(FINDINGS if has_findings else DONE)
