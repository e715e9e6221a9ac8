"""Probes: what each connector makes of what a platform answers to its cheapest question."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from loopback import Site, Told

from connectors import connector_of
from connectors.http import Client
from contract.charter import Source
from contract.credentials import Credentials
from contract.errors import (
    FixSettings,
    GoodguestError,
    OutOfBudget,
    RateLimited,
    RetryLater,
    SkipPage,
    StopSource,
)

Make = Callable[..., Client]
KEYS = {"x": ("bearer_token",), "reddit": ("client_id", "client_secret"), "flickr": ("api_key",)}
SECRET = "planted-secret-4711"
CLOSED = Told(status=403, body=json.dumps({"error_type": "not_logged_in"}))
TOKEN = Told(json.dumps({"access_token": SECRET, "expires_in": 9, "scope": "*", "token_type": "b"}))
FORBIDDEN = Told(b"User-agent: Goodguest\nDisallow: /\n")
FAILED = {"stat": "fail", "code": 100, "message": f"Invalid API Key {SECRET}"}
USED_UP = {"title": "UsageCapExceeded", "type": "https://api.twitter.com/2/problems/usage-capped"}
CASES: dict[str, tuple[str, dict[str, Any], dict[str, Told], type[GoodguestError], str]] = {
    "X elsewhere": (
        "x", {}, {"/2/usage/tweets": Told("{}", 404)}, StopSource, "write https://api.x.com",
    ),
    "X no page of its API": (
        "x", {}, {"/2/usage/tweets": Told("<html>")}, RetryLater, "without JSON",
    ),
    "X used up": (
        "x", {}, {"/2/usage/tweets": Told(json.dumps(USED_UP), 429)}, StopSource, "cap of posts",
    ),
    "X limited": ("x", {}, {"/2/usage/tweets": Told("{}", 429)}, RateLimited, "answered 429"),
    "Reddit refuses": (
        "reddit", {"communities": ["town"]}, {"/api/v1/access_token": Told("{}", 401)},
        StopSource, "Reddit gives no token",
    ),
    "Reddit has a private community": (
        "reddit", {"communities": ["town"]},
        {"/api/v1/access_token": TOKEN,
         "/r/town/comments": Told(json.dumps({"reason": "private"}), 403)},
        StopSource, "sources.s.select.communities: r/town is private",
    ),
    "Reddit and nothing selected": ("reddit", {}, {}, FixSettings, "needed are communities"),
    "Flickr refuses": (
        "flickr", {}, {"/services/rest/": Told(json.dumps(FAILED))},
        StopSource, "the API key is not valid",
    ),
    "a closed forum": (
        "discourse", {}, {"/categories.json": CLOSED}, StopSource, "open to its members only",
    ),
    "another forum": (
        "discourse", {}, {"/categories.json": Told("[]")}, StopSource, "no Discourse forum",
    ),
    "a forum's front page": (
        "discourse", {}, {"/categories.json": Told("<html>")}, SkipPage, "no JSON",
    ),
    "robots may not": ("feed", {}, {"/robots.txt": FORBIDDEN}, SkipPage, "robots.txt does not"),
    "no feed": ("feed", {}, {"/": Told("<html>")}, SkipPage, "no feed"),
    "a person's feed": (
        "feed", {"feeds": ["/users/somebody/feed"]}, {}, FixSettings, "the feed of an account",
    ),
    "no board": ("phpbb", {}, {"/index.php": Told("<html></html>")}, RetryLater, "not a page of"),
    "hashtags for members": (
        "mastodon", {"tags": ["flood"]},
        {"/api/v2/instance": Told(json.dumps({"configuration": {"timelines_access": {
            "hashtag_feeds": {"local": "authenticated", "remote": "disabled"}}}}))},
        StopSource, "keeps posts by tag from guests",
    ),
    "an instance for members": (
        "mastodon", {}, {"/api/v2/instance": Told("{}", 401)}, StopSource, "only its members",
    ),
    "no instance": (
        "mastodon", {}, {"/api/v2/instance": Told("<html>")}, SkipPage, "nothing of Mastodon's API",
    ),
    "Bluesky and nothing selected": ("bluesky", {}, {}, FixSettings, "select: is empty"),
    "Bluesky's search without a login": (
        "bluesky", {"tags": ["flood"]}, {}, FixSettings, "from who is not logged in",
    ),
    "Bluesky does not know the account": (
        "bluesky", {"accounts": ["a.example"]},
        {"/xrpc/app.bsky.feed.getAuthorFeed": Told('{"error": "InvalidRequest"}', 400)},
        StopSource, r"nothing for 'a\.example' \(InvalidRequest\)",
    ),
    "closed articles": (
        "wordpress", {},
        {"/wp-json/wp/v2/posts": Told(json.dumps({"code": "rest_forbidden"}), 401)},
        StopSource, r"refused by its REST API \(rest_forbidden\)",
    ),
}  # fmt: skip


def asking(client: Make, site: Site, platform: str, select: dict[str, Any]) -> str:
    source = Source.model_validate({
        "platform": platform, "url": site.base, "purpose": "p", "select": select,
        "private_addresses": True,
    })  # fmt: skip
    held = Credentials("s", dict.fromkeys(KEYS.get(platform, ()), SECRET))
    asker = client(credentials=held, obey_robots=platform not in KEYS, budget=Empty())
    return connector_of(platform).probe(asker, "s", source).said


class Empty:
    """A budget that has nothing left."""

    def left(self, posts: int = 1, worth: int | None = None) -> int:
        return 0

    def reserve(self, posts: int, worth: int | None = None) -> None:
        raise OutOfBudget("nothing is left")

    def settle(self, posts: int, worth: int | None = None) -> None:
        raise AssertionError("nothing was reserved")


@pytest.mark.parametrize("case", CASES.values(), ids=list(CASES))
def test_a_refusal_says_what_to_do(
    site: Site,
    client: Make,
    case: tuple[str, dict[str, Any], dict[str, Told], type[GoodguestError], str],
) -> None:
    platform, select, answers, kind, said = case
    site.answers.update(answers)
    with pytest.raises(kind, match=said) as caught:
        asking(client, site, platform, select)
    assert SECRET not in f"{caught.value!r} {site.asked if platform != 'flickr' else ''}"


@pytest.mark.parametrize(
    ("usage", "said"),
    [
        ({}, "X takes the key"),
        ({"project_usage": "many", "project_cap": 10}, "X takes the key"),
        ({"project_usage": "1234", "project_cap": 10000}, "X takes the key, and counts 1,234 of"),
    ],
)
def test_x_tells_what_it_counts_if_it_does(
    site: Site, client: Make, usage: dict[str, Any], said: str
) -> None:
    site.answers["/2/usage/tweets"] = Told(json.dumps({"data": usage}))
    assert asking(client, site, "x", {}).startswith(said)
    assert len(site.asked) == 1
