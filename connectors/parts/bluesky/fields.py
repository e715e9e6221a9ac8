"""The fields of Bluesky's posts that are known, and where in an answer posts stand."""

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from connectors.accounting import known_fields
from connectors.values import inside, items, text

_POST = re.compile(
    r"at://(?P<did>did:[a-z]{1,20}:[A-Za-z0-9._:%-]{1,2000})/app\.bsky\.feed\.post/"
    r"(?P<key>(?!\.{1,2}$)[A-Za-z0-9._~:-]{1,512})"
)
# https://docs.bsky.app/docs/api/app-bsky-feed-get-posts and lexicons/app/bsky/feed/post.json
KNOWN = known_fields(
    below
    for path in (
        # Used.
        "$type", "uri", "author", "author.did", "author.handle", "author.displayName",
        "author.description", "author.labels", "author.labels.val", "author.labels.neg", "record",
        "record.$type", "record.text", "record.createdAt", "record.langs", "record.facets*",
        "record.reply*",
        "record.tags", "record.embed*", "record.bridgyOriginalUrl", "embed*", "labels",
        "labels.val", "labels.neg", "indexedAt", "likeCount", "replyCount", "repostCount",
        "quoteCount",
        # Left aside: pictures and dates of a person, what concerns who is logged in, rules of who
        # may answer, and copies of a post.
        "cid", "author.$type", "author.avatar", "author.associated*", "author.createdAt",
        "author.pronouns", "author.status*", "author.verification*", "author.viewer*",
        "author.debug*", "viewer*", "threadgate*", "bookmarkCount", "debug*", "record.labels*",
        "record.bridgyOriginalText", "record.entities*", "record.via",
        *(f"{at}labels.{name}" for at in ("", "author.")
          for name in ("$type", "src", "uri", "cid", "cts", "exp", "sig*", "ver")),
    )
    for below in ((path[:-1], f"{path[:-1]}.*") if path.endswith("*") else (path,))
)  # fmt: skip
"""Fields of a post's view that are used or left aside on purpose; see connectors.accounting."""

_OTHERS = (
    ("error", "error page"),
    ("didDoc", "account"),
    ("accessJwt", "token"),
    ("profiles", "account"),
    ("actors", "account"),
    ("followers", "followers"),
    ("follows", "follows"),
    ("likes", "likes"),
    ("repostedBy", "reposts"),
    ("feeds", "feed"),
    ("view", "feed"),
    ("list", "list"),
    ("lists", "list"),
    ("starterPack", "starter pack"),
    ("starterPacks", "starter pack"),
    ("handle", "account"),
    # A record alone does not say what its author asks for.
    ("value", "record without its author"),
    ("records", "record without its author"),
)
"""What else the API sends, by a field that only such an answer has: left out by that rule."""


class Found(NamedTuple):
    """A post's view and how it came: found, reposted by somebody, gone or blocked."""

    view: Any
    how: str = "found"


def post_of(uri: str | None) -> re.Match[str] | None:
    """Return account and key of a post's address, None when it is none."""
    return _POST.fullmatch(uri or "")


def found_in(read: Any) -> list[Found] | None:
    """Return the posts of an answer in their order, None where it holds none by its kind."""
    if isinstance(inside(read, "posts"), list):
        return [Found(view) for view in read["posts"]]
    if isinstance(inside(read, "feed"), list):
        return [_of_item(item) for item in read["feed"]]
    if isinstance(inside(read, "thread"), dict):
        return list(_of_thread(read["thread"]))
    return None


def rule_for(read: Any) -> str | None:
    """Return the rule that leaves out an answer without posts, None for an unknown one."""
    if not isinstance(read, dict):
        return None
    return next((rule for mark, rule in _OTHERS if mark in read), None)


def embeds_of(view: Any) -> Iterator[dict[str, Any]]:
    """Yield what is attached to a post, as shown and else as written; of two together, each."""
    for embed in (inside(view, "embed"), inside(view, "record", "embed")):
        if isinstance(embed, dict):
            yield embed
            if isinstance(media := embed.get("media"), dict):
                yield media


def _of_item(item: Any) -> Found:
    reason = text(item, "reason", "$type") or ""
    is_repost = reason.endswith("#reasonRepost")
    return Found(inside(item, "post"), "repost" if is_repost else "found")


def _of_thread(first: dict[str, Any]) -> Iterator[Found]:
    """Yield the posts of a thread: the one asked for, those above and those below."""
    left: list[Any] = [first]
    while left:
        node = left.pop()
        if not isinstance(node, dict):
            continue
        if node.get("notFound") is True:
            yield Found(node, "gone")
        elif node.get("blocked") is True:
            yield Found(node, "blocked")
        else:
            yield Found(node.get("post"))
        left += [*reversed(items(node, "replies")), node.get("parent")]
