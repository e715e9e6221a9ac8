"""Media are addresses of the web with plain words beside them."""

from hypothesis import given, settings
from hypothesis import strategies as st

from contract.post import Media, Post
from transforms.frame import frame_of
from transforms.media import MOST_MEDIA, clean_media

HERE = "https://town.example"


def cleaned(*media: Media) -> tuple[Media, ...]:
    batch = frame_of([Post(platform="forum", native_id="1", kind="photo", media=media)])
    return tuple(clean_media(batch)["media"][0])


def test_each_address_of_the_web_stands_once_in_the_order_given() -> None:
    first = Media(url=f"{HERE}/b.jpg?utm_source=x", kind="other", alt_text="The weir")
    given_ones = [
        first,
        Media(url=f" {HERE}/a.mp4\n", kind="video"),
        Media(url=f"{HERE}/b.jpg#top", alt_text="The weir again"),
        *(Media(url=url) for url in ("", "data:image/png;base64,AAAA", "/1.jpg", "https://[")),
        Media(url=f"{HERE}/{'long' * 600}"),
    ]
    assert cleaned(*given_ones) == (first, Media(url=f"{HERE}/a.mp4", kind="video"))
    assert cleaned() == ()


def test_words_beside_them_are_plain() -> None:
    (photo,) = cleaned(
        Media(
            url=f"{HERE}/1.jpg",
            alt_text="The\u200b weir\x07  in flood\n\n\n\nseen \ud83d from the bridge ",
            licence=" CC&nbsp;BY\n4.0 ",
        )
    )
    assert photo.alt_text == "The weir in flood\n\nseen \ufffd from the bridge"
    assert photo.licence == "CC BY 4.0"
    (bare,) = cleaned(Media(url=f"{HERE}/1.jpg", alt_text=" \u200b\n", licence=""))
    assert (bare.alt_text, bare.licence) == (None, None)


def test_what_is_endless_is_cut() -> None:
    many = cleaned(*(Media(url=f"{HERE}/{number}") for number in range(200)))
    assert [one.url for one in many] == [f"{HERE}/{number}" for number in range(MOST_MEDIA)]
    (long,) = cleaned(Media(url=HERE, alt_text="a" * 10**6))
    assert long.alt_text is not None
    assert (len(long.alt_text), long.alt_text[-1]) == (65_536, "…")


@settings(deadline=None)
@given(st.lists(st.builds(Media, url=st.text().map(lambda t: f"{HERE}/{t}"), alt_text=st.text(),
                          licence=st.none() | st.text())))  # fmt: skip
def test_cleaning_what_is_clean_changes_nothing(media: list[Media]) -> None:
    once = cleaned(*media)
    assert cleaned(*once) == once
