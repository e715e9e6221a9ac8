"""From the JSON of Mastodon's API to posts: every record of a page becomes one outcome."""

import re
from collections.abc import Iterator
from html import escape
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from connectors.markup import site_of, web_address
from connectors.parts.mastodon.fields import is_status, rule_for
from connectors.parts.mastodon.signals import opt_out_of, profile_of
from connectors.values import MOST, count, inside, moment, objects, text
from contract.page import Page
from contract.post import Media, Outcome, Post, Rejected, Skipped, Tag

BRIDGES = frozenset({"bsky.brid.gy", "web.brid.gy"})
"""What comes over them is read where it was written, if at all."""
_KINDS = {"image": "image", "gifv": "video", "video": "video", "audio": "audio"}
_HOST = re.compile(r"[\w.-]+(?::\d{1,5})?")
_MOST_ABOVE = 100
"""Posts of a thread; guests are shown 40: https://docs.joinmastodon.org/methods/statuses/."""


class Around(NamedTuple):
    """The page a post came with, and the posts on it that may be named, by the instance's ids."""

    page: Page
    instance: str
    by_id: dict[str, dict[str, Any]]


def outcomes_of(page: Page, records: list[Any]) -> Iterator[Outcome]:
    """Yield an outcome for each record."""
    by_id = {id_: each for each in records if _may_be_named(each) and (id_ := text(each, "id"))}
    at = Around(page, site_of(page.url).partition("/")[0], by_id)
    for record in records:
        if is_status(record):
            yield _outcome(at, record)
        elif rule := rule_for(record):
            yield Skipped(rule=rule)
        else:
            yield Rejected(reason="not a record of Mastodon", detail=type(record).__name__)


def _may_be_named(record: Any) -> bool:
    """Return whether a post's id may stand on others: it is an address with its author's name."""
    if not is_status(record) or text(record, "visibility") != "public":
        return False
    return isinstance(record["account"], dict) and opt_out_of(record["account"]) is None


def host_in(address: str | None) -> str | None:
    """Return host and port of an address of the web, in lower case; None when it has none.

    One with a name and a password leads nowhere: they would be sent to whoever stands there.
    """
    if not address or not web_address(address) or "@" in urlsplit(address).netloc:
        return None
    host = site_of(address).partition("/")[0]
    return host if _HOST.fullmatch(host) else None


def author_of(account: Any, instance: str) -> str | None:
    """Return an account as `name@host`, the same whichever instance it is seen through.

    The host is that of the account's own address, for which its server answers; where an old
    instance does not give it, that of its page, which on some servers may be any.
    """
    username = text(account, "username")
    host = host_in(text(account, "uri")) or host_in(text(account, "url"))
    if username and host:
        return f"{username}@{host}"
    acct = text(account, "acct") or username
    return f"{acct}@{instance}" if acct and "@" not in acct else acct


def handle_of(account: Any, author_id: str | None) -> str | None:
    """Return the name people write, where its host is not the one that the account stands on.

    An instance leaves the host out of the names of its own people.
    """
    acct = text(account, "acct")
    is_other = acct is not None and "@" in acct and acct.lower() != (author_id or "").lower()
    return acct if is_other else None


def _outcome(at: Around, status: dict[str, Any]) -> Outcome:
    native_id, visibility = text(status, "uri"), text(status, "visibility")
    if native_id is None:
        return Rejected(reason="bad uri", detail=type(status["uri"]).__name__)
    if status.get("reblog"):
        # The words are another's: they are read where that account wrote them.
        return Skipped(rule="boost", native_id=native_id)
    if visibility != "public":
        return Skipped(rule="not public", native_id=native_id)
    if host_in(native_id) in BRIDGES:
        return Skipped(rule="bridged from another network", native_id=native_id)
    if not isinstance(status["account"], dict):
        # Without its author nobody knows what that author asks for.
        return Rejected(reason="bad account", native_id=native_id)
    if not isinstance(status.get("content"), str):
        found = type(status.get("content")).__name__
        return Rejected(reason="bad content", detail=found, native_id=native_id)
    return _post(at, status, native_id)


