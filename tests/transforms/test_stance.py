"""Stance: how posts speak of what they are tied to, on sets the rules were not made with."""

import time
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contract.post import Post
from docs.stance import labelled, scores, stances
from transforms.frame import frame_of
from transforms.reading import read
from transforms.stance import STANCES, add_stance


def told(*posts: dict[str, Any]) -> pd.DataFrame:
    """Return a tie for each post, to what `found` says, with its stance."""
    keys = [f"{number:06}" for number in range(len(posts))]
    batch = frame_of(
        Post(**{"platform": "f", "native_id": key, "kind": "post", "lang": "en", **post["said"]})
        for key, post in zip(keys, posts, strict=True)
    )
    evidence = [{"found": post.get("found", "library"), "where": "text"} for post in posts]
    ties = pd.DataFrame({"post_key": keys, "evidence": evidence})
    return add_stance(ties, read(batch.assign(post_key=keys)))


def stance_of(text: str, found: str = "library", **said: Any) -> str | None:
    (stance,) = told({"said": {"text": text, **said}, "found": found})["stance"]
    return None if pd.isna(stance) else str(stance)


def test_the_sets_are_large_and_half_without_a_stance() -> None:
    rows = [row for name in ("development", "held_out") for row in labelled(name)]
    assert len(rows) >= 300
    assert 0.45 <= sum(not row["stance"] for row in rows) / len(rows) <= 0.55
    assert {row["stance"] for row in rows} == {"", *STANCES}


def test_what_is_given_is_mostly_right_in_posts_the_rules_were_not_made_with() -> None:
    found = scores([row for row in labelled("held_out") if row["lang"] == "en"])
    for stance in STANCES:
        assert found[stance].precision >= 0.8
        assert found[stance].recall >= 0.5


def test_languages_without_cues_show_none() -> None:
    foreign = [row for row in labelled("development") if row["lang"] != "en"]
    assert len(foreign) > 40
    assert not any(stances(foreign))
    assert stance_of("I love the library.", lang=None) is None
    assert stance_of("I love the library.", lang="en-GB") == "positive"


@pytest.mark.parametrize(
    ("text", "stance"),
    [
        ("The library is brilliant.", "positive"),
        ("The library isn't brilliant.", "negative"),
        ("The library is not bad.", None),
        ("No library is perfect.", None),
        ("Is the library any good?", None),
        ("The library would be great with a lift.", None),
        ("They say the library is awful.", None),
        ("My brother hates the library.", None),
        ("I hate the library.", "negative"),
        ("“The library is a joke”, it reads.", None),
        ("The library is wonderful 🙄", None),
        ("RT [handle]: The library is wonderful.", None),
        ("The library is lovely but the toilets are filthy.", "mixed"),
        ("The library is lovely but the car park next to it is filthy.", None),
        ("Went past the library, the weather was awful.", None),
        ("There is a new library. Love it!", "positive"),
        ("There is a new library. It is a disgrace that we lost the bus.", None),
        ("There is a new library. Was it there before? Brilliant!", None),
        ("The library is brilliant. The library is filthy.", "mixed"),
        ("The station is brilliant.", None),
        ("It is brilliant.", None),
        ("Love this!", None),
        ("Outside the library. My great-grandfather drove it.", None),
        ("", None),
    ],
)
def test_only_what_is_plainly_said_of_the_target_counts(text: str, stance: str | None) -> None:
    assert stance_of(text) == stance


def test_the_title_of_a_post_is_its_own_but_that_of_a_thread_is_not() -> None:
    said = {"title": "Our awful library", "text": "See above."}
    assert stance_of(**said) == "negative"
    assert stance_of(**said, kind="comment") is None


def test_the_words_that_tell_are_evidence_and_the_given_evidence_stays_as_it_was() -> None:
    keys = ["000000"]
    evidence = {"found": "library", "label": "libraries"}
    ties = pd.DataFrame({"post_key": keys, "evidence": [evidence]})
    post = Post(
        platform="f", native_id="1", kind="post", lang="en", text="The library isn’t good at all."
    )
    found = add_stance(ties, read(frame_of([post]).assign(post_key=keys)))
    assert found["evidence"][0] == {**evidence, "stance": ["not good at all"]}
    assert "stance" not in evidence
    assert "stance" not in ties


def test_no_ties_stay_none() -> None:
    ties = pd.DataFrame({"post_key": pd.Series([], dtype="str"), "evidence": []})
    found = add_stance(ties, read(frame_of([]).assign(post_key=[])))
    assert (len(found), str(found["stance"].dtype)) == (0, "str")


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            ["library", "is", "not", "good", "awful", "but", "it", ".", "?", "\n", "é"]
        ),
        max_size=30,
    )
)
def test_any_text_is_read_and_its_order_among_others_says_nothing(words: list[str]) -> None:
    asked = {"said": {"text": " ".join(words)}}
    known = {"said": {"text": "The library is brilliant."}}
    alone, beside = told(asked), told(known, asked)
    assert beside["stance"].fillna("").tolist() == ["positive", *alone["stance"].fillna("")]


@pytest.mark.parametrize(
    "text",
    [
        "library is good " * 4_000,
        "library. good. " * 4_000,
        "not " * 15_000 + "library good",
        "good" * 15_000,
        "library\n" * 8_000 + "good",
    ],
)
def test_hostile_text_costs_no_more_than_long_text(text: str) -> None:
    keys = ["000000"]
    post = Post(platform="f", native_id="1", kind="post", lang="en", text=text)
    reading = read(frame_of([post]).assign(post_key=keys))
    ties = pd.DataFrame({"post_key": keys * 50, "evidence": [{"found": "library"}] * 50})
    add_stance(ties, reading)
    began = time.process_time()
    add_stance(ties, reading)
    assert time.process_time() - began < 0.05
