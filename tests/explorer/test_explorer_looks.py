"""Everybody can use the pages: with a screen reader, a keyboard, a phone; and they look well."""

from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from explored import HOSTILE_KEY, Explored
from PIL import Image
from playwright.sync_api import Browser, Page

from docs.pictures import take
from explorer.questions import QUESTIONS
from warehouse.queries import VIEWS

PAGES = [
    "/",
    "/status",
    *(f"/goodguest/{view}" for view in VIEWS),
    *(f"/goodguest/{question.name}" for question in QUESTIONS),
    "/goodguest/what_people_say?topic=urn:none&week=2011-W01",
    "/goodguest/v_source_health/town-forum",
    "/goodguest/v_coverage_day/2026-11-14,town-forum",
    "/goodguest/v_post?week=2026-W46&_sort=day",
    f"/goodguest/-/post/{HOSTILE_KEY}",
    "/goodguest/-/search",
    "/goodguest/-/search?q=library",
    "/goodguest/-/search?q=zzzz",
    "/goodguest",
    "/goodguest?sql=select+*+from+v_post+where+week+%3D+:week&week=2026-W46",
    "/goodguest?sql=selec",
    "/goodguest?sql=select+x+from+y",
    "/nope",
]


def post_with_ties(explored: Explored) -> str:
    ((key, _),) = explored.rows(
        "select post_key, count(*) from v_post_tie group by 1 order by 2 desc, 1 limit 1"
    )
    return f"/goodguest/-/post/{key}"


@pytest.mark.parametrize(("width", "scheme"), [(390, "light"), (1280, "dark")])
def test_the_pages_are_accessible_and_fit(
    width: int, scheme: str, explored: Explored, browser: Browser
) -> None:
    screen = {"width": width, "height": 900}
    with browser.new_context(viewport=screen, color_scheme=scheme) as context:  # type: ignore[arg-type]
        page = context.new_page()
        page.goto(explored.url)
        assert page.title() == "The explorer is locked"
        assert Axe().run(page).response["violations"] == []
        page.goto(explored.address)
        assert page.url == f"{explored.url}/"
        refused: list[str] = []
        page.on("console", lambda said: refused.append(said.text))
        for path in [*PAGES, post_with_ties(explored)]:
            page.goto(explored.url + path)
            page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
            found = Axe().run(page).response["violations"]
            assert [(v["id"], [n["html"][:200] for n in v["nodes"]]) for v in found] == [], path
            assert page.evaluate("document.documentElement.scrollWidth") == width, path
        assert not [said for said in refused if "Content Security Policy" in said]


def test_the_forms_are_reached_and_sent_by_keyboard(explored: Explored, browser: Browser) -> None:
    with browser.new_context(java_script_enabled=True) as context:
        page = context.new_page()
        page.goto(explored.address)
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
        reached = _tabbed_through(page)
        assert {"q", *(f"{q.name}-{name}" for q in QUESTIONS for name in q.asks_for)} <= reached
        page.locator("#q").focus()
        page.keyboard.type("library")
        page.keyboard.press("Enter")
        page.wait_for_url("**/-/search?q=library")
        assert page.locator("li.post").count() > 0
        page.locator("#in-week").focus()
        assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"


def _tabbed_through(page: Page) -> set[str]:
    reached = set()
    for _ in range(150):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("document.activeElement.id"))
    return reached


@pytest.mark.parametrize("width", [390, 1280])
def test_charts_stay_within_their_lines(width: int, explored: Explored, browser: Browser) -> None:
    with browser.new_context(viewport={"width": width, "height": 900}) as context:
        page = context.new_page()
        page.goto(explored.address)
        page.goto(f"{explored.url}/goodguest/what_people_say")
        chart = _boxes(page, ".chart.weeks")[0]
        texts, strip = _boxes(page, ".chart.weeks text"), _boxes(page, ".chart.weeks .unread")[0]
        for _, top, bottom in texts:
            assert chart[1] - 1 <= top < bottom <= chart[2] + 1
            assert bottom <= strip[1] + 1 or top >= strip[2] - 2
        page.goto(f"{explored.url}/goodguest/thin_coverage")
        tall = _boxes(page, ".chart.days .unread")
        rows = sorted({round(top) for _, top, _ in tall})
        labels = [round(top) for _, top, _ in _boxes(page, ".days li")]
        assert len(rows) == len(labels) > 3
        assert all(abs(row - label) <= 2 for row, label in zip(rows, labels, strict=True))


def _boxes(page: Page, selector: str) -> list[tuple[float, float, float]]:
    """Return left, top and bottom of all elements."""
    found = page.locator(selector).evaluate_all(
        "all => all.map(one => one.getBoundingClientRect())"
    )
    return [(box["left"], box["top"], box["bottom"]) for box in found]


def test_it_works_without_scripts(explored: Explored, browser: Browser) -> None:
    with browser.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(explored.address)
        page.goto(f"{explored.url}/goodguest/v_post")
        page.select_option("#c", "lang")
        page.fill("#v", "cy")
        page.click("button:has-text('Filter')")
        ((count,),) = explored.rows("select count(*) from v_post where lang = 'cy'")
        assert page.locator("h2", has_text=f"{count:,} rows").count() == 1
        page.goto(f"{explored.url}/goodguest/what_people_say")
        page.select_option("#ask-topic", index=3)
        page.click("button:has-text('Ask')")
        assert page.locator("#ask-topic option").nth(3).get_attribute("selected") is not None


def test_pictures_are_taken(explored: Explored, browser: Browser, tmp_path: Path) -> None:
    for path in take(browser, explored.address, tmp_path):
        picture = Image.open(path)
        assert picture.size == (1280, 1100)
        colours = picture.convert("RGB").getcolors(1_000_000)
        assert colours is not None
        assert len(colours) > 100, f"{path.name} is empty"
