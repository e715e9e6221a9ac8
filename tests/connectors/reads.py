"""What is read of the sample town to try every connector on: a line or two a source."""

import json
import re
from collections.abc import Callable, Collection, Mapping
from random import Random
from types import MappingProxyType
from typing import Any, NamedTuple

from front import Change

from samples.town import Town

Vanish = Callable[[Town, Random], None]


class Read(NamedTuple):
    """A source of the sample town: what stands before its paths, and what is selected."""

    platform: str
    select: dict[str, Any]
    prefix: str = ""
    credentials: Mapping[str, str] = MappingProxyType({})
    days: float = 7
    change: Change | None = None
    """What its protocol lets a server do to the order of a page."""
    undetectable: frozenset[str] = frozenset()
    """Faults that nobody could tell from a right answer."""
    vanish: Vanish | None = None
    """Takes something away while it is read."""


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


def without_a_topic(tags: Collection[str] = ()) -> Vanish:
    """Return what takes away a topic of these tags, or any."""

    def vanish(town: Town, dice: Random) -> None:
        topics = (t for t in town.topics.values() if not tags or set(tags) & set(t.tags))
        town.delete_post(dice.choice(sorted(topic.shown[0].id for topic in topics)))

    return vanish


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
    ),
}
