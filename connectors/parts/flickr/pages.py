"""What each kind of Flickr's answers holds: photos, comments, the end of a photo, or no posts."""

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

from connectors.parts.flickr.answers import GONE, INFO
from connectors.parts.flickr.comments import comment_of, note_of
from connectors.parts.flickr.fields import inside, items_of, number_of, text_of
from connectors.parts.flickr.photos import PHOTO_ID, photo_of, photo_of_entry, removed
from contract.page import Page
from contract.post import Outcome, Post, Rejected, Skipped

_NAMED_IN_ERROR = re.compile(r'Photo "(\d{1,20})" not found')
_RULES = {
    "sizes": "sizes of a photo", "licenses": "list of licences", "user": "account",
    "license_history": "licences of a photo", "person": "account", "profile": "account",
    "people": "people in a photo", "galleries": "list of galleries", "gallery": "gallery",
    "set": "albums and groups of a photo", "pool": "albums and groups of a photo",
    "institutions": "list of institutions", "group": "group", "photoset": "album",
    "photosets": "list of albums", "method": "answer to a test",
}  # fmt: skip
"""What holds no posts, by the name of what an answer holds."""


def outcomes_of(page: Page, read: dict[str, Any]) -> Iterator[Outcome]:
    """Yield an outcome for each record of an answer: a photo and its notes, comments, a list.

    A photo in a list is a post as far as the list tells; the same photo's own answer, observed
    later, replaces it. One of which the list tells no more than a title is skipped: so are all in
    the lists that `fetch` asks for, because it asks for each photo that matters.
    """
    if read["stat"] == "fail":
        yield _removed_by_error(page, read)
        return
    photo, comments, album = read.get("photo"), read.get("comments"), inside(read, "photoset")
    listed = inside(read, "photos") or album
    if isinstance(photo, dict):
        yield from _outcomes_of_photo(page, photo)
    elif isinstance(comments, dict):
        yield from (comment_of(page, comments, said) for said in items_of(comments, "comment"))
    elif isinstance(listed.get("photo"), list | dict) and "date_create" not in album:
        yield from (photo_of_entry(page, listed, entry) for entry in items_of(listed, "photo"))
    elif rule := next((rule for name, rule in _RULES.items() if name in read), None):
        yield Skipped(rule=rule)
    else:
        yield Rejected(reason="unknown answer", detail=f"of {', '.join(sorted(read)[:8])}"[:100])


def _outcomes_of_photo(page: Page, photo: dict[str, Any]) -> Iterator[Outcome]:
    if "exif" in photo or "person" in photo:
        yield Skipped(rule="camera data" if "exif" in photo else "who likes a photo")
        return
    post = photo_of(page, photo)
    yield post
    if isinstance(post, Post) and post.removed_at is None:
        yield from (note_of(page, post, note) for note in items_of(photo.get("notes"), "note"))


def _removed_by_error(page: Page, read: dict[str, Any]) -> Outcome:
    try:
        asked = parse_qs(urlsplit(page.url).query)
    except ValueError:
        asked = {}
    method, said = asked.get("method", [""])[0], _NAMED_IN_ERROR.match(text_of(read.get("message")))
    gone = GONE.get(method or (INFO if said else ""), {})
    reason = gone.get(number_of(read.get("code")) or 0)
    native_id = asked.get("photo_id", [said[1] if said else ""])[0]
    if reason is None or not PHOTO_ID.fullmatch(native_id):
        return Skipped(rule="error page")
    return removed(page, native_id, reason)
