"""Cleaning keeps the author's words, all of them, and nobody else's."""

import csv
import json
from pathlib import Path
from time import monotonic

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contract.post import Link, Media, Post, Tag
from transforms.characters import is_tidy, mended, one_line, tidy
from transforms.frame import frame_of
from transforms.links import find_links
from transforms.markup import read_markup
from transforms.media import clean_media
from transforms.tags import collect_tags
from transforms.text import LONGEST_BODY, LONGEST_TITLE, clean_body, clean_text, clean_title

CASES = sorted((Path(__file__).parent / "data" / "text").glob("*.html"))

# Characters that meet in odd ways, so that chance tries their meetings.
odd_letters = (
    st.sampled_from(list("ab >&;#<\n\t\x00\x85\u2028\u200b\u200c\u200d\u200e\ufeff\ufe0f\xad"))
    | st.sampled_from(
        list("\u0301\u0338\u0627\u094d\u0915👩🏽\U0001f3f4\U000e0067\U000e007f\ud83d")
    )
    | st.sampled_from(list("ÃÂâðÐÑÅÄéï€™œŸ…»°¸©\xa0\x80\x99\x9f\u2029"))
    | st.characters(codec=None)
)
quoting = st.sampled_from(["[quote]", "[/quote]", "[quo", "te]", "\n>", "\nwrote:\n> ", "10:05\n"])
odd = st.text(odd_letters) | st.lists(odd_letters | quoting).map("".join)
ESCAPES = ["&", "amp", ";", "lt", "gt", "b", "<b>", "#60", "nbsp", " ", "\u200b", "\u0338"]


@pytest.mark.parametrize("case", CASES, ids=[case.stem for case in CASES])
def test_case(case: Path) -> None:
    said = clean_body(case.read_text("utf-8"), is_html=True)
    assert said + "\n" == case.with_suffix(".txt").read_text("utf-8")


def test_there_are_cases() -> None:
    assert len(CASES) >= 7


@settings(deadline=None)
@given(odd)
def test_cleaning_what_is_clean_changes_nothing(body: str) -> None:
    once = clean_body(body, is_html=False)
    assert clean_body(once, is_html=False) == once
    from_html = clean_body(body, is_html=True)
    assert clean_body(from_html, is_html=False) == from_html


@settings(deadline=None)
@given(odd | st.lists(st.sampled_from(ESCAPES)).map("".join))
def test_a_title_is_one_clean_line(title: str) -> None:
    once = clean_title(title)
    assert clean_title(once) == once
    assert "\n" not in once
    assert len(once) <= LONGEST_TITLE


@pytest.mark.parametrize(
    ("title", "said"),
    [
        ("Bins &amp; buses", "Bins & buses"),
        ("Bins &amp;amp; buses", "Bins & buses"),
        ("<b>Late</b>\n again", "Late again"),
        ("How to close a <template>", "How to close a <template>"),
        ("5 < 6", "5 < 6"),
        ("x" * 501, "x" * 499 + "…"),
        ("x" * 480 + " mail jane.roe@example.org", "x" * 480 + " mail…"),
        ("<U 18 teams>", "<U 18 teams>"),
        ("a<b and b>c", "a<b and b>c"),
        ('<p class="x">Late</p><br /><a href=y>b</a>', "Late b"),
    ],
)
def test_title(title: str, said: str) -> None:
    assert clean_title(title) == said


def test_plain_bodies_are_taken_as_written() -> None:
    post = Post(
        platform="forum",
        native_id="1",
        kind="post",
        body="> You said\n>> I said\n\n\n\nNo &amp; <b>no</b>\r\nand\tno",
    )
    batch = frame_of([post, Post(platform="forum", native_id="2", kind="post", title=" \u200b ")])
    clean = clean_text(batch)
    assert clean["text"].tolist() == ["No &amp; <b>no</b>\nand no", ""]
    assert clean["title"].isna().all()
    assert batch["text"].tolist() == ["", ""]  # what came in is untouched


