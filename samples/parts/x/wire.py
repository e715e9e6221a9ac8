"""The town's posts in the words of X's API v2: objects, what is included with them, and search."""

import html
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from samples.parts.x.model import Account, Status, Talk

_URL = re.compile(r"https?://\S+")
_TAG = re.compile(r"#(\w+)")
_MENTION = re.compile(r"@(\w+)")
_ALWAYS = ("id", "text", "edit_history_tweet_ids")
_SHORT = 280


def response(
    talk: Talk, posts: Sequence[Status], asked: Mapping[str, set[str]], missing: Sequence[Any] = ()
) -> dict[str, Any]:
    """Return `data`, `includes` and `errors` as the fields and expansions asked for want them."""
    wanted = asked["expansions"]
    body: dict[str, Any] = {}
    if posts:
        body["data"] = [_fields(tweet(talk, p), asked["tweet.fields"], _ALWAYS) for p in posts]
    named = [id_ for p in posts for _, id_ in p.refers] if "referenced_tweets.id" in wanted else []
    known = [talk.posts[i] for i in dict.fromkeys(named) if i not in talk.deleted]
    authors = [p.author for p in posts] if "author_id" in wanted else []
    if "referenced_tweets.id.author_id" in wanted:
        authors += [p.author for p in known]
    places = {p.place["id"]: p.place for p in posts if p.place and "geo.place_id" in wanted}
    shown = [p for p in posts if p.picture and "attachments.media_keys" in wanted]
    users = {a.id: _user(a) for a in authors}.values()
    includes: dict[str, list[Any]] = {
        "tweets": [_fields(tweet(talk, p), asked["tweet.fields"], _ALWAYS) for p in known],
        "users": [_fields(u, asked["user.fields"], ("id", "name", "username")) for u in users],
        "places": [_fields(_place(p), asked["place.fields"], ("id", "full_name"))
                   for p in places.values()],
        "media": [_fields(_media(p), asked["media.fields"], ("media_key", "type")) for p in shown],
    }  # fmt: skip
    if any(includes.values()):
        body["includes"] = {name: held for name, held in includes.items() if held}
    errors = [problem(i, "referenced_tweets.id") for i in dict.fromkeys(named) if i in talk.deleted]
    if errors or missing:
        body["errors"] = [*missing, *errors]
    return body


def tweet(talk: Talk, post: Status) -> dict[str, Any]:
    """Return the whole object of a post."""
    whole = html.escape(post.text, quote=False)
    if post.withheld_in:
        whole = f"This Post from @{post.author.username} has been withheld in {post.withheld_in[0]}"
    short = whole if len(whole) <= _SHORT else f"{whole[: _SHORT - 1]}…"
    held: dict[str, Any] = {
        "id": post.id, "text": short, "edit_history_tweet_ids": list(post.history),
        "author_id": post.author.id, "conversation_id": post.root, "lang": post.lang,
        "created_at": f"{post.created_at:%Y-%m-%dT%H:%M:%S}.000Z",
        "public_metrics": {
            "retweet_count": _refer(talk, post, "retweeted"), "like_count": post.likes,
            "reply_count": _refer(talk, post, "replied_to"),
            "quote_count": _refer(talk, post, "quoted"), "bookmark_count": 0,
            "impression_count": 40 + 11 * post.likes,
        },
    }  # fmt: skip
    if entities := _entities(short):
        held["entities"] = entities
    if short != whole:
        held["note_tweet"] = {"text": whole, "entities": _entities(whole)}
    if post.refers:
        held["referenced_tweets"] = [{"type": kind, "id": id_} for kind, id_ in post.refers]
    if post.picture:
        held["attachments"] = {"media_keys": [f"3_{post.id}"]}
    if post.place:
        held["geo"] = {"place_id": post.place["id"]}
        if post.has_point:
            held["geo"]["coordinates"] = {"type": "Point", "coordinates": post.place["point"]}
    if post.withheld_in:
        held["withheld"] = {"country_codes": list(post.withheld_in), "scope": "tweet"}
    return held


