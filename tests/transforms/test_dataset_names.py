"""What names a dataset for certain, and what only looks as if it did."""

import pandas as pd
import pytest

from contract.catalogue import Dataset, Distribution
from tests.transforms.eastmere import TOWN, batch
from transforms.affected import linked_datasets
from transforms.datasets import dataset_index, rank_datasets, tie_datasets


def certain(text: str, *datasets: Dataset, links: tuple[str, ...] = ()) -> list[str]:
    """Return the identifiers of the datasets that the post is tied to for certain."""
    index = dataset_index({dataset.identifier: dataset for dataset in datasets})
    ties = tie_datasets(batch({"text": text, "links": links, "lang": None}), index)
    return ties.loc[ties["score"] == 1, "target"].tolist()


@pytest.mark.parametrize(
    ("title", "lang", "text", "is_meant"),
    [
        ("The state of the roads", "en", "the state of the roads in Italy was shocking", False),
        ("The state of the roads", "en", "see “The state of the roads” for a map", True),
        ("The State of the Roads", "en", "The State of the Roads has a map", True),
        ("The State of the Roads", "en", "THE STATE OF THE ROADS IS A JOKE", False),
        ("The State of the Roads", "en", "the state of the roads is a joke", False),
        ("What the people said", "en", "You know what the people said about him?", False),
        ("Number of new homes", "en", "he has had a number of new homes", False),
        ("Waiting times for hip operations", "en", "waiting times for hip operations?", True),
        ("Zustand der alten Brücken", "de", "Zustand der alten Brücken", True),
        ("Die Lage der Stadt", "de", "Die Lage der Stadt ist ernst", False),
        ("空气质量", "zh", "今天的空气质量真好，我们去爬山", False),
        ("空气质量", "zh", "有没有「空气质量」的数据？", True),
        ("各区图书馆开放时间", "zh", "在哪里找到各区图书馆开放时间", True),
    ],
)
def test_a_title_of_everyday_words_has_to_be_marked(
    title: str, lang: str, text: str, is_meant: bool
) -> None:
    dataset = Dataset(identifier="a", title=title, lang=lang)
    assert certain(text, dataset) == (["a"] if is_meant else [])


@pytest.mark.parametrize(
    ("identifier", "is_meant"),
    [
        ("20240101", False),
        ("2023-2024", False),
        ("2023-24-q1", False),
        ("2024-01-31", False),
        ("season-2024", False),
        ("covid-19", False),
        ("12345678", False),
        ("awn-0048", True),
        ("E07000223", True),
        ("town-trees-2024", True),
        ("ab3d-9xyz", True),
        ("doi:10.5555/7.2024", True),
    ],
)
def test_a_date_or_an_everyday_name_is_no_identifier(identifier: str, is_meant: bool) -> None:
    dataset = Dataset(identifier=identifier, title="Gauge readings")
    said = f"so I said {identifier} and that was it"
    assert certain(said, dataset) == ([identifier] if is_meant else [])


@pytest.mark.parametrize(
    ("file", "is_own"),
    [
        ("download.csv", False),
        ("metadata.json", False),
        ("data-export-2024.csv", False),
        ("package-lock.json", False),
        ("requirements.txt", False),
        ("2024-01-31-00.csv", False),
        ("street-trees.csv", True),
        ("street_trees_all.csv", True),
        ("gauges-2024.csv", True),
    ],
)
def test_a_file_is_named_for_what_is_in_it(file: str, is_own: bool) -> None:
    readings = Dataset(
        identifier="a",
        title="Readings",
        distributions=(Distribution(url=f"https://d.example/x/{file}"),),
    )
    keys = ["a"] if is_own else []
    assert certain(f"my bank gives me a {file} that excel cannot open", readings) == keys
    assert certain("look", readings, links=(f"https://d.example/zzz/{file}",)) == keys
    assert certain("look", readings, links=(f"https://d.example/x/{file}",)) == ["a"]


def page(key: str, path: str, lang: str | None = None) -> Dataset:
    return Dataset(
        identifier=key,
        title=f"Page {key}",
        landing_page=f"https://nhs.example{path}",
        lang=lang,
    )


@pytest.mark.parametrize(
    ("pages", "path", "key"),
    [
        ((page("a", "/hr/waiting"),), "/it/waiting", None),
        ((page("a", "/hr/waiting"),), "/waiting", None),
        ((page("a", "/hr/waiting"),), "/hr/waiting", "a"),
        ((page("a", "/hr/waiting"), page("b", "/it/waiting")), "/it/waiting", "b"),
        ((page("a", "/hr/waiting"), page("b", "/it/waiting")), "/en/it/waiting", "b"),
        ((page("a", "/en/waiting/list"),), "/waiting/list", "a"),
        ((page("a", "/waiting/list"),), "/en-gb/waiting/list/rows", "a"),
        ((page("a", "/en/waiting/list"),), "/cy/waiting/list", None),
        ((page("a", "/en/waiting/list"), page("b", "/trees", "cy")), "/cy/waiting/list", "a"),
        ((page("a", "/en/waiting"), page("b", "/cy/waiting", "cy")), "/cy/waiting", "b"),
        ((page("a", "/en/waiting"), page("b", "/cy/waiting", "cy")), "/waiting", None),
        ((page("a", "/en/waiting", "cy"), page("b", "/waiting")), "/cy/waiting", None),
        ((page("a", "/en/waiting"), page("b", "/waiting")), "/waiting", "b"),
    ],
)
def test_only_a_language_of_the_datasets_is_left_out_of_an_address(
    pages: tuple[Dataset, ...], path: str, key: str | None
) -> None:
    url = f"https://nhs.example{path}"
    assert certain("look", *pages, links=(url,)) == ([key] if key else [])
    if key:
        assert linked_datasets([of for of in pages if of.identifier == key], [url]) == [url]


def test_what_is_named_for_certain_is_ranked_first() -> None:
    index = dataset_index(TOWN)
    text = "is eastmere-trees-2024 or {0}/dataset/bikes about air pollution and air quality?"
    keys = [key for key, score in rank_datasets(text.format("https://x.example"), index)]
    assert keys[:2] == ["trees", "air"]
    found = rank_datasets("https://data.eastmere.example/d/ab3d-9xyz on air quality", index, 2)
    assert found[0] == ("bikes", 1.0)
    assert found[1][0] == "air"
    assert 0 < found[1][1] < 1


def test_what_names_nothing_for_certain_may_still_be_retrieved() -> None:
    dataset = Dataset(identifier="roads", title="The state of the roads")
    index = dataset_index({"roads": dataset, **TOWN})
    ties = tie_datasets(batch({"text": "Any data on the state of the roads?"}), index)
    expected = pd.DataFrame({"target": ["roads"], "method": ["retrieval"]})
    pd.testing.assert_frame_equal(ties[["target", "method"]], expected, check_dtype=False)
