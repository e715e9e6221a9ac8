"""Issues in all their forms, and what a program finds in a page."""

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from fernley_issues import FULL
from playwright.sync_api import Browser, Page

from digest.chart import chart_png
from digest.issue import Issue, Top
from digest.mail import CHART, Content
from digest.render import render_html, render_text, subject_of

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
    topics=Top(
        tuple(
            replace(x, usual=None, low=None, high=None, change="not known", forecast=None)
            for x in FULL.topics.lines
        )
    ),
    entities=Top(tuple(replace(x, before=None) for x in FULL.entities.lines)),
    datasets=Top(tuple(replace(x, before=None) for x in FULL.datasets.lines)),
    unmet=Top(tuple(replace(x, before=None) for x in FULL.unmet.lines)),
    communities=Top(tuple(replace(x, before=None) for x in FULL.communities.lines)),
)
ISSUES = {
    "full": FULL,
    "quiet": QUIET,
    "thin": THIN,
    "german": replace(FULL, language="de"),
    "quiet german": replace(QUIET, language="de"),
}


_ALL_OF_WCAG_22 = {"rules": {"target-size": {"enabled": True}}}
"""The rules of 2.2 that axe leaves out unless asked."""


class Parsed(HTMLParser):
    """The tags of a page, what each holds, and its visible words."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.heads: list[str] = []
        """Words of tables' heads, which a list does not need."""
        self.hidden = 0
        self.is_in_head = False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self.hidden += tag in ("style", "title", "xml")
        self.is_in_head |= tag == "thead"

    def handle_endtag(self, tag: str) -> None:
        self.hidden -= tag in ("style", "title", "xml")
        self.is_in_head &= tag != "thead"

    def handle_data(self, data: str) -> None:
        if not self.hidden:
            self.words.append(data)
            self.heads += [data] * self.is_in_head

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attrs for name, attrs in self.tags if name == tag]

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


def mailed(issue: Issue) -> Content:
    """Return what all readers of the issue get, with a table."""
    return Content(
        issue=issue,
        subject=subject_of(issue),
        html=render_html(issue, f"cid:{CHART}"),
        text=render_text(issue),
        chart=chart_png(issue),
        tables={"topics.csv": b"topic,posts\r\nBin days,12\r\n"},
    )


def data_uri(png: bytes) -> str:
    return f"data:image/png;base64,{base64.b64encode(png).decode()}"


@contextmanager
def opened(browser: Browser, file: Path, width: int, scheme: str) -> Iterator[Page]:
    """Yield the file in a browser; whatever it asks for that is not beside it fails the test."""
    screen = {"width": width, "height": 900}
    with browser.new_context(viewport=screen, color_scheme=scheme, offline=True) as context:  # type: ignore[arg-type]
        page = context.new_page()
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.on("dialog", lambda dialog: asked.append(f"dialog: {dialog.message}"))
        page.on("console", lambda said: asked.append(f"console: {said.text}"))
        page.goto(file.as_uri())
        yield page
        beside = {path.as_uri() for path in file.parent.iterdir()}
        assert [x for x in asked if x not in beside and not x.startswith("data:image/png")] == []


def is_accessible(page: Page, width: int) -> None:
    """Fail where axe finds a fault, or where the page is wider than the screen."""
    found = Axe().run(page, options=_ALL_OF_WCAG_22).response["violations"]
    assert [(v["id"], [n["html"][:200] for n in v["nodes"]]) for v in found] == []
    assert page.evaluate("document.documentElement.scrollWidth") == width
