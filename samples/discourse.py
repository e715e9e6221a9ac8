"""The town's forum in Discourse's JSON: what each address of its API answers."""

import html
from collections.abc import Iterable, Sequence
from datetime import datetime

from samples.model import Category, Person, Topic
from samples.parts.discourse.posts import (
    POSTS_A_CHUNK,
    Json,
    latest_posts,
    listed_post,
    newest,
    post,
    stamp,
    stream_posts,
    user,
)
from samples.town import Town

__all__ = [
    "categories", "latest_posts", "listed", "listed_post", "newest", "site", "stamp",
    "stream_posts", "topic", "topic_list",
]  # fmt: skip

TOPICS_A_PAGE = 30


def categories(town: Town) -> Json:
    """Return /categories.json."""
    listed = [_category(town, c) for c in town.categories]
    return {
        "category_list": {
            "can_create_category": False,
            "can_create_topic": False,
            "categories": listed,
        }
    }


def site(town: Town) -> Json:
    """Return what matters of /site.json."""
    return {
        "default_archetype": "regular",
        "post_types": {"regular": 1, "moderator_action": 2, "small_action": 3, "whisper": 4},
        "categories": [_category(town, c) for c in town.categories],
        "can_tag_topics": False,
        "tags_filter_regexp": "[<\\\\>]",
    }


def topic_list(topics: Iterable[Topic], path: str, page: int) -> Json:
    """Return a page of topics: the pinned first, then the last bumped; `path` is for the next."""
    ordered = sorted(topics, key=lambda t: (not t.is_pinned, -_bumped(t).timestamp()))
    start = page * TOPICS_A_PAGE
    shown = ordered[start : start + TOPICS_A_PAGE]
    listing: Json = {
        "can_create_topic": False,
        "per_page": TOPICS_A_PAGE,
        "top_tags": [],
        "topics": [listed(t) for t in shown],
    }
    if start + TOPICS_A_PAGE < len(ordered):
        listing["more_topics_url"] = f"{path}?page={page + 1}"
    posters = {p.author.id: p.author for t in shown for p in t.shown}
    return {"users": [user(p) for p in posters.values()], "topic_list": listing}


def topic(found: Topic) -> Json:
    """Return /t/{id}.json: the first twenty posts and the ids of all."""
    shown = found.shown
    head = _topic_head(found)
    for key in ("posters", "bumped", "last_poster_username", "unseen", "excerpt"):
        head.pop(key)
    return {
        "post_stream": {
            "posts": [post(p, found) for p in shown[:POSTS_A_CHUNK]],
            "stream": [p.id for p in shown],
        },
        "timeline_lookup": [[1, 0]],
        **head,
        "chunk_size": POSTS_A_CHUNK,
        "word_count": sum(len(p.raw.split()) for p in shown),
        "deleted_at": None,
        "user_id": found.posts[0].author.id,
        "pinned_globally": False,
        "bookmarks": [],
        "details": {
            "can_edit": False,
            "notification_level": 1,
            "created_by": user(found.posts[0].author),
            "last_poster": user(shown[-1].author),
        },
    }


def listed(found: Topic) -> Json:
    """Return a topic as lists show it."""
    head = _topic_head(found)
    first, last = found.shown[0].author, found.shown[-1].author
    posters: Sequence[tuple[Person, str]] = [
        (first, "Original Poster"),
        (last, "Most Recent Poster"),
    ]
    head["posters"] = [
        {"extras": None, "description": role, "user_id": person.id, "primary_group_id": None}
        for person, role in posters
    ]
    return head


def _topic_head(found: Topic) -> Json:
    shown = found.shown
    return {
        "id": found.id,
        "title": found.title,
        "fancy_title": html.escape(found.title, quote=False).replace("'", "&rsquo;"),
        "slug": found.slug,
        "posts_count": len(shown),
        "reply_count": sum(p.answers is not None for p in shown),
        "highest_post_number": shown[-1].number,
        "image_url": None,
        "created_at": stamp(found.posts[0].created_at),
        "last_posted_at": stamp(shown[-1].created_at),
        "bumped": True,
        "bumped_at": stamp(_bumped(found)),
        "archetype": "regular",
        "unseen": False,
        "pinned": found.is_pinned,
        "unpinned": None,
        "excerpt": found.shown[0].raw[:120],
        "visible": True,
        "closed": found.is_closed,
        "archived": False,
        "views": 40 + 9 * len(shown),
        "like_count": sum(p.likes for p in shown),
        "has_summary": False,
        "last_poster_username": shown[-1].author.username,
        "category_id": found.category.id,
        "pinned_globally": False,
        "featured_link": None,
        "tags": list(found.tags),
        "posters": [],
    }


def _bumped(found: Topic) -> datetime:
    talk = [p.created_at for p in found.shown if p.kind != "small action"]
    return talk[-1]


def _category(town: Town, found: Category) -> Json:
    within = [t for t in town.topics.values() if t.category.id == found.id]
    return {
        "id": found.id,
        "name": found.name,
        "color": found.color,
        "text_color": "FFFFFF",
        "slug": found.slug,
        "topic_count": len(within),
        "post_count": sum(len(t.shown) for t in within),
        "position": found.id,
        "description": found.description,
        "description_text": found.description,
        "topic_url": None,
        "read_restricted": False,
        "permission": None,
        "has_children": False,
        "subcategory_ids": [],
    }
