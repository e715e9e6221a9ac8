"""From a record of Reddit to a post."""

import html
import re
from typing import Any

from connectors.markup import with_absolute_links
from connectors.parts.reddit.fields import count, fullname, moment
from connectors.parts.reddit.media import links_of, media_of
from connectors.parts.reddit.removals import author_of, removal_of, title_of
from connectors.values import inside, text
from contract.page import Page
from contract.post import BodyFormat, Outcome, Post, Rejected, Skipped, Tag

Titles = dict[str | None, str | None]
"""Titles of submissions by their names; None where it was removed."""
_RULES = {
    "more": "more comments",
    "t2": "account",
    "t4": "private message",
    "t5": "community",
    "t6": "trophy",
    "LabeledMulti": "list of communities",
    "LiveUpdate": "live update",
    "LiveUpdateEvent": "live thread",
    "TrophyList": "list of trophies",
    "UserList": "list of accounts",
    "modaction": "moderation log",
    "wikipage": "wiki page",
}
"""What is no post, by kind."""
_PROFILE_LINK = re.compile(r'<a (?=href="(?:https?://(?:\w+\.)?reddit\.com)?/u(?:ser)?/)')
_ROBOTS = frozenset({"AutoModerator"})
"""Accounts Reddit itself runs as robots; it marks no other. Those of others say it below."""
_SAYS_ROBOT = re.compile(
    r"\bI(?: a|['\u2019])m a (?:ro)?bot\b[^\n]{0,40}\b(?:automatic|performed|bleep|beep)",
    re.IGNORECASE,
)
_LAST_CHARACTERS = 400


def outcome_of(page: Page, base: str, titles: Titles, kind: str, data: Any) -> Outcome:
    """Return what becomes of a record; `base` is where permalinks stand below."""
    if kind in _RULES:
        return Skipped(rule=_RULES[kind], native_id=text(data, "name"))
    if kind not in ("t1", "t3"):
        if not kind and isinstance(data, dict) and {"page", "timestamp"} <= set(data):
            return Skipped(rule="wiki revision")
        return Rejected(reason="unknown kind", detail=kind or type(data).__name__)
    native_id = fullname(data, "name")
    if native_id is None or not native_id.startswith(kind):
        return Rejected(reason="bad name", detail=type(inside(data, "name")).__name__)
    if data.get("promoted") is True:
        return Skipped(rule="advertisement", native_id=native_id)
    if (text(data, "subreddit") or "").startswith("u_") or data.get("subreddit_type") == "user":
        return Skipped(rule="profile page", native_id=native_id)
    needed = "title" if kind == "t3" else "body"
    if not isinstance(data.get(needed), str):
        return Rejected(reason=f"bad {needed}", native_id=native_id)
    return _post(page, base, titles, native_id, data)


def _post(page: Page, base: str, titles: Titles, native_id: str, data: dict[str, Any]) -> Post:
    is_comment = native_id.startswith("t1_")
    root = fullname(data, "link_id") if is_comment else native_id
    removal = removal_of(data)
    author = None if removal else author_of(data)
    community = text(data, "subreddit")
    body, body_format = _body(base, data)
    title = titles[root] if root in titles else title_of(data, "link_title")
    has_hidden_score = data.get("score_hidden") is True or data.get("hide_score") is True
    return Post(
        platform=page.platform,
        source=page.source,
        native_id=native_id,
        kind="comment" if is_comment else "post",
        url=_url(base, native_id, root, None if removal else text(data, "permalink")),
        community_id=text(data, "subreddit_id") or (community and community.lower()),
        community_name=community,
        community_url=f"{base}/r/{community}" if community else None,
        author_id=author and (text(data, "author_fullname") or author),
        author_handle=author,
        author_name=author,
        author_kind="bot" if author in _ROBOTS or _says_robot(data) else "unknown",
        parent_id=fullname(data, "parent_id" if is_comment else "crosspost_parent"),
        root_id=root,
        opt_out=None if removal else _opt_out(data),
        title=None if removal else title,
        body="" if removal else body,
        body_format=body_format,
        created_at=moment(data, "created_utc"),
        edited_at=moment(data, "edited"),
        removed_at=page.received_at if removal else None,
        removal_reason=removal,
        likes=None if has_hidden_score else count(data, "score"),
        # All comments below a submission; of those below a comment Reddit says no number.
        replies=None if is_comment else count(data, "num_comments"),
        shares=None if is_comment else count(data, "num_crossposts"),
        views=None if is_comment else count(data, "view_count"),
        tags=() if removal or is_comment else _tags(data),
        links=() if removal else links_of(data, base),
        media=() if removal else media_of(data),
        observed_at=page.received_at,
    )


def _opt_out(data: dict[str, Any]) -> str | None:
    if data.get("subreddit_type") == "private":
        return "private"
    if data.get("quarantine") is True:
        return "quarantined"
    return "noindex" if data.get("is_robot_indexable") is False else None


def _says_robot(data: dict[str, Any]) -> bool:
    """Return whether it ends as robots sign: "I am a bot, and this action was performed …"."""
    # Robots write their last lines small: each word behind a ^.
    end = (text(data, "body") or text(data, "selftext") or "")[-_LAST_CHARACTERS:]
    return "bot" in end and _SAYS_ROBOT.search(end.replace("^", "")) is not None


def _url(base: str, native_id: str, root: str | None, permalink: str | None) -> str | None:
    """Return where it can be read, without the title of a submission that is not its own or gone.

    Permalinks hold that title.
    """
    is_own = root is None or root == native_id
    if is_own and permalink and permalink.startswith("/"):
        return f"{base}{permalink}"
    if root is None:
        return None
    comment = "" if is_own else f"_/{native_id[3:]}/"
    return f"{base}/comments/{root[3:]}/{comment}"


def _body(base: str, data: dict[str, Any]) -> tuple[str, BodyFormat]:
    """Return the text as Reddit renders its Markdown, and a poll's options below it."""
    rendered = text(data, "body_html") or text(data, "selftext_html")
    written = text(data, "body") or text(data, "selftext") or ""
    options = inside(data, "poll_data", "options")
    found = [text(each, "text") for each in options] if isinstance(options, list) else []
    asked = "".join(f"<li>{html.escape(option)}</li>" for option in found if option)
    if not rendered and not asked:
        return written, "text"
    body = rendered or (f"<p>{html.escape(written)}</p>" if written else "")
    body = _PROFILE_LINK.sub('<a class="mention" ', body) + (f"<ul>{asked}</ul>" if asked else "")
    return with_absolute_links(f"{base}/", body), "html"


def _tags(data: dict[str, Any]) -> tuple[Tag, ...]:
    """Return a submission's flair, and NSFW where it is not for everybody's eyes."""
    names = (text(data, "link_flair_text"), "NSFW" if data.get("over_18") is True else None)
    return tuple(Tag(tag=name) for name in names if name)
