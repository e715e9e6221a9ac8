"""The town's instance of Mastodon, read as a guest: below /mastodon/api."""

import json
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from samples.asking import JSON, Answer, Asked, Route
from samples.parts.mastodon.talk import Account, Toot

_API = "/mastodon/api"
_MOST = 40
_OPEN = {"local": "public", "remote": "public"}

Json = dict[str, Any]


def _said(body: Any, **headers: str) -> Answer:
    return Answer(200, JSON, json.dumps(body, ensure_ascii=False).encode(), headers=headers)


def _not_found() -> Answer:
    return Answer(404, JSON, b'{"error":"Record not found"}')


def _instance(asked: Asked) -> Answer:
    access = {"live_feeds": {"local": "public", "remote": "disabled"}, "hashtag_feeds": _OPEN}
    return _said({
        "domain": "aberwennol.example", "title": "Aberwennol", "version": "4.5.2",
        "source_url": "https://github.com/mastodon/mastodon",
        "configuration": {"timelines_access": {**access, "trending_link_feeds": _OPEN}},
    })  # fmt: skip


def _one(asked: Asked, name: str) -> str:
    return asked.query.get(name, [""])[0]


def _listed(asked: Asked, toots: Sequence[Toot]) -> Answer:
    """Return a page of a list, the newest first, and where the next ones are."""
    size = max(1, min(asked.whole("limit", 20), _MOST))
    below = asked.whole("max_id", 0)
    shown = [toot for toot in toots if not below or toot.id < below][:size]
    if not shown:
        return _said([])
    at = f"{asked.base}{asked.path}"
    kept = {name: values[0] for name, values in asked.query.items() if name != "max_id"}
    pages = {"next": {"max_id": shown[-1].id}, "prev": {"min_id": shown[0].id}}
    links = (f'<{at}?{urlencode(kept | page)}>; rel="{rel}"' for rel, page in pages.items())
    return _said([_status(asked, toot) for toot in shown], Link=", ".join(links))


def _timeline(asked: Asked) -> Answer:
    if _one(asked, "local") != "true":
        # It shows what its own people follow elsewhere to them alone.
        return Answer(422, JSON, b'{"error":"This method requires an authenticated user"}')
    toots = asked.town.mastodon.toots.values()
    return _listed(asked, [t for t in toots if not t.author.host and t.visibility == "public"])


def _tag(asked: Asked) -> Answer:
    (tag,) = asked.parts
    toots = asked.town.mastodon.toots.values()
    found = [t for t in toots if t.tag == tag.lower() and t.visibility == "public"]
    if _one(asked, "local") == "true":
        found = [toot for toot in found if not toot.author.host]
    return _listed(asked, found)


def _lookup(asked: Asked) -> Answer:
    found = asked.town.mastodon.accounts.get(_one(asked, "acct").lstrip("@").lower())
    return _said(_account(asked, found)) if found else _not_found()


def _of_account(asked: Asked) -> Answer:
    toots = asked.town.mastodon.toots.values()
    return _listed(asked, [toot for toot in toots if str(toot.author.id) == asked.parts[0]])


def _alone(asked: Asked) -> Answer:
    found = asked.town.mastodon.toots.get(int(asked.parts[0]))
    return _said(_status(asked, found)) if found else _not_found()


def _account(asked: Asked, account: Account) -> Json:
    home = f"https://{account.host}" if account.host else f"{asked.base}/mastodon"
    acct = f"{account.username}@{account.host}" if account.host else account.username
    return {
        "id": str(account.id), "username": account.username, "acct": acct,
        "display_name": account.name, "locked": False, "bot": False, "discoverable": True,
        "indexable": True, "group": False, "created_at": "2023-01-01T00:00:00.000Z", "note": "",
        "url": f"{home}/@{account.username}", "uri": f"{home}/users/{account.username}",
        "followers_count": 0, "following_count": 0, "statuses_count": 1, "emojis": [], "fields": [],
        **account.says,
    }  # fmt: skip


def _status(asked: Asked, toot: Toot) -> Json:
    account = _account(asked, toot.author)
    above = toot.answers
    return {
        "id": str(toot.id), "created_at": f"{toot.created_at:%Y-%m-%dT%H:%M:%S}.000Z",
        "in_reply_to_id": above and str(above.id),
        "in_reply_to_account_id": above and str(above.author.id),
        "sensitive": False, "spoiler_text": "", "visibility": toot.visibility,
        "language": toot.lang, "uri": f"{account['uri']}/statuses/{toot.id}",
        "url": f"{account['url']}/{toot.id}", "replies_count": 0, "reblogs_count": 0,
        "favourites_count": 0, "edited_at": None, "content": toot.html, "reblog": None,
        "application": None, "account": account, "media_attachments": [], "mentions": [],
        "tags": [{"name": toot.tag, "url": f"{asked.base}/mastodon/tags/{toot.tag}"}],
        "emojis": [], "card": None, "poll": None,
    }  # fmt: skip


ROUTES: tuple[Route, ...] = (
    (rf"{_API}/v2/instance", _instance),
    (rf"{_API}/v1/timelines/public", _timeline),
    (rf"{_API}/v1/timelines/tag/(\w+)", _tag),
    (rf"{_API}/v1/accounts/lookup", _lookup),
    (rf"{_API}/v1/accounts/(\d+)/statuses", _of_account),
    (rf"{_API}/v1/statuses/(\d{{1,20}})", _alone),
)
