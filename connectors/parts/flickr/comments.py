"""The notes on Flickr's photos and the comments below them, to posts."""

import re
from typing import Any

from connectors.markup import web_address
from connectors.parts.flickr.fields import inside, moment_of, number_of, text_of
from connectors.parts.flickr.photos import PHOTO_ID, SITE, community_of, kind_of, name_of, run_of
from contract.page import Page
from contract.post import Outcome, Post, Rejected

_COMMENT_ID = re.compile(r"[0-9]+-([0-9]{1,20})-[0-9]+")


def note_of(page: Page, photo: Post, note: Any) -> Outcome:
    """Return the post of a note, which somebody pinned to a spot of the photo; it has no date."""
    number = text_of(note.get("id")) if isinstance(note, dict) else ""
    if not PHOTO_ID.fullmatch(number):
        return Rejected(reason="bad id of a note", detail=number[:40])
    written = {"photo": photo.native_id, "title": photo.title, "url": photo.url}
    said = {**note, "author_is_deleted": note.get("authorisdeleted")}
    return _said(page, f"{photo.native_id}-note-{number}", written, said)


def comment_of(page: Page, comments: dict[str, Any], comment: Any) -> Outcome:
    """Return the post of a comment.

    https://www.flickr.com/services/api/flickr.photos.comments.getList.html
    """
    native_id = text_of(comment.get("id")) if isinstance(comment, dict) else ""
    named = _COMMENT_ID.fullmatch(native_id)
    if named is None:
        return Rejected(reason="bad id of a comment", detail=native_id[:40])
    photo, known = text_of(comments.get("photo_id")), inside(run_of(page), "photo")
    if not PHOTO_ID.fullmatch(photo):
        photo = named[1]
    title = text_of(known.get("title")) or None if known.get("id") == photo else None
    written = {"photo": photo, "title": title, "url": text_of(comment.get("permalink"))}
    return _said(page, native_id, written, comment)


def _said(page: Page, native_id: str, about: dict[str, Any], said: dict[str, Any]) -> Post:
    account, run = text_of(said.get("author")) or None, run_of(page)
    is_deleted = number_of(said.get("author_is_deleted")) == 1
    return Post(
        platform=page.platform,
        source=page.source,
        native_id=native_id,
        kind="comment",
        url=web_address(about["url"]) or f"{SITE}/photo.gne?id={about['photo']}",
        author_id=account,
        author_name=None if is_deleted else name_of(said.get("authorname")),
        author_kind=kind_of(run, account),
        parent_id=about["photo"],
        root_id=about["photo"],
        title=about["title"],
        body=text_of(said),
        body_format="html",
        created_at=moment_of(said.get("datecreate"), page.received_at),
        observed_at=page.received_at,
        **community_of(run),
    )
