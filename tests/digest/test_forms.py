"""The mail of an issue: what a mail program, a screen reader and a reader of plain text get."""

import re
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pytest
from fernley_issues import FULL
from forms import ISSUES, QUIET, THIN, Parsed, data_uri, is_accessible, opened
from PIL import Image
from playwright.sync_api import Browser

from digest.chart import alternative_text, chart_png, charted
from digest.issue import Top
from digest.quoting import LONGEST, one_line, quotable, web_address
from digest.redacting import without
from digest.render import render_html, render_text, subject_of, summary_of


def test_the_mail_tells_programs_what_is_what() -> None:
    page = Parsed(render_html(FULL, "cid:chart"))
    assert page.all("html")[0]["lang"] == "en"
    data_tables = [t for t in page.all("table") if t.get("role") != "presentation"]
    assert len(data_tables) == len(page.all("caption")) == 8
    assert all(th.get("scope") in ("col", "row") for th in page.all("th"))
    assert page.all("img")[0]["alt"] == alternative_text(FULL)
    assert [q.get("lang") for q in page.all("blockquote")] == ["en", "de", "ar"]
    assert all(q.get("dir") == "auto" for q in page.all("blockquote"))


@pytest.mark.parametrize("name", ISSUES)
def test_the_text_says_all_that_the_mail_says_and_the_other_way_round(name: str) -> None:
    text = render_text(ISSUES[name])
    page = Parsed(render_html(ISSUES[name], None))
    assert _words(page.text) - _words(text) <= _words(" ".join(page.heads))
    assert _words(re.sub(r"https?://\S+", "", text)) <= _words(page.text)
    for link in page.all("a"):
        assert str(link["href"]).removeprefix("mailto:") in text


def _words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text.casefold()))


def test_what_matters_comes_first_and_how_far_to_trust_it_last() -> None:
    text = render_text(FULL)
    heads = [line for line in text.splitlines() if line.isupper()]
    assert heads == [
        "WHAT ROSE AND WHAT FELL",
        "WHAT NONE OF OUR DATASETS ANSWERS",
        "OUR DATASETS PEOPLE TOUCHED ON",
        "NAMED FROM OUR REGISTERS",
        "HOW IT WAS SPOKEN OF (EXPERIMENTAL)",
        "WHERE IT WAS SAID",
        "WHERE YOU COULD USEFULLY JOIN IN",
        "WHAT PEOPLE PRAISED OR GAVE THANKS FOR",
        "IN PEOPLE’S OWN WORDS",
        "WHAT WE COULD NOT SEE",
        "WHAT CHANGED SINCE LAST WEEK’S DIGEST",
        "HOW FAR TO TRUST THIS",
    ]
    for said in (
        "Potholes: 61 (rose; usually 14 to 31)",
        "Tuesday 10 November stood out.",
        "next week about 56 (38 to 75), in 4 weeks about 50 (30 to 74) posts",
        "off by 9 posts a week on average; “as the week before” was off by 14",
        "new, 9 questions, 4 complaints",
        "Newly tagged by others: lift, visiting hours",
        "Fernley Cycling Forum: 7 (62% of its posts)",
        "12 posts on protected topics are counted and never quoted.",
        "Last week’s digest said 176 posts; counted now: 170.",
        "Counted on 16 November 2026, 06:00 UTC, from posts seen until 15 November 2026, 23:40 UTC",
    ):
        assert said in text


def test_a_usual_week_that_may_be_empty_is_told_by_its_most() -> None:
    first, *rest = FULL.topics.lines
    rare = replace(FULL, topics=Top((replace(first, low=0, high=18), *rest)))
    assert "- Potholes: 61 (rose; usually up to 18)" in render_text(rare)
    german = replace(rare, language="de")
    assert "- Potholes: 61 (gestiegen; üblich: bis 18)" in render_text(german)


def test_what_changed_over_weeks_is_told() -> None:
    first, second, third, fourth, *rest = FULL.topics.lines
    fades = replace(fourth, drift="fell", four_weeks=12, four_before=61)
    quiet = replace(FULL, topics=Top((fades, *rest)))
    text = " ".join(render_text(quiet).split())
    assert f"{fades.topic} (12, 61 before) fell over four weeks." in text
    assert "Has fallen over four weeks: 12 posts, where the four before had 61." in text
    assert "No topic moved" not in text
    assert "down, " in subject_of(quiet)
    moved = replace(FULL, topics=Top((first, second, third, fades)))
    assert subject_of(moved) == subject_of(FULL)
    german = " ".join(render_text(replace(quiet, language="de")).split())
    assert "Über vier Wochen gefallen: 12 Beiträge, in den vier davor 61." in german


