"""A page of a Discourse forum: its latest posts.

https://docs.discourse.org/#tag/Posts
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from html import escape
from typing import Any, Final

from bench.sayings import Saying

ASKED: Final = "https://forum.example/posts.json"
_TOPIC_POSTS: Final = 20


def native_id(number: int, _: int) -> str:
    """Return the id of a post by its number."""
    topic, place = divmod(number, _TOPIC_POSTS)
    return f"forum.example/t/{topic + 1}/{place + 1}"


def page(said: Sequence[Saying], _: int) -> dict[str, Any]:
    """Return the latest posts, the newest first."""
    return {"latest_posts": [_post(saying) for saying in reversed(said)]}


def _post(said: Saying) -> dict[str, Any]:
    topic, place = divmod(said.number, _TOPIC_POSTS)
    written = _time(said.created_at)
    changed = _time(said.created_at + timedelta(minutes=10)) if said.version else written
    author = f"writer_{said.author}"
    tags = "".join(f" #{tag}" for tag in said.tags)
    words = f"{said.words}{tags}"
    link = f'\n<p><a href="{said.url}" rel="noopener nofollow ugc">{said.url}</a></p>'
    called = f'<a class="mention" href="/u/writer_{said.mention}">@writer_{said.mention}</a> '
    title = f"What is new in part {topic} of the town"
    return {
        "id": said.number + 1, "name": f"Invented Writer {said.author}", "username": author,
        "avatar_template": f"/letter_avatar_proxy/v4/letter/w/8797f3/{{size}}.png?{said.author}",
        "created_at": written,
        "cooked": f"<p>{called if said.mention else ''}{escape(words)}</p>"
                  f"{link if said.url else ''}",
        "raw": f"{words}\n{said.url or ''}", "excerpt": words,
        "post_number": place + 1, "post_type": 1, "posts_count": _TOPIC_POSTS,
        "updated_at": changed, "reply_count": 0,
        "reply_to_post_number": place if place > 1 and said.number % 3 == 0 else None,
        "quote_count": 0, "incoming_link_count": 0, "reads": said.number % 300,
        "readers_count": said.number % 299, "score": 2.4, "yours": False, "topic_id": topic + 1,
        "topic_slug": f"what-is-new-in-part-{topic}-of-the-town", "topic_title": title,
        "topic_html_title": title, "category_id": topic % 12 + 1,
        "display_username": f"Invented Writer {said.author}", "primary_group_name": None,
        "flair_name": None, "flair_url": None, "flair_bg_color": None, "flair_color": None,
        "flair_group_id": None, "badges_granted": [], "version": 1 + said.version,
        "can_edit": False, "can_delete": False, "can_recover": False,
        "can_see_hidden_post": False, "can_wiki": False, "link_counts": [], "read": True,
        "user_title": None, "bookmarked": False,
        "actions_summary": [{"id": 2, "count": said.number % 9, "can_act": True}],
        "moderator": False, "admin": False, "staff": False, "user_id": said.author + 1,
        "hidden": False, "trust_level": 2, "deleted_at": None, "user_deleted": False,
        "edit_reason": None, "can_view_edit_history": False, "wiki": False,
        "post_url": f"/t/what-is-new-in-part-{topic}-of-the-town/{topic + 1}/{place + 1}",
        "can_accept_answer": False, "can_unaccept_answer": False, "accepted_answer": False,
        "topic_accepted_answer": None, "can_vote": False, "reactions": [],
        "current_user_reaction": None, "reaction_users_count": 0,
        "current_user_used_main_reaction": False, "can_translate": False,
    }  # fmt: skip


def _time(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03}Z"
