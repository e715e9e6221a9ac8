"""Writes docs/operations-*.png: pictures of what an operator looks at, such as that of `make run`.

python -m docs.operations_pictures http://127.0.0.1:18080 'http://127.0.0.1:18001/?key=…'
(Airflow's address, and the explorer's as it was printed)
"""

import sys
from pathlib import Path
from urllib.parse import urljoin

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from docs.pictures import CHROMIUM

SHOWN = "town-forum"
"""The source whose DAG is shown."""
_WIDE, _HIGH = 1400, 900
_SETTLED_MS = 2500
"""Airflow's pages draw graphs in steps that no event tells of."""


def take(browser: Browser, airflow: str, explorer: str, folder: Path) -> list[Path]:
    """Return pictures of the DAG list, a source's DAG and its docs, the assets, and the status."""
    view = {"width": _WIDE, "height": _HIGH}
    with browser.new_context(viewport=view, color_scheme="light") as context:  # type: ignore[arg-type]
        return [
            _picture(_dags(context, airflow), folder, "dags"),
            _picture(_source(context, airflow), folder, "source"),
            _picture(_assets(context, airflow), folder, "assets"),
            _picture(_status(context, explorer), folder, "status"),
        ]


def _dags(context: BrowserContext, airflow: str) -> Page:
    page = context.new_page()
    page.goto(f"{airflow}/dags?limit=25")
    page.get_by_role("button", name="Show table view").click()
    return page


def _source(context: BrowserContext, airflow: str) -> Page:
    page = context.new_page()
    page.goto(f"{airflow}/dags/collect__{SHOWN}")
    page.get_by_role("button", name="Dag Docs").click()
    # It opens small, to be made larger by its corner.
    page.get_by_role("dialog").evaluate(
        "box => { for (const e of [box, ...box.querySelectorAll('*')])"
        " if (getComputedStyle(e).resize == 'both') e.style.cssText = 'width:660px;height:720px' }"
    )
    return page


def _assets(context: BrowserContext, airflow: str) -> Page:
    page = context.new_page()
    page.goto(f"{airflow}/assets")
    page.get_by_role("link", name="posts", exact=True).first.click()
    return page


def _status(context: BrowserContext, explorer: str) -> Page:
    page = context.new_page()
    page.goto(explorer)
    page.goto(urljoin(explorer, "/status"))
    return page


def _picture(page: Page, folder: Path, name: str) -> Path:
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(_SETTLED_MS)
    path = folder / f"operations-{name}.png"
    page.screenshot(path=path)
    return path


if __name__ == "__main__":
    with sync_playwright() as play:
        started = play.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        for taken in take(started, sys.argv[1].rstrip("/"), sys.argv[2], Path(__file__).parent):
            sys.stderr.write(f"wrote {taken}\n")
        started.close()
