"""A batch says exactly what the posts said."""

from datetime import UTC, datetime, timedelta

import msgspec
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

from contract.columns import COLUMNS
from contract.post import Link, Media, Post, Tag
from transforms.frame import frame_of

whole_text = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
moments = st.integers(-(10**16), 10**16).map(
    lambda microseconds: datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=microseconds)
)
counts = st.none() | st.integers(-(2**63), 2**63 - 1)
posts = st.builds(
    Post,
    platform=whole_text,
    native_id=whole_text,
    kind=st.just("post"),
    title=st.none() | whole_text,
    body=whole_text,
    created_at=st.none() | moments,
    latitude=st.none() | st.floats(-90, 90),
    likes=counts,
    views=counts,
    tags=st.lists(st.builds(Tag, tag=whole_text), max_size=3).map(tuple),
    links=st.lists(st.builds(Link, url=whole_text), max_size=3).map(tuple),
    media=st.lists(st.builds(Media, url=whole_text, alt_text=st.none() | whole_text)).map(tuple),
)


def posts_of(batch: pd.DataFrame) -> list[Post]:
    values = {name: batch[name].astype(object).where(batch[name].notna(), None) for name in batch}
    rows = pd.DataFrame(values, dtype=object).to_dict("records")
    for row in rows:
        for name, column in COLUMNS.items():
            if column.type is datetime and row[name] is not None:
                row[name] = row[name].to_pydatetime()
    return [msgspec.convert(row, Post) for row in rows]


@settings(deadline=None)
@given(st.lists(posts, max_size=5))
def test_a_batch_gives_back_its_posts(found: list[Post]) -> None:
    assert posts_of(frame_of(found)) == found


def test_no_posts_have_the_same_columns_and_types_as_many() -> None:
    some = frame_of([Post(platform="forum", native_id="1", kind="post")])
    none = frame_of([])
    assert list(none) == list(COLUMNS)
    assert len(none) == 0
    assert none.dtypes.to_dict() == some.dtypes.to_dict()
    assert str(none["created_at"].dtype) == "datetime64[us, UTC]"


def test_torn_characters_are_mended() -> None:
    batch = frame_of(
        [Post(platform="forum", native_id="1", kind="post", body="a\ud83d\ude00b\ud83d")]
    )
    assert batch["body"][0] == "a😀b\ufffd"


@pytest.mark.parametrize("name", [name for name, column in COLUMNS.items() if column.is_nullable])
def test_what_is_written_into_one_column_stands_in_no_other(name: str) -> None:
    post = Post(platform="forum", native_id="1", kind="post")
    values = {str: "x", int: 1, float: 1.0, datetime: pd.Timestamp(2024, 5, 3, tz=UTC)}
    batch = frame_of([post])
    # Below pandas, which copies what it knows to be shared.
    batch[name].array[0] = values[COLUMNS[name].type]
    assert_frame_equal(batch.drop(columns=name), frame_of([post]).drop(columns=name))
