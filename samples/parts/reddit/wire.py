"""Reddit's JSON as its API writes it with `raw_json=1`."""

import html
import zlib
from collections.abc import Mapping, Sequence
from typing import Any

from samples.cooking import cook
from samples.parts.reddit.talk import DEPTH, ROBOT, Comment, Community, Remark, Submission, path_of

SHOWN_REPLIES = 12
"""More answers to one thing are behind "more comments"."""
Thing = dict[str, Any]

_GONE = {"deleted": "[deleted]", "author": "[deleted]", "moderator": "[removed]"}


def listing(children: Sequence[Thing], after: str | None = None) -> Thing:
    """Return a page of a list."""
    return {
        "kind": "Listing",
        "data": {
            "after": after,
            "dist": len(children),
            "modhash": None,
            "geo_filter": "",
            "children": list(children),
            "before": None,
        },
    }


def submission(community: Community, found: Submission) -> Thing:
    """Return a submission; of a removed one what is left of it."""
    path = path_of(found, community.name)
    gone = _GONE.get(found.removed or "")
    text = gone or found.text
    data = {
        **_both(community, found, found.name),
        "title": found.title if found.removed in (None, "moderator") else "[deleted by user]",
        "selftext": text,
        "selftext_html": _html(text),
        "removed_by_category": found.removed,
        "is_self": True,
        "domain": f"self.{community.name}",
        "permalink": path,
        "url": f"https://www.reddit.com{path}",
        "num_comments": len(found.comments),
        "num_crossposts": 0,
        "upvote_ratio": 0.9,
        "hide_score": False,
        "over_18": False,
        "is_video": False,
        "media": None,
        "link_flair_text": found.flair,
        "subreddit_subscribers": 1843,
        "view_count": None,
        "pinned": False,
    }
    return {"kind": "t3", "data": data if gone else {**data, **_extra(found.extra)}}


def comment(community: Community, found: Comment, replies: Any = "") -> Thing:
    """Return a comment; of a removed one the place where it stood."""
    root = found.submission
    text = _GONE.get(found.removed or "") or found.text
    data = {
        **_both(community, found, found.name),
        "body": text,
        "body_html": _html(text),
        "link_id": root.name,
        "parent_id": _name(found.parent),
        "permalink": f"{path_of(root, community.name)}{found.id}/",
        "replies": replies,
        "depth": found.depth,
        "controversiality": 0,
        "score_hidden": (community.until - found.created_at).total_seconds() < 3600,
        "is_submitter": found.author is not None and found.author == root.author,
        "collapsed": found.score < 0,
    }
    return {"kind": "t1", "data": data}


def tree(community: Community, parent: Remark, top: int) -> list[Thing]:
    """Return the answers to a remark as nested listings, `more` where they are too many or deep.

    `top` is the depth of what was asked for: so deep comments can be asked for by themselves.
    """
    found = [
        comment(community, reply, _replies(community, reply, top))
        for reply in parent.replies[:SHOWN_REPLIES]
    ]
    if left := parent.replies[SHOWN_REPLIES:]:
        ids = [each.id for reply in left for each in reply.branch]
        found.append(_more(_name(parent), ids, left[0].depth))
    return found


def branch(community: Community, found: Comment) -> Thing:
    """Return a comment that is asked for by itself, with its answers."""
    return comment(community, found, _replies(community, found, found.depth))


def thing(community: Community, found: Submission | Comment) -> Thing:
    """Return a submission or a comment without its answers."""
    if isinstance(found, Comment):
        return comment(community, found)
    return submission(community, found)


def _replies(community: Community, found: Comment, top: int) -> Any:
    if not found.replies:
        return ""
    if found.depth - top + 1 >= DEPTH:
        return listing([_more(found.name, [], found.depth + 1)])
    return listing(tree(community, found, top))


def _more(parent: str, ids: list[str], depth: int) -> Thing:
    id = ids[0] if ids else "_"
    return {
        "kind": "more",
        "data": {
            "count": len(ids),
            "name": f"t1_{id}",
            "id": id,
            "parent_id": parent,
            "depth": depth,
            "children": ids,
        },
    }


