"""The forms of an issue: what a browser, a mail program and a screen reader get."""

import base64
import re
from dataclasses import replace
from html.parser import HTMLParser
from io import BytesIO
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from fernley_issues import FULL
from fernley_store import CHARTER, EARLIER, WEEK, Town
from PIL import Image
from playwright.sync_api import Browser

from digest.chart import alternative_text, chart_png, charted
from digest.compose import compose
from digest.issue import Issue, Top
from digest.quoting import LONGEST, one_line, quotable, web_address
from digest.render import render_html, render_text

QUIET = Issue(
    name="road-safety-weekly",
    week="2026-W46",
    title="What residents report about road safety",
    agency="Town of Fernley",
    contact="listening@fernley.example",
    privacy_notice="https://fernley.example/listening",
    coverage=1.0,
    usual_coverage=1.0,
    usual=2.0,
    change="too few",
    ground=FULL.ground[:1],
)
THIN = replace(
    FULL,
    coverage=0.41,
    usual=None,
    change="not known",
    topics=Top(tuple(replace(x, usual=None, change="not known") for x in FULL.topics.lines)),
    entities=Top(tuple(replace(x, before=None) for x in FULL.entities.lines)),
    datasets=Top(tuple(replace(x, before=None) for x in FULL.datasets.lines)),
    unmet=Top(tuple(replace(x, before=None) for x in FULL.unmet.lines)),
    communities=Top(tuple(replace(x, before=None) for x in FULL.communities.lines)),
)
ISSUES = {"full": FULL, "quiet": QUIET, "thin": THIN}


class Page(HTMLParser):
    """The tags of a page, what each holds, and its visible words."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.hidden = 0
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self.hidden += tag in ("style", "title", "xml")

    def handle_endtag(self, tag: str) -> None:
        self.hidden -= tag in ("style", "title", "xml")

    def handle_data(self, data: str) -> None:
        if not self.hidden:
            self.words.append(data)

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attrs for name, attrs in self.tags if name == tag]

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


def data_uri(png: bytes) -> str:
    return f"data:image/png;base64,{base64.b64encode(png).decode()}"


@pytest.mark.parametrize("name", ISSUES)
def test_the_page_is_small_and_asks_nothing_of_the_network(name: str) -> None:
    html = render_html(ISSUES[name], "cid:chart")
    assert len(html.encode()) < 100_000
    page = Page(html)
    assert not page.all("link")
    assert not page.all("script")
    assert [image["src"] for image in page.all("img")] in ([], ["cid:chart"])
    assert "@import" not in html
    assert "url(" not in html


def test_the_page_tells_programs_what_is_what() -> None:
    page = Page(render_html(FULL, "cid:chart"))
    assert page.all("html")[0]["lang"] == "en"
    data_tables = [t for t in page.all("table") if t.get("role") != "presentation"]
    assert len(data_tables) == len(page.all("caption")) == 6
    assert all(th.get("scope") in ("col", "row") for th in page.all("th"))
    assert page.all("img")[0]["alt"] == alternative_text(FULL)
    assert [q.get("lang") for q in page.all("blockquote")] == ["en", "de", "ar"]
    assert all(q.get("dir") == "auto" for q in page.all("blockquote"))


@pytest.mark.parametrize("name", ISSUES)
def test_the_text_says_all_that_the_page_says(name: str) -> None:
    issue = ISSUES[name]
    text = render_text(issue)
    page = Page(render_html(issue, None))
    said = set(re.findall(r"\w+", text.casefold()))
    assert set(re.findall(r"\w+", page.text.casefold())) - said <= COLUMN_NAMES
    for link in page.all("a"):
        assert str(link["href"]).removeprefix("mailto:") in text


COLUMN_NAMES = {"topic", "name", "dataset", "community", "source", "read", "against", "people"}
"""Words of a table's head, which a list does not need."""


@pytest.mark.parametrize("name", ISSUES)
def test_the_page_says_all_that_the_text_says(name: str) -> None:
    issue = ISSUES[name]
    seen = Page(render_html(issue, None)).text
    for line in [*issue.topics.lines, *issue.unmet.lines]:
        assert line.topic in seen
    for quote in issue.quotes:
        assert quote.text in seen
    for section in ("Named from our registers", "Where it was said"):
        assert (section in seen) == (section.upper() in render_text(issue)) == (name != "quiet")


