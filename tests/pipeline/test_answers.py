"""Answers on the command line: what people wrote is shown as they wrote it, in one line."""

import io

import pytest
from rich.console import Console

from pipeline.cli import answers

ROWS = [{"day": "2026-11-15", "text": "what a [/s] day\n[red]not red[/red] \x1b[2J", "likes": None}]


def test_what_people_wrote_is_neither_markup_nor_a_command(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    screen = Console(file=io.StringIO(), force_terminal=True, width=200, color_system=None)
    monkeypatch.setattr(answers, "out", screen)
    screen.print(answers.table_of(ROWS))
    shown = screen.file.getvalue()  # type: ignore[attr-defined]
    assert "what a [/s] day [red]not red[/red] [2J" in shown
    assert "\x1b" not in shown


def test_a_row_in_a_file_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answers, "out", Console(file=io.StringIO()))
    head, row = answers.table_of(ROWS).split("\n")
    assert head == "day\ttext\tlikes"
    assert row == "2026-11-15\twhat a [/s] day [red]not red[/red] [2J\t"


def test_lines_say_lists_and_truths_in_words() -> None:
    told = {
        "is_held": True,
        "left_out": [],
        "findings": [{"level": "error", "posts_kept": 1200}],
        "files": ["a.csv", "b.csv"],
        "links": {"topic": 3},
        "coverage": None,
    }
    assert answers.lines_of(told, indent="") == [
        "is held: yes",
        "left out: none",
        "findings:",
        "  level: error, posts kept: 1,200",
        "files:",
        "  a.csv",
        "  b.csv",
        "links:",
        "  topic: 3",
        "coverage: none",
    ]
