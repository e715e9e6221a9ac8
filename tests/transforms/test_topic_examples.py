"""Topics learnt from examples: measured, used only when good enough, and the same each time."""

import time
from random import Random

import numpy as np
import pandas as pd
import pytest

from contract.catalogue import Example, Label, Topic
from contract.post import Post
from pipeline.kept import decoded, encoded
from transforms.frame import frame_of
from transforms.reading import read
from transforms.topic_examples import FEWEST, train
from transforms.topic_learnt import Learnt, Own
from transforms.topic_names import TopicMatcher
from transforms.topic_training import FOLDS, folds_of
from transforms.topics import tie_topics, topic_matcher

SUBJECTS = {
    "urn:bread": ["bake", "loaf", "oven", "crust", "flour", "yeast", "knead", "crumb", "rye"],
    "urn:boats": [
        "sail",
        "harbour",
        "mast",
        "anchor",
        "keel",
        "rudder",
        "mooring",
        "yacht",
        "tide",
    ],
    "urn:chess": ["pawn", "bishop", "rook", "checkmate", "gambit", "opening", "castle", "endgame"],
}
FILLING = ["the", "my", "a", "so", "again", "when", "is", "it", "and", "with", "today", "very"]


def sayings(words: list[str], count: int, dice: Random) -> list[str]:
    return [
        " ".join(dice.sample(words, 3) + dice.sample(FILLING, 5) + [f"no{dice.random()}"])
        for _ in range(count)
    ]


def examples(count: int = 12, seed: int = 1) -> list[Example]:
    dice = Random(seed)
    return [
        Example(topic=topic, text=text, lang="en")
        for topic, words in SUBJECTS.items()
        for text in sayings(words, count, dice)
    ]


def posts_of(texts: list[str], lang: str | None = "en") -> pd.DataFrame:
    return frame_of(
        [
            Post(platform="forum", native_id=str(at), post_key=f"{at:04}", kind="post", text=text,
                 lang=lang)
            for at, text in enumerate(texts)
        ]
    )  # fmt: skip


def learnt(*args: list[Example]) -> Learnt:
    found = train(*args)
    assert found is not None
    return found


def matcher(given: list[Example]) -> TopicMatcher:
    topics = [
        Topic(uri=uri, labels=(Label(kind="prefLabel", value=f"Zq{uri[4:]}", lang="en"),))
        for uri in SUBJECTS
    ]
    return topic_matcher(topics, given)


def test_what_was_learnt_is_found_in_texts_it_was_not_learnt_from() -> None:
    dice = Random(2)
    truth = [(topic, t) for topic, words in SUBJECTS.items() for t in sayings(words, 20, dice)]
    ties = tie_topics(posts_of([text for _, text in truth]), matcher(examples()))
    ties = ties[ties["method"] == "examples"]
    right = [
        truth[int(key)][0] == to for key, to in zip(ties["post_key"], ties["target"], strict=True)
    ]
    assert len(ties) >= 0.9 * len(truth)
    assert np.mean(right) >= 0.95


def test_a_tie_shows_the_words_that_weighed_most_and_the_version() -> None:
    by = matcher(examples())
    tie = tie_topics(posts_of(["today we knead the rye flour again"]), by).iloc[0]
    assert (tie["target"], tie["method"]) == ("urn:bread", "examples")
    assert set(tie["evidence"]["found"].split(", ")) == {"knead", "rye", "flour"}
    assert by.learnt is not None
    assert tie["evidence"]["model"] == by.learnt.version
    assert 0.3 <= tie["score"] < 1


def test_small_talk_is_no_topic() -> None:
    texts = ["Good night all, sleep well", "Happy new year!", "lol", "", "42"]
    ties = tie_topics(posts_of(texts), matcher(examples()))
    assert ties[ties["method"] == "examples"].empty


