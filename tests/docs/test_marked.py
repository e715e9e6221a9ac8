"""The generated parts of a page: one that lost its markers would never be checked again."""

import pytest

from docs.marked import filled

PAGE = "# Ties\n<!-- figures -->\nold\n<!-- /figures -->\nby hand\n"


def test_only_what_stands_between_the_markers_is_written() -> None:
    assert filled(PAGE, {"figures": r"new \1"}) == PAGE.replace("old", r"new \1")


@pytest.mark.parametrize("page", [PAGE.replace("<!-- /", "<!-- "), "by hand\n", PAGE * 2])
def test_a_part_that_is_not_there_once_is_told(page: str) -> None:
    with pytest.raises(ValueError, match="pairs of <!-- figures -->"):
        filled(page, {"figures": "new"})
