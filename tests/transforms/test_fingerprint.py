"""Digests follow from what posts say; and the whole chain treats each post by itself."""

from datetime import UTC, datetime

import msgspec
import pandas as pd
import pytest
import regex
from hypothesis import given, settings
from hypothesis import strategies as st

from contract.keys import stable_key
from contract.post import Link, Media, Post, Tag
from transforms.fingerprint import FEWEST_LETTERS, fingerprint, text_signature
from transforms.frame import frame_of
from transforms.keys import add_keys
from transforms.language import identify_language, language_identifier
from transforms.links import find_links
from transforms.media import clean_media
from transforms.pseudonyms import pseudonymise
from transforms.redaction import redact
from transforms.tags import collect_tags
from transforms.text import clean_text

POST = Post(
    platform="forum",
    native_id="1",
    kind="post",
    title="Swans",
    text="The swans on the old canal have five young",
    created_at=datetime(2024, 5, 3, 12, tzinfo=UTC),
    latitude=51.5,
    tags=(Tag(tag="swans"),),
    links=(Link(url="https://town.example/#a", canonical_url="https://town.example/"),),
)
MOMENT = datetime(2024, 6, 1, tzinfo=UTC)


def content_hash(post: Post, *others: Post) -> str:
    return str(fingerprint(frame_of([*others, post]))["content_hash"].iloc[-1])


@pytest.mark.parametrize(
    "change",
    [
        {"title": "Geese"},
        {"title": None},
        {"text": "The swans on the old canal have six young"},
        {"edited_at": MOMENT},
        {"removed_at": MOMENT},
        {"created_at": datetime(2024, 5, 3, 12, 0, 0, 1, tzinfo=UTC)},
        {"url": "https://town.example/1"},
        {"latitude": 51.6},
        {"lang": "en"},
        {"rating": 4.0, "best_rating": 5.0},
        {"tags": ()},
        {"tags": (Tag(tag="swans", added_by="community"),)},
        {"links": ()},
    ],
    ids=lambda change: " ".join(change),
)
def test_a_change_of_content_changes_the_digest(change: dict[str, object]) -> None:
    assert content_hash(msgspec.structs.replace(POST, **change)) != content_hash(POST)


@pytest.mark.parametrize(
    "change",
    [
        {"observed_at": MOMENT, "landing": "here", "source": "other"},
        {"likes": 5, "author_name": "Ottoline"},
        {"lang_score": 0.5},
        {"best_rating": 5.0},
        {"links": (Link(url="https://town.example/#b", canonical_url="https://town.example/"),)},
    ],
    ids=lambda change: " ".join(change),
)
def test_how_it_came_here_does_not(change: dict[str, object]) -> None:
    assert content_hash(msgspec.structs.replace(POST, **change)) == content_hash(POST)


def test_what_is_shown_counts_and_how_it_is_fetched_does_not() -> None:
    photo = Media(url="https://town.example/1.jpg?s=1", alt_text="Swans", licence="CC0")

    def shown(**change: object) -> str:
        media = (msgspec.structs.replace(photo, **change),)
        return content_hash(msgspec.structs.replace(POST, media=media))

    different = [
        content_hash(POST), shown(), shown(url="https://town.example/2.jpg"), shown(kind="video"),
        shown(alt_text="Geese"), shown(alt_text=None), shown(licence=None),
    ]  # fmt: skip
    assert len(set(different)) == len(different)
    assert shown(url="https://town.example/1.jpg?s=2") == shown()


def test_the_digest_is_the_same_everywhere() -> None:
    """A changed value here means that every stored post will be written again."""
    edited = msgspec.structs.replace(POST, native_id="2", edited_at=MOMENT, latitude=None)
    assert content_hash(POST) == content_hash(POST, edited)
    assert content_hash(POST) == "1db8b16b0c9e9421c54940de11ee4efa"


@settings(deadline=None)
@given(
    st.lists(st.sampled_from("aBß1٣é日 ©\u0301\ud83d😀.ŉİ") | st.characters(), min_size=15).map(
        "".join
    )
)
def test_a_signature_is_of_letters_and_digits_alone(text: str) -> None:
    words = regex.sub(r"[^\p{L}\p{M}\p{N}]+", "", text.casefold())
    has_enough = sum(map(str.isalpha, words)) >= FEWEST_LETTERS
    assert text_signature(text) == (stable_key("text", words) if has_enough else "")


def test_copies_have_one_signature_whatever_their_dress() -> None:
    plain = text_signature("The swans on the old canal have five young")
    assert plain == text_signature(
        "THE SWANS, on the old canal: have five young!! https://t.example/1"
    )
    assert plain != text_signature("The swans on the old canal have six young")
    assert text_signature("Thanks a lot, all!") == ""
    assert text_signature("1234567890 1234567890 1234567890") == ""


def refined(batch: pd.DataFrame) -> pd.DataFrame:
    batch = clean_media(collect_tags(find_links(clean_text(add_keys(batch)))))
    batch = identify_language(batch, language_identifier(["en", "cy"]))
    return fingerprint(pseudonymise(redact(batch, "GB"), b"sixteen bytes ok"))


BITS = [
    *("<p>", "</p>", "<blockquote>", "> ", "\n", "\ud83d", "\u200d", "मेल ", "#Pond "),
    *("The swans on the old canal ", "020 7946 0018 ", "o@town.example "),
    *("https://town.example/a ", '<a href="/b">'),
]
bodies = st.lists(
    st.sampled_from(BITS),
    max_size=8,
).map("".join)
posts = st.builds(
    Post,
    platform=st.just("forum"),
    native_id=st.integers(0, 10**9).map(str),
    kind=st.just("post"),
    url=st.none() | st.just("https://forum.town.example/t/1"),
    author_id=st.none() | st.just("ottoline"),
    parent_id=st.none() | st.just("0"),
    title=st.none() | bodies,
    body=bodies,
    body_format=st.sampled_from(["html", "text"]),
    created_at=st.none() | st.just(MOMENT),
    likes=st.none() | st.just(3),
    latitude=st.none() | st.just(51.5),
    tags=st.lists(st.builds(Tag, tag=bodies), max_size=2).map(tuple),
    media=st.lists(
        st.builds(
            Media,
            url=st.sampled_from(["https://town.example/1.jpg", "https://o:p@town.example/\ud83d"]),
            alt_text=st.none() | bodies,
            licence=st.none() | bodies,
        ),
        max_size=2,
    ).map(tuple),
)


@settings(max_examples=50, deadline=None)
@given(st.lists(posts, min_size=1, max_size=6), st.data())
def test_any_order_and_any_split_give_the_same_rows(found: list[Post], data: st.DataObject) -> None:
    order = data.draw(st.permutations(range(len(found))))
    cut = data.draw(st.integers(0, len(found)))
    before = frame_of(found)
    untouched = before.copy(deep=True)
    whole = refined(before)
    parts = [refined(frame_of([found[i] for i in part])) for part in (order[:cut], order[cut:])]
    pieces = pd.concat([part for part in parts if len(part)], ignore_index=True)
    expected = whole.iloc[list(order)].reset_index(drop=True)
    pd.testing.assert_frame_equal(pieces, expected)
    pd.testing.assert_frame_equal(before, untouched)


def test_no_posts_give_no_rows_with_every_column() -> None:
    some, none = refined(frame_of([POST])), refined(frame_of([]))
    assert len(none) == 0
    assert none.dtypes.to_dict() == some.dtypes.to_dict()