def test_what_platforms_want_said_stands_at_the_foot() -> None:
    (says,) = FULL.notices
    text = render_text(FULL)
    foot, _, signature = text.partition("HOW FAR TO TRUST THIS")[2].partition("\n-- \n")
    assert foot.splitlines()[-1] == says
    assert signature
    seen = Parsed(render_html(FULL, None)).text
    assert seen.index("How far to trust this") < seen.index(says) < seen.index("no more mails")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("quiet", "A quiet week: we found no posts on this."),
        ("quiet german", "Eine ruhige Woche: Wir haben keine Beiträge dazu gefunden."),
    ],
)
def test_a_quiet_week_is_a_short_mail(name: str, said: str) -> None:
    text = render_text(ISSUES[name])
    assert said in text
    assert len(text.split()) < 90
    assert not charted(QUIET)


def test_thin_ground_is_said_first_and_nothing_is_claimed() -> None:
    text = render_text(THIN)
    before, _, after = text.partition("TOPICS THIS WEEK")
    assert "We could read only 41% of this week" in before
    assert after
    page = Parsed(render_html(THIN, "cid:chart"))
    for form in (text, page.text, str(page.all("img")[0]["alt"])):
        assert not re.search(r"(rose|fell|up|down) from|rose;|fell;|usual(ly)?\b|as before", form)


def test_what_was_removed_since_is_marked_in_the_readers_language() -> None:
    quote = replace(FULL.quotes[1], post_key="gone")
    issue = without(replace(FULL, quotes=(quote,), language="de"), {"gone"})
    page = Parsed(render_html(issue, None))
    assert [q["lang"] for q in page.all("blockquote")] == ["de"]
    for form in (page.text, render_text(issue)):
        assert "[inzwischen entfernt]" in form
        assert "[removed" not in form
        assert "Grundschule" not in form


def test_the_subject_says_what_moved() -> None:
    title = "What residents report about road safety"
    week = "9 to 15 November 2026"
    assert subject_of(FULL) == f"{title}: Potholes up, Street lighting down, {week}"
    assert subject_of(QUIET) == f"{title}: a quiet week, {week}"


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "214 posts this week; that is more than usual (about 150)."),
        ("de", "214 Beiträge in dieser Woche; mehr als üblich (etwa 150)."),
    ],
)
def test_where_a_platform_has_no_communities_none_are_counted(language: str, said: str) -> None:
    first, *_ = summary_of(replace(FULL, in_communities=0, language=language))
    assert first == said


@pytest.mark.parametrize(
    ("said", "quoted"),
    [
        ("one\r\ntwo\u2028three\tfour", "one two three four"),
        ("see https://x.example/a?b=1 and www.y.example", "see [link] and [link]"),
        ("x" * 400, "x" * (LONGEST - 1) + "…"),
        ("word " * 100, ("word " * 56).strip() + "…"),
        ("Zalgo" + "\u0301" * 40, "Zalg\u00f3" + "\u0301" * 3),
        ("family 👩‍👩‍👧 e\u0301", "family 👩‍👩‍👧 é"),
    ],
)
def test_a_quote_is_one_short_line(said: str, quoted: str) -> None:
    assert quotable(said) == quoted
    assert len(quoted) <= LONGEST + 4


def test_a_cut_falls_between_words() -> None:
    assert one_line("Cycle lanes along the river", 20) == "Cycle lanes along…"


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "data:text/html,x", "http://", "//x", "http://[", "", None]
)
def test_only_addresses_of_the_web_become_links(url: str | None) -> None:
    assert web_address(url) is None


def test_the_chart_is_a_picture_twice_as_dense_as_it_is_shown() -> None:
    picture = Image.open(BytesIO(chart_png(FULL)))
    assert picture.format == "PNG"
    assert picture.width == 1080
    assert len(chart_png(FULL)) < 100_000
    assert chart_png(FULL) == chart_png(FULL)


def test_a_topic_with_signs_of_other_scripts_or_of_formulas_is_drawn() -> None:
    first, *rest = FULL.topics.lines
    odd = replace(FULL, topics=Top((replace(first, topic=r"$\frac{1$ 坑洞 \x"), *rest)))
    assert chart_png(odd) != chart_png(FULL)


@pytest.mark.parametrize(
    ("name", "width", "scheme"),
    [
        ("german", 320, "dark"),
        ("thin", 320, "light"),
    ],
)
def test_the_mail_is_accessible_and_fits(
    name: str, width: int, scheme: str, browser: Browser, tmp_path: Path
) -> None:
    issue = ISSUES[name]
    file = tmp_path / "mail.html"
    file.write_text(render_html(issue, data_uri(chart_png(issue))), encoding="utf-8")
    with opened(browser, file, width, scheme) as page:
        is_accessible(page, width)
