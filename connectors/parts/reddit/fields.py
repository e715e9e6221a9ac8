"""Reddit's JSON: reading it whatever stands in it, and which of its fields are known.

https://www.reddit.com/dev/api and https://github.com/reddit-archive/reddit/wiki/JSON
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from connectors.accounting import known_fields, unaccounted
from connectors.decoding import decoded
from connectors.values import MOST, inside, text
from contract.page import Page

FULLNAME = re.compile(r"t[13]_[0-9a-z]{1,13}", re.ASCII)
"""A comment (t1) or a submission (t3)."""
Thing = tuple[str, Any]
"""A record's kind, such as `t1`, and its data."""


def count(holder: Any, name: str) -> int | None:
    """Return a number of things or votes, None when it is not said."""
    found = holder.get(name) if isinstance(holder, dict) else None
    is_count = isinstance(found, int) and not isinstance(found, bool) and abs(found) <= MOST
    return found if is_count else None


def moment(holder: Any, name: str) -> datetime | None:
    """Return a time in UTC, None when it cannot be read: archives write numbers as text."""
    found = holder.get(name) if isinstance(holder, dict) else None
    if isinstance(found, bool) or not isinstance(found, int | float | str):
        return None
    try:
        return datetime.fromtimestamp(float(found), UTC)
    except (ValueError, OverflowError, OSError):
        return None


def fullname(holder: Any, name: str) -> str | None:
    """Return the id of a submission or a comment, with its kind."""
    found = text(holder, name)
    return found if found and FULLNAME.fullmatch(found) else None


def listings_of(read: Any) -> list[Any] | None:
    """Return what of a decoded page holds records, or None when it is no page of records."""
    if isinstance(read, list):
        # A submission and its comments: two listings.
        return read
    if not isinstance(read, dict):
        return None
    if "kind" in read:
        return [read]
    if "sorted_links" in read:
        return [read["sorted_links"]]
    if named := FULLNAME.fullmatch(str(read.get("name"))):
        return [{"kind": named[0][:2], "data": read}]
    things = inside(read, "json", "data", "things")
    return things if isinstance(things, list) else None


def is_listing(read: Any) -> bool:
    """Return whether a decoded page is one that lists of records are sent as."""
    if isinstance(read, dict) and "json" in read:
        return isinstance(inside(read, "json", "data", "things"), list)
    found = read if isinstance(read, list) else [read]
    return bool(found) and all(
        inside(each, "kind") == "Listing" and isinstance(inside(each, "data", "children"), list)
        for each in found
    )


def things_in(read: Any) -> Iterator[Thing]:
    """Yield the records of a decoded page in order, a comment's replies after it."""
    stack = list(reversed(listings_of(read) or []))
    while stack:
        each = stack.pop()
        kind, data = (each.get("kind"), each.get("data")) if isinstance(each, dict) else ("", each)
        children = inside(data, "children")
        if kind == "Listing" and isinstance(children, list):
            stack.extend(reversed(children))
            continue
        # An entry of a wiki's history is no thing: it has neither kind nor data.
        yield (kind, data) if isinstance(kind, str) and data is not None else ("", each)
        # "" where there are none.
        replies = inside(data, "replies")
        if kind == "t1" and isinstance(replies, dict):
            stack.append(replies)


