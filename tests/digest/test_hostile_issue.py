"""Whatever posts hold, an issue stays readable and inert in each of its forms."""

from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from email.message import EmailMessage
from io import BytesIO
from itertools import cycle, islice, repeat
from pathlib import Path
from typing import Any

import pytest
from fernley_issues import FULL
from fernley_store import CHARTER, EARLIER, WEEK, Town
from forms import Parsed, data_uri, is_accessible, opened
from PIL import Image
from playwright.sync_api import Browser

from digest.archive import files_of
from digest.chart import chart_png
from digest.compose import compose
from digest.harmless import harmless
from digest.issue import Issue
from digest.render import render_html, render_text, subject_of

SCRIPT = (
    '<script>alert("1")</script></mj-text><mj-raw><img src=x onerror=alert(1)></mj-raw>'
    " {{ 7*7 }} {% for x in y %} ${evil} &lt;b&gt; ]]> <!--"
)
HOSTILE = {
    "script": SCRIPT,
    "style": "</style><style>*{display:none;background:url(https://evil.example/x)}</style>"
    '" style="position:fixed;inset:0" onmouseover="alert(1)',
    "header": "Potholes\r\nBcc: all@evil.example\r\n\r\nbody",
    "direction": "\u202egnp.exe\u2066 \u200f\u061c moc.elpmaxe",
    "endless": "A" * 10_000,
    "zalgo": "P" + "\u0301\u0489" * 500 + "otholes",
    "emoji": "👩‍👩‍👧‍👦🏳️‍🌈" * 60,
    "arabic": "حفر الطريق " * 20,
    "long": "A topic with a name of two hundred signs " * 5,
    "formula": r"$\frac{1$ =cmd|'/c calc'!A1 \x00\x1b[31m",
    "controls": "nul\x00 esc\x1b[31m del\x7f half\ud800 end",
    "cjk": "道路に大きな穴があいていて自転車で通るのがとても危ないです" * 10,
}
NO_LINK = ("javascript:alert(1)", "data:text/html,<script>alert(1)</script>", "vbscript:x")


def spoilt(value: Any, texts: Iterator[str], url: str, field: str = "") -> Any:
    """Return the issue with the next of the texts in each of its texts, this address in each link.

    What is the charter's own stays.
    """
    if field in ("language", "week", "contact", "change", "key", "kind", "edges"):
        return value
    if field in ("url", "rules", "privacy_notice"):
        return url
    if isinstance(value, str):
        return next(texts)
    if isinstance(value, tuple):
        return tuple(spoilt(part, texts, url, field) for part in value)
    if is_dataclass(value) and not isinstance(value, type):
        parts = {f.name: spoilt(getattr(value, f.name), texts, url, f.name) for f in fields(value)}
        return replace(value, **parts) if not isinstance(value, Issue) else _kept(value, parts)
    return value


def _kept(issue: Issue, parts: dict[str, Any]) -> Issue:
    return replace(issue, **{**parts, "name": issue.name})


@pytest.fixture(params=HOSTILE)
def issue(request: pytest.FixtureRequest) -> Issue:
    evil: Issue = spoilt(FULL, repeat(HOSTILE[request.param]), NO_LINK[0])
    return evil


def test_no_form_holds_what_a_program_would_act_on(issue: Issue) -> None:
    page = Parsed(render_html(issue, data_uri(chart_png(issue))))
    assert not page.all("script")
    assert not page.all("mj-raw")
    assert len(page.all("img")) == 1
    assert not [attrs for _, attrs in page.tags if any(name.startswith("on") for name in attrs)]
    assert all(str(a["href"]).startswith("mailto:listening@") for a in page.all("a"))
    text = render_text(issue)
    for form in (page.text, text):
        assert not set(form) & set("\x00\x1b\x7f\u202e\u2066\u200f\u061c\ud800")
        assert max(map(len, form.split())) <= 290
    assert "javascript:" not in text


