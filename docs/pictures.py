"""Writes docs/explorer-*.png: pictures of an explorer that runs, such as that of `make run`.

python -m docs.pictures 'http://127.0.0.1:18001/?key=…'  (the whole address it printed)
"""

import sys
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

CHROMIUM = Path("/usr/bin/chromium")
WIDE, HIGH = 1280, 1100


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


if __name__ == "__main__":
    with sync_playwright() as play:
        started = play.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        for taken in take(started, sys.argv[1], Path(__file__).parent):
            sys.stderr.write(f"wrote {taken}\n")
        started.close()
