"""The webhook of alerts: CloudEvents 1.0 in structured JSON, one request an event."""

import json
import time
from collections.abc import Iterable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from urllib.parse import urlsplit

import requests

from connectors.connections import GuardedAdapter
from contract.errors import FixSettings, RetryLater
from contract.places import hosts_of
from warehouse.alerts import Line, Notice

_SECONDS: Final = 20.0
"""For one try, from the connection to the head of the answer."""
_WAITS: Final = (1.0, 3.0)
"""Before the second try and the third."""
_LONGEST_WAIT: Final = 10.0
_AGAIN: Final = frozenset({408, 425, 429, 500, 502, 503, 504})
_MOST_ALERTS: Final = 40
"""In one event, so that it stays below the 64 KiB that all who hand events on must take."""
_HEADERS: Final = {
    "Content-Type": "application/cloudevents+json; charset=utf-8",
    "User-Agent": "goodguest",
}
_COME_BACK: Final = timedelta(minutes=15)
_ALLOWED: Final = "GOODGUEST_WEBHOOK: allowed is an address such as https://example.org/hook"


Event = dict[str, Any]


def events_of(notice: Notice, source: str, page: str | None) -> Iterator[Event]:
    """Yield the notice as CloudEvents, which are the same whenever it is sent.

    An event tells alerts that all began, all last or all ended; `source` names this installation.
    """
    for told in ("began", "lasts", "ended"):
        lines = [line for line in notice.lines if line.told == told]
        for first in range(0, len(lines), _MOST_ALERTS):
            some = lines[first : first + _MOST_ALERTS]
            yield {
                "specversion": "1.0",
                "id": f"{notice.key}.{told}.{first // _MOST_ALERTS + 1}",
                "source": source,
                "type": f"goodguest.alert.{told}",
                "time": notice.made_at.isoformat(),
                "datacontenttype": "application/json",
                "data": {"alerts": [_told(line) for line in some], "status_page": page},
            }


def _told(line: Line) -> dict[str, Any]:
    return {name: value for name, value in line._asdict().items() if name != "told"}


def post_events(url: str, events: Iterable[Event]) -> None:
    """Send the events one after the other; once returned, all of them were taken.

    Raises FixSettings where a person has to change something, RetryLater where the webhook is away
    or busy; neither repeats the address, which may hold a token.
    """
    check_address(url)
    for event in events:
        body = json.dumps(event, ensure_ascii=False).encode()
        _persist(requests.Request("POST", url, data=body, headers=_HEADERS).prepare())


def _persist(request: requests.PreparedRequest) -> None:
    """Return once the request was taken; it is sent again where that can help."""
    for wait in (*_WAITS, None):
        status, said, asked_wait = _answer(request)
        if status is not None and 200 <= status < 300:
            return
        if status is not None and status not in _AGAIN:
            led = "; name the address it leads to" if 300 <= status < 400 else ""
            raise FixSettings(f"the webhook {said}{led}; check GOODGUEST_WEBHOOK")
        if wait is None or asked_wait > _LONGEST_WAIT:
            break
        time.sleep(max(wait, asked_wait))
    raise RetryLater(
        f"the webhook {said}; it is told at the next run", datetime.now(UTC) + _COME_BACK
    )


def _answer(request: requests.PreparedRequest) -> tuple[int | None, str, float]:
    """Return status, words for it, and how many seconds the webhook asks us to wait.

    Of the answer the head is read, which takes bounded time and room, and no body.
    """
    ends_at = time.monotonic() + _SECONDS
    adapter = GuardedAdapter(
        private_hosts=hosts_of((request.url or "",)),
        remaining=lambda: ends_at - time.monotonic(),
    )
    try:
        with (
            closing(adapter),
            closing(adapter.send(request, stream=True, timeout=_SECONDS)) as response,
        ):
            asked = response.headers.get("retry-after", "")
            status = response.status_code
    except (requests.RequestException, OSError) as error:
        # The library's own message holds the whole address.
        return None, f"was not reached ({type(error).__name__})", 0.0
    wait = float(asked) if asked.isascii() and asked.isdecimal() else 0.0
    return status, f"answered {status}", wait


def check_address(url: str) -> None:
    """Return if events may be sent there; else raise FixSettings, without repeating it."""
    try:
        parts = urlsplit(url)
        is_fine = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_fine = False
    if not is_fine:
        raise FixSettings(_ALLOWED)
