"""What is read of the sample town to try every connector on: a line or two a source."""

import json
import re
from collections.abc import Callable, Collection, Mapping
from random import Random
from types import MappingProxyType
from typing import Any, NamedTuple

from front import Change

from samples.connections import CONNECTIONS
from samples.town import Town

Vanish = Callable[[Town, Random, list[str]], None]
"""Takes something away, if it can one of the posts with these ids."""


_END_OF_ID = re.compile(r"^https?://[^?]*")


class Read(NamedTuple):
    """A source of the sample town: what stands before its paths, and what is selected."""

    platform: str
    select: dict[str, Any]
    prefix: str = ""
    credentials: Mapping[str, str] = MappingProxyType({})
    days: float = 7
    sizes: str = ""
    """How many a page is made to hold, where one would hold all."""
    change: Change | None = None
    """What its protocol lets a server do to the order of a page."""
    undetectable: frozenset[str] = frozenset()
    """Faults that nobody could tell from a right answer."""
    looks: int = 0
    """How often at most a page is looked at again, to see whether it moved."""
    vanish: Vanish | None = None
    """Something goes away while it is read."""


def topics_in_disorder(target: str, body: bytes) -> bytes:
    if "/l/latest.json" not in target and "/tag/" not in target:
        return body
    read = json.loads(body)
    topics = read["topic_list"]["topics"]
    dice = Random(target)
    read["topic_list"]["topics"] = dice.sample(topics, len(topics)) + topics[:2]
    return json.dumps(read).encode()


def items_in_disorder(target: str, body: bytes) -> bytes:
    items = re.findall(rb"<item>.*?</item>|<entry>.*?</entry>", body, re.DOTALL)
    if not items:
        return body
    begin, end = body.index(items[0]), body.rindex(items[-1]) + len(items[-1])
    dice = Random(target)
    return body[:begin] + b"".join([*dice.sample(items, len(items)), *items[:2]]) + body[end:]


def posts_twice(target: str, body: bytes) -> bytes:
    """What was edited while a search runs comes back in another place, and on the next page."""
    if "/tweets" not in target or "/counts" in target:
        return body
    read = json.loads(body)
    if posts := read.get("data"):
        dice = Random(target)
        read["data"] = dice.sample(posts, len(posts)) + posts[:2]
    return json.dumps(read).encode()


def things_in_disorder(target: str, body: bytes) -> bytes:
    if "/comments?" not in target and "/new?" not in target:
        return body
    read = json.loads(body)
    things = read["data"]["children"]
    dice = Random(target)
    read["data"]["children"] = dice.sample(things, len(things)) + things[:2]
    return json.dumps(read).encode()


def without_a_topic(tags: Collection[str] = ()) -> Vanish:
    """Return what takes away a topic of these tags, or any."""

    def vanish(town: Town, dice: Random, ids: list[str]) -> None:
        topics = (t for t in town.topics.values() if not tags or set(tags) & set(t.tags))
        town.delete_post(dice.choice(sorted(topic.shown[0].id for topic in topics)))

    return vanish


def without_an_item(town: Town, dice: Random, ids: list[str]) -> None:
    """Take away an article, a comment or a piece of news."""
    # The REST API says only of itself on which site an article stands.
    ends = {_END_OF_ID.sub("", each) for each in ids}
    kinds = (town.articles, town.comments, town.news)
    there = [(of, i) for of in kinds for i in of if _END_OF_ID.sub("", i.native_id) in ends]
    if there:
        of, item = dice.choice(there)
        of.remove(item)


def without_a_status(town: Town, dice: Random, ids: list[str]) -> None:
    there = [each for each in ids if each not in town.x.deleted]
    town.x.delete(dice.choice(there))


def without_a_remark(town: Town, dice: Random, ids: list[str]) -> None:
    remarks = town.reddit.remarks
    there = [name for name in ids if name in remarks and not remarks[name].removed]
    town.reddit.delete(dice.choice(there))


def without_a_photo(town: Town, dice: Random, ids: list[str]) -> None:
    photos = town.flickr.photos
    there = [each for each in ids if each in photos and photos[each].state == "public"]
    dice.choice((town.flickr.delete, town.flickr.make_private))(dice.choice(there))


def without_a_post(town: Town, dice: Random, ids: list[str]) -> None:
    numbers = {int(each.rpartition("/")[2]) for each in ids}
    town.phpbb.delete_post(dice.choice(sorted(numbers & town.phpbb.posts.keys())))


