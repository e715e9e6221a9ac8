"""How the command line answers: lines for people, or one JSON object for programs."""

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from contract.errors import GoodguestError
from pipeline.cli.logs import escaped

out, err = Console(highlight=False, soft_wrap=True), Console(stderr=True, highlight=False)
_state = {"json": False}
DONE, FINDINGS, WRONG_USE = 0, 1, 2


def in_json(asked: bool) -> bool:
    """Answer in JSON from now on, or no longer; return which."""
    _state["json"] = asked
    return asked


def answer(result: Mapping[str, Any], lines: list[Any]) -> None:
    """Print the result: as JSON, or as these lines and tables."""
    if _state["json"]:
        _write_json(result)
        return
    for line in lines:
        out.print(_inert(line), markup=False) if isinstance(line, str) else out.print(line)


def lines_of(result: Mapping[str, Any], indent: str = "  ") -> list[str]:
    """Return a line for each value, indented by depth; of a list one for each that is in it."""
    lines = []
    for name, value in result.items():
        label = f"{indent}{name if isinstance(value, Mapping) else name.replace('_', ' ')}:"
        if isinstance(value, Mapping):
            lines += [label, *lines_of(value, indent + "  ")]
        elif isinstance(value, Sequence) and not isinstance(value, str) and value:
            lines += [label, *(f"{indent}  {_said(one)}" for one in value)]
        else:
            lines.append(f"{label} {_said(value)}")
    return lines


def _said(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value is None or value == []:
        return "none"
    if isinstance(value, Mapping):
        return ", ".join(f"{name.replace('_', ' ')}: {_said(of)}" for name, of in value.items())
    return f"{value:,}" if isinstance(value, int) else f"{value}"


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
    tell_programs(str(error))
    err.print(_inert(f"goodguest: {error}"), markup=False, soft_wrap=True)


def tell_programs(wrong: str) -> None:
    """Print what went wrong as JSON, where that is asked for."""
    if _state["json"]:
        _write_json({"error": wrong})


def _write_json(result: Mapping[str, Any]) -> None:
    said = json.dumps(result, ensure_ascii=False, default=str)
    signs = (sign if sign.isprintable() else json.dumps(sign)[1:-1] for sign in said)
    sys.stdout.write((said if said.isprintable() else "".join(signs)) + "\n")


def _inert(lines: str) -> str:
    """Return the lines with nothing in them that a terminal would obey, or turn around."""
    return "\n".join("\t".join(map(escaped, line.split("\t"))) for line in lines.split("\n"))


def leave(has_findings: bool) -> None:
    """End with the exit code of findings, or of none."""
    raise typer.Exit(FINDINGS if has_findings else DONE)
