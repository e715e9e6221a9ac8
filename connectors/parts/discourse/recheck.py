"""Discourse: whether posts still stand where they stood."""

import logging
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence

from connectors.answers import Answer, shown
from connectors.decoding import decoded
from connectors.http import Client
from connectors.markup import site_of
from connectors.parts.discourse.asking import posts_asked
from connectors.parts.discourse.posts import posts_in
from contract.charter import Source
from contract.errors import SkipPage
from contract.page import Recheck

log = logging.getLogger("goodguest.discourse")

_REMOVED = ("hidden", "cooked_hidden", "user_deleted", "deleted_at")
_ANY_NUMBER = 2**31
"""No post of a topic has a higher one."""


def recheck(
    client: Client, source: Source, posts: Sequence[tuple[str, str | None]]
) -> Iterator[tuple[str, Recheck]]:
    """Yield `gone` or `there` for the posts of this forum, given as native id and address.

    Hidden and deleted posts are gone. Nothing is said of posts of other forums.
    """
    base = str(source.url).rstrip("/")
    named = re.compile(re.escape(site_of(base)) + r"/t/(\d+)/(\d+)")
    topics: dict[str, dict[int, str]] = defaultdict(dict)
    for native_id, _ in posts:
        if match := named.fullmatch(native_id):
            topics[match[1]][int(match[2])] = native_id
    for topic, wanted in topics.items():
        try:
            states = _first_states(client, base, topic) if len(wanted) > 1 else {}
            last = max(states, default=0)
            for number, native_id in wanted.items():
                if number > last:
                    address = f"{base}/posts/by_number/{topic}/{number}.json"
                    found = _public(client, address)
                    states[number] = _states(found, topic).get(number, "gone") if found else "gone"
                yield native_id, states.get(number, "gone")
        except SkipPage as not_known:
            log.warning("not rechecked: %s", not_known)


def _first_states(client: Client, base: str, topic: str) -> dict[int, Recheck]:
    """Return the states of the topic's first posts, all gone when the topic is."""
    answer = _public(client, f"{base}/t/{topic}.json")
    return _states(answer, topic) if answer else {_ANY_NUMBER: "gone"}


def _public(client: Client, url: str) -> Answer | None:
    """Return the answer, or None when what stood there is gone or not public any more."""
    answer = posts_asked(client, url)
    return answer if answer.status == 200 else None


def _states(answer: Answer, topic: str) -> dict[int, Recheck]:
    """Return which of the answer's posts are there, by their numbers in the topic.

    Raises SkipPage when it holds no posts of the topic, as after a merger: nothing is known then.
    """
    states: dict[int, Recheck] = {}
    for post in posts_in(decoded(answer.body)):
        is_own = isinstance(post, dict) and str(post.get("topic_id")) == topic
        if is_own and isinstance(post.get("post_number"), int):
            states[post["post_number"]] = "gone" if any(post.get(k) for k in _REMOVED) else "there"
    if not states:
        raise SkipPage(f"{shown(answer.url)}: holds no posts of the topic")
    return states
