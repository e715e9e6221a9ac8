"""Ties to register rows: the cases of the data file, laws, and a labelled set."""

import json
import time
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml

from contract.catalogue import Entity
from contract.post import Post, Tag
from transforms.entities import entity_matcher, tie_entities
from transforms.frame import frame_of
from transforms.labels import TIE_COLUMNS

CASES = yaml.safe_load(
    Path(__file__).with_name("data").joinpath("entity_cases.yaml").read_text("utf-8")
)


def town_rows() -> dict[str, Entity]:
    return {
        key: Entity(
            register="town",
            native_id=key,
            name=row["name"],
            aliases=tuple(row.get("aliases", ())),
            place=row.get("place"),
        )
        for key, row in CASES["rows"].items()
    }


def batch(*posts: dict[str, Any]) -> pd.DataFrame:
    return frame_of(
        [
            Post(
                platform="forum",
                native_id=str(number),
                post_key=f"{number:04}",
                kind=post.get("kind", "post"),
                title=post.get("title"),
                text=post["text"],
                tags=tuple(Tag(tag=tag) for tag in post.get("tags", ())),
            )
            for number, post in enumerate(posts)
        ]
    )


@pytest.mark.parametrize("case", CASES["cases"], ids=lambda case: case["text"][:30])
def test_a_post_is_tied_to_the_rows_it_names(case: dict[str, Any]) -> None:
    ties = tie_entities(batch(case), entity_matcher(town_rows()))
    assert dict(zip(ties["target"], ties["method"], strict=True)) == case["ties"]


def test_namesakes_share_the_score_and_the_place_tells_them_apart() -> None:
    posts = batch({"text": "Merry Manor"}, {"text": "Merry Manor, Westmere"})
    ties = tie_entities(posts, entity_matcher(town_rows()))
    assert list(ties["score"]) == pytest.approx([0.45, 0.45, 0.95])
    assert ties["evidence"][2] == {
        "name": "MERRY MANOR", "found": "Merry Manor", "where": "text", "place": "Westmere",
    }  # fmt: skip


def test_what_is_less_sure_scores_less() -> None:
    said = [
        {"kind": "reply", "title": "Lumina?", "text": "yes"},
        {"text": "Lumina is open"},
        {"text": "now Lumina is open"},
        {"text": "The Golden Duck Inn"},
    ]
    matcher = entity_matcher(town_rows())
    scores = [tie_entities(batch(post), matcher)["score"].item() for post in said]
    assert scores == sorted(scores)
    assert len(set(scores)) == len(scores)


def museum_rows() -> dict[str, Entity]:
    numbers = ("ABW.1987.12", "ABW.1987.120", "abw-2003-6", "1987.12", "0001187", "A1")
    return {
        number: Entity(register="museum", native_id=number, name=f"Nameless thing {at}")
        for at, number in enumerate(numbers)
    }


@pytest.mark.parametrize(
    ("post", "tied"),
    [
        ({"tags": ["aberwennol:object=ABW.1987.12"]}, {"ABW.1987.12"}),
        # Lists of Flickr's tell tags in their normalised writing only.
        ({"tags": ["aberwennol:object=abw198712"]}, {"ABW.1987.12"}),
        ({"tags": ["abw20036"]}, {"abw-2003-6"}),
        ({"title": "Ticket punch (ABW.1987.12)"}, {"ABW.1987.12"}),
        ({"text": "Object number: abw 1987 12."}, {"ABW.1987.12"}),
        ({"text": "ABW.1987.120, not the other"}, {"ABW.1987.120"}),
        ({"text": "ABW.1987.12 and ABW.2003.6"}, {"ABW.1987.12", "abw-2003-6"}),
        # A part of an object has a number of its own, which is not in the register.
        ({"text": "ABW.1987.12.3"}, set()),
        # Digits alone are dates, prices and telephones; so short a number is anything.
        ({"text": "On 1987.12 and 0001187, take the A1."}, set()),
        ({"tags": ["aberwennol:object=0001187"]}, set()),
    ],
)
def test_a_row_is_met_by_its_own_number(post: dict[str, Any], tied: set[str]) -> None:
    ties = tie_entities(batch({"text": "", **post}), entity_matcher(museum_rows()))
    assert set(ties["target"]) == tied
    assert set(ties["method"]) <= {"identifier"}
    assert (ties["score"] >= 0.95).all()


def test_below_a_photo_its_number_ties_what_is_said_less_surely() -> None:
    said = {"kind": "comment", "title": "Ticket punch (ABW.1987.12)", "text": "I had one of these"}
    ties = tie_entities(batch(said), entity_matcher(museum_rows()))
    assert ties["score"].item() == pytest.approx(0.475)
    assert ties["evidence"].item() == {
        "name": "ABW.1987.12", "found": "ABW.1987.12", "where": "thread title", "place": None,
    }  # fmt: skip


def test_two_registers_with_one_number_share_the_score() -> None:
    rows = {
        key: Entity(register=key, native_id="ABW.1987.12", name=f"Nameless {key}")
        for key in ("paper", "glass")
    }
    ties = tie_entities(batch({"text": "ABW.1987.12"}), entity_matcher(rows))
    assert list(ties["score"]) == pytest.approx([0.475, 0.475])
    assert set(ties["method"]) == {"identifier"}


def test_any_split_and_any_order_give_the_same_ties() -> None:
    posts = batch(*CASES["cases"])
    rows = town_rows()
    whole = tie_entities(posts, entity_matcher(rows))
    matcher = entity_matcher(dict(reversed(rows.items())))
    split = [tie_entities(posts.iloc[at : at + 5], matcher) for at in range(0, len(posts), 5)]
    pd.testing.assert_frame_equal(pd.concat(split, ignore_index=True), whole)
    pd.testing.assert_frame_equal(tie_entities(posts.iloc[::-1], matcher), whole)
    assert not whole.duplicated(["post_key", "target"]).any()


def test_nothing_gives_an_empty_frame() -> None:
    for ties in (
        tie_entities(batch(), entity_matcher(town_rows())),
        tie_entities(batch({"text": "Lumina"}), entity_matcher({})),
    ):
        assert list(ties.columns) == list(TIE_COLUMNS)
        assert ties.empty


@pytest.mark.parametrize("text", ["A" * 65536, "Merry Manor " * 5461, "Lumina " * 9362])
def test_a_hostile_text_takes_no_time(text: str) -> None:
    matcher = entity_matcher(town_rows())
    began = time.process_time()
    tie_entities(batch({"text": text, "title": text}), matcher)
    assert time.process_time() - began < 2


def test_tweets_are_tied_to_the_rows_they_name(bench: Path) -> None:
    """A general name recogniser is worse than the register's own names: F1 0.72 is published."""
    register = pd.read_csv(bench / "entities/register.tsv", sep="\t", dtype=str, quoting=3)
    rows = {
        row.id: Entity(register="world", native_id=row.id, name=row.name)
        for row in register.itertuples(index=False)
    }
    lines = (bench / "entities/posts.jsonl").read_text("utf-8").splitlines()
    posts = [json.loads(line) for line in lines]
    ties = tie_entities(batch(*posts), entity_matcher(rows))
    found = set(zip(ties["post_key"], ties["target"], strict=True))
    gold = {(f"{at:04}", target) for at, post in enumerate(posts) for target in post["entities"]}
    precision, recall = len(found & gold) / len(found), len(found & gold) / len(gold)
    assert precision > 0.9
    assert 2 * precision * recall / (precision + recall) > 0.75
