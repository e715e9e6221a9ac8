"""What an instance lets guests read, and what its refusals mean."""

import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

from connectors.answers import Answer, Judged
from connectors.decoding import decoded
from connectors.http import Client
from connectors.values import inside, text
from contract.errors import FixSettings, OddAnswer, StopSource

PER_PAGE = 40
"""The most that Mastodon gives."""
_ID = re.compile(r"[\w-]{1,64}", re.ASCII)
"""Numbers with Mastodon; what speaks its API has others, some of them UUIDs."""
_INSTANCE = "/api/v2/instance"
_FOR_MEMBERS = frozenset({401, 403, 422})
"""It answers 422 where a list needs a user; the words come in the server's language."""
_CLOSED = "lets only its members read this; ask its administrators, or read it at another instance"
_NO_LIST = {
    "hashtag_feeds": "posts by tag",
    "live_feeds": "its local posts",
}


def judged(answer: Answer) -> Judged | None:
    """Return what a refusal of a list means, and that an answer of another kind is odd."""
    if answer.status == 200:
        is_list = isinstance(decoded(answer.body), list)
        return None if is_list else Judged(OddAnswer, "answered no list of posts")
    if answer.status == 404 and "/timelines/" in answer.url:
        # A tag nobody used is an empty list.
        return Judged(StopSource, "no instance of Mastodon stands here; write https://its.name")
    return Judged(StopSource, _CLOSED) if answer.status in _FOR_MEMBERS else None


def judged_object(answer: Answer) -> Judged | None:
    """Return the same of an answer that is one object."""
    if answer.status == 200:
        is_object = isinstance(decoded(answer.body), dict)
        return None if is_object else Judged(OddAnswer, "answered nothing of Mastodon's API")
    return Judged(StopSource, _CLOSED) if answer.status in _FOR_MEMBERS else None


def instance_of(client: Client, base: str) -> Answer:
    """Return what the instance says of itself, or 404: older than Mastodon 4.0."""
    accept = frozenset({200, 404})
    return client.get(f"{base}{_INSTANCE}", accept=accept, judge=judged_object)


def open_to_guests(name: str, instance: Answer, feeds: str) -> dict[str, str]:
    """Return the parameters that ask for no more than guests may read of such feeds.

    `feeds` is hashtag_feeds or live_feeds. An instance that does not say is asked for all, and may
    refuse. Raises StopSource where guests may read nothing of them.
    """
    said = inside(decoded(instance.body), "configuration", "timelines_access", feeds)
    if said is None:
        return {"local": "true"} if feeds == "live_feeds" else {}
    is_open = {where: text(said, where) == "public" for where in ("local", "remote")}
    if feeds == "live_feeds":
        # Its own people's posts are read, and what they follow elsewhere is not.
        is_open["remote"] = False
    if not any(is_open.values()):
        level = text(said, "local") or "nothing known"
        raise StopSource(
            f"sources.{name}: the instance keeps {_NO_LIST[feeds]} from guests (timelines_access: "
            f"{level}); ask its administrators, read it at another instance, or take it out"
        )
    return {} if all(is_open.values()) else {w: "true" for w, yes in is_open.items() if yes}


def account_id(client: Client, base: str, name: str, account: str) -> str:
    """Return the instance's own id of an account; raises FixSettings when it has none."""
    host = urlsplit(base).netloc
    handle = account.lstrip("@").removesuffix(f"@{host}")
    answer = client.get(
        f"{base}/api/v1/accounts/lookup",
        params={"acct": handle},
        accept=frozenset({200, 404}),
        judge=judged_object,
    )
    found = text(decoded(answer.body), "id") if answer.status == 200 else None
    if found is None or not _ID.fullmatch(found):
        raise FixSettings(
            f"sources.{name}.select.accounts: found {account!r}, which {host} does not know; "
            "allowed are accounts of organisations there, or of others that somebody there follows"
        )
    return found


def after(answer: Answer, records: list[Any]) -> str | None:
    """Return the id behind which the next page begins, None on the last one.

    The `link` header names it; of a whole page without one it is the last post. It is empty where
    there is a next page, and no id to ask for it.
    """
    from requests.utils import parse_header_links  # loaded by who asks

    for link in parse_header_links(answer.headers.get("link", "")):
        if link.get("rel") == "next":
            given = parse_qs(_query_of(link.get("url", ""))).get("max_id", [""])[0]
            break
    else:
        if len(records) < PER_PAGE:
            return None
        given = text(records[-1], "id") or ""
    return given if _ID.fullmatch(given) else ""


def _query_of(address: str) -> str:
    try:
        return urlsplit(address).query
    except ValueError:
        return ""
