"""Ties to register rows: the cases of the data file, laws, and a labelled set."""

import json
import time
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

import samples
from contract.catalogue import Entity
from contract.charter_vocabulary import Register
from contract.post import Post, Tag
from transforms.entities import MOST_NAMESAKES, EntityMatcher, entity_matcher, tie_entities
from transforms.entity_hits import hits_of
from transforms.frame import frame_of
from transforms.labels import TIE_COLUMNS
from transforms.links import find_links
from transforms.reading import read
from vocabulary.register import read_entities

_OWN = ("register", "name")
DATA = Path(__file__).with_name("data")
TIES = Path(__file__).parents[1] / "data/ties"
SAMPLES = Path(samples.__file__).parent
CASES = yaml.safe_load((DATA / "entity_cases.yaml").read_text("utf-8"))


def town_rows() -> dict[str, Entity]:
    return {
        key: Entity(register=row.get("register", "town"), native_id=key, name=row["name"], **parts)
        for key, row in CASES["rows"].items()
        for parts in [{part: value for part, value in row.items() if part not in _OWN}]
    }


def batch(*posts: dict[str, Any]) -> pd.DataFrame:
    frame = frame_of(
        [
            Post(
                platform="forum",
                native_id=post.get("id", str(number)),
                url=post.get("url"),
                post_key=f"{number:04}",
                kind=post.get("kind", "post"),
                title=post.get("title"),
                text=post["text"],
                tags=tuple(Tag(tag=tag) for tag in post.get("tags", ())),
                community_name=post.get("community"),
                place=post.get("place"),
            )
            for number, post in enumerate(posts)
        ]
    )
    parents = pd.Series([post.get("parent") for post in posts], index=frame.index, dtype=object)
    return find_links(frame).assign(parent_text=parents)


@pytest.mark.parametrize("case", CASES["cases"], ids=lambda case: case["text"][:30])
def test_a_post_is_tied_to_the_rows_it_names(case: dict[str, Any]) -> None:
    ties = tie_entities(batch(case), entity_matcher(town_rows()))
    assert dict(zip(ties["target"], ties["method"], strict=True)) == case["ties"]


def test_namesakes_share_the_score_and_the_place_tells_them_apart() -> None:
    posts = batch({"text": "Merry Manor"}, {"text": "Merry Manor, Westmere"})
    ties = tie_entities(posts, entity_matcher(town_rows()))
    alone, placed = ties["score"][0], ties["score"][2]
    assert list(ties["score"][:2]) == [alone, alone]
    assert 0.4 < alone < 0.5
    assert placed > 2 * alone
    common = {"name": "MERRY MANOR", "found": "Merry Manor", "where": "text", "field": "name"}
    assert ties["evidence"][0] == {**common, "place": None, "witness": None, "candidates": 2}
    assert ties["evidence"][2] == {**common, "place": "Westmere", "witness": "post"}


def test_more_namesakes_than_anybody_reviews_are_not_tied() -> None:
    def tied(rows: int) -> int:
        named = {
            f"{n:02}": Entity(register="r", native_id=str(n), name="Old School")
            for n in range(rows)
        }
        return len(tie_entities(batch({"text": "at the Old School"}), entity_matcher(named)))

    assert (tied(MOST_NAMESAKES), tied(MOST_NAMESAKES + 1)) == (MOST_NAMESAKES, 0)


def post_offices(count: int) -> dict[str, Entity]:
    """Return rows of one name: each in a place of its own, in ten streets, all in a county."""
    nooks = [f"Nook{''.join(chr(97 + int(digit)) for digit in str(n))}" for n in range(count)]
    return {
        f"{n:04}": Entity(
            register="r",
            native_id=str(n),
            name=f"Post Office (branch {nook[4:]})",
            place=nook,
            address=f"{n} Mill{n % 10} Lane, Northshire",
        )
        for n, nook in enumerate(nooks)
    }


@cache
def thousands() -> EntityMatcher:
    return entity_matcher(post_offices(2000))


