"""The page about vectors says what is measured today."""

from pathlib import Path

from docs.embedding import row
from transforms.embedding import static

PAGE = Path(__file__).parents[2] / "docs" / "embedding.md"


def test_the_figures_of_the_table_are_fresh() -> None:
    """All but its speed, which is the machine's too."""
    page = PAGE.read_text("utf-8")
    for english in (True, False):
        measured = row(static(), english).rsplit("|", 2)[0]
        assert measured in page, "run `python -m docs.embedding`"
