"""docs/privacy.md: what follows from the code is as the code says, and what it names is there."""

import re
from pathlib import Path

import pytest
from typer.main import get_command

from docs.privacy import attempts, parts
from pipeline.cli import app
from warehouse.tables import metadata

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "privacy.md").read_text("utf-8")


@pytest.mark.parametrize("name", parts())
def test_a_part_made_from_the_code_is_fresh(name: str) -> None:
    found = PAGE.partition(f"<!-- {name} -->\n")[2].partition(f"\n<!-- /{name} -->")[0]
    assert found == parts()[name], "run `make docs`"


def test_every_table_and_every_attempt_stands_in_it() -> None:
    assert {name for name in metadata.tables if f"| `{name}` |" not in PAGE} == set()
    tried = attempts()
    assert (len(tried), all(what and stopped for what, stopped in tried.values())) == (20, True)
    assert {name for name in tried if f"`{name}`" not in PAGE} == set()


def test_commands_and_options_it_names_are_there() -> None:
    commands = get_command(app).commands  # type: ignore[attr-defined]
    said = re.findall(r"`goodguest ([a-z-]+)([^`]*)`", PAGE)
    assert len(said) > 10
    for name, rest in said:
        known = {option for each in commands[name].params for option in each.opts}
        assert set(re.findall(r"--[a-z-]+", rest)) <= known, name


def test_what_an_assessment_asks_for_has_a_heading() -> None:
    asked = ("What it does", "Data", "Who gets what", "Necessity and proportionality", "Rights",
             "Security", "Risks", "Twenty attempts", "What could not be closed",
             "What the software cannot answer", "Before the first run", "Review")  # fmt: skip
    assert tuple(re.findall(r"^## (.+)$", PAGE, re.MULTILINE)) == asked