@pytest.mark.parametrize(
    "quote",
    [
        *(
            '>"quoted"',
            ">«citado»",
            ">¿qué?",
            ">'tis",
            ">*bold*",
            ">@bob said",
            ">(x)",
            ">",
            ">> a",
        ),
        *(">1. first", "> 5 bins", ">…and so on", '[quote="bob"]other[/quote]'),
        "[QUOTE]a [quote=b]c[/quote] d[/QUOTE]",
        "On Mon, 5 Oct 2026, Bob wrote:\n> other",
        "Am 5.10.2026 um 10:05\nschrieb Bob:\n\n>other",
        "Bob wrote:\n\n> other",
    ],
)
def test_quotes_of_others_are_left_out(quote: str) -> None:
    assert (
        clean_body(f"Before\n{quote}\nMine", is_html=False).replace("\n\n", "\n") == "Before\nMine"
    )


@pytest.mark.parametrize(
    "said",
    [
        ">5 bins",
        ">:(",
        ">£5",
        ">= 5",
        ">_<",
        ">.<",
        ">.5",
        "Bob wrote:\nno",
        "[/quote] a [quote] b",
    ],
)
def test_what_is_no_quote_stays(said: str) -> None:
    assert clean_body(said, is_html=False) == said


def test_a_cut_halves_no_mail() -> None:
    body = "x" * (LONGEST_BODY - 20) + "\njane.roe@town.example and more"
    assert clean_body(body, is_html=False) == "x" * (LONGEST_BODY - 20) + "…"


@pytest.mark.parametrize("tag", ["noscript", "video", "audio", "canvas"])
def test_what_stands_in_for_what_is_not_shown_is_left_out(tag: str) -> None:
    assert clean_body(f"<{tag}>none</{tag}>b", is_html=True) == "b"


@settings(deadline=None)
@given(odd)
def test_a_cheap_look_is_never_wrong(text: str) -> None:
    if is_tidy(text):
        assert tidy(text) == one_line(text) == " ".join(text.split()) == text
        if "<" not in text and "&" not in text:
            assert read_markup(text) == (text, ())


@settings(deadline=None)
@given(odd, odd, st.sampled_from(["html", "text"]))
def test_nothing_a_post_may_hold_stops_the_way(title: str, body: str, written: str) -> None:
    tags, links = (Tag(tag=title),), (Link(url=body), Link(url=f"https://{title}"))
    media = (Media(url=f"https://town.example/{title}", alt_text=body, licence=title),)
    post = Post(platform="forum", native_id="1", kind="post", title=title, url=title,
                body=f"#{body} https://{body}", body_format=written,
                tags=tags, links=links, media=media)  # fmt: skip
    clean = clean_media(collect_tags(find_links(clean_text(frame_of([post])))))
    again = clean_text(clean.assign(body=clean["text"], body_format="text"))
    assert again["text"][0] == clean["text"][0]
    for link in clean["links"][0]:
        link.canonical_url.encode("ascii")


@pytest.mark.parametrize(
    ("torn", "whole"),
    [
        ("cafÃ© itâ€™s Â£5, 20Â°C", "café it’s £5, 20°C"),
        ("itâ\x80\x99s", "it’s"),
        ("polÃ\xadtica", "política"),
        ("Ãœber uns", "Über uns"),
        ("zaÅ¼Ã³Å‚Ä‡", "zażółć"),
        ("ÐŸÑ€Ð¸Ð²ÐµÑ‚", "Привет"),
        ("ðŸ¦¢ âœ…", "🦢 ✅"),
        ("ÃƒÂ©tÃƒÂ©", "été"),
        ("\xc3\x83\xc2\x83\xc3\x82\xc2\xa9t\xc3\x83\xc2\x83\xc3\x82\xc2\xa9", "été"),
        ("c\u200baf\xc3\u200b\xa9", "café"),
    ],
)
def test_torn_characters_are_mended(torn: str, whole: str) -> None:
    assert clean_body(torn, is_html=False) == whole
    assert clean_body(f"<p>{torn}</p>", is_html=True) == whole
    assert clean_title(torn) == whole


