"""The preview of a mail as a browser shows it."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from fernley_issues import FULL
from forms import mailed
from playwright.sync_api import Browser

from digest.mail import Unsubscribing, message_of
from digest.preview import preview_of

ISSUE = replace(FULL, title="Roads <script>document.title = 'broken'</script>")
CONTENT = mailed(ISSUE)
MESSAGE = message_of(CONTENT, datetime(2026, 11, 16, tzinfo=UTC), Unsubscribing("0" * 24, None))


def test_it_shows_head_forms_and_attachments_and_asks_nobody(
    browser: Browser, tmp_path: Path
) -> None:
    file = tmp_path / "preview.html"
    file.write_text(preview_of(CONTENT, MESSAGE, {"waiting": 2, "sent": 1}), encoding="utf-8")
    with browser.new_page(viewport={"width": 360, "height": 800}) as page:
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.goto(file.as_uri())
        said = page.inner_text("main")
        assert "1 reader sent, 2 readers waiting." in said
        assert "topics.csv, 26 bytes" in said
        assert page.title() == f"Preview of {ISSUE.name}, {ISSUE.week}"
        for frame in page.frames[1:]:
            assert frame.locator("h1").inner_text() == ISSUE.title
            assert frame.evaluate("document.images[0].naturalWidth") > 0
        assert len(page.frames) == 3
        assert all(url.startswith(("file:", "data:", "about:")) for url in asked)
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
        assert Axe().run(page).violations_count == 0
