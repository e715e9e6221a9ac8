"""The mail as it is received: what a mail program shows of it, on a phone and on a desk."""

from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

import pytest
from fernley_issues import FULL
from forms import is_accessible, mailed, opened
from mailbox_server import Inbox, serving
from playwright.sync_api import Browser

from digest.chart import alternative_text
from digest.mail import Unsubscribing, message_of
from digest.smtp import send, smtp_of_url


@pytest.fixture(scope="module")
def received() -> EmailMessage:
    """Return the mail as the server of a reader got it."""
    message = message_of(mailed(FULL), datetime.now(UTC), Unsubscribing("0" * 24, None))
    inbox = Inbox()
    with serving(inbox) as url:
        send(message, smtp_of_url(url), ["policy@fernley.example"])
    (envelope,) = inbox.received
    return message_from_bytes(envelope.content, policy=default)


def shown(mail: EmailMessage, folder: Path) -> Path:
    """Return the file of its HTML as a mail program shows it: with the parts it names by id."""
    html = mail.get_body(("html",))
    assert html is not None
    page = html.get_content()
    for part in mail.walk():
        if part["Content-ID"]:
            assert part.get_content_disposition() == "inline"
            picture = folder / f"{part['Content-ID'].strip('<>')}.png"
            picture.write_bytes(part.get_content())
            page = page.replace(f"cid:{picture.stem}", picture.as_uri())
    file = folder / "mail.html"
    file.write_text(page, encoding="utf-8")
    return file


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1200])
def test_it_fits_can_be_read_by_everybody_and_brings_its_picture(
    width: int, scheme: str, received: EmailMessage, browser: Browser, tmp_path: Path
) -> None:
    with opened(browser, shown(received, tmp_path), width, scheme) as page:
        is_accessible(page, width)
        paper = page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert paper == {"light": "rgb(255, 255, 255)", "dark": "rgb(21, 24, 28)"}[scheme]
        (picture,) = page.locator("img").all()
        assert picture.get_attribute("alt") == alternative_text(FULL)
        assert picture.evaluate("image => image.naturalWidth") == 1080
        box = picture.bounding_box()
        assert box is not None
        assert box["width"] == min(540, width - 20)