@pytest.mark.parametrize(
    "right",
    [
        *(
            "café\xa0»",
            "né\xa0€",
            "CAFÉ™",
            "CAFÉ…",
            "JOSÉ’s",
            "CAFÉ–BAR",
            "MANHÃ”",
            "Ä…",
            "«Â»",
            "Â€",
        ),
        "le café\xa0» né\xa0€ voilà\xa0»",
        "CAFÉ™ CAFÉ… »CAFÉ« „CAFÉ“ JOSÉ’s CAFÉ–BAR",
        "IRMÃ… MANHÃ” AMANHÃ»",
        "Ä… Å… SKÅ™ „Å“ KÄ“",
        "ð… þ” Ð»",
        "«Â» 100 Â€? SÃO ÂGE",
        "gwlâ\xa0» â € «â»",
        *("2×½×¼ inch", "boards 4×½×¾", "pipe Ø½Ø¾", "10×¼Ø½", "ß½Þ¼", "5×±½"),
    ],
)
def test_right_text_is_left_alone(right: str) -> None:
    assert mended(right) == right


def test_what_is_left_out_says_nothing_of_what_is_kept() -> None:
    assert clean_body("> “Yes”\ncafÃ©", is_html=False) == "café"
    assert clean_title("cafÃ©\xa0") == "café"


def test_one_character_that_was_never_torn_says_that_none_was() -> None:
    assert clean_title("cafÃ© – and a dash") == "cafÃ© – and a dash"


def test_mending_undoes_what_tore_public_posts_and_nothing_else() -> None:
    path = Path(__file__).parent / "data" / "languages.tsv"
    with path.open(encoding="utf-8", newline="") as file:
        said = [row["text"] for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)]
    odd_ones = [text for text in said if not text.isascii()]
    assert len(odd_ones) > 150
    assert [mended(text) for text in said] == said
    shouted = [f"{text.upper()}{end}" for text in said for end in ("…", "”", "’s", "\xa0»", "™")]
    assert [mended(text) for text in shouted] == shouted
    torn = [text.encode().decode("latin-1") for text in odd_ones]
    assert [mended(text) for text in torn] == odd_ones


@pytest.mark.parametrize("is_html", [True, False])
def test_a_cut_shows(is_html: bool) -> None:
    said = clean_body("x" * (LONGEST_BODY + 1), is_html=is_html)
    assert len(said) == LONGEST_BODY
    assert said.endswith("x…")
    assert clean_body("x" * LONGEST_BODY, is_html=is_html).endswith("x")


@pytest.mark.parametrize(
    "tag", ["div", "blockquote", 'aside class="quote"', 'aside class="onebox"', "a href=x", "b"]
)
def test_malicious_nesting_takes_no_time(tag: str) -> None:
    began = monotonic()
    clean_body(f"<{tag}>" * 20_000, is_html=True)
    assert monotonic() - began < 5


def test_recorded_forum_posts_are_read_without_their_quotes(recorded: Path) -> None:
    files = sorted((recorded / "discourse").glob("urho3d__*.json"))[:60]
    posts = [p for f in files for p in json.loads(f.read_text("utf-8"))["post_stream"]["posts"]]
    said = pd.Series([clean_body(post["cooked"], is_html=True) for post in posts])
    assert len(said) > 300
    assert (said != "").mean() > 0.9
    assert not said.str.contains(r"</?(?:p|aside|blockquote|br)>").any()
    assert said.tolist() == [clean_body(text, is_html=False) for text in said]


def test_references_are_those_of_the_authors_own_words() -> None:
    body = """<blockquote><a href="/quoted">x</a></blockquote><a class="mention" href="/u/o">@o</a>
        <a href=" /t/7">t</a> <a>no</a> <aside class="onebox" data-onebox-src="https://a.example/?b&c">
        <a href="/inside">x</a></aside>"""
    assert read_markup(body).references == (" /t/7", "https://a.example/?b&c")
    batch = frame_of([Post(platform="forum", native_id="1", kind="post", body="plain /t/7")])
    assert clean_text(batch)["references"].tolist() == [()]


@pytest.mark.parametrize("sign", ["bbcode_quote", "quote-inline", "qu&#111;te-inline", "poll-info"])
def test_what_is_left_out_is_found_however_it_is_spelt(sign: str) -> None:
    assert clean_body(f'<p>Said<div class="{sign}">theirs</div>', is_html=True) == "Said"
    assert clean_body("<p>Said<BLOCKQUOTE>theirs</BLOCKQUOTE>", is_html=True) == "Said"
