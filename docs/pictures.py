"""Writes docs/explorer-*.png and docs/digest*.png: pictures of what `make run` shows.

python -m docs.pictures 'http://127.0.0.1:18001/?key=…'      (the whole address it printed)
python -m docs.pictures …/digests/town-weekly-2026-W46.html  (a page it wrote)
"""

import sys
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

CHROMIUM = Path("/usr/bin/chromium")
WIDE, HIGH = 1280, 1100
PHONE, TABLET = (390, 1060), (900, 1060)


def take(browser: Browser, address: str, folder: Path) -> list[Path]:
    """Return pictures of the start page, of a topic's week, and of a post with several ties."""
    with browser.new_context(viewport={"width": WIDE, "height": HIGH}) as context:
        page = context.new_page()
        page.goto(address)
        pictures = [_picture(page, folder, "start")]
        page.locator("section[aria-labelledby=week] tbody a").nth(2).click()
        pictures.append(_picture(page, folder, "topic-week"))
        page.locator("li.post:has(.chips li + li) h3 a").first.click()
        page.locator("details summary").first.click()
        return [*pictures, _picture(page, folder, "post")]


def _picture(page: Page, folder: Path, name: str) -> Path:
    page.wait_for_load_state()
    path = folder / f"explorer-{name}.png"
    page.screenshot(path=path)
    return path


def take_digest(browser: Browser, file: Path, folder: Path) -> list[Path]:
    """Return pictures of a digest's page: how it begins on a phone, and its network in the dark."""
    pictures = []
    for name, (wide, high), scheme, first in (
        ("digest", PHONE, "light", "main"),
        ("digest-network", TABLET, "dark", "#network"),
    ):
        screen = {"width": wide, "height": high}
        with browser.new_context(
            viewport=screen, device_scale_factor=1.5, color_scheme=scheme
        ) as context:
            page = context.new_page()
            page.goto(file.resolve().as_uri())
            page.locator(first).evaluate("one => one.scrollIntoView()")
            pictures.append(folder / f"{name}.png")
            page.screenshot(path=pictures[-1])
    return pictures


if __name__ == "__main__":
    given, docs = sys.argv[1], Path(__file__).parent
    with sync_playwright() as play:
        started = play.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        shows_explorer = given.startswith("http")
        for taken in (
            take(started, given, docs)
            if shows_explorer
            else take_digest(started, Path(given), docs)
        ):
            sys.stderr.write(f"wrote {taken}\n")
        started.close()
