"""Posts of the town's forum in Discourse's JSON, and the addresses that answer with some."""

import html
from datetime import UTC, datetime
from typing import Any

from samples.model import Person, Post, Topic
from samples.town import Town

POSTS_A_CHUNK = 20
POSTS_A_LISTING = 50
KINDS = {"regular": 1, "moderator": 2, "small action": 3}

Json = dict[str, Any]

_OF_ALL: Json = {
    "incoming_link_count": 0, "yours": False, "primary_group_name": None, "flair_name": None,
    "can_edit": False, "can_delete": False, "can_recover": False, "can_wiki": False,
    "bookmarked": False, "admin": False, "deleted_at": None, "edit_reason": None,
    "can_view_edit_history": False, "wiki": False,
}  # fmt: skip
"""What a guest is told of every post."""


def stamp(moment: datetime) -> str:
    """Return the time as Discourse writes it, with milliseconds and Z."""
    return (
        moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03}Z"
    )


def stream_posts(found: Topic, query: Json) -> Json:
    """Return /t/{id}/posts.json, by ids or, as treacherous as the real one, by a post's number.

    With a number come up to twenty posts before it, the last first; with none the first twenty.
    """
    shown = found.shown
    if "post_ids[]" in query:
        wanted = {int(i) for i in query["post_ids[]"] if i.isdigit()}
        chunk = [p for p in shown if p.id in wanted][:POSTS_A_CHUNK]
    elif "post_number" in query:
        number = whole(query, "post_number")
        chunk = [p for p in reversed(shown) if p.number < number][:POSTS_A_CHUNK]
    else:
        chunk = shown[:POSTS_A_CHUNK]
    return {"post_stream": {"posts": [post(p, found) for p in chunk]}, "id": found.id}


def latest_posts(town: Town, query: Json) -> Json:
    """Return /posts.json: fifty posts of people, the newest first, up to the id `before`."""
    return {"latest_posts": [listed_post(town, p) for p in newest(town, query)]}


def newest(town: Town, query: Json) -> list[Post]:
    """Return the fifty newest regular posts that all may see, up to the id `before`."""
    before = whole(query, "before") or max(town.posts)
    eligible = (p for p in town.posts.values() if p.kind == "regular" and not p.is_hidden)
    return sorted((p for p in eligible if p.id <= before), key=lambda p: -p.id)[:POSTS_A_LISTING]


def listed_post(town: Town, found: Post) -> Json:
    """Return a post as /posts.json and /posts/{id}.json show it: with its raw text."""
    within = town.topics[found.topic_id]
    titles = {
        "topic_title": within.title,
        "topic_html_title": html.escape(within.title, quote=False),
        "category_id": within.category.id,
        "raw": found.raw,
    }
    return {**post(found, within), **titles}


def post(found: Post, within: Topic) -> Json:
    """Return a post as a topic's stream shows it."""
    author, reply_to = found.author, found.answers
    likes = [{"id": 2, "count": found.likes}] if found.likes else []
    shown: Json = {
        **_OF_ALL,
        "id": found.id,
        "name": author.name,
        "username": author.username,
        "avatar_template": avatar(author),
        "created_at": stamp(found.created_at),
        "cooked": found.cooked,
        "post_number": found.number,
        "post_type": KINDS[found.kind],
        "posts_count": len(within.shown),
        "updated_at": stamp(found.updated_at),
        "reply_count": sum(p.answers is found for p in within.shown),
        "reply_to_post_number": reply_to.number if reply_to else None,
        "quote_count": int(found.quote is not None),
        "reads": 7 + found.id % 60,
        "readers_count": 6 + found.id % 60,
        "score": 1.4 + found.likes * 15,
        "topic_id": within.id,
        "topic_slug": within.slug,
        "display_username": author.name,
        "version": found.version,
        "user_title": "Moderator" if author.is_staff else None,
        "actions_summary": likes,
        "moderator": author.is_staff,
        "staff": author.is_staff,
        "user_id": author.id,
        "hidden": found.is_hidden,
        "trust_level": 4 if author.is_staff else 1,
        "user_deleted": found.is_deleted_by_author,
        "post_url": f"/t/{within.slug}/{within.id}/{found.number}",
    }
    if found.action:
        shown["action_code"] = found.action
    if reply_to:
        shown["reply_to_user"] = user(reply_to.author)
    return shown


def user(person: Person) -> Json:
    """Return an account as posts and topics name it."""
    return {
        "id": person.id,
        "username": person.username,
        "name": person.name,
        "avatar_template": avatar(person),
    }


def avatar(person: Person) -> str:
    """Return the template of the address of an account's picture."""
    return f"/letter_avatar_proxy/v4/letter/{person.username[0].lower()}/5fc32e/{{size}}.png"


def whole(query: Json, name: str) -> int:
    """Return the parameter as a whole number, 0 when it is absent or none."""
    value = query.get(name, ["0"])[0]
    return int(value) if value.isdigit() else 0
