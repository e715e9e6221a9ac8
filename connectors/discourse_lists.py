"""What a run has to ask a Discourse forum for: its topics and the posts a search names."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, TypeVar
from urllib.parse import quote

import msgspec

from connectors.decoding import NOT_JSON
from connectors.discourse_fields import Moment
from connectors.ends import BOUND, COMPLETE, LIMIT
from connectors.http import Answer, Client, shown
from contract.charter import Select
from contract.errors import FixSettings, SkipPage, StopSource

Job = dict[str, Any]
"""A topic to read: `id`; `posts`, the ids of posts still wanted, when not all of it; `only`, that
no other is wanted; `topic`, what is known of it; `seen`, what to remember once it is read."""

GONE = frozenset({403, 404, 410})
_MAX_LIST_PAGES = 40
_LAST_SEARCH_PAGE = 10
"""Discourse refuses later ones."""

T = TypeVar("T")


class _Topic(msgspec.Struct):
    id: int
    title: str | None = None
    category_id: int | None = None
    tags: list[Any] | None = None
    bumped_at: Moment | None = None
    last_posted_at: Moment | None = None
    created_at: Moment | None = None
    highest_post_number: int | None = None
    posts_count: int | None = None
    pinned: bool | None = None
    pinned_globally: bool | None = None


class _TopicList(msgspec.Struct):
    topics: list[_Topic]
    more_topics_url: str | None = None


class _ListPage(msgspec.Struct):
    topic_list: _TopicList


class _Category(msgspec.Struct):
    id: int
    slug: str
    name: str
    parent_category_id: int | None = None
    subcategory_list: list["_Category"] | None = None


class _Site(msgspec.Struct):
    categories: list[_Category]


class _CategoryPage(msgspec.Struct):
    category_list: _Site


class _Hit(msgspec.Struct):
    id: int
    topic_id: int
    created_at: Moment


class _Found(msgspec.Struct):
    more_full_page_results: bool | None = None


class _SearchPage(msgspec.Struct):
    grouped_search_result: _Found | None
    posts: list[_Hit] | None = None
    topics: list[_Topic] | None = None


def jobs_of(
    client: Client, base: str, name: str, select: Select, since: datetime, known: dict[str, str]
) -> tuple[list[Job], dict[str, str], str]:
    """Return what to read since a moment, what of `known` still matters, and how the lists ended.

    Categories, tags and the query each add to the selection. Raises FixSettings for a category
    the forum does not have, StopSource when a list is not there or not to be read by robots.
    """
    jobs: dict[str, Job] = {}
    ends = {COMPLETE}
    urls = [f"{base}/tag/{quote(tag, safe='')}.json" for tag in select.tags]
    names: dict[int, str] = {}
    if select.categories:
        categories = _categories(client, base)
        names = {category.id: category.name for category in categories}
        urls += [
            f"{base}/c/{quote(path)}/l/latest.json"
            for path in _paths(name, select.categories, categories)
        ]
    for url in urls:
        for topic in _listed(client, url, since, ends):
            mark = f"{topic.posts_count} {topic.highest_post_number} {topic.last_posted_at}"
            category = names.get(topic.category_id or 0)
            jobs[f"t{topic.id}"] = {
                "id": topic.id,
                "topic": {"category_name": category} if category else {},
                "seen": {f"t{topic.id}": mark},
            }
    for query in re.split(r"\s+OR\s+", select.query or ""):
        # Discourse has no OR: every alternative is a search of its own.
        for job in _searched(client, base, query, since, ends) if query.strip() else ():
            if f"t{job['id']}" in jobs:
                continue
            earlier = jobs.get(f"s{job['id']}", {"posts": [], "seen": {}})
            job["posts"] = list(dict.fromkeys(earlier["posts"] + job["posts"]))
            job["seen"] = {**earlier["seen"], **job["seen"]}
            jobs[f"s{job['id']}"] = job
    marks = {key: mark for job in jobs.values() for key, mark in job["seen"].items()}
    left = [j for j in jobs.values() if any(known.get(k) != m for k, m in j["seen"].items())]
    for job in left:
        if "posts" in job:
            job["posts"] = [post for post in job["posts"] if f"p{post}" not in known]
    end = next(e for e in (LIMIT, BOUND, COMPLETE) if e in ends)
    return left, {key: known[key] for key in marks if key in known}, end


def asked(client: Client, url: str, params: dict[str, Any] | None = None) -> Answer:
    """Return the answer, one of GONE where what stood there is gone or not public any more.

    Raises StopSource when the forum refuses to be read at all.
    """
    answer = client.get(url, params=params, accept=GONE | {200})
    if answer.status == 403 and b'"invalid_access"' not in answer.body:
        raise StopSource(f"GET {shown(url)}: answered 403")
    return answer


def read_as(kind: type[T], client: Client, url: str, **params: Any) -> T:
    """Return an answer this source cannot do without, decoded.

    Raises StopSource when it is not there, not to be read, or not what Discourse sends.
    """
    try:
        answer = client.get(url, params=params, accept=frozenset({200}))
        return msgspec.json.decode(answer.body, type=kind)
    except SkipPage as error:
        raise StopSource(
            f"{error}; select something else, or ask the forum's owner to allow it"
        ) from error
    except NOT_JSON as error:
        raise StopSource(f"{shown(url)}: not what a Discourse forum sends: {error}") from None


def _categories(client: Client, base: str) -> list[_Category]:
    """Return all categories, flat; forums of one kind or another lack one of the two lists."""
    try:
        found = read_as(_Site, client, f"{base}/site.json").categories
    except StopSource:
        page = read_as(
            _CategoryPage, client, f"{base}/categories.json", include_subcategories="true"
        )
        found = page.category_list.categories
    return [each for top in found for each in (top, *(top.subcategory_list or ()))]


def _paths(name: str, wanted: tuple[str, ...], categories: list[_Category]) -> list[str]:
    """Return `slug/id` or `parent/slug/id` of the wanted categories, given as slug or path."""
    slugs = {c.id: c.slug or f"{c.id}-category" for c in categories}
    full = {
        c.id: f"{slugs[c.parent_category_id]}/{slugs[c.id]}"
        if c.parent_category_id in slugs
        else slugs[c.id]
        for c in categories
    }
    paths = []
    for want in wanted:
        found = [id for id in full if want in (full[id], slugs[id])]
        exact = [id for id in found if full[id] == want]
        if not found or len(exact or found) > 1:
            raise FixSettings(
                f"sources.{name}.select.categories: {want!r} names {len(found)} categories of the "
                f"forum; allowed here: {', '.join(sorted(full.values())[:60])}"
            )
        chosen = (exact or found)[0]
        paths.append(f"{full[chosen]}/{chosen}")
    return paths


def _listed(client: Client, url: str, since: datetime, ends: set[str]) -> Iterator[_Topic]:
    """Yield the topics of a list that something happened in since then."""
    earliest = datetime.min.replace(tzinfo=UTC)
    met: set[int] = set()
    for number in range(_MAX_LIST_PAGES):
        params = {"page": number} if number else {}
        topics = read_as(_ListPage, client, url, **params).topic_list
        fresh = [topic for topic in topics.topics if topic.id not in met]
        met.update(topic.id for topic in fresh)
        for topic in fresh:
            moments = (topic.bumped_at, topic.last_posted_at, topic.created_at)
            if max((m for m in moments if m), default=earliest) >= since:
                yield topic
        # Pinned topics stand first however old they are; the others are in the order of bumps.
        loose = [t for t in fresh if not (t.pinned or t.pinned_globally)]
        bumps = [t.bumped_at or t.last_posted_at or t.created_at for t in loose]
        is_past = any(bump < since for bump in bumps if bump)
        if is_past or not fresh or not topics.more_topics_url:
            return
    ends.add(BOUND)


def _searched(
    client: Client, base: str, query: str, since: datetime, ends: set[str]
) -> Iterator[Job]:
    """Yield a job for each topic the search finds posts in, for these posts only."""
    for number in range(1, _LAST_SEARCH_PAGE + 1):
        asked = f"{query.strip()} after:{since:%Y-%m-%d} order:latest"
        page = read_as(_SearchPage, client, f"{base}/search.json", q=asked, page=number)
        topics = {topic.id: topic for topic in page.topics or ()}
        hits = [hit for hit in page.posts or () if hit.created_at >= since]
        for topic_id in dict.fromkeys(hit.topic_id for hit in hits):
            posts = [hit.id for hit in hits if hit.topic_id == topic_id]
            topic = topics.get(topic_id, _Topic(id=topic_id))
            yield {
                "id": topic_id,
                "posts": posts,
                "only": True,
                "topic": {
                    "title": topic.title,
                    "category_id": topic.category_id,
                    "tags": topic.tags,
                },
                "seen": {f"p{post}": "" for post in posts},
            }
        has_more = page.grouped_search_result and page.grouped_search_result.more_full_page_results
        if not hits or not has_more:
            return
    ends.add(LIMIT)
