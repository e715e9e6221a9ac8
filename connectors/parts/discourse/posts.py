"""From the JSON of Discourse to posts."""

import re
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from connectors.accounting import unaccounted
from connectors.decoding import decoded
from connectors.markup import site_of, with_absolute_links
from connectors.parts.discourse.base import base_of_posts
from connectors.parts.discourse.fields import Head, Written
from connectors.parts.discourse.known import KNOWN
from connectors.parts.discourse.media import media_of
from contract.page import Page
from contract.post import AuthorKind, Outcome, Post, Rejected, Skipped, Tag

_FIELD = re.compile(r"at `\$\.(\w+)|field `(\w+)`")
_ROUTES_OF_LISTS = {"topics": "topic list entry", "posts": "search hit", "users": "user",
                    "categories": "category", "tags": "tag", "groups": "group"}  # fmt: skip

_REGULAR, _MODERATOR, _SMALL_ACTION, _WHISPER = 1, 2, 3, 4
_LIKE = 2


def unknown_fields(page: Page) -> set[str]:
    """Return the paths of the page's fields that are neither used nor left aside; RSS has none."""
    return unaccounted(decoded(page.body), KNOWN)


def posts_in(read: Any) -> list[Any]:
    """Return the post objects of a decoded page: latest posts, a topic, its posts or one post."""
    if isinstance(read, list):
        return [entry for entry in read if isinstance(entry, dict) and "cooked" in entry]
    if not isinstance(read, dict):
        return []
    if "cooked" in read:
        return [read]
    stream = read.get("post_stream")
    posts = stream.get("posts") if isinstance(stream, dict) else read.get("latest_posts")
    return posts if isinstance(posts, list) else []


def outcomes_of_json(page: Page, read: Any) -> Iterator[Outcome]:
    """Yield an outcome for each record of a decoded page."""
    if isinstance(read, list):
        # The answers to a post, or a search of 2014, which groups its hits.
        base = base_of_posts(page, read)
        for entry in read:
            if isinstance(entry, dict) and isinstance(entry.get("results"), list):
                yield from (Skipped(rule="search hit") for _ in entry["results"])
            else:
                yield _outcome(page, base, Head(), entry)
        return
    if not isinstance(read, dict):
        yield Rejected(reason="not a page of Discourse", detail=type(read).__name__)
        return
    if "post_stream" in read or "latest_posts" in read or "cooked" in read:
        stream = read.get("post_stream")
        held = _inside(stream, "posts") if stream else read.get("latest_posts")
        if "cooked" not in read and not isinstance(held, list | None):
            yield Rejected(reason="not a list of posts", detail=type(held).__name__)
            return
        head, posts = _head(page, read), posts_in(read)
        base = base_of_posts(page, posts)
        yield from (_outcome(page, base, head, post) for post in posts)
        return
    skipped = _skipped(read)
    if skipped is None:
        names = ", ".join(sorted(read)[:8])
        yield Rejected(reason="not a page of Discourse", detail=f"object with {names or 'nothing'}")
    else:
        yield from skipped


def _skipped(read: dict[str, Any]) -> Iterable[Skipped] | None:
    """Return what is left out of a page that holds no posts, or None when it is no known page."""
    if "errors" in read:
        return [Skipped(rule="error page")]
    if "grouped_search_result" in read:
        lists = [(read.get(name), rule) for name, rule in _ROUTES_OF_LISTS.items()]
    elif "topic_list" in read:
        lists = [(_inside(read["topic_list"], "topics"), "topic list entry")]
    elif "category_list" in read:
        lists = [(_inside(read["category_list"], "categories"), "category")]
    elif "user_actions" in read:
        lists = [(read["user_actions"], "user action")]
    elif "post_action_users" in read:
        lists = [(read["post_action_users"], "post action")]
    else:
        return None
    if any(not isinstance(entries, list | None) for entries, _ in lists):
        return None
    return (Skipped(rule=rule) for entries, rule in lists for _ in entries or ())


def _inside(holder: Any, name: str) -> Any:
    return holder.get(name) if isinstance(holder, dict) else holder


