"""The fields of Mastodon's API that are known, and what else it sends than posts."""

from typing import Any

from connectors.accounting import known_fields

_ACCOUNT = (
    # Used.
    "id", "username", "acct", "uri", "url", "display_name", "bot", "locked", "indexable", "noindex",
    "note", "fields", "fields.name", "fields.value",
    # Left aside: pictures, numbers and dates of a person, and what concerns suggestions.
    "avatar", "avatar_static", "avatar_description", "header", "header_static",
    "header_description", "created_at", "discoverable", "group", "followers_count",
    "following_count", "statuses_count", "last_status_at", "hide_collections", "show_media",
    "show_media_replies", "show_featured", "suspended", "limited", "memorial", "roles*", "emojis*",
    "moved*", "fields.verified_at", "feature_approval*", "source*", "role*", "mute_expires_at",
    "pleroma*", "akkoma*", "fqn",
)  # fmt: skip
_STATUS = (
    # Used.
    "id", "uri", "url", "content", "spoiler_text", "visibility", "language", "created_at",
    "edited_at", "in_reply_to_id", "in_reply_to_account_id", "reblog*", "replies_count",
    "reblogs_count", "quotes_count", "favourites_count", "tags", "tags.name", "account",
    *(f"account.{path}" for path in _ACCOUNT),
    "media_attachments", "media_attachments.type", "media_attachments.url",
    "media_attachments.remote_url", "media_attachments.description", "poll", "poll.options",
    "poll.options.title", "quote*",
    # Left aside: who is named, what the reader did, previews of links, how pictures look.
    "mentions*", "emojis*", "tags.url", "tags.id", "tagged_collections*", "sensitive",
    "application*", "favourited", "reblogged", "muted", "bookmarked", "pinned", "filtered*",
    "card*", "quote_approval*", "text", "local_only", "pleroma*", "akkoma*", "bubble",
    "emoji_reactions*", "reactions*", "interaction_policy*", "content_type", "featured",
    "media_attachments.id", "media_attachments.preview_url", "media_attachments.text_url",
    "media_attachments.preview_remote_url", "media_attachments.blurhash",
    "media_attachments.meta*", "media_attachments.pleroma*",
    *(f"poll.{name}" for name in ("id", "expires_at", "expired", "multiple", "votes_count",
                                  "voters_count", "voted", "own_votes*", "emojis*")),
    "poll.options.votes_count",
)  # fmt: skip

# https://docs.joinmastodon.org/entities/Status/ and …/Account/
KNOWN = known_fields(
    below
    for path in _STATUS
    for below in ((path[:-1], f"{path[:-1]}.*") if path.endswith("*") else (path,))
)
"""Fields of a status that are used or left aside on purpose; see connectors.accounting."""

_OTHERS = (
    ("error", "error page"),
    ("acct", "account"),
    ("quoted_status", "quote"),
    ("voters_count", "poll"),
    ("votes_count", "poll"),
    ("shortcode", "custom emoji"),
    ("short_description", "instance"),
    ("source_url", "instance"),
    ("followed_by", "relationship"),
    ("access_token", "token"),
    ("issuer", "token"),
    ("logins", "activity of the instance"),
    ("hint", "rule of the instance"),
    ("history", "trend"),
    ("published_at", "announcement"),
    ("openRegistrations", "instance"),
    ("accounts", "accounts"),
    ("links", "instance"),
    ("media_attachments", "earlier version"),
    ("spoiler_text", "source of a post"),
)
"""What else the API sends, by a field that only such a record has: left out by that rule."""


def statuses_in(read: Any) -> list[Any] | None:
    """Return the records of an answer: of a list, a conversation, a search, or the one it is."""
    if isinstance(read, list):
        return read
    if not isinstance(read, dict):
        return None
    for names in (("ancestors", "descendants"), ("statuses",)):
        if all(isinstance(read.get(name), list) for name in names):
            return [each for name in names for each in read[name]]
    return [read]


def is_status(record: Any) -> bool:
    """Return whether a record is a post: others have no address of their own or no account."""
    return isinstance(record, dict) and "account" in record and "uri" in record


def rule_for(record: Any) -> str | None:
    """Return the rule that leaves out a record that is no post, None for an unknown one."""
    if not isinstance(record, dict):
        return None
    if not record:
        return "empty object"
    if set(record) == {"id", "text"}:
        return "rule of the instance"
    return next((rule for mark, rule in _OTHERS if mark in record), None)