def statuses_in_disorder(target: str, body: bytes) -> bytes:
    """Some software lists by arrival; where the next page begins says the header."""
    if "/timelines/" not in target and "/statuses" not in target:
        return body
    statuses = json.loads(body)
    dice = Random(target)
    return json.dumps(dice.sample(statuses, len(statuses)) + statuses[:2]).encode()


def without_a_toot(town: Town, dice: Random, ids: list[str]) -> None:
    numbers = {int(each.rpartition("/")[2]) for each in ids}
    town.mastodon.delete(dice.choice(sorted(numbers & town.mastodon.toots.keys())))


READS = {
    "discourse, latest": Read("discourse", {}, days=20, vanish=without_a_topic()),
    "discourse, categories": Read(
        "discourse",
        {"categories": ["roads-and-paths", "cymraeg"]},
        days=20,
        change=topics_in_disorder,
        vanish=without_a_topic(),
    ),
    "discourse, all ways": Read(
        "discourse",
        {"tags": ["library", "pets"], "query": "lamp OR bus", "threads": ["70001", "1"]},
        days=20,
        change=topics_in_disorder,
        vanish=without_a_topic(["library", "pets"]),
    ),
    "feed": Read(
        "feed",
        {"feeds": ["/blog/feed.xml", "/blog/comments/feed.xml", "/news/atom.xml"]},
        days=40,
        change=items_in_disorder,
        undetectable=frozenset({"cut without a word"}),
        looks=4,
        vanish=without_an_item,
    ),
    "x, archive": Read(
        "x",
        {
            "tags": ["Aberwennol"],
            "accounts": ["AberwennolTC", "AberwennolLib"],
            "lists": ["1770000000000000001"],
            "archive": True,
        },
        "/x",
        CONNECTIONS["town-x"],
        days=60,
        sizes="40",
        change=posts_twice,
        vanish=without_a_status,
    ),
    "x, recent": Read(
        "x",
        {"tags": ["Aberwennol"], "accounts": ["AberwennolTC"]},
        "/x",
        CONNECTIONS["town-x"],
        days=6,
        sizes="12",
        vanish=without_a_status,
    ),
    "reddit, community": Read(
        "reddit",
        {"communities": ["Aberwennol"]},
        "/reddit",
        CONNECTIONS["town-reddit"],
        days=40,
        sizes="25",
        change=things_in_disorder,
        vanish=without_a_remark,
    ),
    "reddit, query": Read(
        "reddit",
        {"communities": ["Aberwennol"], "query": "library OR bus OR llyfrgell"},
        "/reddit",
        CONNECTIONS["town-reddit"],
        days=60,
        sizes="4",
        vanish=without_a_remark,
    ),
    "reddit, threads": Read(
        "reddit",
        {"threads": ["10u0qw", "10u0o2", "10u0o5", "10u0qb"]},
        "/reddit",
        CONNECTIONS["town-reddit"],
        vanish=without_a_remark,
    ),
    "flickr, account": Read(
        "flickr",
        {"accounts": ["90018765@N01"]},
        "/flickr",
        CONNECTIONS["museum-flickr"],
        days=20,
        sizes="9",
        vanish=without_a_photo,
    ),
    "flickr, pool": Read(
        "flickr",
        {"communities": ["95018765@N20"]},
        "/flickr",
        CONNECTIONS["streets-flickr"],
        days=60,
        sizes="6",
        vanish=without_a_photo,
    ),
    "flickr, search": Read(
        "flickr",
        {"query": "the", "tags": ["flood", "crossing"]},
        "/flickr",
        CONNECTIONS["streets-flickr"],
        days=60,
        sizes="6",
        vanish=without_a_photo,
    ),
    "mastodon, local": Read(
        "mastodon",
        {},
        "/mastodon",
        days=70,
        sizes="9",
        change=statuses_in_disorder,
        vanish=without_a_toot,
    ),
    "mastodon, tags": Read(
        "mastodon",
        {"tags": ["library", "aberwennol"]},
        "/mastodon",
        days=70,
        sizes="9",
        change=statuses_in_disorder,
        vanish=without_a_toot,
    ),
    "phpbb, board": Read("phpbb", {}, "/board", days=20, vanish=without_a_post),
    "phpbb, forum": Read(
        "phpbb", {"categories": ["Growing"]}, "/board", days=40, vanish=without_a_post
    ),
    "wordpress": Read(
        "wordpress",
        {},
        "/blog",
        days=30,
        sizes="30",
        vanish=without_an_item,
    ),
    "wordpress, categories": Read(
        "wordpress",
        {"categories": ["library", "crossing", "underpass"]},
        "/blog",
        days=40,
        sizes="10",
        vanish=without_an_item,
    ),
}