@pytest.mark.parametrize(
    ("post", "ties"),
    [
        ({"text": "the Post Office is shut"}, {}),
        ({"text": "Post Office, Nookh"}, {"0007": "name-place"}),
        ({"text": "Post Office in Northshire"}, {}),
        ({"text": "Post Office in Northshire", "community": "Nookj"}, {"0009": "name-place"}),
        ({"text": "the Post Office is shut", "place": "Nookii"}, {"0088": "name-place"}),
        ({"text": "Nookf and Nookg: the Post Office"}, {"0005": "ambiguous", "0006": "ambiguous"}),
        ({"text": "the Post Office on Mill3 Lane in Nookbd"}, {"0013": "name-place"}),
        ({"text": "the Post Office on Mill3 Lane"}, {}),
        ({"text": "[address] Mill3 Lane, Nookbd"}, {"0013": "address"}),
        ({"text": "[address] Mill3 Lane"}, {}),
        ({"text": "13 Mill3 Lane; the Post Office"}, {"0013": "name"}),
    ],
)
def test_of_thousands_of_one_name_a_place_tells_which(
    post: dict[str, Any], ties: dict[str, str]
) -> None:
    found = tie_entities(batch(post), thousands())
    assert dict(zip(found["target"], found["method"], strict=True)) == ties


