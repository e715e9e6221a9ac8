"""Asking Reddit through PRAW: its token and manners, and what a refusal means."""

import configparser
import logging
import re
from importlib.resources import files
from typing import Any
from urllib.parse import urlsplit

from connectors.addresses import is_this_machine
from connectors.answers import Answer, Judged, meaning_of, shown
from connectors.decoding import decoded
from connectors.http import Client
from connectors.parts.reddit.fields import is_listing
from connectors.values import inside
from contract.charter import Source
from contract.errors import FixSettings, OddAnswer, RateLimited, RetryLater, StopSource

SITE, _API = "https://www.reddit.com", "https://oauth.reddit.com"
GONE = frozenset({301, 302, 403, 404, 410})
"""What is private, banned or was never there; the last is a redirect to a search for its name."""
_ABSENT = "/subreddits/search"
_TOKEN = "/api/v1/access_token"  # noqa: S105 - an address
_WORD = re.compile(r"[a-z_ ]{1,40}", re.ASCII | re.IGNORECASE)
_LEFT_OUT_ALONE = re.compile(r"/comments/[0-9a-z]+(?:/_/[0-9a-z]+)?$|/api/morechildren$")
"""Without one submission's comments the run can go on."""
_REASONS = {
    "private": "is private",
    "banned": "is banned",
    "quarantined": "is quarantined",
    "gated": "is quarantined",
    "gold_only": "is for paying members only",
}
_BLOCKED = (
    "Reddit blocks this network or User-Agent; name agency and contact as approved, and write to "
    "Reddit with the code its page shows"
)
_NO_ACCESS = (
    "Reddit gives no token{}; check client_id and client_secret of the connection, and that "
    "Reddit's approval of the application stands"
)


class Reddit:
    """Reddit as one source reads it, without any account: `get` returns raw answers."""

    def __init__(self, client: Client, source: Source) -> None:
        # Loaded by who asks: what is landed is read without them.
        import praw

        from connectors.sessions import Through, hush

        # It writes tokens and whole requests at DEBUG, and addresses of threads when it asks again.
        hush("prawcore")
        hush("praw")
        logging.getLogger("prawcore").setLevel(logging.ERROR)
        site = _site(source)
        moved = {SITE: site or SITE, _API: site or _API}
        self._session = Through(client, moved, judge)
        _read_no_files()
        # Every setting is given: PRAW would take what is not from the environment, even a login.
        self._praw = praw.Reddit(
            "DEFAULT",
            client_id=client.credentials["client_id"],
            client_secret=client.credentials["client_secret"],
            user_agent="Goodguest",
            oauth_url=_API,
            reddit_url=SITE,
            username=None,
            password=None,
            refresh_token=None,
            redirect_uri=None,
            check_for_updates=False,
            check_for_async=False,
            requestor_kwargs={"session": self._session},
        )

    def get(self, path: str, params: dict[str, Any]) -> Answer:
        """Return the answer, one of GONE where nothing is to be read; raises as the client does."""
        from prawcore.exceptions import RequestException, ResponseException

        try:
            self._praw.request(method="GET", path=path, params=params)
        except RequestException as error:
            raise error.original_exception from None
        except ResponseException:
            if self._session.last.status not in GONE:
                raise StopSource(_NO_ACCESS.format(": it refuses its own")) from None
        return self._session.last


def _site(source: Source) -> str | None:
    """Return where both hosts of Reddit are said to stand, None for Reddit itself."""
    site = str(source.url).rstrip("/")
    host = urlsplit(site).hostname or ""
    if host == "reddit.com" or host.endswith(".reddit.com"):
        return None
    if source.private_addresses or is_this_machine(host):
        return site
    raise FixSettings(f"url: found {shown(site)}, which would be sent credentials; allowed: {SITE}")


def _read_no_files() -> None:
    """Let PRAW know its own settings only.

    It reads praw.ini of the working directory and the home too, which could name other hosts.
    """
    from praw.config import Config

    own = configparser.ConfigParser(interpolation=None)
    own.read_string(files("praw").joinpath("praw.ini").read_text("utf-8"))
    Config.CONFIG = own


def judge(answer: Answer) -> Judged | None:
    """Return what Reddit's answer means where its status alone does not say."""
    status = answer.status
    if status in (408, 425, 429) or status >= 500:
        return None
    if b"whoa there, pardner" in answer.body[:4000]:
        return Judged(StopSource, _BLOCKED)
    if answer.url.endswith(_TOKEN):
        return _of_token(answer)
    said = answer.headers.get("www-authenticate", "")
    if status in (401, 403) and (said or status == 401):
        # PRAW fetches a new token for this one only, and falls over any other.
        is_old = said.replace('"', "").endswith("error=invalid_token")
        return None if is_old else Judged(StopSource, _NO_ACCESS.format(" that may read"))
    if status in GONE and (status > 400 or _ABSENT in answer.headers.get("location", "")):
        return None
    if status >= 400:
        return Judged(meaning_of(status), f"answered {status}")
    if status != 200:
        return Judged(OddAnswer, f"answered {status}, which leads elsewhere")
    read = decoded(answer.body)
    if is_listing(read):
        return None
    errors = inside(read, "json", "errors")
    if errors and "RATELIMIT" in str(errors):
        return Judged(RateLimited, "asks to wait")
    path = urlsplit(answer.url).path
    return Judged(OddAnswer if _LEFT_OUT_ALONE.search(path) else RetryLater, "no list of posts")


def _of_token(answer: Answer) -> Judged | None:
    if 300 <= answer.status < 400:
        return Judged(RetryLater, "a redirect where a token is due")
    read = decoded(answer.body)
    error = inside(read, "error")
    if error is not None or answer.status != 200:
        # An error comes with 200 too.
        said = f": {error}" if isinstance(error, str) and _WORD.fullmatch(error) else ""
        return Judged(StopSource, _NO_ACCESS.format(said))
    wanted = {"access_token": str, "expires_in": int, "scope": str}
    is_token = all(isinstance(inside(read, name), kind) for name, kind in wanted.items())
    return None if is_token else Judged(RetryLater, "no token where one is due")


def refusal(answer: Answer, at: str, community: str | None) -> StopSource:
    """Return the error for what cannot be read, naming the setting to change."""
    if community is None:
        return StopSource(f"{at}: Reddit answers {answer.status}; see that the approval covers it")
    reason = inside(decoded(answer.body), "reason")
    absent = "is private or quarantined" if answer.status == 403 else "is not there"
    said = _REASONS.get(reason, absent) if isinstance(reason, str) else absent
    return StopSource(f"{at}.communities: r/{community} {said}; take it out, or ask its moderators")
