"""A page that shows a mail before it is sent: its head, its forms and what hangs on it."""

from base64 import b64encode
from collections.abc import Mapping
from email.message import EmailMessage
from typing import Final

from digest.mail import CHART, Content
from digest.templating import environment

PREVIEW: Final = ".preview.html"
"""Ending of the page, which stands beside the issue's."""
CLIPPED_FROM: Final = 102_400
"""Bytes of HTML from which Gmail hides the rest of a mail."""
_WIDTHS: Final = (360, 640)
_HEAD: Final = ("Subject", "From", "To", "List-Id", "List-Unsubscribe", "List-Unsubscribe-Post")


def preview_of(content: Content, message: EmailMessage, states: Mapping[str, int]) -> str:
    """Return the page; `message` is the mail to one reader, `states` how many readers are where."""
    page = environment(escape=True).get_template("preview.html")
    return page.render(
        issue=content.issue,
        head=[(name, message[name]) for name in _HEAD if message[name]],
        mail=_with_chart(content),
        widths=_WIDTHS,
        text=content.text,
        size=len(content.html.encode()),
        clipped_from=CLIPPED_FROM,
        attached=[(part.get_filename(), _size(part)) for part in message.iter_attachments()],
        states=states,
    )


def _with_chart(content: Content) -> str:
    if content.chart is None:
        return content.html
    picture = f"data:image/png;base64,{b64encode(content.chart).decode()}"
    return content.html.replace(f"cid:{CHART}", picture)


def _size(part: EmailMessage) -> int:
    payload = part.get_payload(decode=True)
    return len(payload) if isinstance(payload, bytes) else 0
