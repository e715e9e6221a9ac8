"""The mail stays within what Outlook, Gmail and Apple Mail render."""

import re
from dataclasses import replace

import pytest
from fernley_issues import FULL
from forms import ISSUES, Parsed
from mail_limits import CLIPPED_AT, CSS, HARMLESS, NEVER, PADDED, TAGS

from digest.issue import Issue, Top
from digest.quoting import LONGEST
from digest.render import render_html

CONDITIONAL = re.compile(r"<!--\[if [^\]]*mso[^\]]*\]>.*?<!\[endif\]-->", re.DOTALL)


def fullest() -> Issue:
    """Return an issue with as many lines as a digest ever shows, all as long as they may be."""
    name = "Word " * 24
    quote = replace(FULL.quotes[0], text="Word " * (LONGEST // 5), why=name, community=name)
    example = replace(FULL.datasets.lines[0].example, text=name, why=name, credit=name)  # type: ignore[type-var]
    topic = replace(FULL.topics.lines[0], topic=name)
    return replace(
        FULL,
        topics=Top((topic,) * 8, left_out=4),
        entities=Top((replace(FULL.entities.lines[0], name=name, example=example),) * 5),
        datasets=Top((replace(FULL.datasets.lines[0], title=name, example=example),) * 5),
        unmet=Top((replace(FULL.unmet.lines[0], topic=name, example=example),) * 5),
        communities=Top((replace(FULL.communities.lines[0], community=name),) * 5),
        join_in=(replace(FULL.join_in[0], community=name),) * 5,
        thanks=(replace(FULL.thanks[0], topic=name, example=example),) * 5,
        spoken=(replace(FULL.spoken[0], topic=name, example=example),) * 3,
        quotes=(quote,) * 8,
        ground=(FULL.ground[1],) * 30,
    )


@pytest.fixture(scope="module", params=[*ISSUES, "fullest"])
def html(request: pytest.FixtureRequest) -> str:
    issue = fullest() if request.param == "fullest" else ISSUES[request.param]
    return render_html(issue, "cid:chart")


def declared(html: str) -> list[tuple[str, str]]:
    """Return the properties and values in style attributes and style sheets."""
    written = re.findall(r'style="([^"]*)"', html) + re.findall(r"\{([^{}]*)\}", html)
    parts = [part.partition(":") for block in written for part in block.split(";") if ":" in part]
    return [(name.strip(), value.strip()) for name, _, value in parts]


def test_it_is_small_and_asks_nothing_of_the_network(html: str) -> None:
    assert len(html.encode()) < min(100_000, CLIPPED_AT)
    page = Parsed(html)
    assert [image["src"] for image in page.all("img")] in ([], ["cid:chart"])
    assert not any(attrs.get("background") or attrs.get("srcset") for _, attrs in page.tags)


def test_its_elements_are_those_all_programs_keep(html: str) -> None:
    assert {tag for tag, _ in Parsed(CONDITIONAL.sub("", html)).tags} <= TAGS


def test_its_properties_are_known_and_rendered_or_no_loss(html: str) -> None:
    used = {name for name, _ in declared(html)}
    assert used <= set(CSS)
    assert {name for name in used if "n" in CSS[name] or "u" in CSS[name]} <= HARMLESS


def test_it_does_without_what_one_of_them_cannot(html: str) -> None:
    values = [f"{name}:{value}" for name, value in declared(html)]
    for words in NEVER:
        assert not [x for x in values if re.search(rf"(^|:|\s){re.escape(words)}", x)], words
        assert words not in html or words.isalpha(), words


def test_without_style_sheets_it_says_the_same_in_the_same_places(html: str) -> None:
    # Gmail's apps drop them for mail from elsewhere, Outlook knows no media queries.
    bare = re.sub(r"<style.*?</style>", "", html, flags=re.DOTALL)
    assert Parsed(bare).text == Parsed(html).text
    for tag, attrs in Parsed(bare).tags:
        if tag in ("h1", "h2", "th") and attrs.get("style") is not None:
            assert "font-size" in str(attrs["style"]) or tag == "th"


def test_outlook_is_told_the_width_by_attributes(html: str) -> None:
    assert '<!--[if mso | IE]><table border="0" cellpadding="0" cellspacing="0"' in html
    assert 'width="600"' in html
    for image in Parsed(html).all("img"):
        assert image["width"] == "540"


def test_space_rests_on_table_cells(html: str) -> None:
    for tag, attrs in Parsed(html).tags:
        if re.search(r"padding[^:;]*:[^;]*[1-9]", str(attrs.get("style"))):
            assert tag in PADDED, attrs


def test_dark_mode_is_only_an_addition(html: str) -> None:
    colours = [value for name, value in declared(html) if name == "color"]
    sheet = re.search(r"@media \(prefers-color-scheme: dark\) \{(.*?)\n\}", html, re.DOTALL)
    assert sheet
    assert "#ececec !important" in sheet[1]
    assert "#1a1a1a" in colours
    assert html.count('<meta name="color-scheme" content="light dark"') == 1