# fmt: off
_USED_OF_BOTH = frozenset((
    "author", "author_fullname", "created_utc", "edited", "id", "media_metadata",
    "media_metadata.*", "name", "permalink", "removed", "removed_by_category", "score", "spam",
    "subreddit", "subreddit_id", "subreddit_type",
))
_USED = {
    "t1": frozenset((
        "body", "body_html", "link_id", "link_title", "parent_id", "replies", "replies.*",
        "score_hidden",
    )),
    "t3": frozenset((
        "crosspost_parent", "crosspost_parent_list", "crosspost_parent_list.*", "domain",
        "gallery_data", "gallery_data.*", "hide_score", "is_self", "is_video",
        "link_flair_text", "media", "media.*", "num_comments", "num_crossposts", "over_18",
        "pinned", "poll_data", "poll_data.*", "post_hint", "promoted", "selftext", "selftext_html",
        "stickied", "title", "url", "url_overridden_by_dest", "view_count",
    )),
    "more": frozenset(("children", "count", "id", "parent_id")),
}
_IGNORED = frozenset((
    # What the reader may do or has done, and how Reddit shows it to them.
    "approved", "archived", "can_gild", "can_mod_post", "clicked", "collapsed",
    "collapsed_because_crowd_control", "collapsed_reason", "collapsed_reason_code", "contest_mode",
    "author_is_blocked", "hidden", "ignore_reports", "is_crosspostable", "is_robot_indexable",
    "likes", "locked", "no_follow", "saved", "send_replies", "suggested_sort", "unrepliable_reason",
    "visited", "pwls", "wls", "parent_whitelist_status", "whitelist_status", "stickied", "depth",
    "disable_comments", "rte_mode", "allow_live_comments", "is_richtext_preview", "media_only",
    # Who the author is: nobody here asks that.
    "author_flair_background_color", "author_flair_css_class", "author_flair_richtext",
    "author_flair_richtext.*", "author_flair_template_id", "author_flair_text",
    "author_flair_text_color", "author_flair_type", "author_id", "author_patreon_flair",
    "author_premium", "is_submitter", "link_author", "distinguished", "associated_award",
    # What moderators see.
    "approved_at_utc", "approved_by", "ban_note", "banned_at_utc", "banned_by", "mod_note",
    "mod_reason_by", "mod_reason_title", "mod_reports", "mod_reports_dismissed", "num_reports",
    "removal_reason", "removed_by", "report_reasons", "user_reports",
    # What the body or another field says already.
    "created", "rtjson", "rtjson.*", "subreddit_name_prefixed", "subreddit_subscribers",
    "comment_type", "discussion_type", "link_permalink", "link_url", "secure_media",
    "secure_media.*", "secure_media_embed", "secure_media_embed.*", "media_embed", "media_embed.*",
    "preview", "preview.*", "thumbnail", "thumbnail_height", "thumbnail_width", "is_gallery",
    "is_meta",    "is_original_content", "is_reddit_media_domain", "link_flair_background_color",
    "link_flair_css_class", "link_flair_richtext", "link_flair_richtext.*",
    "link_flair_template_id", "link_flair_text_color", "link_flair_type", "category",
    "content_categories", "quarantine", "spoiler", "treatment_tags", "collections",
    "collections.*", "num_duplicates", "from", "from_id", "from_kind",
    # Of a comment: of its submission.
    "num_comments", "over_18",
    # Votes and gifts one by one.
    "all_awardings", "all_awardings.*", "awarders", "controversiality", "downs", "gilded",
    "gildings", "gildings.*", "top_awarded_type", "total_awards_received", "ups", "upvote_ratio",
    # Of advertisements, which are left out.
    "adserver_click_url", "adserver_imp_pixel", "brand_safe", "href_url", "imp_pixel",
    "is_created_from_ads_ui", "mobile_ad_url", "original_link", "promoted_by",
    "promoted_display_name", "promoted_url", "third_party_trackers", "third_party_tracking",
    "third_party_tracking_2",
))
# fmt: on
_KNOWN = {
    "t1": known_fields(_USED["t1"] | _USED_OF_BOTH | _IGNORED),
    "t3": known_fields(_USED["t3"] | _USED_OF_BOTH | _IGNORED),
    "more": known_fields(_USED["more"] | frozenset(("depth", "name"))),
}


def unknown_fields(page: Page) -> set[str]:
    """Return the fields of the page's submissions and comments nobody has decided about: `t3.x`."""
    return {
        f"{kind}.{path}"
        for kind, data in things_in(decoded(page.body))
        if kind in _KNOWN
        for path in unaccounted(data, _KNOWN[kind])
    }
