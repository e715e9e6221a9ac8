"""Ties to topics: the cases of the data file, a slow oracle, and laws."""

import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from contract.catalogue import Label, Topic
from contract.post import Post, Tag
from transforms.frame import frame_of
from transforms.labels import TIE_COLUMNS, label_index, labels_in, outermost
from transforms.reading import read
from transforms.topics import tie_topics, topic_matcher
from transforms.words import words_of

CASES = yaml.safe_load(
    Path(__file__).with_name("data").joinpath("topic_cases.yaml").read_text("utf-8")
)


def town_topics() -> list[Topic]:
    return [
        Topic(
            uri=uri,
            labels=tuple(
                Label(kind=label[0], value=label[1], lang=label[2] if len(label) > 2 else None)
                for label in given
                if label != "deprecated"
            ),
            is_deprecated="deprecated" in given,
        )
        for uri, given in CASES["topics"].items()
    ]


def by_labels(ties: pd.DataFrame) -> pd.DataFrame:
    """Return the ties that rest on labels."""
    return ties[ties["method"] != "label-near"].reset_index(drop=True)


def batch(*posts: dict) -> pd.DataFrame:
    return frame_of(
        [
            Post(
                platform="forum",
                native_id=str(number),
                post_key=f"{number:04}",
                kind=post.get("kind", "post"),
                title=post.get("title"),
                text=post["text"],
                lang=post.get("lang", "en"),
                tags=tuple(Tag(tag=tag) for tag in post.get("tags", ())),
            )
            for number, post in enumerate(posts)
        ]
    )


@pytest.mark.parametrize("case", CASES["cases"], ids=lambda case: case["text"][:30] or "empty")
def test_a_post_is_tied_to_what_its_labels_say(case: dict) -> None:
    ties = by_labels(tie_topics(batch(case), topic_matcher(town_topics())))
    assert dict(zip(ties["target"], ties["method"], strict=True)) == case["ties"]


def test_a_post_without_a_key_is_read_beside_the_others_and_gets_no_ties() -> None:
    matcher, said = topic_matcher(town_topics()), {"text": "A pothole again"}
    reading = read(batch(said, said, said))
    ties = tie_topics(replace(reading, keys=["", "0001", ""]), matcher)
    alone = tie_topics(batch({"text": "nothing"}, said), matcher)
    pd.testing.assert_frame_equal(ties, alone)
    assert set(ties["post_key"]) == {"0001"}


def test_a_tie_shows_what_met_and_where() -> None:
    posts = batch({"title": "Potholes!", "text": "one POTHOLE here, one pothole there"})
    tie = tie_topics(posts, topic_matcher(town_topics())).iloc[0]
    assert tie["evidence"] == {
        "label": "pothole", "kind": "prefLabel", "lang": "en", "found": "Potholes",
        "where": "title", "also": [
            {"label": "pothole", "kind": "prefLabel", "lang": "en", "found": "POTHOLE",
             "where": "text"}
        ],
    }  # fmt: skip
    alone = [tie_topics(batch(p), topic_matcher(town_topics())) for p in ({"text": "POTHOLE"},)]
    assert alone[0].iloc[0]["score"] < tie["score"] < 1


def test_better_witnesses_and_more_of_them_score_higher_and_never_reach_one() -> None:
    said = [
        {"kind": "reply", "title": "pothole", "text": "same"},
        {"text": "potholes"},
        {"text": "pothole"},
        {"title": "pothole", "text": "pothole potholes", "tags": ["pothole", "Potholes"]},
    ]
    matcher = topic_matcher(town_topics())
    scores = [tie_topics(batch(post), matcher)["score"].max() for post in said]
    assert scores == sorted(scores)
    assert len(set(scores)) == len(scores)
    assert scores[-1] < 1


def test_a_post_about_something_else_scores_lower() -> None:
    said = [
        {"text": "A pothole in the road again, deep enough to wreck a wheel, when is it filled?"},
        {
            "text": "My cake sank in the middle like a pothole. Flour, butter, three eggs, vanilla "
            "sugar and half an hour at too much heat; next Sunday I bake a lemon tart for grandma"
        },
    ]
    ties = tie_topics(batch(*said), topic_matcher(town_topics()))
    scores = ties[ties["target"] == "pothole"]["score"].tolist()
    assert scores[0] > scores[1] + 0.1


WORD = st.sampled_from(["ab", "b", "c", "abc", "é", "Ab"])
PHRASE = st.lists(WORD, min_size=1, max_size=3).map(" ".join)


