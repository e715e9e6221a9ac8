"""The labelled posts of the sample town are worth their name, and are tied as well as they were."""

from collections import Counter
from pathlib import Path

import pytest

from docs import ties

PAGE = Path(ties.__file__).with_suffix(".md")


@pytest.mark.parametrize(
    ("kind", "least", "targets"), [("dataset", 240, 64), ("topic", 120, 51), ("entity", 120, 80)]
)
def test_the_labelled_posts_are_worth_their_name(kind: str, least: int, targets: int) -> None:
    of = ties.measured()[kind]
    assert len(of.cases) >= least
    assert len(of.titles) == targets
    assert {key for case in of.cases for key in case.right} <= set(of.titles)
    said = Counter((case.title, case.text) for case in of.cases)
    assert max(said.values()) == 1
    without = sum(not case.right for case in of.cases) / len(of.cases)
    assert 0.2 < without < 0.55
    assert sum(case.kind == "reply" for case in of.cases) >= 5
    assert {case.lang for case in of.cases} == {"en", "cy", "pl", "de"}


def test_the_labelled_posts_are_about_nearly_everything_the_town_holds() -> None:
    for kind, share in (("dataset", 1.0), ("topic", 0.8), ("entity", 0.8)):
        of = ties.measured()[kind]
        used = {key for case in of.cases for key in case.right}
        assert len(used) >= share * len(of.titles), kind


def test_posts_about_datasets_are_tied_as_well_as_they_were() -> None:
    found = ties.measured()["dataset"].all
    assert found.measures["hit_at_1"].value >= 0.6, found.measures
    assert found.measures["false_link_rate"].value <= 0.05, found.measures
    for method, least in {"identifier": 1, "link": 4, "title": 2}.items():
        count, right = found.by[method]
        assert (count >= least, right.value) == (True, 1), method


def test_posts_that_name_rows_are_tied_as_well_as_they_were() -> None:
    found = ties.measured()["entity"].all.measures
    assert found["f1"].value >= 0.85, found


def test_the_page_says_what_is_measured_today() -> None:
    page = PAGE.read_text(encoding="utf-8")
    for name, text in ties.parts().items():
        assert f"<!-- {name} -->\n{text}\n<!-- /{name} -->" in page, f"{name}: run `make docs`"
