"""Which of datasets alike is tied, in small catalogues too, and what is told of it."""

from typing import Any

import pytest

from contract.catalogue import Dataset
from tests.transforms.eastmere import TOWN, batch
from transforms.dataset_languages import unstated_language
from transforms.datasets import dataset_index, tie_datasets

STREETS = (
    *("Heron Lane", "Bramble Lane", "Eel Street", "Oyster Row", "Quay Road", "Candle Court"),
    *("Colliery Road", "Chapel Road", "Pudding Hill", "Swallow Parade", "Old Barge Road"),
)
STATIONS = {
    street: Dataset(
        identifier=street,
        title=f"Air quality at {street}",
        description="Nitrogen dioxide, hourly.",
        keywords=("air quality", "nitrogen dioxide"),
    )
    for street in STREETS
}
SURVEYS = {
    f"survey{year}": Dataset(
        identifier=f"survey{year}",
        title=f"Bus passenger survey {year}",
        description="How satisfied passengers of buses are.",
        keywords=("bus", "passengers", "survey"),
    )
    for year in range(2012, 2024)
}
GERMAN = {
    title: Dataset(identifier=title, title=title, description=description)
    for title, description in (
        ("Öffnungszeiten der Stadtbücherei", "Öffnungszeiten aller Büchereien nach Tag"),
        ("Pegelstände der Saale", "Wasserstände an acht Pegeln, stündlich"),
        ("Spielplätze", "Alle Spielplätze mit Geräten und Alter der Kinder"),
    )
}


def found(datasets: dict[str, Dataset], text: str, **post: Any) -> list[str]:
    ties = tie_datasets(batch({"text": text, **post}), dataset_index(datasets))
    return [str(key) for key in ties["target"]]


def test_one_that_knows_less_than_a_better_one_is_not_tied() -> None:
    text = "is there air quality data for Heron Lane?"
    assert found(STATIONS | TOWN, text) == ["Heron Lane"]
    assert found(STATIONS, text) == ["Heron Lane"]


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("where do I find the bus passenger survey?", "survey2023"),
        ("how satisfied are bus passengers really, is there a survey", "survey2023"),
        ("any results from 2019 of the survey of bus passengers", "survey2019"),
    ],
)
def test_of_editions_the_latest_that_knows_as_much_is_tied(text: str, key: str) -> None:
    assert found(SURVEYS | TOWN, text) == [key]


def test_of_editions_of_one_title_the_last_modified_is_tied() -> None:
    hours = {
        key: Dataset(identifier=key, title="Library opening hours by day", modified=modified)
        for key, modified in (("a", "2023-05-01"), ("b", "2024-05-01"), ("c", "2022-05-01"))
    }
    assert found(hours | TOWN, "library opening hours") == ["b"]


@pytest.mark.parametrize("count", [3, 11])
def test_what_a_small_catalogue_is_all_about_is_found(count: int) -> None:
    some = {street: STATIONS[street] for street in STREETS[:count]}
    assert found(some, "where is nitrogen dioxide measured")
    assert not found(some, "up in the air about where to go")


@pytest.mark.parametrize(
    "text",
    [
        "trading app again: market data delayed by a minute",
        "stats exam on population tomorrow, wish me luck",
        "a tree map of my disk, where does all that data sit",
        "bike stats of my character are the worst in the game",
        "any data left? mine went up in the air",
    ],
)
def test_a_word_meant_otherwise_ties_nothing(text: str) -> None:
    town = TOWN | {
        "market": Dataset(identifier="market", title="Market stalls and pitches"),
        "people": Dataset(identifier="people", title="Population by ward and age"),
    }
    assert found(town, text) == []


def test_a_single_word_of_a_wish_still_ties() -> None:
    assert found(TOWN, "any data on parking?") == ["meters"]


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("Wann hat die Stadtbücherei Öffnungszeiten?", "Öffnungszeiten der Stadtbücherei"),
        ("Gibt es eine Liste der Spielplätze mit Daten zum Alter?", "Spielplätze"),
    ],
)
def test_a_catalogue_that_states_no_language_has_one(text: str, key: str) -> None:
    assert found(GERMAN, text, lang="de") == [key]


def test_the_language_is_that_of_most_that_is_said() -> None:
    assert unstated_language(GERMAN.values()) == "de"
    english = [dataset for dataset in TOWN.values() if not dataset.lang]
    assert unstated_language([*GERMAN.values(), *english]) == "en"
    assert unstated_language([Dataset(identifier="a", title="Election results")]) == "en"
    stated = [Dataset(identifier=d.identifier, title=d.title, lang="de") for d in GERMAN.values()]
    assert unstated_language(stated) == "en"


def test_each_field_is_told() -> None:
    lamps = Dataset(
        identifier="lamps",
        title="Street lamps",
        description="Every lamp and its mast.",
        keywords=("lighting",),
        themes=("Transport",),
        publisher="Illumination office",
        columns=("wattage", "mast"),
    )
    text = "lamps, lighting, masts, transport, the illumination office and wattage: any data?"
    tie = tie_datasets(batch({"text": text}), dataset_index({**TOWN, "lamps": lamps})).iloc[0]
    assert tie["evidence"]["fields"] == {
        "lamps": "title",
        "lighting": "keyword",
        "masts": "description",
        "transport": "theme",
        "illumination": "publisher",
        "office": "publisher",
        "wattage": "column",
    }


def test_words_of_another_author_are_not_told() -> None:
    reply = {"kind": "reply", "title": "Trees in the parks", "text": "that species list, please"}
    posts = batch(reply).assign(parent_text="Since my divorce I count the girth of every tree")
    tie = tie_datasets(posts, dataset_index(TOWN), 0.1).iloc[0]
    assert tie["target"] == "trees"
    assert set(tie["evidence"]["terms"]) == {"trees", "parks", "species"}
    assert tie["evidence"]["where"] == {"trees": "thread title", "parks": "thread title"}
    assert set(tie["evidence"]["fields"]) == set(tie["evidence"]["terms"])


def test_a_word_of_both_is_the_posts_own() -> None:
    reply = {"kind": "reply", "title": "Parking meters", "text": "which meter is that, any data?"}
    tie = tie_datasets(batch(reply), dataset_index(TOWN)).iloc[0]
    assert tie["target"] == "meters"
    assert "meter" in tie["evidence"]["terms"]
    assert tie["evidence"]["where"] == {"parking": "thread title"}
