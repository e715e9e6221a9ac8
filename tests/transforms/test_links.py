"""Addresses are found where a reader would see them, and spelt one way."""

import re
from urllib.parse import urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contract.post import Link, Post
from transforms.frame import frame_of
from transforms.links import (
    ADDRESS,
    MOST_LINKS,
    addresses_in,
    any_canonical_url,
    canonical_url,
    find_links,
)
from transforms.text import clean_text

DATA = "https://data.town.example"
FOLLOWING = (
    *(
        "电话07700900123",
        "你好",
        "ครับ",
        "ได้",
        "شكرا",
        "שלום",
        "에서",
        "，0770",
        "،0770",
        "؟",
        "؛",
        "।",
    ),
    *("–0770", "—and", "›", "‹", "🙂", "✅", "❤️", "→"),
)


def found(body: str, *given: str, url: str | None = None) -> list[Link]:
    post = Post(
        platform="forum",
        native_id="1",
        kind="post",
        url=url,
        body=body,
        body_format="html" if "<" in body else "text",
        links=tuple(Link(url=one) for one in given),
    )
    return list(find_links(clean_text(frame_of([post])))["links"][0])


@pytest.mark.parametrize(
    ("url", "canonical"),
    [
        (
            "HTTP://Data.Town.Example:80/a/../b/./C?y=2&x=1#top",
            "http://data.town.example/b/C?x=1&y=2",
        ),
        (f"{DATA}?utm_source=post&fbclid=1&id=5&id=6", f"{DATA}/?id=5&id=6"),
        ("https://münchen.example/müll", "https://xn--mnchen-3ya.example/m%C3%BCll"),
        ("https://ottoline:secret@town.example:443/", "https://town.example/"),
        ("https://town.example:8443/x", "https://town.example:8443/x"),
        ("https://[2001:DB8::1]/x", "https://[2001:db8::1]/x"),
        ("https://faß.example/", "https://xn--fa-hia.example/"),
        (f"{DATA}/?id=1&UTM_Source=a&FBCLID=b&utm%5Fnew=c&gad_source=1&mtm_x=2", f"{DATA}/?id=1"),
        (f"{DATA}/?at_medium=a&pk_x=b&mibextid=c&s_cid=d&wt_mc=e&xtor=f", f"{DATA}/"),
        ("https://youtu.be/a?si=x&t=5", "https://youtu.be/a?t=5"),
        ("https://www.x.com/a/status/1?s=20&t=a", "https://www.x.com/a/status/1"),
        (f"{DATA}/?s=20&t=a&si=b", f"{DATA}/?s=20&si=b&t=a"),
        (f"{DATA}/#!/page/1", f"{DATA}/#!/page/1"),
        (f"{DATA}/#/page/2", f"{DATA}/#/page/2"),
        ("mailto:ottoline@town.example", None),
        ("javascript:alert(1)", None),
        ("https://", None),
        ("http://[broken", None),
        ("https://town.example:port/", None),
    ],
)
def test_one_spelling(url: str, canonical: str | None) -> None:
    assert canonical_url(url) == canonical


@settings(deadline=None)
@given(st.text(), st.sampled_from(["", "https://", "http://town.example/", "https://t.example?"]))
def test_the_one_spelling_is_its_own(rest: str, start: str) -> None:
    canonical = canonical_url(start + rest)
    if canonical is not None:
        assert canonical_url(canonical) == canonical
        assert urlsplit(canonical).scheme in ("http", "https")


pieces = st.sampled_from([
    *"aB0-./?&=#:@~_()*,+;%é!ß", "..", "//", "/.", "%2f", "utm_id=1", "fbclid", "b=2", "a=1", "a=",
    "&UTM_x=1", "&utm%5Fx", "&utm%255Fx", "&pk_=", "&s=1", "&t=", "&gad_source", "#/", "#!",
])  # fmt: skip
starts = st.sampled_from([
    "http://a.b/", "https://town.example/x?", "https://t.example", "https://w-", "HTTP://A.b:80",
    "https://x.com/?", "https://www.youtu.be/",
])  # fmt: skip


@settings(deadline=None, max_examples=1_000)
@given(starts, st.lists(pieces, max_size=12).map("".join))
def test_the_short_way_leads_where_the_long_one_does(start: str, rest: str) -> None:
    assert canonical_url(start + rest) == any_canonical_url(start + rest)


