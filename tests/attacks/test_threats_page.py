"""The page of threats names defences and tests that are there."""

import ast
import re
from functools import cache
from pathlib import Path

from pipeline.cli import app

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "threats.md").read_text("utf-8")
ROW = re.compile(r"^\| (?P<threat>[^|]+) \| (?P<defence>[^|]+) \| (?P<tests>tests/[^|]+) \|$", re.M)


@cache
def named_in(path: Path) -> frozenset[str]:
    tree = ast.parse(path.read_text("utf-8"))
    found = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
    return frozenset(name for name in found if name.startswith("test_"))


def test_each_defence_and_each_test_is_there() -> None:
    rows = list(ROW.finditer(PAGE))
    assert len(rows) > 35
    for row in rows:
        for link in re.findall(r"\]\(\.\./([^)]+)\)", row["defence"]):
            assert (ROOT / link).is_file(), link
        for named in row["tests"].split(", "):
            file, _, name = named.partition("::")
            path = ROOT / file
            assert path.is_file(), f"{row['threat']}: there is no {file}"
            there = named_in(path)
            assert there, file
            assert not name or name in there, f"{row['threat']}: there is no {named}"


def test_every_attack_stands_on_the_page() -> None:
    """Whoever adds an attack says against whom."""
    for path in (ROOT / "tests" / "attacks").glob("test_*.py"):
        if path != Path(__file__):
            assert f"tests/attacks/{path.name}" in PAGE, f"name {path.name} in docs/threats.md"


def test_what_an_agency_does_on_a_leak_are_commands() -> None:
    said = (ROOT / "SECURITY.md").read_text("utf-8") + PAGE
    groups = [app, *(group.typer_instance for group in app.registered_groups)]
    known = {
        command.name or (command.callback.__name__ if command.callback else "")
        for group in groups
        if group
        for command in group.registered_commands
    }
    named = set(re.findall(r"`goodguest\s+([a-z-]+)", said))
    assert {"rotate-key", "erase", "accesses"} <= named
    assert not named - known
