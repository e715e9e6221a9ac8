"""What a worker hands over arrives as it was."""

import pickle
from collections import Counter
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.post import Link, Media, Post, Tag
from pipeline.completing import cleaning_steps, through
from pipeline.parse import Records
from pipeline.prepared import Prepared
from transforms.frame import frame_of
from transforms.labels import ties_frame
from warehouse.links import Tied

HALF = "\ud800"
WORDS = st.text(max_size=9)
TOLD = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(0, 1) | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=6,
)


def prepared(posts: list[Post], tied: Tied | None = None) -> Prepared:
    frame = frame_of(posts)
    return Prepared(Records(), frame, range(len(posts), len(posts)), Counter({"a": 2}), tied, 3)


def post(n: int, **fields: Any) -> Post:
    return Post(platform="forum", native_id=f"{n}", kind="post", **fields)


def handed_over(given: Prepared) -> Prepared:
    """Return what arrives, once it was looked at whether it is the same."""
    arrived: Prepared = pickle.loads(pickle.dumps(given))
    assert_same(arrived.posts, given.posts)
    if given.tied is None:
        assert arrived.tied is None
    else:
        assert arrived.tied is not None
        assert (arrived.tied.version, arrived.tied.methods) == (given.tied.version, "m")
        for name in ("posts", "topics", "datasets", "entities"):
            assert_same(getattr(arrived.tied, name), getattr(given.tied, name))
    assert arrived[2:4] + arrived[5:] == given[2:4] + given[5:]
    return arrived


def assert_same(one: pd.DataFrame, other: pd.DataFrame) -> None:
    assert set(one) == set(other)
    pd.testing.assert_frame_equal(one[list(other)], other)


@given(
    st.lists(st.lists(st.builds(Tag, tag=WORDS, normalised=WORDS), max_size=3), max_size=4),
    st.lists(st.dictionaries(WORDS, TOLD, max_size=3), max_size=4),
)
def test_what_is_handed_over_arrives_as_it_was(
    tags: list[list[Tag]], evidence: list[dict[str, Any]]
) -> None:
    link, media = Link(url="https://a.example/", domain="a.example"), Media(url="https://b.example")
    posts = [
        post(n, tags=tuple(some), links=(link,) * n, media=(media,) * (n % 2))
        for n, some in enumerate(tags)
    ]
    topics = ties_frame((f"{n}", "t", 0.5, "label", told) for n, told in enumerate(evidence))
    none = ties_frame([])
    tied = Tied(frame_of(posts)[["post_key", "text"]], "v", topics, none, none, "m", "c")
    handed_over(prepared(posts, tied))


@pytest.mark.parametrize("posts", [[], [post(1, body="Lamps", likes=3)]])
def test_posts_without_ties_arrive(posts: list[Post]) -> None:
    assert len(handed_over(prepared(posts)).posts) == len(posts)


def test_halves_of_characters_stop_no_worker() -> None:
    half = f"https://a.example/{HALF}"
    torn = post(
        1,
        body=f"Lamps {HALF} #{HALF}lamps",
        tags=(Tag(tag=f"lamp{HALF}s"),),
        links=(Link(url=half),),
        media=(Media(url=half, alt_text=HALF, licence=HALF),),
    )
    cleaned = through(cleaning_steps(["en"], "GB"), frame_of([torn]))
    assert (cleaned["tags"].map(len) > 0).all()
    arrived: Prepared = pickle.loads(pickle.dumps(prepared([torn])._replace(posts=cleaned)))
    assert_same(arrived.posts, cleaned)
