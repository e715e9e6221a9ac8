"""What the pages say in passing can be done: commands that are named parse, and verbs are there."""

import json
import re
import shlex
import subprocess
import sys

import pytest
from pages import PAGES, ROOT, blocks_of, commands_of
from typer.main import get_command

from pipeline.cli import app

TEXT = "\n".join(page.read_text("utf-8") for page in PAGES)
LINES = [
    *(line for block in blocks_of(TEXT, "sh") for line in commands_of(block)),
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
    # `users` comes with a team's auth manager, which is an extra; tests/deploy has it made.
    calls = [call for call in _said("airflow") if call[0] != "users"]
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
