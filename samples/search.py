"""The forum's search, as /search.json answers it."""

import re
from collections.abc import Callable

from samples.discourse import listed
from samples.model import Post, Topic
from samples.parts.discourse.posts import POSTS_A_LISTING, Json, avatar, stamp, whole
from samples.town import Town


def search(town: Town, query: Json) -> Json:
    """Return /search.json: words (all of them, or one beside OR), #category, after:, before:."""
    term = query.get("q", [""])[0]
    page = max(whole(query, "page"), 1)
    matches = _matcher(term)
    hits = [
        (p, town.topics[p.topic_id])
        for p in sorted(town.posts.values(), key=lambda p: -p.id)
        if p.kind == "regular" and not p.is_hidden and matches(p, town.topics[p.topic_id])
    ]
    start = (page - 1) * POSTS_A_LISTING
    shown = hits[start : start + POSTS_A_LISTING]
    more = True if len(hits) > start + POSTS_A_LISTING else None
    topics = {t.id: t for _, t in shown}
    return {
        "posts": [_hit(p) for p, _ in shown],
        "topics": [listed(t) for t in topics.values()],
        "users": [],
        "categories": [],
        "tags": [],
        "groups": [],
        "grouped_search_result": {
            "more_posts": more,
            "more_full_page_results": more,
            "term": term,
            "error": None,
            "post_ids": [p.id for p, _ in shown],
        },
    }


def _matcher(term: str) -> Callable[[Post, Topic], bool]:
    slugs = re.findall(r"(?:^|\s)#([\w-]+)", term)
    bounds = dict(re.findall(r"\b(after|before):(\d{4}-\d\d-\d\d)", term))
    plain = re.sub(r"(?:^|\s)(?:#[\w-]+|\w+:\S+)", " ", term).casefold()
    choices = [part.split() for part in re.split(r"\sor\s", plain)]

    def matches(found: Post, within: Topic) -> bool:
        text = f"{within.title} {found.raw}".casefold()
        day = f"{found.created_at:%Y-%m-%d}"
        return (
            (not slugs or within.category.slug in slugs)
            and bounds.get("after", "") <= day
            and day < bounds.get("before", "9")
            and any(all(word in text for word in words) for words in choices)
        )

    return matches


def _hit(found: Post) -> Json:
    return {
        "id": found.id,
        "name": found.author.name,
        "username": found.author.username,
        "avatar_template": avatar(found.author),
        "created_at": stamp(found.created_at),
        "like_count": found.likes,
        "blurb": re.sub(r"\s+", " ", found.raw)[:200],
        "post_number": found.number,
        "topic_id": found.topic_id,
    }
