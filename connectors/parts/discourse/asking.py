"""Asking a Discourse forum, and what its own words mean whatever the status."""

from functools import partial
from typing import Any, TypeVar

import msgspec

from connectors.answers import Answer, Judged, Meaning, needed, shown
from connectors.decoding import NOT_JSON, decoded, read_json
from connectors.http import Client
from connectors.parts.discourse.posts import posts_in
from contract.errors import OddAnswer, RateLimited, RetryLater, StopSource

GONE = frozenset({403, 404, 410})
_LOGINS = ("/login", "/session/sso", "/auth/")
_ASK_THE_OWNER = "the forum is open to its members only; ask its owner to open it, or remove it"

T = TypeVar("T")


def posts_asked(client: Client, url: str, params: dict[str, Any] | None = None) -> Answer:
    """Return an answer with posts, or one of GONE: what stood there is gone or not public any more.

    Raises OddAnswer when it holds no posts, StopSource when the forum refuses to be read at all.
    """
    return client.get(url, params=params, accept=GONE | {200}, judge=_judged_posts)


def read_as(kind: type[T], client: Client, url: str, **params: Any) -> T:
    """Return an answer the run cannot go on without, decoded; `parse` never sees it.

    Raises as `json_asked` does, and StopSource when it is JSON of another kind.
    """
    answer = json_asked(client, url, params)
    try:
        return msgspec.convert(read_json(answer.body), kind)
    except NOT_JSON as error:
        raise StopSource(f"{shown(url)}: not what a Discourse forum sends: {error}") from None


def json_asked(client: Client, url: str, params: dict[str, Any] | None = None) -> Answer:
    """Return an answer that is JSON.

    Raises SkipPage when it is not there or not to be read, RetryLater when nobody means what came.
    """
    judge = partial(judged, if_not_json=RetryLater)
    with needed(client.now()):
        return client.get(url, params=params, accept=frozenset({200}), judge=judge)


def judged(answer: Answer, if_not_json: Meaning) -> Judged | None:
    """Return what is wrong with an answer by the forum's own words, or None."""
    if answer.status // 100 == 3:
        led_to = answer.headers.get("location", "").partition("?")[0]
        is_login = any(part in led_to for part in _LOGINS)
        return Judged(StopSource, f"led to its login: {_ASK_THE_OWNER}") if is_login else None
    read = decoded(answer.body)
    if answer.status == 200:
        return Judged(if_not_json, "answered with what is no JSON") if read is None else None
    said = read if isinstance(read, dict) else {}
    if said.get("error_type") == "not_logged_in":
        return Judged(StopSource, f"wants a login: {_ASK_THE_OWNER}")
    if said.get("error_type") == "rate_limit":
        extras = said.get("extras")
        wait = extras.get("wait_seconds") if isinstance(extras, dict) else None
        return Judged(RateLimited, "limits how often it is asked", str(wait or ""))
    if answer.status == 403 and not _is_about_one_page(answer, said):
        return Judged(StopSource, "answered 403, and not in the words of Discourse")
    return None


def _judged_posts(answer: Answer) -> Judged | None:
    wrong = judged(answer, OddAnswer)
    if wrong or answer.status != 200:
        return wrong
    read = decoded(answer.body)
    is_stream = isinstance(read, dict) and isinstance(read.get("post_stream"), dict)
    if is_stream or posts_in(read):
        return None
    return Judged(OddAnswer, "answered without posts")


def _is_about_one_page(answer: Answer, said: dict[str, Any]) -> bool:
    """Return whether the forum itself keeps this page for some; a firewall means all of them."""
    # Until 2019 topics were refused in plain text; the route tells that Discourse did it.
    return said.get("error_type") == "invalid_access" or "x-discourse-route" in answer.headers
