"""The page about the recorded answers is what they give today."""

from pathlib import Path

import pytest

from docs.recorded import PAGE, page_of_all


@pytest.mark.timeout(280)
def test_the_page_is_fresh(recorded: Path, tmp_path: Path) -> None:
    assert PAGE.read_text("utf-8") == page_of_all(recorded, tmp_path), "run `make recorded`"
