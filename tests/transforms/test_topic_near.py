"""The nearest topic by meaning: only where nothing else speaks, and never of small talk."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from contract.catalogue import Label, Topic
from contract.post import Post
from transforms.frame import frame_of
from transforms.reading import read
from transforms.topic_near import (
    MOST_TOPICS,
    nearness,
    small_talk,
    strongest,
)
from transforms.topics import tie_topics, topic_matcher
from transforms.words import Lexicon

NAMES = {
    "waste": ("Waste management", "Collecting, burning and recycling household rubbish"),
    "roads": ("Highway maintenance", "Holes, cracks and worn surfaces of streets and roads"),
    "care": ("Adult social care", "Help for old and disabled people who cannot live alone"),
    "culture": ("Arts and heritage", "Museums, theatres, concerts and galleries"),
}
TOPICS = [
    Topic(
        uri=uri,
        labels=(Label(kind="prefLabel", value=label, lang="en"),),
        definition=meaning,
    )
    for uri, (label, meaning) in NAMES.items()
]


def tied(texts: list[str], topics: list[Topic] = TOPICS, lang: str = "en") -> pd.DataFrame:
    posts = [
        Post(platform="forum", native_id=str(at), post_key=f"{at:04}", kind="post", text=text,
             lang=lang)
        for at, text in enumerate(texts)
    ]  # fmt: skip
    return tie_topics(frame_of(posts), topic_matcher(topics))


SAID = {
    "waste": "Our rubbish has not been collected for two weeks and the bins are overflowing "
    "with bottles, cardboard and plastic that should have been recycled",
    "roads": "The tarmac on our street is cracked and full of holes, cars swerve around the "
    "broken surface and cyclists fall",
    "care": "My elderly mother is disabled and can no longer wash or dress alone, who helps "
    "old people in their own homes?",
    "culture": "Which gallery has the new exhibition of paintings, and are there tickets for "
    "the theatre and the concert on Saturday?",
}


def test_a_post_without_labels_is_tied_to_the_topic_it_is_nearest_to() -> None:
    ties = tied(list(SAID.values()))
    assert dict(zip(ties["post_key"], ties["target"], strict=True)) == {
        f"{at:04}": uri for at, uri in enumerate(SAID)
    }
    assert set(ties["method"]) == {"label-near"}
    assert ties["score"].between(0.3, 0.8).all()
    found = ties.set_index("target").loc["waste", "evidence"]
    assert found["label"] == "Waste management"
    assert "rubbish" in found["found"]
    assert len(found["found"].split(", ")) == 3


def test_small_talk_is_near_to_nothing() -> None:
    lines = small_talk()
    assert len(tied(lines)) <= 0.03 * len(lines)
    others = [
        "Has anybody seen the sunset tonight? Wow, what colours over the bay",
        "Happy anniversary to my lovely wife, twenty years and never a dull day",
        "I cannot find my other sock and I am already late for work again",
        "That goal in the last minute! I screamed so loud that the dog hid",
    ]
    assert tied(others).empty


def test_a_label_speaks_before_meaning_does() -> None:
    ties = tied([f"{SAID['waste']}. Is that what waste management means?"])
    assert list(ties["method"]) == ["label"]


def test_nothing_is_near_in_a_language_that_the_table_does_not_know() -> None:
    assert tied(list(SAID.values()), lang="cy").empty


def test_of_a_large_vocabulary_the_nearest_is_not_sought() -> None:
    more = [
        Topic(uri=f"urn:{at}", labels=(Label(kind="prefLabel", value=f"zq{at}x", lang="en"),))
        for at in range(MOST_TOPICS)
    ]
    assert tied(list(SAID.values()), [*TOPICS, *more]).empty


@pytest.mark.parametrize("words", [1, 8, 30, 200, 10_000])
def test_the_longer_a_post_the_less_near_it_comes_by_accident(words: int) -> None:
    near = nearness(TOPICS)
    gates = near.gate(np.array([words, words + 40]))
    assert gates[0] >= gates[1] > 0


def test_words_that_say_as_much_are_shown_by_the_alphabet() -> None:
    words = ["zqaab", "zqaac", "zqaad"]
    post = Post(
        platform="forum", native_id="1", post_key="1", kind="post", text="zqaad zqaac zqaab"
    )
    for order in (words, words[::-1]):
        known = Lexicon()
        numbers = np.array([known[word] for word in order], np.int32)
        reading = replace(read(frame_of([post])), lexicon=known)
        assert strongest(reading, np.zeros(3, np.int64), numbers, np.ones(3), 1) == [words]
