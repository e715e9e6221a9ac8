"""What authors do with their posts, measured on labelled sets; see docs/intent.md."""

import time
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

import transforms
from contract.columns import COLUMNS
from contract.post import Post
from docs.intent import SETS, labelled, scores
from transforms.frame import frame_of
from transforms.intent import LEAST, _first_look, _languages, _points, classify_intent
from transforms.reading import read
from transforms.search import fold_words, searched

CUES = Path(transforms.__path__[0]) / "intent_cues.yaml"
FLOORS = {"question": (0.9, 0.4), "praise": (0.8, 0.3)}
"""Precision and recall of each kind, on posts the rules were not made for."""


def _post(text: str) -> Post:
    return Post(platform="forum", native_id="1", kind="post", lang="en", text=text)


def intents(*posts: dict[str, Any]) -> list[str | None]:
    made = [
        Post(platform="forum", native_id=str(n), **{"kind": "post", "lang": "en", **post})
        for n, post in enumerate(posts)
    ]
    found = classify_intent(fold_words(frame_of(made)))["intent"]
    return [None if pd.isna(intent) else intent for intent in found]


@pytest.mark.parametrize("name", SETS)
def test_precision_and_recall_of_each_kind(name: str) -> None:
    rows = labelled(name)
    assert len(rows) >= 125
    measured = scores(rows)
    assert set(measured) == set(FLOORS) == set(LEAST) == set(COLUMNS["intent"].values)
    for kind, (precision, recall) in FLOORS.items():
        assert measured[kind].given >= 8, kind
        assert measured[kind].precision >= precision, (kind, measured[kind])
        assert measured[kind].recall >= recall, (kind, measured[kind])


def test_no_post_stands_in_both_sets() -> None:
    development, held_out = ({row["text"] for row in labelled(name)} for name in SETS)
    assert not development & held_out


def test_a_title_counts_but_not_that_of_a_thread() -> None:
    asked = "Does anyone know when the tip opens?"
    assert intents(
        {"title": asked, "text": "It is for an old sofa."},
        {"title": asked, "text": "At nine, I think.", "kind": "reply"},
        {"title": "The tip", "text": asked, "kind": "comment"},
        {"title": "The tip", "text": "At nine, I think.", "kind": "comment"},
    ) == ["question", None, "question", None]


@pytest.mark.parametrize(
    "said",
    [
        "Really?",
        "See https://town.example/bins?does=anyone&know=it for the days.",
        "How could they do that?!",
        "What is the point of the form?",
        "Lovely evening on the pier, wasn't it?",
    ],
)
def test_a_question_mark_alone_makes_no_question(said: str) -> None:
    assert intents({"text": said}) != ["question"]


@pytest.mark.parametrize(
    "said",
    [
        "What do we learn from this? That a form needs a person at its other end, not a machine.",
        "Where do we go from here? Read on: https://town.example/plans",
        "RT @town: Does anyone know when the tip opens?",
        "[quote]Does anyone know when the tip opens?[/quote] At nine.",
        'He asked me, "does the tip open on Sundays?"',
    ],
)
def test_what_others_asked_and_what_is_answered_at_once_is_no_question(said: str) -> None:
    assert intents({"text": said, "kind": "reply"}) == [None]


def test_what_is_not_plain_stays_without() -> None:
    praise = "Great work by the bin crew."
    assert intents(
        {"text": praise},
        {"text": f"{praise} The rest was a shambles."},
        {"text": praise, "lang": None},
        {"text": praise, "lang": "nl"},
        {"text": praise, "kind": "article"},
        {"text": praise, "kind": "photo"},
        {"text": f"{praise} {'A word about the weather. ' * 40}"},
        {"text": "Huge pothole on Bramble Street."},
        {"text": "Fed up. Our bins were not emptied again."},
        {"text": ""},
    ) == ["praise", *[None] * 9]


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet=st.sampled_from("ab ?!.,\n-'¿é😀"), max_size=120))
def test_any_text_is_read_and_its_order_among_others_says_nothing(text: str) -> None:
    asked = {"text": "Does anyone know if the tip is open on Sundays?"}
    alone, beside = intents({"text": text}), intents(asked, {"text": text})
    assert beside == ["question", *alone]


_CUES = [cue for lists in yaml.safe_load(CUES.read_text("utf-8")).values()
         for kind in LEAST for cues in lists[kind].values() for cue in cues]  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(st.lists(st.lists(st.sampled_from([*_CUES, "elm", "A" * 70, "?", "."]), max_size=12)))
def test_the_first_look_misses_nothing(said: list[list[str]]) -> None:
    texts = [" ".join(words) for words in said]
    may_hear = _first_look()(read(frame_of([_post(text) for text in texts])))
    for language in _languages().values():
        heard = [any(_points(searched(text).split(), language)) for text in texts]
        assert all(may for may, is_heard in zip(may_hear, heard, strict=True) if is_heard)


def test_the_first_look_lets_most_posts_pass() -> None:
    rows = [row for name in SETS for row in labelled(name)]
    may_hear = _first_look()(read(frame_of([_post(row["text"]) for row in rows])))
    assert sum(may_hear) < 0.6 * len(rows)


def test_an_empty_batch_stays_one() -> None:
    found = classify_intent(fold_words(frame_of([])))
    assert (len(found), str(found["intent"].dtype)) == (0, "str")


@pytest.mark.parametrize(
    "text", ["?" * 60_000, "why? " * 12_000, "a" * 60_000 + "?", "not " * 15_000]
)
def test_hostile_text_costs_no_more_than_long_text(text: str) -> None:
    batch = fold_words(
        frame_of([Post(platform="f", native_id="1", kind="post", lang="en", text=text)])
    )
    classify_intent(batch)
    began = time.process_time()
    classify_intent(batch)
    assert time.process_time() - began < 0.05