def test_topics_that_examples_do_not_tell_apart_are_not_used_and_it_says_why() -> None:
    dice = Random(3)
    texts = sayings(SUBJECTS["urn:boats"], 40, dice)
    muddled = [Example(topic=f"urn:{at % 4}", text=text) for at, text in enumerate(texts)]
    few = [
        Example(topic="urn:few", text=text)
        for text in sayings(["dahlia", "rose", "tulip"], 4, dice)
    ]
    found = learnt([*examples(), *muddled, *few])
    reasons = {one.topic_uri: one.reason for one in found.measured}
    assert set(found.topics) == {"urn:bread", "urn:chess"}
    assert reasons["urn:bread"] is None
    assert "are right" in str(reasons["urn:0"])
    assert reasons["urn:few"] == f"4 examples; at least {FEWEST} are needed"
    assert {one.topic_uri: one.examples for one in found.measured}["urn:bread"] == 12


def test_a_text_of_two_topics_is_one_of_each_and_counterexamples_count() -> None:
    dice = Random(4)
    both = [
        f"{a} {b}"
        for a, b in zip(
            sayings(SUBJECTS["urn:bread"], 12, dice),
            sayings(SUBJECTS["urn:boats"], 12, dice),
            strict=True,
        )
    ]
    given = [Example(topic=uri, text=text) for text in both for uri in ("urn:bread", "urn:boats")]
    found = learnt([*examples(), *given])
    hits = found.found(read(posts_of(["knead flour rye harbour mast anchor"])))
    assert {found.topics[at] for at in hits.topics.tolist()} == {"urn:bread", "urn:boats"}
    against = [
        Example(topic="urn:bread", text=f"rye {text}") for text in sayings(["field"] * 3, 12, dice)
    ]
    before, after = learnt(examples()), learnt(examples(), against)
    rows = [model.found(read(posts_of(["rye field the rye field"]))) for model in (before, after)]
    said = [row.against[0, 0] for row in rows]
    assert said[1] < said[0]
    assert before.version != after.version


def test_the_same_examples_in_any_order_give_the_same_model() -> None:
    given = examples()
    one, other = learnt(given), learnt(given[::-1])
    assert encoded(one) == encoded(other)
    assert learnt(given[1:]).version != one.version
    assert train([]) is None


def test_a_model_that_was_kept_and_read_finds_the_same_in_any_split() -> None:
    by = matcher(examples())
    kept = decoded(encoded(by), TopicMatcher)
    dice = Random(5)
    posts = posts_of([t for words in SUBJECTS.values() for t in sayings(words, 15, dice)])
    whole = tie_topics(posts, by)
    split = [tie_topics(posts.iloc[at : at + 7], kept) for at in range(0, len(posts), 7)]
    pd.testing.assert_frame_equal(pd.concat(split, ignore_index=True), whole)


def test_scores_of_a_batch_are_those_of_a_slow_sum() -> None:
    found = learnt(examples())
    texts = ["knead flour flour rye", "yachtsman and unbakeable zzz", "rook takes pawn"]
    columns = len(found.topics)
    rows = found._rows
    reading = read(posts_of(texts))
    own = Own(np.append(reading.starts[:-1], len(reading.numbers)), reading.numbers)
    chances = rows.chances(reading.lexicon, own)
    for at, text in enumerate(texts):
        sums = np.zeros(columns + 1, np.float64)
        for word in text.split():
            sums += rows._weighed(reading.lexicon, np.array([reading.lexicon[word]], np.int32))[0]
        score = sums[:-1] / np.sqrt(sums[-1]) + found.biases
        slow = 1 / (1 + np.exp(-(score * found.slopes + found.offsets)))
        np.testing.assert_allclose(chances[at], slow, rtol=1e-4, atol=1e-5)


OTHERS = [
    Topic(uri=f"urn:other{at}", labels=(Label(kind="prefLabel", value=f"Zqother{at}", lang="en"),))
    for at in range(8)
]


def in_the_wild(given: list[Example], texts: list[str], lang: str | None = "en") -> list[str]:
    """Return what is tied by examples where most of the vocabulary has none."""
    topics = [
        Topic(uri=uri, labels=(Label(kind="prefLabel", value=f"Zq{uri[4:]}", lang="en"),))
        for uri in SUBJECTS
    ]
    ties = tie_topics(posts_of(texts, lang), topic_matcher([*topics, *OTHERS], given))
    return list(ties.loc[ties["method"] == "examples", "target"])