@pytest.mark.parametrize(
    ("text", "urls"),
    [
        (f"See ({DATA}/a_(b)), then {DATA}/c.", [f"{DATA}/a_(b)", f"{DATA}/c"]),
        (f"[here]({DATA}/a) [{DATA}/b]({DATA}/c)!", [f"{DATA}/a", f"{DATA}/b", f"{DATA}/c"]),
        (f"“{DATA}/a”, <{DATA}/b>", [f"{DATA}/a", f"{DATA}/b"]),
        (f"看{DATA}/a。好", [f"{DATA}/a"]),
        *((f"{DATA}/x{rest}", [f"{DATA}/x"]) for rest in FOLLOWING),
        (f"[url={DATA}/x]t[/url] [url]{DATA}/y[/url]", [f"{DATA}/x", f"{DATA}/y"]),
        (f"{DATA}/?a[]=1&b[0]=2", [f"{DATA}/?a[]=1&b[0]=2"]),
        (f"{DATA}你好 {DATA}/müll", [DATA, f"{DATA}/müll"]),
        (
            "https://bücher.example/ä https://例え.jp/あ",
            ["https://bücher.example/ä", "https://例え.jp/あ"],
        ),
        (f"{DATA}/cut… {DATA}/cut...", []),
        (f"see {DATA}/?a=1&amp;b=2", [f"{DATA}/?a=1&amp;b=2"]),
        ("ftp://town.example www.town.example", []),
    ],
)
def test_addresses_in_running_text(text: str, urls: list[str]) -> None:
    assert list(addresses_in(text)) == urls


def test_references_count_but_for_people_tags_quotes_and_other_schemes() -> None:
    body = f"""<blockquote><a href="{DATA}/quoted">x</a></blockquote>
        <a class="u-url mention" href="https://town.example/@ottoline">@ottoline</a>
        <a class="mention hashtag" href="https://town.example/tags/bins">#bins</a>
        <a href="mailto:o@town.example">mail</a> <a href="javascript:x()">no</a> <a href="http://[">no</a>
        <a href="/t/bins/7">relative</a> <a href="//cdn.town.example/i.png">no scheme</a>
        <aside class="onebox" data-onebox-src="{DATA}/map"><a href="{DATA}/inside">x</a></aside>
        <p>and {DATA}/plain</p>"""
    links = found(body, f"{DATA}/given", url="https://forum.town.example/t/pond/3")
    assert [link.url for link in links] == [
        f"{DATA}/given",
        "https://forum.town.example/t/bins/7",
        "https://cdn.town.example/i.png",
        f"{DATA}/map",
        f"{DATA}/plain",
    ]
    assert [link.domain for link in links[:2]] == ["data.town.example", "forum.town.example"]


def test_each_address_stands_once_as_first_written() -> None:
    links = found(f"{DATA}/a#b {DATA}:443/a {DATA}/a?utm_medium=x https://www.town.example/")
    assert [(link.url, link.canonical_url) for link in links] == [
        (f"{DATA}/a#b", f"{DATA}/a"),
        ("https://www.town.example/", "https://www.town.example/"),
    ]
    assert links[1].domain == "town.example"


def test_what_was_escaped_once_too_often_is_one_address() -> None:
    (link,) = found(f"{DATA}/?b=2&amp;a=1 {DATA}/?a=1&b=2")
    assert (link.url, link.canonical_url) == (f"{DATA}/?b=2&a=1", f"{DATA}/?a=1&b=2")


def test_there_is_an_end() -> None:
    assert len(found(" ".join(f"{DATA}/{n}" for n in range(500)))) == MOST_LINKS
    assert found(f"{DATA}/{'x' * 3000}") == []


@given(
    st.lists(
        st.sampled_from(["https://", "a.b", "/x?y=1", "é", "日", "[", "]", '"', " ", ".", "\\"])
    )
)
def test_the_plain_way_to_an_address_finds_what_the_others_find(parts: list[str]) -> None:
    text = "".join(parts)
    others = re.compile(ADDRESS.pattern.replace(r"[!#-;=?-Z\\^-~]++(?!\S)|", ""))
    assert others.pattern != ADDRESS.pattern
    assert ADDRESS.findall(text) == others.findall(text)