def test_its_subject_is_one_line_of_a_mail(issue: Issue) -> None:
    mail = EmailMessage()
    mail["Subject"] = subject_of(issue)
    assert len(subject_of(issue)) < 250
    assert not subject_of(issue).splitlines()[1:]
    assert "Bcc" not in mail
    assert len(mail.as_bytes().split(b"\n\n")) == 2


@pytest.mark.parametrize("first", range(0, len(HOSTILE), 5))
def test_mail_page_and_pictures_stay_readable(first: int, browser: Browser, tmp_path: Path) -> None:
    texts = islice(cycle(HOSTILE.values()), first, None)
    issue = spoilt(FULL, texts, NO_LINK[0])
    for name, content in files_of(tmp_path, issue).items():
        (tmp_path / name).write_bytes(content)
    mail = tmp_path / "mail.html"
    mail.write_text(render_html(issue, data_uri(chart_png(issue))), encoding="utf-8")
    for file in (mail, tmp_path / f"{FULL.name}-{FULL.week}.html", tmp_path / f"{FULL.name}.html"):
        with opened(browser, file, 360, "dark") as page:
            assert page.evaluate("document.documentElement.scrollWidth") == 360
            assert page.evaluate("document.body.innerText.length") > 150
    for name in (f"{FULL.name}-{FULL.week}.png", f"{FULL.name}-{FULL.week}-network.png"):
        assert Image.open(BytesIO((tmp_path / name).read_bytes())).height < 1_500


def test_what_is_hostile_is_still_accessible(browser: Browser, tmp_path: Path) -> None:
    evil = spoilt(FULL, repeat(SCRIPT), NO_LINK[1])
    for name, content in files_of(tmp_path, evil).items():
        (tmp_path / name).write_bytes(content)
    with opened(browser, tmp_path / f"{FULL.name}-{FULL.week}.html", 360, "light") as page:
        is_accessible(page, 360)
        assert '<script>alert("1")</script></mj-text>' in page.inner_text("main")
        assert "{{ 7*7 }}" in page.inner_text("main")


@pytest.mark.parametrize("url", NO_LINK)
def test_only_the_web_is_linked(url: str) -> None:
    evil = harmless(spoilt(FULL, repeat("x"), url))
    assert {x.url for x in (*evil.quotes, *evil.datasets.lines, *evil.join_in)} == {None}
    assert evil.join_in[0].rules is None
    assert "How we listen" not in render_text(evil)


def test_an_ordinary_issue_is_left_as_it_is() -> None:
    assert harmless(FULL) == FULL
    words = "道路に大きな穴があいていて自転車で通るのがとても危ない" * 4
    assert harmless(replace(FULL, title=words)).title == words


@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
def test_hostile_posts_stay_words(town: Town) -> None:
    for week in (*EARLIER, WEEK):
        town.read(week)
    town.topic("https://t.example/evil", SCRIPT)
    town.dataset("d", SCRIPT, NO_LINK[0])
    town.entity("e", SCRIPT)
    key = town.say(
        6,
        text=f"{SCRIPT} {HOSTILE['controls'].replace(chr(0xD800), '')} http://evil.example/login",
        url='https://forum.example/"><script>1</script>',
        lang='en" onclick="x',
        datasets={"d": "link"},
        entities=("e",),
        topics=("Lighting",),
    )
    town.tie_topic(key, "https://t.example/evil")
    issue = compose(town.conn, CHARTER, "roads-weekly", WEEK)
    page = Parsed(render_html(issue, data_uri(chart_png(issue))))
    assert not {"script", "mj-raw"} & {tag for tag, _ in page.tags}
    assert not [attrs for _, attrs in page.tags if any(name.startswith("on") for name in attrs)]
    assert all(str(a["href"]).startswith(("https://", "mailto:")) for a in page.all("a"))
    for form in (page.text, render_text(issue)):
        assert '<script>alert("1")</script></mj-text>' in form
        assert "evil.example" not in form
        assert not set(form) & set("\x00\x1b\x7f")
