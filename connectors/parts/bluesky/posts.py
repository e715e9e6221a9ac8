"""From the JSON of Bluesky's API to posts: every post of an answer becomes one outcome."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, Final

from connectors.parts.bluesky.fields import Found, post_of
from connectors.parts.bluesky.text import (
    body_of,
    language_of,
    links_of,
    media_of,
    quoted_by,
    tags_of,
)
from connectors.values import MOST, count, inside, moment, objects, text
from contract.page import Page
from contract.post import Outcome, Post, Rejected, Skipped

SITE: Final = "https://bsky.app"
_NOT_LOGGED_OUT: Final = "!no-unauthenticated"
"""https://docs.bsky.app/docs/advanced-guides/moderation#global-label-values."""
_HIDDEN: Final = frozenset({"!hide", "!takedown", "!suspend"})
_BRIDGED: Final = "bridged-from-bridgy-fed"
_NO_HANDLE: Final = "handle.invalid"


def outcomes_of(page: Page, found: Sequence[Found]) -> Iterator[Outcome]:
    """Yield an outcome for each post of an answer."""
    for each in found:
        yield _outcome(page, each)


def written_at(view: Any) -> datetime | None:
    """Return when a post was written: its own word, but no later than Bluesky first saw it.

    Lists are sorted by this; `createdAt` is what the author's app says, and may be anything.
    """
    said, seen = moment(view, "record", "createdAt"), moment(view, "indexedAt")
    return min(filter(None, (said, seen)), default=None)


def opt_out_of(view: Any) -> str | None:
    """Return the signal by which a post's author asks not to be read by who is not logged in."""
    return _NOT_LOGGED_OUT if _NOT_LOGGED_OUT in _labels(view) else None


def left_out(view: Any) -> str | None:
    """Return the rule by which a post is left out, whoever asks."""
    labels = _labels(view)
    if labels & _HIDDEN:
        return "hidden by moderators"
    is_bridged = any(label.startswith(_BRIDGED) for label in labels)
    if is_bridged or text(view, "record", "bridgyOriginalUrl"):
        # What its author asks for at home does not come over the bridge.
        return "bridged from another network"
    return None


def _labels(view: Any) -> set[str]:
    held = [*objects(view, "author", "labels"), *objects(view, "labels")]
    return {val for label in held if label.get("neg") is not True and (val := text(label, "val"))}


def _outcome(page: Page, found: Found) -> Outcome:
    view, uri = found.view, text(found.view, "uri")
    if found.how in ("repost", "blocked"):
        return Skipped(rule=found.how, native_id=uri)
    named = post_of(uri)
    if uri is None or named is None:
        return Rejected(reason="bad uri", detail=type(inside(view, "uri")).__name__)
    if found.how == "gone":
        return Post(
            platform=page.platform,
            source=page.source,
            native_id=uri,
            kind="post",
            removed_at=page.received_at,
            removal_reason="not found there",
            observed_at=page.received_at,
        )
    if text(view, "author", "did") != named["did"]:
        # Without its author nobody knows what that author asks for.
        return Rejected(reason="bad author", native_id=uri)
    if text(view, "record", "$type") != "app.bsky.feed.post":
        return Skipped(rule="not a post", native_id=uri)
    if rule := left_out(view):
        return Skipped(rule=rule, native_id=uri)
    if not isinstance(inside(view, "record", "text"), str):
        found_there = type(inside(view, "record", "text")).__name__
        return Rejected(reason="bad text", detail=found_there, native_id=uri)
    return _post(
        page, view, uri, named["did"], f"{SITE}/profile/{named['did']}/post/{named['key']}"
    )


def _post(page: Page, view: dict[str, Any], uri: str, did: str, url: str) -> Post:
    record = view["record"]
    handle, reposts = text(view, "author", "handle"), count(view, "repostCount")
    above = _post_at(text(record, "reply", "parent", "uri"))
    is_reply = isinstance(record.get("reply"), dict)
    known_handle = handle if handle != _NO_HANDLE else None
    return Post(
        platform=page.platform,
        source=page.source,
        native_id=uri,
        kind="reply" if is_reply else "post",
        url=url,
        community_id="bsky.app",
        community_name="Bluesky",
        community_url=SITE,
        author_id=did,
        author_handle=known_handle,
        author_name=text(view, "author", "displayName") or known_handle,
        parent_id=above if is_reply else _post_at(quoted_by(record)),
        root_id=_post_at(text(record, "reply", "root", "uri")) if is_reply else uri,
        author_note=text(view, "author", "description"),
        opt_out=opt_out_of(view),
        body=body_of(record),
        lang_declared=language_of(record),
        created_at=written_at(view),
        likes=count(view, "likeCount"),
        replies=count(view, "replyCount"),
        shares=None if reposts is None else min(reposts + (count(view, "quoteCount") or 0), MOST),
        tags=tags_of(record),
        links=links_of(view),
        media=media_of(view),
        observed_at=page.received_at,
    )


def _post_at(uri: str | None) -> str | None:
    return uri if post_of(uri) else None
