"""Photos, in the answer about one and in lists of many, to posts."""

import re
from typing import Any

from connectors.markup import web_address
from connectors.parts.flickr.fields import (
    LICENCES,
    OF_INSTITUTIONS,
    PLACE_NAMES,
    count_of,
    degrees_of,
    inside,
    items_of,
    moment_of,
    number_of,
    text_of,
)
from contract.page import Page
from contract.post import AuthorKind, Media, Outcome, Post, Rejected, Skipped, Tag

SITE = "https://www.flickr.com"
PHOTO_ID = re.compile(r"[0-9]{1,20}")
_TELLING = ("description", "ownername", "tags")


def photo_of(page: Page, photo: dict[str, Any]) -> Outcome:
    """Return the post of a photo; https://www.flickr.com/services/api/flickr.photos.getInfo.html"""
    native_id = text_of(photo.get("id"))
    if not PHOTO_ID.fullmatch(native_id):
        return Rejected(reason="bad id of a photo", detail=native_id[:40])
    if number_of(inside(photo, "visibility").get("ispublic")) == 0:
        return removed(page, native_id, "made private")
    owner, run = inside(photo, "owner"), run_of(page)
    account = text_of(owner.get("nsid")) or None
    licence = number_of(photo.get("license"))
    url = _address(photo, owner, native_id)
    likes = photo.get("count_faves")
    if likes is None and inside(run, "photo").get("id") == native_id:
        likes = inside(run, "photo").get("likes")
    return Post(
        platform=page.platform,
        source=page.source,
        native_id=native_id,
        kind="photo",
        url=url,
        author_id=account,
        author_handle=text_of(owner.get("path_alias")) or None,
        author_name=name_of(owner.get("username")),
        author_kind="organisation" if licence in OF_INSTITUTIONS else kind_of(run, account),
        title=text_of(photo.get("title")).strip() or None,
        body=text_of(photo.get("description")).strip(),
        body_format="html",
        created_at=moment_of(inside(photo, "dates").get("posted"), page.received_at)
        or moment_of(photo.get("dateuploaded"), page.received_at),
        likes=count_of(likes),
        replies=count_of(photo.get("comments")),
        views=count_of(photo.get("views")),
        tags=_tags(photo, account),
        # Its page: Flickr's guidelines want every link to lead there, not to the file.
        media=(
            Media(
                url=url,
                kind="video" if text_of(photo.get("media")) == "video" else "image",
                licence=None if licence is None else LICENCES.get(licence, f"Flickr's {licence}"),
            ),
        ),
        observed_at=page.received_at,
        **_place(inside(photo, "location")),
        **community_of(run),
    )


def _place(location: dict[str, Any]) -> dict[str, Any]:
    """Return where it is; an accuracy of 0 says that the coordinates say nothing."""
    latitude = degrees_of(location.get("latitude"), 90)
    longitude = degrees_of(location.get("longitude"), 180)
    if latitude is None or longitude is None or number_of(location.get("accuracy")) == 0:
        return {}
    names = dict.fromkeys(text_of(location.get(name)).strip() for name in PLACE_NAMES)
    place = ", ".join(name for name in names if name) or None
    return {"place": place, "latitude": latitude, "longitude": longitude}


def _tags(photo: dict[str, Any], account: str | None) -> tuple[Tag, ...]:
    found: dict[str, Tag] = {}
    for tag in items_of(photo.get("tags"), "tag"):
        if not isinstance(tag, dict):
            continue
        name = text_of(tag.get("raw")).strip() or text_of(tag).strip()
        is_own = text_of(tag.get("author")) in ("", account)
        if name:
            found.setdefault(name, Tag(tag=name, added_by="author" if is_own else "community"))
    return tuple(found.values())


def photo_of_entry(page: Page, around: dict[str, Any], entry: Any) -> Outcome:
    """Return the post of a photo in a list, as far as the list's `extras` tell of it.

    Of an album's photos the album itself, `around` them, tells the owner.
    """
    if not isinstance(entry, dict):
        return Rejected(reason="not a photo", detail=type(entry).__name__)
    if not any(name in entry for name in _TELLING):
        native_id = text_of(entry.get("id"))
        return Skipped(rule="listing entry", native_id=native_id or None)
    owner = {
        "nsid": text_of(entry.get("owner")) or text_of(around.get("owner")),
        "username": text_of(entry.get("ownername")) or text_of(around.get("ownername")),
        "path_alias": entry.get("pathalias"),
    }
    # Lists do not tell who put a tag on; a machine tag stands in both fields.
    tags = f"{text_of(entry.get('tags'))} {text_of(entry.get('machine_tags'))}".split()
    photo = {
        **{n: entry.get(n) for n in ("id", "title", "description", "license", "media")},
        "owner": owner,
        "location": entry,
        "count_faves": entry.get("count_faves"),
        "visibility": {"ispublic": entry.get("ispublic")},
        "dates": {"posted": entry.get("dateupload")},
        "views": entry.get("views", entry.get("count_views")),
        "comments": entry.get("count_comments"),
        "tags": {"tag": [{"raw": tag} for tag in tags]},
    }
    return photo_of(page, photo)


def removed(page: Page, native_id: str, reason: str) -> Post:
    """Return the post of a photo that nobody may see any more."""
    return Post(
        platform=page.platform,
        source=page.source,
        native_id=native_id,
        kind="photo",
        removed_at=page.received_at,
        removal_reason=reason,
        observed_at=page.received_at,
    )


def run_of(page: Page) -> dict[str, Any]:
    """Return what the run knew that asked for the page; nothing for an imported one."""
    return inside(page.cursor, "run")


def community_of(run: dict[str, Any]) -> dict[str, Any]:
    """Return the group, album or account the run was reading, as fields of a post."""
    community = inside(run, "community")
    return {f"community_{n}": text_of(community.get(n)) or None for n in ("id", "name", "url")}


def kind_of(run: dict[str, Any], account: str | None) -> AuthorKind:
    """Return what the account is: the run knows which the charter says are organisations'."""
    return "organisation" if account in items_of(run, "organisations") else "unknown"


def name_of(value: Any) -> str | None:
    """Return a shown name; an empty one is none."""
    return " ".join(text_of(value).split()) or None


def _address(photo: dict[str, Any], owner: dict[str, Any], native_id: str) -> str:
    urls = (url for url in items_of(photo.get("urls"), "url") if isinstance(url, dict))
    said = next((text_of(url) for url in urls if text_of(url.get("type")) == "photopage"), None)
    account = text_of(owner.get("path_alias")) or text_of(owner.get("nsid"))
    path = f"photos/{account}/{native_id}/" if account else f"photo.gne?id={native_id}"
    return web_address(said) or f"{SITE}/{path}"
