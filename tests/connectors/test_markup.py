"""Addresses: the quick ways say what the whole way says."""

from urllib.parse import urljoin, urlsplit

from hypothesis import example, given, settings
from hypothesis import strategies as st

from connectors.markup import absolute, host_of, web_address, with_absolute_links

PIECES = st.sampled_from(
    ["http", "https", "HTTPS", "ftp", ":", "//", "/", "?", "#", ";", ".", "..", "@", "[", "]", "a",
     "b.example", "x=1", "&amp;", "%20", " ", "\t", "\n", "é", "\x00", "\u2028", ":80", "-", "\\"]
)  # fmt: skip
ADDRESSES = st.lists(PIECES, max_size=9).map("".join) | st.lists(PIECES, max_size=5).map(
    lambda pieces: "https://a.example/" + "".join(pieces)
)
BASE = "https://base.example/path/page"


@settings(max_examples=400)
@given(ADDRESSES)
@example("https://a.example/b;")
@example("https://a.example?")
@example("https://a.example/#")
def test_an_address_is_made_absolute_as_the_standard_library_does(reference: str) -> None:
    try:
        expected = urljoin(BASE, reference.strip())
    except ValueError:
        expected = reference
    assert absolute(BASE, reference) == expected


@settings(max_examples=400)
@given(ADDRESSES)
def test_an_address_of_the_web_is_one_for_the_standard_library(text: str) -> None:
    try:
        parts = urlsplit(text)
        is_one = parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        is_one = False
    assert web_address(text) == (text if is_one else None)
    if is_one:
        assert host_of(text) == urlsplit(text).hostname


def test_links_of_markup_are_made_absolute() -> None:
    html = "<p class=x>a = b<A HREF='c d'>c</A><img src=\"//i.example/x\"><a href=u>u</a>"
    assert with_absolute_links(BASE, html) == (
        '<p class=x>a = b<A HREF="https://base.example/path/c d">c</A>'
        '<img src="https://i.example/x"><a href=u>u</a>'
    )
