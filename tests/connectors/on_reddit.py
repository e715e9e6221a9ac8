"""A small community that answers as Reddit's API does, thing by thing."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from loopback import Site, Told
from runs import ago

from contract.charter import Source

Query = dict[str, list[str]]
Thing = dict[str, Any]
LOGIN = {"client_id": "an-id", "client_secret": "kept-secret"}
TOKEN = "/reddit/api/v1/access_token"


def submission(id: str, at: datetime, comments: int = 0, **more: Any) -> Thing:
    return _thing("t3", id, at, title=f"Title of {id}", selftext="", num_comments=comments, **more)


def comment(id: str, at: datetime, link: str = "s1", replies: Any = "", **more: Any) -> Thing:
    link_id = f"t3_{link}"
    both = {"parent_id": link_id, "replies": replies, "body": f"Text of {id}", **more}
    return _thing("t1", id, at, link_id=link_id, **both)


def _thing(kind: str, id: str, at: datetime, **more: Any) -> Thing:
    data = {
        "name": f"{kind}_{id}", "id": id, "subreddit": "town", "subreddit_id": "t5_town",
        "author": "invented_ines", "created_utc": at.timestamp(), **more,
    }  # fmt: skip
    return {"kind": kind, "data": data}


def more(parent: str, *ids: str) -> Thing:
    id = ids[0] if ids else "_"
    data = {"count": len(ids), "children": list(ids), "id": id, "name": id, "parent_id": parent}
    return {"kind": "more", "data": data}


def listing(*things: Thing, after: str | None = None) -> Thing:
    return {"kind": "Listing", "data": {"after": after, "children": list(things)}}


def told(body: Any, status: int = 200, **headers: str) -> Told:
    return Told(json.dumps(body), status, {"content-type": "application/json", **headers})


@dataclass
class Community:
    """Lists of things, the newest first; `size` is what a page holds at most."""

    submissions: list[Thing] = field(default_factory=list)
    comments: list[Thing] = field(default_factory=list)
    size: int = 100


def pages_of(things: list[Thing], size: int) -> Callable[[Query], Told]:
    """Return an answer that begins anew when asked behind what is not there any more."""

    def page(query: Query) -> Told:
        names = [thing["data"]["name"] for thing in things]
        after = query.get("after", [""])[0]
        start = names.index(after) + 1 if after in names else 0
        end = start + min(size, int(query["limit"][0]))
        return told(listing(*things[start:end], after=names[end - 1] if end < len(names) else None))

    return page


def open_reddit(site: Site, community: Community) -> None:
    """Let the site answer for r/town, its threads without "more"."""
    token = {"access_token": "fresh-token", "token_type": "bearer", "expires_in": 86400}

    def info(query: Query) -> Told:
        wanted = query["id"][0].split(",")
        everything = community.submissions + community.comments
        return told(listing(*(t for t in everything if t["data"]["name"] in wanted)))

    site.answers |= {
        TOKEN: told({**token, "scope": "*"}),
        "/reddit/r/town/new": pages_of(community.submissions, community.size),
        "/reddit/r/town/comments": pages_of(community.comments, community.size),
        "/reddit/r/town/search": pages_of(community.submissions, community.size),
        "/reddit/search": pages_of(community.submissions, community.size),
        "/reddit/api/info": info,
    }
    for each in community.submissions:
        here = [c for c in community.comments if c["data"]["link_id"] == each["data"]["name"]]
        thread = told([listing(each), listing(*here)])
        site.answers[f"/reddit/comments/{each['data']['id']}"] = thread


def small_town() -> Community:
    """Return six submissions and eleven comments, three things a page."""
    return Community(
        [submission(f"s{n}", ago(hours=9 * n), comments=n % 3) for n in range(1, 7)],
        [comment(f"c{n}", ago(hours=5 * n), f"s{n % 6 + 1}") for n in range(1, 12)],
        size=3,
    )


def reading(base: str, **select: Any) -> Source:
    """Return a source that reads this Reddit."""
    return Source.model_validate(
        {"platform": "reddit", "url": f"{base}/reddit", "purpose": "test", "select": select}
    )


def asked_of(site: Site) -> list[str]:
    """Return what was asked for below /reddit, without tokens."""
    return [t.removeprefix("/reddit/") for t in site.asked if t != TOKEN]
