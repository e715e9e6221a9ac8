"""Asking Bluesky, as anybody or with an app password, and what its refusals mean."""

import re
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

from connectors.addresses import is_this_machine, request_to
from connectors.answers import Answer, Judged, needed, shown
from connectors.decoding import decoded
from connectors.http import REDIRECTS, Client
from connectors.values import text
from contract.charter import Source
from contract.errors import FixSettings, OddAnswer, RetryLater, StopSource

_OPEN: Final = "https://public.api.bsky.app"
_OWN: Final = "https://bsky.social"
_ACCEPTED: Final = frozenset({200, 400})
_EXPIRED: Final = frozenset({"ExpiredToken", "InvalidToken"})
_WORD: Final = re.compile(r"\w{1,60}")
_TOKEN: Final = re.compile(r"[\w.~+/=-]{1,8000}", re.ASCII)
"""What can stand in a header."""
NO_LOGIN: Final = (
    "Bluesky keeps this from who is not logged in; name a connection with identifier and "
    "app_password in conn_id, or take it out"
)
_NO_ACCESS: Final = (
    "Bluesky does not take identifier and app_password; make a new app password in its settings "
    "and put it into the source's connection"
)

_NO_SERVER: Final = "nobody logs in here; write https://bsky.app, or the address of your own server"


class Bluesky:
    """Bluesky as one source reads it: `get` returns raw answers, 200 or 400 with its reason.

    With credentials it logs in at the first question, and again when that has expired. The limit
    there is 300 logins a day: https://docs.bsky.app/docs/advanced-guides/rate-limits.
    """

    def __init__(self, client: Client, source: Source) -> None:
        self._client, self.has_login = client, len(client.credentials) > 0
        self._base = _base(source, self.has_login)
        self._token: str | None = None

    def get(self, method: str, params: dict[str, Any]) -> Answer:
        """Return the answer; raises as the client does."""
        url = f"{self._base}/xrpc/{method}"
        if not self.has_login:
            return self._client.get(url, params=params, accept=_ACCEPTED, judge=judged)
        answer = self._logged_in(url, params)
        if reason_of(answer) in _EXPIRED:
            self._token = None
            answer = self._logged_in(url, params)
            if reason_of(answer) in _EXPIRED:
                raise StopSource(f"{shown(url)}: {_NO_ACCESS}")
        return answer

    def _logged_in(self, url: str, params: dict[str, Any]) -> Answer:
        self._token = self._token or self._log_in()
        headers = {"Authorization": f"Bearer {self._token}"}
        address = f"{url}?{urlencode(params, doseq=True)}"
        asked = request_to(address, headers=headers)
        return self._client.send(asked, accept=_ACCEPTED, judge=judged)

    def _log_in(self) -> str:
        url, held = f"{self._base}/xrpc/com.atproto.server.createSession", self._client.credentials
        said = {"identifier": held["identifier"], "password": held["app_password"]}
        asked = request_to(url, "POST", json=said)
        with needed(self._client.now()):
            answer = self._client.send(asked, accept=frozenset({200}), judge=_judged_login)
        return _token_in(answer)


def reason_of(answer: Answer) -> str:
    """Return Bluesky's own word for why it refuses, empty when it does not."""
    said = text(decoded(answer.body), "error") if answer.status != 200 else None
    return said if said and _WORD.fullmatch(said) else ""


def judged(answer: Answer) -> Judged | None:
    """Return what Bluesky's answer means where its status alone does not say."""
    if answer.status in (401, 403):
        return Judged(StopSource, NO_LOGIN)
    if answer.status in _ACCEPTED and not isinstance(decoded(answer.body), dict):
        return Judged(OddAnswer, "answered nothing of Bluesky's API")
    return None


def _judged_login(answer: Answer) -> Judged | None:
    if answer.status in (400, 401, 403):
        return Judged(StopSource, _NO_ACCESS)
    if answer.status in REDIRECTS or answer.status in (404, 410):
        # Asked once: each list would send the password anew.
        return Judged(StopSource, _NO_SERVER)
    if answer.status == 200 and not _TOKEN.fullmatch(_token_in(answer)):
        return Judged(RetryLater, "no token where one is due")
    return None


def _token_in(answer: Answer) -> str:
    return text(decoded(answer.body), "accessJwt") or ""


def _base(source: Source, has_login: bool) -> str:
    """Return where the API is asked; raises FixSettings where a password would travel openly."""
    site = str(source.url).rstrip("/")
    parts = urlsplit(site)
    host = parts.hostname or ""
    if host == "bsky.app":
        return _OWN if has_login else _OPEN
    is_near = source.private_addresses or is_this_machine(host)
    if has_login and parts.scheme != "https" and not is_near:
        raise FixSettings(
            f"url: found {shown(site)}, which would be sent a password; allowed: https"
        )
    return site
