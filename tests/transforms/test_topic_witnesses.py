"""Ambiguous labels: what counts as a second witness, and what happens without one."""

import pandas as pd
import pytest

from contract.catalogue import Label, Topic
from contract.post import Post, Tag
from transforms.frame import frame_of
from transforms.topics import tie_topics, topic_matcher


def topic(uri: str, *labels: str, broader: tuple[str, ...] = (), lang: str = "en") -> Topic:
    kinds = ("prefLabel", *("altLabel" for _ in labels[1:]))
    written = zip(kinds, labels, strict=True)
    return Topic(
        uri=uri,
        broader=broader,
        labels=tuple(Label(kind=kind, value=value, lang=lang) for kind, value in written),
    )


TOWN = [
    topic("green", "public green"),
    topic("park", "park", "flower bed", broader=("green",)),
    topic("trees", "elm tree", broader=("green",)),
    topic("recycling", "waste"),
    topic("planet", "Merkur", "solar system", lang="de"),
    topic("metal", "Merkur", "quicksilver", lang="de"),
]


def tied(lang: str | None = "xx", community: str | None = None, **said: object) -> pd.DataFrame:
    # In a language that the table does not know, meaning is no witness.
    tags = tuple(Tag(tag=tag) for tag in said.pop("tags", ()))
    post = Post(platform="forum", native_id="1", post_key="1", kind="post", lang=lang, tags=tags,
                community_name=community, **said)  # fmt: skip
    return tie_topics(frame_of([post]), topic_matcher(TOWN)).set_index("target")


def unsure(**said: object) -> set[str]:
    """Return what a post is tied to whose language is unknown and whose meaning says nothing."""
    return set(tied(lang=None, **said).index)


NOTHING = "qwv zzkx jjvw qqzx"
"""Words of no meaning; a label among them stands alone."""


def test_a_common_word_alone_is_no_tie() -> None:
    text = (
        "My sister laughed so much at the film that she spilled her tea over the actor's "
        "autograph. What a waste of a good joke, said our cousin, and we had to park ourselves on "
        "the stairs until the second half of the concert had begun and the singer was in tune"
    )
    ties = tied(lang="en", text=text)
    assert "park" not in ties.index
    assert "recycling" not in ties.index


@pytest.mark.parametrize(
    ("said", "witness"),
    [
        ({"text": "the park and a flower bed"}, {"label": "flower bed"}),
        ({"text": "the park and an elm tree"}, {"label": "elm tree"}),
        ({"text": "the park, our public green"}, {"label": "public green"}),
        ({"title": "elm tree", "text": "the park"}, {"label": "elm tree"}),
        ({"text": "the park", "community": "Elm Tree Society"}, {"community": True}),
    ],
)
def test_a_second_witness_makes_it_one(
    said: dict[str, str], witness: dict[str, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("transforms.topics._wanted", nobody)
    tie = tied(lang=None, **said).loc["park"]
    assert tie["method"] == "label" or tie["evidence"].get("also")
    shown = [tie["evidence"], *tie["evidence"].get("also", ())]
    assert witness in [one.get("witness") for one in shown]


def nobody(reading: object, *_: object) -> object:
    return pd.Series(False, index=range(len(reading.keys))).to_numpy()


@pytest.mark.parametrize(
    "said", [{"text": "the park"}, {"text": "the park is a park"}, {"text": "park and waste"}]
)
def test_the_same_word_again_or_a_strangers_is_no_witness(
    said: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("transforms.topics._wanted", nobody)
    assert unsure(**said) == set()


def test_a_tag_needs_no_witness(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("transforms.topics._wanted", nobody)
    assert unsure(text=NOTHING, tags=["park"]) == {"park"}


def test_the_posts_meaning_is_a_witness() -> None:
    text = "Sorting rubbish: plastic, cardboard and food waste go in separate bins for recycling"
    tie = tied(lang="en", text=text).loc["recycling"]
    assert tie["evidence"]["found"] == "waste"
    assert tie["evidence"]["witness"]["meaning"] >= 0


def test_a_label_that_topics_share_is_kept_for_all_and_counted_for_none() -> None:
    ties = tied(lang="de", text="Der Merkur ist schön")
    assert set(ties.index) == {"planet", "metal"}
    assert set(ties["method"]) == {"ambiguous"}
    assert ties["score"].max() < 0.5
    assert {found["candidates"] for found in ties["evidence"]} == {2}


def test_a_witness_tells_which_of_them_is_meant() -> None:
    ties = tied(lang="de", text="Der Merkur und das solar system")
    assert set(ties.index) == {"planet"}
    assert "ambiguous" not in set(ties["method"])


def test_a_label_shared_by_a_topic_and_the_one_above_it_is_not_ambiguous() -> None:
    topics = [topic("above", "Moorland"), topic("below", "Moorland", broader=("above",))]
    matcher = topic_matcher(topics)
    assert not matcher.is_shared.any()


def test_broader_topics_are_implied_by_the_hierarchy_and_not_stored() -> None:
    assert set(tied(lang="en", text="a flower bed of roses").index) == {"park"}
