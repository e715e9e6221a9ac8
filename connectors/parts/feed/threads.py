"""Where an item of a feed stands: its thread, what it answers, and what software added to it."""

import html
import re
from typing import Any, Literal, NamedTuple

import msgspec

from connectors.parts.feed.authors import Author
from connectors.parts.feed.shape import Item
from contract.post import PostKind

_LONGEST_ADDRESS = 2000
"""No engine writes longer ones, and what it takes to read one grows with its square."""
_FURTHEST = 50
"""Answers to answers that are followed to what began the thread."""


class Engine(msgspec.Struct, frozen=True, kw_only=True):
    """How a forum's or a blog's software writes its feeds.

    `address` reads the guid or link of an item: groups `site`, `part`, `thread`, `post`,
    `account`. `thread` and `post` make ids of them, the same in every feed of the site. What has
    a `post` is an answer; where `answers` says so, only if its number is not 1, or if its title
    tells. `title` has the groups `community`, `is_answer`, `author` and `title`. `added` finds what
    the software writes into a body that is not its author's: groups `account`, `community`,
    `community_url`, `replies`, `posts` (with the first), `views`, `link` and `parent`.
    """

    name: str
    address: re.Pattern[str]
    thread: str
    post: str
    mark: re.Pattern[str] | None = None
    """Must stand in the generator or the guid where the address alone could be anybody's."""
    feed: re.Pattern[str] | None = None
    """Reads `thread` or `part` from the address of a feed that holds one of them only."""
    answers: Literal["post", "number", "title"] = "post"
    title: re.Pattern[str] | None = None
    added: re.Pattern[str] | None = None
    account: str | None = None
    community: str | None = None
    """Address of the `part` of the forum."""
    kind: PostKind = "post"
    answer_kind: PostKind = "reply"
    is_category_community: bool = False
    """Its first category names the part of the forum, and is no tag."""


class Thread(NamedTuple):
    """What an engine's feed tells of an item; `said` holds the groups of all its patterns."""

    engine: Engine
    native_id: str
    root_id: str | None
    parent_id: str | None
    kind: PostKind
    site: str | None
    title: str | None
    body: str
    said: dict[str, str]
    is_feed_of_thread: bool


def thread_of(
    engines: tuple[Engine, ...],
    addresses: tuple[str, ...],
    about: Item,
    asked: str,
    title: str | None,
    body: str,
) -> Thread | None:
    """Return where the item with these addresses stands, or None when no engine knows them."""
    marks = f"{about.get('generator') or ''} {addresses[0] if addresses else ''}"
    addresses = tuple(each for each in addresses if len(each) <= _LONGEST_ADDRESS)
    for engine in engines:
        if engine.mark and not engine.mark.search(marks):
            continue
        for address in addresses:
            found = engine.address.fullmatch(address)
            if found and {"thread", "post"} & _named(found).keys():
                return _thread(engine, _named(found), about, asked, title, body)
    return None


def _thread(
    engine: Engine, said: dict[str, str], about: Item, asked: str, title: str | None, body: str
) -> Thread:
    named = (str(link.get("href") or "") for link in about.get("links") or ())
    links = [link for link in named if len(link) <= _LONGEST_ADDRESS]
    if engine.feed:
        found = (engine.feed.fullmatch(each) for each in (*links, asked))
        said = next((_named(each) for each in found if each), {}) | said
    if engine.answers == "number" and said.get("post") == "1":
        del said["post"]
    if engine.title and title and (read := engine.title.fullmatch(title)):
        said |= _named(read)
    if engine.added and (added := engine.added.search(body)):
        said |= _named(added)
        body = (body[: added.start()] + body[added.end() :]).strip()
    root = engine.thread.format(**said) if "thread" in said else None
    is_answer = "is_answer" in said if engine.answers == "title" else "post" in said
    answered = engine.post.format(**{**said, "post": said["parent"]}) if "parent" in said else root
    return Thread(
        engine=engine,
        native_id=engine.post.format(**said) if "post" in said else str(root),
        root_id=root,
        parent_id=answered if is_answer else None,
        kind=engine.answer_kind if is_answer else engine.kind,
        site=said.get("site"),
        title=said.get("title", title),
        body=body,
        said=said,
        is_feed_of_thread=any(engine.address.fullmatch(each) for each in links),
    )


def answered_by(item: Item) -> str | None:
    """Return the id of what the item answers (RFC 4685)."""
    answered = item.get("thr_in-reply-to")
    return answered.get("ref") or None if isinstance(answered, dict) else None


def family_of(
    native_id: str, thread: Thread | None, answers: dict[str, str | None], item: Item
) -> tuple[str | None, str | None]:
    """Return the ids of what the item answers and of what began the thread.

    `answers` holds what each item of the feed answers; it is followed as far as the feed tells.
    """
    parent = answered_by(item) or (thread.parent_id if thread else None)
    if thread and thread.root_id:
        return parent, thread.root_id
    root, seen = parent, {native_id}
    while root and (further := answers.get(root)) and root not in seen and len(seen) < _FURTHEST:
        seen.add(root)
        root = further
    return parent, root


def account_of(thread: Thread | None, author: Author) -> Author:
    """Return the author with the account, and the name, that the engine's feed tells."""
    if thread is None:
        return author
    said = thread.said
    name = author.name or said.get("author") or said.get("account")
    handle = author.handle or said.get("account") or author.name
    account = author.account
    if account is None and thread.engine.account and handle:
        account = thread.engine.account.format(**said, handle=handle)
    elif account is None and said.get("account", "").startswith("http"):
        account = html.unescape(said["account"])
    return Author(name, account, handle)


def counts_of(thread: Thread | None, item: Item) -> tuple[int | None, int | None]:
    """Return replies and views where the feed tells: Slash module, RFC 4685, or the engine."""
    said = thread.said if thread else {}
    links = item.get("links") or ()
    by_link = (link.get("thr:count") for link in links if link.get("rel") == "replies")
    replies = next(
        (
            number
            for each in (
                item.get("slash_comments"), item.get("thr_total"), *by_link, said.get("replies")
            )
            if (number := _count(each)) is not None
        ),
        None,
    )  # fmt: skip
    posts = _count(said.get("posts"))
    if replies is None and posts:
        replies = posts - 1
    return replies, _count(said.get("views"))


def _count(value: Any) -> int | None:
    text = str(value).strip()
    return int(text) if re.fullmatch(r"[0-9]{1,9}", text) else None


def _named(found: re.Match[str]) -> dict[str, str]:
    return {name: value for name, value in found.groupdict().items() if value is not None}
