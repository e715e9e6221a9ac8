"""What the page for operations says can be done: its links lead somewhere, its commands parse."""

import json
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from typer.main import get_command

from pipeline.cli import app

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "for-operations.md"
PAGES = [
    PAGE,
    *(
        PAGE.with_name(f"{name}.md")
        for name in ("alerts", "care", "comply", "connections", "dags", "seeing")
    ),
]
TEXT = "\n".join(page.read_text("utf-8") for page in PAGES)
BLOCKS = re.findall(r"```sh\n(.*?)```", TEXT, re.DOTALL)
LINES = [
    *(line for block in BLOCKS for line in block.replace("\\\n", " ").splitlines()),
    *re.findall(r"`((?:goodguest|airflow|make) [^`\n]+)`", TEXT),
]
PARSE = """
import json, sys
from airflow.cli.cli_parser import get_parser
parser = get_parser()
for line in json.load(sys.stdin):
    named_only = not any(word.startswith("-") for word in line)
    try:
        parser.parse_args([*line, *(["--help"] if named_only else [])])
    except SystemExit as end:
        if end.code:
            sys.exit(f"airflow {' '.join(line)}")
"""


def _said(program: str) -> list[list[str]]:
    """Return the arguments of each call of a program on the page."""
    calls = []
    for line in LINES:
        if "…" in line:
            continue
        spoken = re.sub(r"\$\([^()]*(?:\([^()]*\))*[^()]*\)", "2026-11-22", line)
        words = shlex.split(spoken, comments=True)
        while words and re.fullmatch(r"[A-Z_]+=.*", words[0]):
            del words[0]
        for end in ("|", "||", ">", ">/dev/null", "&&", ";"):
            words = words[: words.index(end)] if end in words else words
        if words[:1] == [program]:
            calls.append(words[1:])
    return calls


@pytest.mark.parametrize("call", _said("goodguest"), ids=" ".join)
def test_each_goodguest_command_parses(call: list[str]) -> None:
    group = get_command(app)
    with group.make_context("goodguest", list(call)) as around:  # what it cannot parse, it raises
        while hasattr(group, "resolve_command"):
            name, found, rest = group.resolve_command(around, around._protected_args + around.args)
            assert found is not None
            if not rest:  # the command is only named
                return
            group, around = found, found.make_context(name, rest, parent=around)


def test_each_airflow_command_parses() -> None:
    calls = _said("airflow")
    assert len(calls) > 5
    subprocess.run(
        [sys.executable, "-c", PARSE],
        input=json.dumps(calls), text=True, check=True, timeout=60, stdout=subprocess.DEVNULL,
    )  # fmt: skip


def test_each_verb_of_make_is_there() -> None:
    verbs = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    called = [call for call in _said("make") if call]
    assert called
    assert {call[0] for call in called} <= verbs


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_each_link_leads_somewhere(page: Path) -> None:
    for link in re.findall(r"\]\(([^)\s]+)\)", page.read_text("utf-8")):
        path, _, anchor = link.partition("#")
        if not link.startswith("https://"):
            there = page.parent / path if path else page
            assert there.exists(), link
            assert not anchor or anchor in _heads(there), link


def _heads(page: Path) -> set[str]:
    heads = re.findall(r"^#+ (.+)$", page.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", head).strip().lower().replace(" ", "-") for head in heads}


def test_no_place_is_left_empty() -> None:
    assert "<!--" not in TEXT


def test_pictures_are_small() -> None:
    pictures = list(PAGE.parent.glob("operations-*.png"))
    assert len(pictures) >= 3
    for picture in pictures:
        assert picture.stat().st_size <= 200_000, picture.name