def problem(post_id: str, parameter: str) -> dict[str, str]:
    """Return what X says of a post that is not there."""
    return {
        "value": post_id, "resource_id": post_id, "resource_type": "tweet", "parameter": parameter,
        "title": "Not Found Error", "detail": f"Could not find tweet with id: [{post_id}].",
        "type": "https://api.twitter.com/2/problems/resource-not-found",
    }  # fmt: skip


def whole_text(talk: Talk, post: Status) -> str:
    """Return what search looks through: of a retweet, which is cut, the original's text."""
    original = next((id_ for kind, id_ in post.refers if kind == "retweeted"), post.id)
    return talk.posts[original].text


def matcher(talk: Talk, query: str) -> Callable[[Status], bool]:
    """Return whether a post is found: words, "phrases", #tags, conversation_id:, OR, ( ), -."""
    tokens = re.findall(r'-?\(|\)|-?"[^"]*"|[^\s()]+', query)

    def alternatives() -> Callable[[Status], bool]:
        found: list[list[Callable[[Status], bool]]] = [[]]
        while tokens and tokens[0] != ")":
            said = tokens.pop(0)
            if said == "OR":
                found.append([])
                continue
            one = _term(talk, said.lstrip("-"))
            if said.endswith("("):
                one = alternatives()
                del tokens[:1]
            found[-1].append(_not(one) if said[0] == "-" else one)
        return lambda p: any(all(one(p) for one in every) for every in found)

    return alternatives()


def _not(one: Callable[[Status], bool]) -> Callable[[Status], bool]:
    return lambda post: not one(post)


def _term(talk: Talk, said: str) -> Callable[[Status], bool]:
    name, _, value = said.partition(":")
    if name == "conversation_id":
        return lambda p: p.root == value and p.id != value
    if said == "is:retweet":
        return lambda p: any(kind == "retweeted" for kind, _ in p.refers)
    words = said.strip('"').lower()
    pattern = re.compile(rf"(?<![\w#]){re.escape(words)}(?!\w)")
    return lambda p: bool(pattern.search(whole_text(talk, p).lower()))


def _entities(text: str) -> dict[str, Any]:
    def at(match: re.Match[str], **fields: str) -> dict[str, Any]:
        return {"start": match.start(), "end": match.end(), **fields}

    found = {
        "hashtags": [at(m, tag=m[1]) for m in _TAG.finditer(text)],
        "mentions": [at(m, username=m[1]) for m in _MENTION.finditer(text)],
        "urls": [at(m, url=m[0], expanded_url=html.unescape(m[0]), display_url=m[0].split("//")[1])
                 for m in _URL.finditer(text)],
    }  # fmt: skip
    return {name: held for name, held in found.items() if held}


def _refer(talk: Talk, post: Status, kind: str) -> int:
    return sum((kind, i) in p.refers for p in talk.posts.values() for i in post.history)


def _user(account: Account) -> dict[str, Any]:
    return {"id": account.id, "name": account.name, "username": account.username,
            "verified_type": account.verified}  # fmt: skip


def _place(place: Mapping[str, Any]) -> dict[str, Any]:
    return {"id": place["id"], "name": place["name"], "full_name": place["full_name"],
            "place_type": place["type"], "country_code": "GB"}  # fmt: skip


def _media(post: Status) -> dict[str, Any]:
    return {"media_key": f"3_{post.id}", "type": "photo", "alt_text": post.picture,
            "url": f"https://pbs.aberwennol.example/media/{post.id}.jpg"}  # fmt: skip


def _fields(whole: dict[str, Any], wanted: set[str], always: Sequence[str]) -> dict[str, Any]:
    return {name: held for name, held in whole.items() if name in wanted or name in always}
