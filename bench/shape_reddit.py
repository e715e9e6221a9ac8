"""A page of Reddit: a listing of submissions.

https://www.reddit.com/dev/api
"""

from collections.abc import Sequence
from html import escape
from typing import Any, Final

from bench.sayings import Saying

ASKED: Final = "https://oauth.reddit.com/r/inventedtown/new?raw_json=1&limit=100"
_TITLE_WORDS: Final = 8
_DIGITS: Final = "0123456789abcdefghijklmnopqrstuvwxyz"


def native_id(number: int, _: int) -> str:
    """Return the name of a submission by its number."""
    return f"t3_{_name(number)}"


def _name(number: int) -> str:
    left, digits = 36**6 + number * 11, ""
    while left:
        left, digit = divmod(left, 36)
        digits = _DIGITS[digit] + digits
    return digits


def page(said: Sequence[Saying], _: int) -> dict[str, Any]:
    """Return a listing, the newest submission first."""
    children = [{"kind": "t3", "data": _submission(saying)} for saying in reversed(said)]
    return {
        "kind": "Listing",
        "data": {
            "after": native_id(said[0].number, 0), "before": None, "dist": len(children),
            "modhash": None, "geo_filter": "", "children": children,
        },
    }  # fmt: skip


def _submission(said: Saying) -> dict[str, Any]:
    name = _name(said.number)
    title = " ".join(said.words.split(" ")[:_TITLE_WORDS])
    link = f"\n\n{said.url}" if said.url else ""
    shown = f'<p><a href="{said.url}">{said.url}</a></p>\n' if said.url else ""
    path = f"/r/inventedtown/comments/{name}/an_invented_submission/"
    at, luck, author = said.created_at.timestamp(), said.number * 7919, said.author
    flair = said.tags[0] if said.tags else None
    return {
        "approved_at_utc": None, "subreddit": "inventedtown",
        "selftext": f"{said.words}{link}",
        "selftext_html": f'<!-- SC_OFF --><div class="md"><p>{escape(said.words)}</p>\n{shown}'
                         "</div><!-- SC_ON -->",
        "author_fullname": f"t2_inv{author}", "saved": False, "mod_reason_title": None,
        "gilded": 0, "clicked": False, "title": title,
        "link_flair_richtext": [{"e": "text", "t": flair}] if flair else [],
        "subreddit_name_prefixed": "r/inventedtown", "hidden": False, "pwls": 6,
        "link_flair_css_class": None, "downs": 0, "thumbnail_height": None,
        "top_awarded_type": None, "hide_score": False, "name": f"t3_{name}", "quarantine": False,
        "link_flair_text_color": "dark", "upvote_ratio": 0.91,
        "author_flair_background_color": None, "subreddit_type": "public", "ups": luck % 90,
        "total_awards_received": 0, "media_embed": {}, "thumbnail_width": None,
        "author_flair_template_id": None, "is_original_content": False, "user_reports": [],
        "secure_media": None, "is_reddit_media_domain": False, "is_meta": False,
        "category": None, "secure_media_embed": {}, "link_flair_text": flair,
        "can_mod_post": False, "score": luck % 90, "approved_by": None,
        "is_created_from_ads_ui": False, "author_premium": False, "thumbnail": "self",
        "edited": at + 600 if said.version else False, "author_flair_css_class": None,
        "author_flair_richtext": [], "gildings": {}, "content_categories": None,
        "is_self": True, "mod_note": None, "created": at, "link_flair_type": "text", "wls": 6,
        "removed_by_category": None, "banned_by": None, "author_flair_type": "text",
        "domain": "self.inventedtown", "allow_live_comments": False, "likes": None,
        "suggested_sort": None, "banned_at_utc": None, "view_count": None, "archived": False,
        "no_follow": True, "is_crosspostable": False, "pinned": False, "over_18": False,
        "all_awardings": [], "awarders": [], "media_only": False, "can_gild": False,
        "spoiler": False, "locked": False, "author_flair_text": None, "treatment_tags": [],
        "visited": False, "removed_by": None, "num_reports": None, "distinguished": None,
        "subreddit_id": "t5_inv01", "author_is_blocked": False, "mod_reason_by": None,
        "removal_reason": None, "link_flair_background_color": "", "id": name,
        "is_robot_indexable": True, "report_reasons": None,
        "author": f"invented_writer_{author}", "discussion_type": None,
        "num_comments": luck % 30, "send_replies": True, "whitelist_status": "all_ads",
        "contest_mode": False, "mod_reports": [], "author_patreon_flair": False,
        "author_flair_text_color": None, "permalink": path,
        "parent_whitelist_status": "all_ads", "stickied": False,
        "url": f"https://www.reddit.com{path}", "subreddit_subscribers": 12_345,
        "created_utc": at, "num_crossposts": 0, "media": None, "is_video": False,
    }  # fmt: skip
