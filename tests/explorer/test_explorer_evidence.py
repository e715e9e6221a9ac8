"""Why a tie was made, in words: of every method, and of evidence nobody foresaw."""

from typing import Any

import pytest
from explored import HOSTILE, HOSTILE_KEY, Explored
from hypothesis import given
from hypothesis import strategies as st

from explorer.evidence import (
    evidence_in_words,
    evidence_of,
    method_in_words,
    score_in_words,
    stance_in_words,
)

_LABEL = {"label": "bus", "kind": "altLabel", "lang": "en", "found": "buses", "where": "text"}
_NAME = {"name": "Elm Court", "found": "elm court", "where": "text", "place": None}


@pytest.mark.parametrize(
    ("target", "evidence", "words"),
    [
        ("topic", _LABEL, "Found “buses” in the text: an alternative label is “bus” (en)."),
        (
            "topic",
            _LABEL | {"also": [{"found": "bus", "where": "tag"}, 3], "witness": "community"},
            "Found “buses” in the text: an alternative label is “bus” (en). Also “bus” in a tag. "
            "A second witness: its community.",
        ),
        (
            "topic",
            _LABEL | {"witness": {"found": "stop", "where": "title"}},
            "Found “buses” in the text: an alternative label is “bus” (en). "
            "A second witness: “stop” in the title.",
        ),
        ("dataset", {"found": "AWN-0048"}, "Found “AWN-0048”, which names the dataset."),
        (
            "dataset",
            {"terms": ["bus"], "fields": {"bus": "title", "stop": "keyword"}, "nearness": 0.618},
            "Shares the words “bus” (title), “stop” (keyword) with the dataset. "
            "In meaning: nearness 0.62 of 1.",
        ),
        ("dataset", {"terms": ["bus", "bus"]}, "Shares the words “bus” with the dataset."),
        (
            "dataset",
            {"nearness": 0.618},
            "Near the dataset in meaning, in another language: nearness 0.62 of 1.",
        ),
        (
            "topic",
            _LABEL | {"candidates": 2},
            "Found “buses” in the text: an alternative label is “bus” (en). "
            "It could be any of 2 topics.",
        ),
        ("entity", _NAME, "Found “elm court” in the text: the register has “Elm Court”."),
        (
            "entity",
            _NAME | {"place": "Fernley", "witness": "attached place"},
            "Found “elm court” in the text: the register has “Elm Court”. Its place, Fernley, is "
            "named too. A second witness: the place attached to the post.",
        ),
        (
            "entity",
            _NAME | {"candidates": 3},
            "Found “elm court” in the text: the register has “Elm Court”. It could be any of 3 of "
            "that name.",
        ),
        ("topic", {"new": 1}, ""),
        ("entity", {}, ""),
        ("planet", _NAME, ""),
    ],
)
def test_evidence_is_told_in_words(target: str, evidence: dict[str, Any], words: str) -> None:
    assert evidence_in_words(target, evidence) == words


_ODD = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)
_KEYS = st.sampled_from(["found", "words", "terms", "also", "witness", "label", "stance", "lang",
                         "nearness", "fields", "candidates", "place", "where", "kind"])  # fmt: skip


@given(st.sampled_from(["topic", "dataset", "entity"]), st.dictionaries(_KEYS, _ODD) | _ODD)
def test_no_evidence_breaks_a_page(target: str, evidence: Any) -> None:
    for method in ("", "examples", "retrieval"):
        assert isinstance(evidence_in_words(target, evidence, method), str)
    assert isinstance(stance_in_words("mixed", evidence), str)
    assert evidence_of("{") == {}


def test_words_that_weighed_are_no_label() -> None:
    said = _LABEL | {"found": "lonely, evenings"}
    assert evidence_in_words("topic", said, "examples") == (
        "Reads like the topic’s examples; what weighs most is “lonely, evenings”."
    )
    assert evidence_in_words("topic", said, "label-near").startswith(
        "Is near the topic in meaning;"
    )


def test_a_score_is_told_as_a_share_only_where_it_is_one() -> None:
    assert score_in_words("name", 0.79) == "right in about 8 of 10 such cases"
    assert score_in_words("link", 1.0) == "right in nearly all such cases"
    assert score_in_words("name", 0.02) == "seldom right"
    assert score_in_words("ambiguous", 0.3) == ""
    assert score_in_words("a-new-one", 0.9) == ""
    assert method_in_words("a-new-one") == "a-new-one"


def test_a_stance_is_told_with_its_words_as_an_experiment() -> None:
    said = {"stance": ["a joke"]}
    assert stance_in_words("negative", said) == "Experimental: speaks badly of it: “a joke”."
    assert (stance_in_words(None, said), stance_in_words("new", said)) == ("", "")


def test_a_name_that_several_bear_is_shown_with_all_of_them_and_tied_to_none(
    explored: Explored,
) -> None:
    page = explored.get(f"/goodguest/-/post/{HOSTILE_KEY}").text
    words = page.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    assert "Tied to 1 of ours" in page
    assert "could be any of" in page
    assert all(f"{HOSTILE} {number}" in words for number in range(2))
    assert "counted for none" in page
    assert "Once tied to 1 more" in page
    assert "ended by a review" in page
    assert "Experimental: speaks badly of it" in page
