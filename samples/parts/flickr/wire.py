"""How Flickr writes photos, tags, notes and comments in JSON."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from samples.parts.flickr.model import Photo, Said, Tag

Json = dict[str, Any]


def entry(photo: Photo, wanted: set[str], is_in_pool: bool) -> Json:
    """Return the photo as lists have it, with the `extras` that are wanted."""
    extras = {name: of(photo) for name, of in _EXTRAS.items()}
    shown: Json = {
        "id": photo.id, "owner": photo.owner.nsid, "secret": _secret(photo), "server": "65535",
        "farm": 66, "title": photo.title, "ispublic": 1, "isfriend": 0, "isfamily": 0,
    }  # fmt: skip
    if photo.in_pool and is_in_pool:
        shown |= {"ownername": photo.owner.username} if "owner_name" in wanted else {}
        shown["dateadded"] = _unix(photo.in_pool)
    for name in wanted & set(extras):
        shown |= extras[name]
    return shown


_EXTRAS: dict[str, Callable[[Photo], Json]] = {
    "date_upload": lambda p: {"dateupload": _unix(p.created_at)},
    "last_update": lambda p: {"lastupdate": _unix(p.changed_at)},
    "owner_name": lambda p: {"ownername": p.owner.username},
    "description": lambda p: {"description": {"_content": p.about}},
    "license": lambda p: {"license": str(p.licence)},
    "tags": lambda p: {"tags": " ".join(normal(tag.raw) for tag in p.tags)},
    "views": lambda p: {"views": str(p.views)},
    "count_faves": lambda p: {"count_faves": str(p.faves)},
    "count_comments": lambda p: {"count_comments": str(len(p.comments))},
}


def info(photo: Photo, page: str) -> Json:
    """Return all of the photo, whose page for people is that one."""
    owner = photo.owner
    shown: Json = {
        "id": photo.id, "secret": _secret(photo), "server": "65535", "farm": 66,
        "dateuploaded": _unix(photo.created_at), "isfavorite": 0, "license": str(photo.licence),
        "safety_level": "0", "rotation": 0,
        "owner": {
            "nsid": owner.nsid, "username": owner.username, "realname": "",
            "location": owner.location, "iconserver": "0", "iconfarm": 0,
            "path_alias": owner.alias, "gift": {"gift_eligible": False, "new_flow": True},
        },
        "title": {"_content": photo.title},
        "description": {"_content": photo.about},
        "visibility": {"ispublic": 1, "isfriend": 0, "isfamily": 0},
        "dates": {
            "posted": _unix(photo.created_at), "taken": photo.taken,
            "takengranularity": photo.granularity,
            "takenunknown": str(int(photo.taken.startswith("0000"))),
            "lastupdate": _unix(photo.changed_at),
        },
        "views": str(photo.views),
        "editability": {"cancomment": 0, "canaddmeta": 0},
        "publiceditability": {"cancomment": 1, "canaddmeta": 1},
        "usage": {"candownload": 1, "canblog": 0, "canprint": 0, "canshare": 1},
        "comments": {"_content": str(len(photo.comments))},
        "notes": {"note": [_note(photo, said) for said in photo.notes]},
        "people": {"haspeople": 0},
        "tags": {"tag": [_tag(photo, number, tag) for number, tag in enumerate(photo.tags, 1)]},
        "urls": {"url": [{"type": "photopage", "_content": page}]},
        "media": "photo",
    }  # fmt: skip
    if photo.at:
        shown["location"] = {
            "latitude": f"{photo.at[0]}", "longitude": f"{photo.at[1]}", "accuracy": "16",
            "context": "0", "locality": {"_content": "Aberwennol"},
            "region": {"_content": "Cymru / Wales"}, "country": {"_content": "United Kingdom"},
        }  # fmt: skip
        shown["geoperms"] = {"ispublic": 1, "iscontact": 0, "isfriend": 0, "isfamily": 0}
    return shown


def _note(photo: Photo, said: Said) -> Json:
    return {
        "id": str(said.number), "photo_id": photo.id, "author": said.author.nsid,
        "authorname": said.author.username, "authorrealname": "", "authorispro": 0,
        "authorisdeleted": 0, "x": "120", "y": "80", "w": "60", "h": "60", "_content": said.text,
    }  # fmt: skip


def _tag(photo: Photo, number: int, tag: Tag) -> Json:
    return {
        "id": f"90018765-{photo.id}-{number}", "author": tag.author.nsid,
        "authorname": tag.author.username, "raw": tag.raw, "_content": normal(tag.raw),
        "machine_tag": int(is_machine(tag)),
    }  # fmt: skip


def comments(photo: Photo, page: str) -> Json:
    """Return what is said below the photo; without comments there is no list at all."""
    said = [
        {
            "id": f"90018765-{photo.id}-{c.number}", "author": c.author.nsid,
            "author_is_deleted": 0, "authorname": c.author.username, "iconserver": "0",
            "iconfarm": 0, "datecreate": _unix(c.created_at),
            "permalink": f"{page}#comment{c.number}", "path_alias": c.author.alias,
            "realname": "", "_content": c.text,
        }
        for c in photo.comments
    ]  # fmt: skip
    return {"photo_id": photo.id, **({"comment": said} if said else {})}


def _unix(moment: datetime) -> str:
    return str(int(moment.timestamp()))


def normal(raw: str) -> str:
    """Return the tag as Flickr compares it: letters, digits, and a machine tag's two signs."""
    return "".join(letter for letter in raw.lower() if letter.isalnum() or letter in ":=")


def is_machine(tag: Tag) -> bool:
    """Return whether the tag is written namespace:name=value."""
    space, _, value = tag.raw.partition(":")
    return bool(space and "=" in value)


def _secret(photo: Photo) -> str:
    return f"{int(photo.id) * 7919 % 16**10:010x}"