def _post(at: Around, status: dict[str, Any], native_id: str) -> Post:
    account = status["account"]
    created, edited = moment(status, "created_at"), moment(status, "edited_at")
    author_id = author_of(account, at.instance)
    is_reply = bool(text(status, "in_reply_to_id") or text(status, "in_reply_to_account_id"))
    return Post(
        platform=at.page.platform,
        source=at.page.source,
        native_id=native_id,
        kind="reply" if is_reply else "post",
        url=web_address(text(status, "url")) or web_address(native_id),
        # Where it was read: a server of one person would be a name for that person.
        community_id=at.instance,
        community_name=at.instance,
        community_url=f"https://{at.instance}" if _HOST.fullmatch(at.instance) else None,
        author_id=author_id,
        author_handle=handle_of(account, author_id),
        author_name=text(account, "display_name") or text(account, "username"),
        author_kind="bot" if inside(account, "bot") is True else "unknown",
        parent_id=_parent(at, status) if is_reply else _quoted(status),
        root_id=_root(at, status) if is_reply else native_id,
        author_note=profile_of(account),
        opt_out=opt_out_of(account),
        title=text(status, "spoiler_text"),
        body=_body(status),
        body_format="html",
        lang_declared=text(status, "language"),
        created_at=created,
        edited_at=edited if edited and (created is None or edited > created) else None,
        tags=tuple(Tag(tag=name) for name in dict.fromkeys(_tags(status))),
        media=_media(status),
        observed_at=at.page.received_at,
        **(_counts(status) if host_in(native_id) == at.instance else {}),
    )


def _counts(status: dict[str, Any]) -> dict[str, Any]:
    """Return the numbers of a post of this instance: of others' it knows only what it heard of."""
    boosts, quotes = count(status, "reblogs_count"), count(status, "quotes_count")
    return {
        "likes": count(status, "favourites_count"),
        "replies": count(status, "replies_count"),
        "shares": None if boosts is None else min(boosts + (quotes or 0), MOST),
    }


def _parent(at: Around, status: dict[str, Any]) -> str | None:
    """Return the id of the post answered, where the page tells: the instance has ids of its own."""
    above, own, native_id = (text(status, name) for name in ("in_reply_to_id", "id", "uri"))
    if above in at.by_id:
        return text(at.by_id[above], "uri")
    is_thread = text(status, "in_reply_to_account_id") == text(status, "account", "id")
    if above and own and is_thread and native_id and native_id.endswith(f"/statuses/{own}"):
        # Of an account of this instance, whose addresses differ in the number alone.
        return native_id.removesuffix(own) + above
    return None


def _quoted(status: dict[str, Any]) -> str | None:
    quoted = inside(status, "quote", "quoted_status")
    return text(quoted, "uri") if _may_be_named(quoted) else None


def _root(at: Around, status: dict[str, Any]) -> str | None:
    """Return the id of the post that began the thread, where the page holds all between."""
    for _ in range(_MOST_ABOVE):
        above = text(status, "in_reply_to_id")
        if above is None:
            is_answer = text(status, "in_reply_to_account_id") is not None
            return None if is_answer else text(status, "uri")
        if above not in at.by_id:
            return None
        status = at.by_id[above]
    return None


def _body(status: dict[str, Any]) -> str:
    choices = [text(option, "title") for option in objects(status, "poll", "options")]
    listed = "".join(f"<li>{escape(choice)}</li>" for choice in choices if choice)
    return str(status["content"]) + (f"<ul>{listed}</ul>" if listed else "")


def _tags(status: dict[str, Any]) -> Iterator[str]:
    for tag in objects(status, "tags"):
        if name := text(tag, "name"):
            yield name


def _media(status: dict[str, Any]) -> tuple[Media, ...]:
    found: dict[str, Media] = {}
    for each in objects(status, "media_attachments"):
        addresses = (web_address(text(each, name)) for name in ("remote_url", "url"))
        if url := next(filter(None, addresses), None):
            kind: Any = _KINDS.get(text(each, "type") or "", "other")
            found[url] = Media(url=url, kind=kind, alt_text=text(each, "description"))
    return tuple(found.values())
