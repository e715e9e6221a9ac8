"""The page about the words of a post says what is measured today."""

from pathlib import Path

from docs.marked import filled
from docs.text import PAGE, languages, parts_of


def test_what_was_invented_is_fresh() -> None:
    assert languages() in PAGE.read_text("utf-8"), "run `python -m docs.text ../shared`"


def test_what_was_recorded_is_fresh(recorded: Path, bench: Path) -> None:
    page = PAGE.read_text("utf-8")
    assert recorded.parent == bench.parent
    assert filled(page, parts_of(recorded.parent)) == page, "run `python -m docs.text ../shared`"