def test_a_place_is_found_for_thousands_as_it_is_for_a_few(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def placed() -> pd.DataFrame:
        ties = tie_entities(batch(*CASES["cases"]), entity_matcher(town_rows()))
        return ties[ties["method"] == "name-place"].reset_index(drop=True)

    one_by_one = placed()
    monkeypatch.setattr("transforms.entity_namesakes.MOST_NAMESAKES", 1)
    pd.testing.assert_frame_equal(placed(), one_by_one)
    assert len(one_by_one) > 20


def test_thousands_of_one_name_cost_no_more_than_a_few() -> None:
    said = [f"the Post Office in town {n} at [address] Mill3 Lane" for n in range(300)]
    hostile = ("Post Office. ", "Post Office, Nookd. ", "[address] Mill3 Lane ")
    reading = read(batch(*({"text": text} for text in (*said, *(h * 4000 for h in hostile)))))

    def seconds(matcher: EntityMatcher) -> float:
        tie_entities(reading, matcher)
        began = time.process_time()
        tie_entities(reading, matcher)
        return time.process_time() - began

    few, many = (entity_matcher(post_offices(count)) for count in (20, 5000))
    assert min(seconds(many) for _ in range(3)) < 3 * min(seconds(few) for _ in range(3))
    assert len(list(hits_of(reading, many))) == len(list(hits_of(reading, few))) < 1000


def test_a_number_or_page_of_too_many_rows_is_nobodys() -> None:
    def tied(count: int) -> int:
        rows = {
            str(n): Entity(register="r", native_id=str(n), name=f"Nameless {n}",
                           identifiers=("https://elm.example/a", "ABW.1987.12"))
            for n in range(count)
        }  # fmt: skip
        said = {"text": "ABW.1987.12 and https://elm.example/a"}
        return len(tie_entities(batch(said), entity_matcher(rows)))

    assert (tied(MOST_NAMESAKES), tied(MOST_NAMESAKES + 1)) == (MOST_NAMESAKES, 0)


def test_the_marker_of_a_house_counts_in_its_own_post_only() -> None:
    rows = {
        "a": Entity(register="r", native_id="1", name="Elm", place="Nook", address="3 Oak Lane")
    }
    posts = batch({"text": "Nook, Oak Lane"}, {"text": "[address] Nook"})
    assert tie_entities(posts, entity_matcher(rows)).empty


def test_what_is_less_sure_scores_less() -> None:
    said = ["Lumina is open", "now Lumina is open", "the golden duck inn", "The Golden Duck Inn"]
    matcher = entity_matcher(town_rows())
    scores = [tie_entities(batch({"text": text}), matcher)["score"].item() for text in said]
    assert scores == sorted(scores)
    assert len(set(scores)) == len(scores)


def test_to_say_a_name_twice_makes_it_no_surer() -> None:
    posts = batch({"text": "now Lumina"}, {"title": "Oh Lumina", "text": "now Lumina, Lumina."})
    once, often = tie_entities(posts, entity_matcher(town_rows()))["score"]
    assert once == often


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
    assert (ties["score"] > 0.95).all()


def test_below_a_photo_its_number_ties_what_is_said_less_surely() -> None:
    said = {"kind": "comment", "title": "Ticket punch (ABW.1987.12)", "text": "I had one of these"}
    matcher = entity_matcher(museum_rows())
    ties = tie_entities(batch(said), matcher)
    assert (
        ties["score"].item()
        < tie_entities(batch({**said, "kind": "post"}), matcher)["score"].item()
    )
    assert ties["evidence"].item() == {
        "name": "ABW.1987.12", "found": "ABW.1987.12", "where": "thread title",
        "field": "identifier", "place": None, "witness": None,
    }  # fmt: skip


def test_a_number_that_one_register_gives_twice_is_nobodys() -> None:
    def methods(*registers: str) -> list[str]:
        rows = {
            str(n): Entity(register=register, native_id="ABW.1987.12", name=f"Nameless {n}")
            for n, register in enumerate(registers)
        }
        return list(tie_entities(batch({"text": "ABW.1987.12"}), entity_matcher(rows))["method"])

    assert methods("paper", "glass") == ["identifier", "identifier"]
    assert methods("paper", "paper") == ["ambiguous", "ambiguous"]


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


@pytest.mark.parametrize(
    "text", ["A" * 65536, "Merry Manor " * 5461, "LUMINA " * 9362, "[address] Mill Lane " * 3000]
)
def test_a_hostile_text_takes_no_time(text: str) -> None:
    matcher = entity_matcher(town_rows())
    began = time.process_time()
    tie_entities(batch({"text": text, "title": text, "place": text}), matcher)
    assert time.process_time() - began < 2


@given(st.lists(st.text() | st.sampled_from([c["text"] for c in CASES["cases"]]), max_size=4))
def test_any_text_is_a_post_and_a_row(texts: list[str]) -> None:
    said = " ".join(texts)
    rows = {
        str(n): Entity(register="r", native_id=text or "-", name=text or "-", aliases=tuple(texts),
                       identifiers=tuple(texts), acronyms=tuple(texts), place=text, address=said)
        for n, text in enumerate(texts)
    }  # fmt: skip
    posts = batch({"text": said, "title": said, "place": said, "url": said, "tags": texts})
    ties = tie_entities(posts, entity_matcher(town_rows() | rows))
    assert ((ties["score"] > 0) & (ties["score"] <= 0.99)).all()
    assert not ties.duplicated(["post_key", "target"]).any()


Right = tuple[pd.DataFrame, list[bool], int]
"""The counted ties, whether each is right, and how many there should be."""


def judged(posts: list[dict[str, Any]], rows: dict[str, Entity]) -> Right:
    ties = tie_entities(batch(*posts), entity_matcher(rows))
    ties = ties[ties["method"] != "ambiguous"]
    gold = {(f"{at:04}", target) for at, post in enumerate(posts) for target in post["entities"]}
    pairs = zip(ties["post_key"], ties["target"], strict=True)
    return ties, [pair in gold for pair in pairs], len(gold)


def f1_of(judged: Right) -> float:
    ties, is_right, wanted = judged
    return 2 * sum(is_right) / (len(ties) + wanted)


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def sample_rows() -> dict[str, Entity]:
    charter = yaml.safe_load((SAMPLES / "charter.yaml").read_text("utf-8"))
    rows: dict[str, Entity] = {}
    for register, parts in charter["vocabulary"]["registers"].items():
        spec = Register(**parts)
        found = read_entities((SAMPLES / spec.file).read_bytes(), spec, register)
        rows |= {row.native_id: row for row in found if isinstance(row, Entity)}
    return rows


def test_scores_are_how_often_a_tie_is_right() -> None:
    """They were fitted to these posts; that they hold for others is measured below."""
    posts = lines(DATA / "entity_posts.jsonl") + lines(TIES / "entities.jsonl")
    ties, is_right, _ = found = judged(posts, sample_rows())
    assert f1_of(found) > 0.88
    right = pd.Series(is_right, index=ties.index)
    assert abs(ties["score"].mean() - right.mean()) < 0.04
    sure = ties["score"] > 0.9
    assert right[sure].mean() > 0.97
    assert abs(ties["score"][~sure].mean() - right[~sure].mean()) < 0.08


def test_tweets_are_tied_to_the_rows_they_name(bench: Path) -> None:
    """A general name recogniser is worse than the register's own names: F1 0.72 is published."""
    spec = Register(file="register.tsv", id="id", name="name")
    found = read_entities((bench / "entities/register.tsv").read_bytes(), spec, "world")
    rows = {row.native_id: row for row in found if isinstance(row, Entity)}
    ties, is_right, _ = right = judged(lines(bench / "entities/posts.jsonl"), rows)
    assert f1_of(right) > 0.77
    assert abs(ties["score"].mean() - sum(is_right) / len(ties)) < 0.06