def test_where_few_topics_are_learnt_only_what_is_said_and_meant_is_tied() -> None:
    given = examples(20)
    about = ["knead the rye flour and bake the loaf", "the mast and the rudder of my yacht"]
    assert in_the_wild(given, about) == ["urn:bread", "urn:boats"]
    # One word of the examples, function words of theirs, and a subject that nobody taught.
    assert not in_the_wild(
        given,
        [
            "the opening of the new pharmacy is again today",
            "my so and with it when the a very",
            "The sign says open, the door says no",
            "my dog ran over the castle field today and came back with a stick",
        ],
    )


def test_a_language_is_no_topic() -> None:
    welsh = [
        Example(topic="urn:bread", text=f"mae r tŷ yn dawel heb neb {at}", lang="cy")
        for at in range(6)
    ]
    said = ["mae r cyngor yn dawel iawn heb neb"]
    assert in_the_wild([*examples(), *welsh], said, "cy") == []
    assert in_the_wild([*examples(), *welsh[:1]], said, "cy") == []
    others = [
        Example(topic="urn:boats", text=f"mae r cwch yn hwylio tonnau harbwr {at}", lang="cy")
        for at in range(6)
    ]
    model = learnt([*examples(), *welsh, *others])
    assert {"cy", "en"} == set(model.langs[model.topics.index("urn:bread")])


def test_examples_without_a_word_that_tells_are_none_and_it_says_so() -> None:
    mute = ["!!! 1", "42", "\U0001f600 \U0001f600", "it is so very", "", "the and a"]
    found = learnt([*examples(), *(Example(topic="urn:mute", text=t, lang="en") for t in mute)])
    reasons = {one.topic_uri: one.reason for one in found.measured}
    assert "urn:mute" not in found.topics
    assert reasons["urn:mute"] == (
        "6 examples, 6 of them without a word that tells; at least 5 are needed"
    )


def test_a_word_that_one_text_alone_has_is_not_kept() -> None:
    said = Example(topic="urn:bread", text="knead rye flour, says zebedeusquigley", lang="en")
    kept = encoded(learnt([*examples(), said]))
    assert b"zebed" not in kept
    assert b"quigl" not in kept
    assert b"flour" in kept
    twice = learnt([*examples(), said, Example(topic="urn:bread", text="loaf by zebedeusquigley")])
    assert "zebedeusquigley" in twice.words


def test_what_is_asked_of_many_posts_leaves_nothing_behind() -> None:
    found = learnt(examples())
    dice = Random(6)
    texts = [" ".join(f"w{dice.randrange(10**9):x}" for _ in range(50)) for _ in range(200)]
    found.found(read(posts_of(["flour"])))
    before = sum(x.nbytes for x in vars(found._rows).values() if isinstance(x, np.ndarray))
    found.found(read(posts_of(texts)))
    after = sum(x.nbytes for x in vars(found._rows).values() if isinstance(x, np.ndarray))
    assert before == after
    assert found._rows._own.shape == (len(found.words), len(found.topics) + 1)


def test_the_thread_is_not_what_a_reply_says() -> None:
    reply = Post(
        platform="forum", native_id="1", post_key="1", kind="reply", lang="en",
        title="knead the rye flour, bake a loaf", text="Thank you, see you there",
    )  # fmt: skip
    ties = tie_topics(frame_of([reply]), matcher(examples()))
    assert "examples" not in set(ties["method"])


def test_folds_hold_of_each_topic_about_as_many() -> None:
    is_of = np.repeat(np.eye(4, dtype=np.bool_), [10, 7, 20, 5], axis=0)
    folds = folds_of(is_of)
    for topic in range(4):
        counts = np.bincount(folds[is_of[:, topic]], minlength=FOLDS)
        assert counts.max() - counts.min() <= 1


@pytest.mark.parametrize("text", ["a" * 65536, "knead " * 20_000, "\u202e" * 5000, "道" * 30_000])
def test_a_hostile_text_takes_no_time(text: str) -> None:
    by = matcher([*examples(), Example(topic="urn:bread", text=text)])
    began = time.process_time()
    tie_topics(posts_of([text]), by)
    assert time.process_time() - began < 2