def advert(community: Community) -> Thing:
    """Return the advertisement that stands among the submissions."""
    url = community.advert["url"]
    data = {
        "name": "t3_1adv3r",
        "id": "1adv3r",
        "promoted": True,
        "author": "wellies_for_all",
        "title": community.advert["title"],
        "url": url,
        "created_utc": community.until.timestamp() - 86400,
        "is_self": False,
        "num_comments": 0,
        "score": 0,
        "selftext": "",
        "permalink": "/user/wellies_for_all/comments/1adv3r/wellies/",
    }
    return {"kind": "t3", "data": data}


def _both(community: Community, found: Remark, name: str) -> dict[str, Any]:
    is_deleted = found.author is None or found.removed in ("deleted", "author")
    # A moderator's removal hides who wrote a comment, and not who wrote a submission.
    is_hidden = is_deleted or (found.removed is not None and name.startswith("t1_"))
    account = {} if is_hidden else {"author_fullname": f"t2_{zlib.crc32(_utf8(found.author)):x}"}
    created = found.created_at.timestamp()
    return {
        "name": name,
        "id": found.id,
        "subreddit": community.name,
        "subreddit_id": f"t5_{community.id}",
        "subreddit_name_prefixed": f"r/{community.name}",
        "subreddit_type": "public",
        "author": "[deleted]" if is_hidden else found.author,
        **account,
        "created_utc": created,
        "created": created,
        "edited": found.edited_at.timestamp() if found.edited_at else False,
        "score": found.score,
        "ups": found.score,
        "downs": 0,
        "likes": None,
        "saved": False,
        "archived": False,
        "locked": False,
        "distinguished": "moderator" if found.author == ROBOT else None,
        "stickied": found.author == ROBOT,
        "gilded": 0,
    }


def _extra(extra: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of a link, picture, gallery, poll or crosspost."""
    if "link" in extra:
        return _link(extra["link"], "link")
    if "picture" in extra:
        return _link(f"https://i.redd.it/{extra['picture']}.jpg", "image")
    if "gallery" in extra:
        items = [{"media_id": name, "id": n} for n, name in enumerate(reversed(extra["gallery"]))]
        pictures = {name: _picture(name) for name in extra["gallery"]}
        address = _link("https://www.reddit.com/gallery/1gall3", "gallery")
        gallery = {"is_gallery": True, "gallery_data": {"items": items}}
        return {**address, **gallery, "media_metadata": pictures}
    if "poll" in extra:
        options = [{"id": str(n), "text": text} for n, text in enumerate(extra["poll"], 900)]
        return {"poll_data": {"options": options, "total_vote_count": 61, "user_selection": None}}
    if "crosspost" in extra:
        return _crosspost(**extra["crosspost"])
    return {}


def _link(url: str, hint: str) -> dict[str, Any]:
    hints = {} if hint == "gallery" else {"post_hint": hint}
    return {
        "is_self": False,
        "domain": url.split("/")[2],
        "url": url,
        "url_overridden_by_dest": url,
        **hints,
    }


def _picture(name: str) -> dict[str, Any]:
    address = f"https://preview.redd.it/{name}.jpg?width=640&auto=webp&s=invented"
    source = {"x": 640, "y": 480, "u": address}
    return {"status": "valid", "e": "Image", "m": "image/jpg", "id": name, "s": source, "p": []}


def _crosspost(id: str, community: str, title: str, text: str) -> dict[str, Any]:
    path = f"/r/{community}/comments/{id}/our_zebra/"
    original = {
        "name": f"t3_{id}",
        "id": id,
        "subreddit": community,
        "author": "thimble_of_tea",
        "title": title,
        "selftext": text,
        "permalink": path,
        "is_self": True,
    }
    return {
        "is_self": False,
        "url": path,
        "crosspost_parent": f"t3_{id}",
        "crosspost_parent_list": [original],
    }


def _html(text: str) -> str | None:
    if not text:
        return None
    body = f"<p>{html.escape(text)}</p>" if text.startswith("[") else cook(text)
    return f'<!-- SC_OFF --><div class="md">{body}\n</div><!-- SC_ON -->'


def _name(remark: Remark) -> str:
    return remark.name if isinstance(remark, Submission | Comment) else ""


def _utf8(text: str | None) -> bytes:
    return (text or "").encode()