def _head(page: Page, read: dict[str, Any]) -> Head:
    """Return what is known of the topic: from the page, or from the run that asked for its rest."""
    run = (page.cursor or {}).get("run")
    known = run.get("topic") if isinstance(run, dict) else None
    own = {name: read[name] for name in Head.__struct_fields__ if read.get(name) is not None}
    if not isinstance(known, dict) or "cooked" in read or known.get("id") != read.get("id"):
        known = {}
    try:
        return msgspec.convert({**known, **own}, Head)
    except msgspec.ValidationError:
        # A title or category of the wrong type leaves the posts what they are.
        return Head()


def _outcome(page: Page, base: str, head: Head, post: Any) -> Outcome:
    try:
        written = msgspec.convert(post, Written)
    except msgspec.ValidationError as error:
        field = _FIELD.search(str(error))
        name = (field[1] or field[2]) if field else "post"
        return Rejected(reason=f"bad {name}", detail=str(error))
    topic = f"{site_of(base)}/t/{written.topic_id}"
    native_id = f"{topic}/{written.post_number}"
    if head.archetype == "private_message" or written.topic_archetype == "private_message":
        return Skipped(rule="private message", native_id=native_id)
    if written.post_type in (_SMALL_ACTION, _WHISPER):
        rule = "small action" if written.post_type == _SMALL_ACTION else "whisper"
        return Skipped(rule=rule, native_id=native_id)
    if written.post_type not in (_REGULAR, _MODERATOR):
        return Rejected(
            reason="unknown post_type", detail=str(written.post_type), native_id=native_id
        )
    return _post(page, base, topic, head, written)


def _post(page: Page, base: str, topic: str, head: Head, written: Written) -> Post:
    number = written.post_number
    category = written.category_id or head.category_id
    removal = _removal(written)
    created = written.created_at
    edited = written.updated_at if written.version > 1 else None
    # The title is the first post's: of a reply it must not stand where that may have to go.
    slug = f"/{written.topic_slug}" if number == 1 and written.topic_slug else ""
    site = site_of(base)
    return Post(
        platform=page.platform,
        source=page.source,
        native_id=f"{topic}/{number}",
        kind="post" if number == 1 else "reply",
        url=f"{base}/t{slug}/{written.topic_id}/{number}",
        community_id=f"{site}/c/{category}" if category else site,
        community_name=head.category_name if category else site,
        community_url=f"{base}/c/{category}" if category else base,
        author_id=f"{site}/u/{written.username}",
        author_name=" ".join((written.name or "").split()) or written.username,
        author_kind=_author_kind(written.user_id),
        parent_id=f"{topic}/{written.reply_to_post_number or 1}" if number > 1 else None,
        root_id=f"{topic}/1",
        opt_out="unlisted" if head.visible is False else None,
        title=None if removal else written.topic_title or head.title,
        body="" if removal else with_absolute_links(f"{base}/", written.cooked),
        body_format="html",
        created_at=created,
        edited_at=edited if edited and created and edited > created else None,
        removed_at=page.received_at if removal else None,
        removal_reason=removal,
        likes=_likes(written),
        replies=written.reply_count,
        views=written.reads,
        tags=() if removal else _tags(head.tags, number),
        media=() if removal else media_of(f"{base}/", written.cooked),
        observed_at=page.received_at,
    )


def _removal(written: Written) -> str | None:
    if written.hidden or written.cooked_hidden:
        return "hidden by flags"
    if written.user_deleted:
        return "deleted by its author"
    return "deleted" if written.deleted_at else None


def _author_kind(user_id: int | None) -> AuthorKind:
    # The forum's own accounts (system, discobot) have negative ids.
    return "bot" if user_id is not None and user_id < 0 else "unknown"


def _likes(written: Written) -> int | None:
    if written.actions_summary is None:
        return written.like_count
    # A kind of action nobody took is left out of the summary.
    return next((a.count or 0 for a in written.actions_summary if a.id == _LIKE), 0)


def _tags(tags: list[Any] | None, number: int) -> tuple[Tag, ...]:
    """Return the topic's tags, which its first author or the community gave it."""
    # Since 2025 a tag is an object with a name.
    names = (tag.get("name") if isinstance(tag, dict) else tag for tag in tags or ())
    known = dict.fromkeys(name for name in names if isinstance(name, str) and name)
    return tuple(Tag(tag=n, added_by="author" if number == 1 else "community") for n in known)