def test_what_platforms_want_said_stands_at_the_foot() -> None:
    (says,) = FULL.notices
    text = render_text(FULL)
    foot, _, signature = text.partition("HOW FAR TO TRUST THIS")[2].partition("\n-- \n")
    assert foot.splitlines()[-1] == says
    assert signature
    seen = Page(render_html(FULL, None)).text
    assert seen.index("How far to trust this") < seen.index(says) < seen.index("no more mails")


def test_a_quiet_week_is_a_short_mail() -> None:
    text = render_text(QUIET)
    assert "A quiet week: we found no posts on this." in text
    assert len(text.split()) < 120
    assert not charted(QUIET)


def test_thin_ground_is_said_first_and_nothing_is_claimed() -> None:
    text = render_text(THIN)
    before, _, after = text.partition("TOPICS THIS WEEK")
    assert "We could read only 41% of this week" in before
    assert after
    page = Page(render_html(THIN, "cid:chart"))
    for form in (text, page.text, str(page.all("img")[0]["alt"])):
        assert not re.search(r"(rose|fell|up|down) from|as usual|as before|usually|Against", form)


HOSTILE = (
    '<script>alert("1")</script></mj-text><mj-raw><img src=x onerror=alert(1)></mj-raw>'
    " {{ 7*7 }} {% for x in y %} ${evil} &lt;b&gt; ]]> <!-- \x00\x1b[31m \u202egnp.exe\u2066"
)


@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
def test_hostile_posts_stay_words(town: Town) -> None:
    for week in (*EARLIER, WEEK):
        town.read(week)
    town.topic("https://t.example/evil", HOSTILE)
    town.dataset("d", HOSTILE, "javascript:alert(1)")
    town.entity("e", HOSTILE)
    key = town.say(
        6,
        text=HOSTILE + " see http://evil.example/login now",
        url='https://forum.example/"><script>1</script>',
        lang='en" onclick="x',
        datasets={"d": "link"},
        entities=("e",),
        topics=("Lighting",),
    )
    town.tie_topic(key, "https://t.example/evil")
    issue = compose(town.conn, CHARTER, "roads-weekly", WEEK)
    page = Page(render_html(issue, data_uri(chart_png(issue))))
    assert not page.all("script")
    assert not page.all("mj-raw")
    assert len(page.all("img")) == 1
    assert all("onclick" not in attrs and "onerror" not in attrs for _, attrs in page.tags)
    assert all(str(a["href"]).startswith(("https://", "mailto:")) for a in page.all("a"))
    text = render_text(issue)
    for form in (page.text, text):
        assert '<script>alert("1")</script></mj-text>' in form
        assert "{{ 7*7 }}" in form
        assert "evil.example" not in form
        assert not set(form) & {"\x00", "\x1b", "\u202e", "\u2066"}


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


def test_a_topic_with_signs_of_other_scripts_or_of_formulas_is_drawn() -> None:
    first, *rest = FULL.topics.lines
    odd = replace(FULL, topics=Top((replace(first, topic=r"$\frac{1$ 坑洞 \x"), *rest)))
    assert chart_png(odd) != chart_png(FULL)


@pytest.mark.parametrize(("name", "scheme"), [("full", "light"), ("thin", "dark")])
def test_the_page_is_accessible_and_fits_a_phone(
    name: str, scheme: str, browser: Browser, tmp_path: Path
) -> None:
    issue = ISSUES[name]
    file = tmp_path / "page.html"
    file.write_text(render_html(issue, data_uri(chart_png(issue))), encoding="utf-8")
    phone = {"width": 320, "height": 700}
    with browser.new_context(viewport=phone, color_scheme=scheme, offline=True) as context:
        page = context.new_page()
        page.goto(file.as_uri())
        found = Axe().run(page).response["violations"]
        assert [(v["id"], [n["html"][:200] for n in v["nodes"]]) for v in found] == []
        assert page.evaluate("document.documentElement.scrollWidth") == 320
