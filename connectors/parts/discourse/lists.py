"""A page of a list of a Discourse forum, and what of it is to be read."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, NamedTuple

import msgspec

from connectors.answers import COME_BACK, shown
from connectors.http import Client
from connectors.parts.discourse.asking import read_as
from connectors.parts.discourse.fields import Dated, Moment
from connectors.parts.discourse.selection import Listing
from contract.errors import RetryLater

Mark = list[int]
"""What tells a topic's states apart: its latest activity in Unix seconds, its posts, its highest
number. Of a single post only when it was written."""
Wanted = Callable[[int, str, Mark], bool]
"""Whether to read what stands in a list under an id, given its key and mark."""


class Job(msgspec.Struct, omit_defaults=True):
    """A topic to read: all of it, or with `only` the posts that a search names.

    `posts` are the ids still wanted once its first page is read (`is_begun`); `topic` is what is
    known of it, `seen` what to remember once it is read.
    """

    id: int
    seen: dict[str, Mark] = {}
    posts: list[int] = []
    only: bool = False
    is_begun: bool = False
    topic: dict[str, Any] = {}


class Listed(NamedTuple):
    """What a page of a list says: the ids on it, what to read, whether older ones follow."""

    ids: list[int]
    jobs: list[Job]
    has_more: bool
    oldest: int | None
    """Unix seconds of the oldest in its order."""


class _Topic(Dated):
    id: int
    title: str | None = None
    category_id: int | None = None
    tags: list[Any] | None = None
    bumped_at: Moment = None
    last_posted_at: Moment = None
    created_at: Moment = None
    highest_post_number: int | None = None
    posts_count: int | None = None
    pinned: bool | None = None
    pinned_globally: bool | None = None


class _TopicList(msgspec.Struct):
    topics: list[_Topic]
    more_topics_url: str | None = None


class _ListPage(msgspec.Struct):
    topic_list: _TopicList


class _Hit(Dated):
    id: int
    topic_id: int
    created_at: Moment = None


class _Found(msgspec.Struct):
    more_full_page_results: bool | None = None
    error: str | None = None


class _SearchPage(msgspec.Struct):
    grouped_search_result: _Found | None
    posts: list[_Hit] | None = None
    topics: list[_Topic] | None = None


def listed(client: Client, listing: Listing, since: datetime, wanted: Wanted) -> Listed:
    """Return what stands on the list's present page; raises as `read_as` does."""
    return (_hits if listing.query else _topics)(client, listing, since, wanted)


def mark_of(topic: Any) -> Mark:
    """Return the mark of a topic, from a list or, decoded as one, from its own page."""
    moments = (topic.bumped_at, topic.last_posted_at, topic.created_at)
    latest = max((int(m.timestamp()) for m in moments if m), default=0)
    return [latest, topic.posts_count or 0, topic.highest_post_number or 0]


def mark_of_page(read: dict[str, Any]) -> Mark:
    """Return the mark of a topic from its own page; what cannot be read counts as 0."""
    names = ("last_posted_at", "created_at", "posts_count", "highest_post_number")
    said = {name: read[name] for name in names if read.get(name) is not None}
    try:
        return mark_of(msgspec.convert({"id": 0, **said}, _Topic))
    except msgspec.ValidationError:
        return [0, 0, 0]


def _topics(client: Client, listing: Listing, since: datetime, wanted: Wanted) -> Listed:
    params = {"page": listing.page} if listing.page else {}
    page = read_as(_ListPage, client, listing.url, **params).topic_list
    jobs = {}
    for topic in page.topics:
        key, mark = f"t{topic.id}", mark_of(topic)
        # One without a time that can be read may be new.
        is_old = 0 < mark[0] < int(since.timestamp())
        if not is_old and wanted(topic.id, key, mark):
            name = listing.names.get(str(topic.category_id))
            known = {"category_name": name} if name else {}
            jobs[topic.id] = Job(topic.id, {key: mark}, topic=known)
    # Pinned topics stand first however old they are; the others are in the order of bumps.
    loose = [topic for topic in page.topics if not (topic.pinned or topic.pinned_globally)]
    bumps = [m for t in loose if (m := t.bumped_at or t.last_posted_at or t.created_at)]
    is_past = any(bump < since for bump in bumps)
    return Listed(
        ids=[topic.id for topic in page.topics],
        jobs=list(jobs.values()),
        has_more=bool(page.topics and page.more_topics_url) and not is_past,
        oldest=int(min(bumps).timestamp()) if bumps else None,
    )


def _hits(client: Client, listing: Listing, since: datetime, wanted: Wanted) -> Listed:
    query = f"{listing.query} after:{since:%Y-%m-%d} order:latest"
    page = read_as(_SearchPage, client, listing.url, q=query, page=listing.page + 1)
    found = page.grouped_search_result
    if found and found.error:
        # It says so with status 200 when the forum is under load.
        later = client.now() + COME_BACK
        raise RetryLater(f"{shown(listing.url)}: the search is under too much load", later)
    topics = {topic.id: topic for topic in page.topics or ()}
    hits = [h for h in page.posts or () if h.created_at is None or h.created_at >= since]
    moments = [int(hit.created_at.timestamp()) for hit in hits if hit.created_at]
    jobs: dict[int, Job] = {}
    for hit in hits:
        written = int(hit.created_at.timestamp()) if hit.created_at else 0
        key, mark = f"p{hit.id}", [written, 0, 0]
        if not wanted(hit.topic_id, key, mark):
            continue
        topic = topics.get(hit.topic_id, _Topic(id=hit.topic_id))
        known = {"title": topic.title, "category_id": topic.category_id, "tags": topic.tags}
        job = jobs.setdefault(hit.topic_id, Job(hit.topic_id, only=True, topic=known))
        if key not in job.seen:
            job.posts.append(hit.id)
            job.seen[key] = mark
    return Listed(
        ids=[hit.id for hit in page.posts or ()],
        jobs=list(jobs.values()),
        has_more=bool(hits and found and found.more_full_page_results),
        oldest=min(moments, default=None),
    )
