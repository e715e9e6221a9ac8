"""Cleaning keeps the author's words, all of them, and nobody else's."""

import json
from pathlib import Path
from time import monotonic

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contract.post import Post
from transforms.frame import frame_of
from transforms.text import LONGEST_BODY, LONGEST_TITLE, clean_body, clean_text, clean_title

CASES = sorted((Path(__file__).parent / "data" / "text").glob("*.html"))

# Characters that meet in odd ways, so that chance tries their meetings.
odd = st.text(
    st.sampled_from(list("ab >&;#<\n\t\x00\x85\u2028\u200b\u200c\u200d\u200e\ufeff\ufe0f\xad"))
    | st.sampled_from(
        list("\u0301\u0338\u0627\u094d\u0915👩🏽\U0001f3f4\U000e0067\U000e007f\ud83d")
    )
    | st.characters()
)
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
