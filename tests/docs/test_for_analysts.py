"""What the page for analysts says is so: its commands, snippets and outputs, and the notebook."""

import ast
import json
import re
import shlex
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import sqlalchemy as sa

from docs.notebook import notebook_of
from pipeline.cli import main
from pipeline.settings import Settings

PAGE = Path(__file__).parents[2] / "docs" / "for-analysts.md"
TEXT = PAGE.read_text("utf-8")
SNIPPETS = re.findall(r"```(\w+)\n(.*?)\n?```", TEXT, re.DOTALL)


@pytest.fixture
def desk(town: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder in which an analyst began as the page says."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GOODGUEST_WAREHOUSE", town.warehouse)
    monkeypatch.setenv("GOODGUEST_CHARTER", str(town.charter))
    commands = [line for kind, code in SNIPPETS if kind == "sh" for line in code.splitlines()]
    assert len(commands) == 5
    for command in commands:
        monkeypatch.setattr(sys, "argv", shlex.split(command, comments=True))
        with pytest.raises(SystemExit) as left:
            main()
        assert left.value.code == 0, command
    return tmp_path


def _value(code: str, names: dict[str, Any]) -> Any:
    """Run code, and return what its last line is worth, if anything."""
    lines = ast.parse(code).body
    last = lines.pop() if isinstance(lines[-1], ast.Expr) else None
    exec(compile(ast.Module(lines, []), PAGE.name, "exec"), names)
    return last and eval(compile(ast.Expression(last.value), PAGE.name, "eval"), names)


def test_the_page_tells_what_comes_out(desk: Path) -> None:
    names: dict[str, Any] = {}
    shown, told = None, 0
    for kind, code in SNIPPETS:
        if kind == "text":
            assert shown is not None
            assert code.splitlines() == [line.rstrip() for line in shown.splitlines()]
            told += 1
        elif kind in ("python", "sql"):
            value = _value(code, names) if kind == "python" else names["ask"](code)
            shown = value.to_string(index=False) if isinstance(value, pd.DataFrame) else None
            # Of a town that is read whole and not reviewed, all others have an answer.
            assert kind != "sql" or "hours_not_whole" in code or len(value) > 0
    assert told >= 3
    assert len(names["posts"]) > 2000
    assert len(names["rising"].text) > 0
    assert names["found"]["posts"].item() > 0


def test_the_notebook_is_fresh_and_runs(desk: Path) -> None:
    found = PAGE.with_suffix(".ipynb").read_text("utf-8")
    assert found == notebook_of(TEXT), "run `make docs`"
    names: dict[str, Any] = {}
    cells = [cell for cell in json.loads(found)["cells"] if cell["cell_type"] == "code"]
    for cell in cells:
        _value("".join(cell["source"]), names)
    assert len(cells) == sum(kind in ("python", "sql") for kind, _ in SNIPPETS) > 10


def test_the_same_sql_runs_in_the_warehouse(engine: sa.Engine) -> None:
    asked = [code for kind, code in SNIPPETS if kind == "sql" and "v_post_fts" not in code]
    assert len(asked) >= 7
    with engine.connect() as connection:
        for code in asked:
            assert pd.read_sql(sa.text(code), connection).empty
