"""Sessions for the platforms' own libraries: they talk, the client minds the manners."""

import io
import logging
from collections.abc import Mapping
from typing import Any

import requests
from requests.adapters import BaseAdapter
from requests.structures import CaseInsensitiveDict

from connectors.answers import Answer, Judge
from connectors.http import Client
from contract.errors import StopSource


class Through(requests.Session):
    """A session whose every request goes through the client; `last` is the latest raw answer.

    `moved` maps the base addresses a library has built in to those to be asked. A host that is
    not among them gets nothing. Errors are the client's: RetryLater, StopSource or SkipPage.
    The library does not see the rate headers: it would sleep for them, and the client obeys them.
    """

    last: Answer

    def __init__(self, client: Client, moved: Mapping[str, str], judge: Judge) -> None:
        super().__init__()
        self.trust_env = False
        self.adapters.clear()
        bases = {base: to.rstrip("/") for base, to in moved.items()}
        self.mount("", _Adapter(self, client, bases, judge))


class _Adapter(BaseAdapter):
    def __init__(
        self, session: Through, client: Client, moved: Mapping[str, str], judge: Judge
    ) -> None:
        super().__init__()
        self._session, self._client, self._moved, self._judge = session, client, moved, judge

    def send(self, request: requests.PreparedRequest, **_: Any) -> requests.Response:  # type: ignore[override]
        asked = request.url or ""
        base = next((base for base in self._moved if f"{asked}/".startswith(f"{base}/")), None)
        if base is None:
            raise StopSource(f"{request.method}: a host this source does not have")
        moved = request.copy()
        moved.url = self._moved[base] + asked.removeprefix(base)
        # PRAW asks for its token with `close`, and the next request would meet a closing door.
        moved.headers.pop("Connection", None)
        answer = self._session.last = self._client.send(moved, judge=self._judge)
        response = requests.Response()
        response.status_code, response.url, response.request = answer.status, asked, request
        hidden = {name for name in answer.headers if "limit" in name} | {"content-encoding"}
        response.headers = CaseInsensitiveDict(
            {name: value for name, value in answer.headers.items() if name not in hidden}
        )
        response.encoding = requests.utils.get_encoding_from_headers(response.headers)
        response.raw = io.BytesIO(answer.body)
        return response

    def close(self) -> None:
        """Leave the client open: it is the run's."""


def hush(logger: str) -> None:
    """Let a library's logger say nothing at DEBUG, where it writes tokens and whole bodies."""
    found = logging.getLogger(logger)
    if _no_debug not in found.filters:
        found.addFilter(_no_debug)


def _no_debug(record: logging.LogRecord) -> bool:
    return record.levelno > logging.DEBUG