@given(
    st.lists(PHRASE, max_size=8),
    st.lists(WORD, max_size=12),
    st.sampled_from([" ", "-", ", ", "_"]),
)
def test_labels_are_found_as_a_slow_search_finds_them(
    labels: list[str], said: list[str], between: str
) -> None:
    index = label_index((words_of(label).folded, at) for at, label in enumerate(labels))
    words = words_of(between.join(said)).folded
    spans = {
        (start, end, at)
        for at, label in enumerate(labels)
        for start in range(len(words))
        for end in range(start + 1, len(words) + 1)
        if words[start:end] == label.casefold().split()
    }
    numbers = np.array([index.numbered(word) for word in words], np.int32)
    hits = labels_in(numbers, np.full(len(words), len(words), np.int32), index)
    found = list(zip(*(column.tolist() for column in hits), strict=True))
    assert sorted(found) == sorted(spans)
    kept = {
        (a, b, at)
        for a, b, at in spans
        if not any((c <= a and b <= d) and (c, d) != (a, b) for c, d, _ in spans)
    }
    assert sorted(found[at] for at in outermost(hits)) == sorted(kept)


def test_a_label_does_not_go_on_in_the_next_place_or_post() -> None:
    said = [
        {"title": "Street", "text": "trees grow"},
        {"title": "The street trees", "text": "Street"},
        {"text": "trees", "tags": ["street", "trees"]},
        {"text": "street trees!"},
    ]
    topic = Topic(uri="trees", labels=(Label(kind="prefLabel", value="Street trees", lang="en"),))
    ties = by_labels(tie_topics(batch(*said), topic_matcher([topic])))
    assert list(ties["post_key"]) == ["0001", "0003"]
    assert [found["found"] for found in ties["evidence"]] == ["street trees", "street trees"]


def test_a_post_is_read_once_for_all() -> None:
    said = [
        {"title": "Street trees", "text": "of Eastmere & more", "tags": ["BikeLanes"]},
        {"text": ""},
        {"kind": "reply", "title": "On trees", "text": "@me.you: Straße!"},
    ]
    titles = ["Street trees", "", "On trees"]
    expected = [
        words_of(f"{t}\n{post['text']}").folded for t, post in zip(titles, said, strict=True)
    ]
    assert read(batch(*said)).said() == expected


@pytest.mark.parametrize(
    "text",
    [
        "@street.trees street & trees street-trees",
        "See https://a.example/street trees. Street\ntrees",
        "❤\ufe0f street_trees \u200d道street trees道",
        "[street] trees [mail] street\xa0trees… street trees",
    ],
)
def test_what_is_found_is_the_posts_own_writing(text: str) -> None:
    """Where words stand is told by looking for them, one after the other."""
    reading = read(batch({"text": text}))
    words = words_of(text)
    count = len(words.folded)
    assert reading.folded(0, count) == words.folded
    starts, ends = np.triu_indices(count + 1, 1)
    spans = [words.span(start, end) for start, end in zip(starts, ends, strict=True)]
    assert reading.spans(starts, ends) == spans
    assert reading.found(starts, ends) == [text[begin:end] for begin, end in spans]


def test_what_is_found_in_a_long_text_is_told_by_going_through_it_once() -> None:
    text = " ".join(f"street{number}\ttrees" for number in range(60_000))
    reading = read(batch({"text": text}))
    starts = np.arange(0, len(reading.numbers), 2)
    began = time.process_time()
    assert " ".join(reading.found(starts, starts + 2)) == text
    assert time.process_time() - began < 5


def test_any_split_and_any_order_give_the_same_ties() -> None:
    posts = batch(*CASES["cases"])
    topics = town_topics()
    whole = tie_topics(posts, topic_matcher(topics))
    matcher = topic_matcher(reversed(topics))
    split = [tie_topics(posts.iloc[at : at + 7], matcher) for at in range(0, len(posts), 7)]
    pd.testing.assert_frame_equal(pd.concat(split, ignore_index=True), whole)
    pd.testing.assert_frame_equal(tie_topics(posts.iloc[::-1], matcher), whole)
    assert not whole.duplicated(["post_key", "target"]).any()


def test_the_batch_is_not_changed_and_nothing_gives_an_empty_frame() -> None:
    posts = batch({"text": "pothole", "tags": ["pothole"]})
    before = posts.copy(deep=True)
    tie_topics(posts, topic_matcher(town_topics()))
    pd.testing.assert_frame_equal(posts, before)
    for empty in (tie_topics(posts, topic_matcher([])), tie_topics(batch(), topic_matcher([]))):
        assert list(empty.columns) == list(TIE_COLUMNS)
        assert empty.empty
        assert empty["score"].dtype == "float64"


@pytest.mark.parametrize(
    "text",
    [
        "a" * 65536,
        "pothole " * 8192,
        "road safety net " * 4096,
        "\u202e" * 65536,
        "@" * 65536,
        "& " * 32768,
        "道" * 65536,
        " ".join(f"word{number}" for number in range(30_000)),
    ],
)
def test_a_hostile_text_takes_no_time(text: str) -> None:
    matcher = topic_matcher(town_topics())
    began = time.process_time()
    tie_topics(batch({"text": text, "title": text, "lang": None}), matcher)
    assert time.process_time() - began < 2
