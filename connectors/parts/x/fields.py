"""X's JSON: reading it whatever stands in it, and which of its fields are known.

https://docs.x.com/x-api/fundamentals/data-dictionary. Since July 2026 a tweet is a post in the
names of fields too; answers of both generations are read.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from connectors.accounting import known_fields

_EPOCH = datetime(2010, 11, 4, 1, 42, 54, 657000, tzinfo=UTC)
FIRST_POST, LAST_POST = datetime(2006, 3, 21, tzinfo=UTC), datetime(2080, 7, 10, tzinfo=UTC)
"""Before and after these there was no X, and are no ids left."""
_FIRST_WITH_TIME = 29_700_859_247
"""Ids before this one were counted and hold no time."""
_LONGEST_ID = 19
MOST = 2**63 - 1
"""Of anything that is counted: what a store can hold."""


def first_of(holder: Any, *names: str) -> Any:
    """Return the value of the first name the object has, or None."""
    if isinstance(holder, dict):
        for name in names:
            if (found := holder.get(name)) is not None:
                return found
    return None


def objects(holder: Any, *names: str) -> list[dict[str, Any]]:
    """Return the objects of a list; R's exports have `{}` where a list is empty."""
    found = first_of(holder, *names)
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []


def text(holder: Any, *names: str) -> str | None:
    """Return a text, None when it is empty or none."""
    return text_of(first_of(holder, *names))


def text_of(found: Any) -> str | None:
    """Return the value as a text, None when it is empty or none."""
    return found if isinstance(found, str) and found.strip() else None


def texts(holder: Any, *names: str) -> list[str]:
    """Return the texts of a list."""
    found = first_of(holder, *names)
    return [each for each in found if isinstance(each, str)] if isinstance(found, list) else []


def count(holder: Any, *names: str) -> int | None:
    """Return a number of things, None when it is not said."""
    return count_of(first_of(holder, *names))


def count_of(found: Any) -> int | None:
    """Return the value as a number of things, None when it is none."""
    # True and False are no numbers here.
    return found if type(found) is int and 0 <= found <= MOST else None


def identity(holder: Any, *names: str) -> str | None:
    """Return an id: digits, at most 19; some exports write numbers."""
    return id_of(first_of(holder, *names))


def id_of(found: Any) -> str | None:
    """Return the value as an id, None when it is none."""
    if type(found) is str:
        is_id = len(found) <= _LONGEST_ID and found.isdigit() and found.isascii()
        return found if is_id else None
    return id_of(str(found)) if type(found) is int else None


def moment(holder: Any, *names: str) -> datetime | None:
    """Return a time in UTC, None when it cannot be read."""
    return moment_of(first_of(holder, *names))


def moment_of(found: Any) -> datetime | None:
    """Return the value as a time in UTC, None when it cannot be read."""
    try:
        read = datetime.fromisoformat(found)
        if read.tzinfo is UTC:
            return read
        return read.astimezone(UTC) if read.tzinfo else read.replace(tzinfo=UTC)
    except (TypeError, ValueError, OverflowError):
        return None


def moment_of_id(native_id: str) -> datetime | None:
    """Return when the id was given, which it holds in its upper bits.

    https://docs.x.com/fundamentals/x-ids
    """
    number = int(native_id)
    if number < _FIRST_WITH_TIME:
        return None
    return _EPOCH + timedelta(milliseconds=number >> 22)


def position(geo: Any) -> tuple[float, float] | None:
    """Return longitude and latitude of a GeoJSON point, None when it is none."""
    point = first_of(first_of(geo, "coordinates"), "coordinates")
    match point:
        case [float() | int() as longitude, float() | int() as latitude, *_] if not (
            isinstance(longitude, bool) or isinstance(latitude, bool)
        ):
            is_on_earth = abs(longitude) <= 180 and abs(latitude) <= 90
            return (float(longitude), float(latitude)) if is_on_earth else None
    return None


# fmt: off
_ENTITIES = ("", ".annotations*", ".cashtags*", ".hashtags*", ".mentions*", ".urls*")
_TWEET = frozenset((
    # Used.
    "id", "text", "author_id", "conversation_id", "created_at", "in_reply_to_user_id", "lang",
    "edit_history_tweet_ids", "edit_history_post_ids", "community_id",
    "referenced_tweets*", "referenced_posts*", "withheld*", "public_metrics*", "author*", "geo*",
    "attachments", "attachments.media_keys", "attachments.media*",
    *(f"entities{part}" for part in _ENTITIES),
    *(f"{note}{part}" for note in ("note_tweet", "note_post")
      for part in ("", ".text", *(f".entities{part}" for part in _ENTITIES))),
    # Left aside: polls, cards and articles, X's own opinions, and what concerns the reader.
    "attachments.poll_ids", "attachments.poll*", "attachments.media_source_tweet_id",
    "attachments.media_source_tweet*", "article*", "article_title*", "card_uri",
    "context_annotations*", "display_text_range", "edit_controls*", "in_reply_to_user*",
    "matched_media_notes*", "media_metadata*", "non_public_metrics*", "note_request_suggestions*",
    "organic_metrics*", "paid_partnership", "possibly_sensitive", "promoted_metrics*",
    "reply_settings", "scopes*", "source", "suggested_source_links*",
    "suggested_source_links_with_counts*", "username", "__twarc*",
))
_LINE = frozenset((
    # Of compliance, counts, users, lists, spaces and jobs: what the rule to skip them looks at.
    "action", "event", "reason", "redacted_at", "event_at", "start", "end", "tweet_count",
    "post_count", "name", "state", "status", "type", "resumable", "upload_url", "download_url",
    "upload_expires_at", "download_expires_at", "bookmarked", "hidden", "deleted", "protected",
    "verified", "verified_type", "description", "url", "location", "profile_image_url",
    "profile_banner_url", "pinned_tweet_id", "most_recent_tweet_id", "private", "member_count",
    "follower_count", "owner_id", "creator_id", "affiliation*", "confirmed_email",
    "connection_status", "is_identity_verified", "most_recent_post_id", "parody", "pinned_post_id",
    "receives_your_dm", "subscribes_to_you", "subscription*", "subscription_type",
    "verified_followers_count", "entities.description*", "entities.url*",
))
_PAGE = frozenset((
    "data", "errors*", "includes", "meta*", "matching_rules*", "__twarc*",
    "includes.users*", "includes.media*", "includes.places*", "includes.polls*",
    "includes.topics*",
    "users*", "media*", "places*", "polls*", "tweets", "posts", "includes.tweets",
    "includes.posts", "title", "detail", "type", "status",
    "data.delete*", "data.withheld*", "data.drop*", "data.undrop*", "data.tweet_edit*",
    *(f"data.user_{event}*" for event in ("protect", "unprotect", "delete", "undelete", "suspend",
                                          "unsuspend", "withheld", "profile_modification")),
    "data.scrub_geo*",
    *(f"{at}{name}" for name in _TWEET for at in
      ("", "data.", "includes.tweets.", "includes.posts.", "tweets.", "posts.")),
    *(f"{at}{name}" for name in _LINE for at in ("", "data.")),
))
# fmt: on
KNOWN = known_fields(
    below
    for path in _PAGE
    for below in ((path[:-1], f"{path[:-1]}.*") if path.endswith("*") else (path,))
)
"""Fields that are used or left aside on purpose; see connectors.accounting."""
