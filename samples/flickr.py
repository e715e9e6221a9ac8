"""Flickr's REST API as the town has it: below /flickr, with the key `sample-api-key`."""

import json
from collections.abc import Callable
from html import escape

from samples import pages
from samples.asking import HTML, Answer, Asked, NotThereError, Route
from samples.model import Item
from samples.parts.flickr.found import FITS
from samples.parts.flickr.model import Account, Photo, Talk
from samples.parts.flickr.wire import Json, comments, entry, info

KEY = "sample-api-key"
MOST_FOUND = 4000
_KINDS = {"private": (2, "Photo is private"), "deleted": (1, 'Photo "{}" not found (invalid ID)')}


class _FailError(Exception):
    """What Flickr says instead; the HTTP status stays 200."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.said = {"stat": "fail", "code": code, "message": message}


def _rest(asked: Asked) -> Answer:
    try:
        if _one(asked, "api_key") != KEY:
            raise _FailError(100, "Invalid API Key (Key has invalid format)")
        method = _METHODS.get(_one(asked, "method"))
        if method is None:
            raise _FailError(112, f'Method "{_one(asked, "method")}" not found')
        body = {**method(asked), "stat": "ok"}
    except _FailError as failed:
        body = failed.said
    text = json.dumps(body, ensure_ascii=False)
    if _one(asked, "nojsoncallback") != "1":
        text = f"jsonFlickrApi({text})"
    return Answer(200, "application/json; charset=utf-8", text.encode())


def _one(asked: Asked, name: str) -> str:
    return asked.query.get(name, [""])[0]


def _talk(asked: Asked) -> Talk:
    found: Talk = asked.town.flickr
    return found


def _search(asked: Asked) -> Json:
    criteria = [name for name in FITS if _one(asked, name)]
    if not criteria:
        raise _FailError(3, "Parameterless searches have been disabled. Use getRecent instead.")
    since, until = asked.whole("min_upload_date", 0), asked.whole("max_upload_date", 2**33)
    found = [
        photo
        for photo in _talk(asked).photos.values()
        if since <= photo.created_at.timestamp() <= until
        and all(FITS[name](photo, _one(asked, name)) for name in criteria)
    ]
    most = 250 if "bbox" in criteria else 500
    return {"photos": _listed(asked, found, most, MOST_FOUND)}


def _stream(asked: Asked) -> Json:
    nsid = _one(asked, "user_id")
    found = [p for p in _talk(asked).photos.values() if p.owner.nsid == nsid]
    if not found:
        raise _FailError(1, "User not found")
    return {"photos": _listed(asked, [p for p in found if p.state == "public"])}


def _pool(asked: Asked) -> Json:
    if _one(asked, "group_id") != _talk(asked).group["nsid"]:
        raise _FailError(1, "Group not found")
    found = [p for p in _talk(asked).photos.values() if p.in_pool]
    found.sort(key=lambda photo: photo.in_pool or photo.created_at, reverse=True)
    return {"photos": _listed(asked, found)}


def _album(asked: Asked) -> Json:
    head = _album_head(asked)
    found = [p for p in _talk(asked).photos.values() if p.in_album and p.state == "public"]
    about = {"primary": found[-1].id, "ownername": head["username"], "title": head["title"]}
    return {"photoset": {**{n: head[n] for n in ("id", "owner")}, **about, **_listed(asked, found)}}


def _album_info(asked: Asked) -> Json:
    head = _album_head(asked)
    title = {"_content": head["title"]}
    return {"photoset": {**head, "title": title, "description": {"_content": ""}}}


def _album_head(asked: Asked) -> Json:
    museum, album = _talk(asked).museum, _talk(asked).album
    if (_one(asked, "photoset_id"), _one(asked, "user_id")) != (album["id"], museum.nsid):
        raise _FailError(1, "Photoset not found")
    return {"id": album["id"], "owner": museum.nsid, "username": museum.username,
            "title": album["title"], "date_create": "1400000000"}  # fmt: skip


def _listed(asked: Asked, found: list[Photo], most: int = 500, shown: int = 10**9) -> Json:
    """Return a page; beyond what is shown Flickr gives the last page again."""
    size = min(asked.whole("per_page", 100) or 100, most)
    pages_there = -(-len(found) // size)
    page = max(1, min(asked.whole("page", 1), pages_there, shown // size))
    wanted, is_pool = set(_one(asked, "extras").split(",")), bool(_one(asked, "group_id"))
    photos = [entry(p, wanted, is_pool) for p in found[(page - 1) * size : page * size]]
    head = {"page": page, "pages": pages_there, "perpage": size, "total": str(len(found))}
    return {**head, "photo": photos}


def _photo(asked: Asked) -> Photo:
    """Return the photo, or what Flickr says of one that is deleted, private or never was."""
    found = _talk(asked).photos.get(_one(asked, "photo_id"))
    if found is None or found.state != "public":
        code, message = _KINDS[found.state if found else "deleted"]
        raise _FailError(code, message.format(_one(asked, "photo_id")))
    return found


def _info(asked: Asked) -> Json:
    photo = _photo(asked)
    return {"photo": info(photo, asked.base + _path(photo))}


def _comments(asked: Asked) -> Json:
    photo = _photo(asked)
    return {"comments": comments(photo, asked.base + _path(photo))}


def _group(asked: Asked) -> Json:
    group = _talk(asked).group
    if _one(asked, "group_id") != group["nsid"]:
        raise _FailError(1, "Group not found")
    return {
        "group": {"id": group["nsid"], "name": {"_content": group["name"]}, "ispoolmoderated": 0}
    }


def _account(asked: Asked) -> Json:
    museum = _known(asked, _one(asked, "user_id"))
    person = {"id": museum.nsid, "nsid": museum.nsid, "ispro": 1, "path_alias": museum.alias}
    return {"person": {**person, "username": {"_content": museum.username}}}


def _look_up(asked: Asked) -> Json:
    museum = _known(asked, _one(asked, "url").rstrip("/").rpartition("/")[2])
    return {"user": {"id": museum.nsid, "username": {"_content": museum.username}}}


def _known(asked: Asked, name: str) -> Account:
    museum = _talk(asked).museum
    if name not in (museum.nsid, museum.alias):
        raise _FailError(1, "User not found")
    return museum


def _echo(asked: Asked) -> Json:
    return {name: {"_content": said[0]} for name, said in asked.query.items()}


_METHODS: dict[str, Callable[[Asked], Json]] = {
    "flickr.test.echo": _echo,
    "flickr.photos.search": _search,
    "flickr.people.getPublicPhotos": _stream,
    "flickr.groups.pools.getPhotos": _pool,
    "flickr.photosets.getPhotos": _album,
    "flickr.photosets.getInfo": _album_info,
    "flickr.photos.getInfo": _info,
    "flickr.photos.comments.getList": _comments,
    "flickr.groups.getInfo": _group,
    "flickr.people.getInfo": _account,
    "flickr.urls.lookupUser": _look_up,
}


def _path(photo: Photo) -> str:
    return f"/flickr/photos/{photo.owner.alias or photo.owner.nsid}/{photo.id}/"


def _for_people(asked: Asked) -> Answer:
    photo = _talk(asked).photos.get(asked.parts[1])
    if photo is None or photo.state != "public":
        raise NotThereError(as_json=False)
    tags = escape(", ".join(tag.raw for tag in photo.tags))
    shown = _item(photo, _path(photo), photo.owner.username, f"{photo.about}<p>{tags}</p>")
    said = [
        _item(photo, f"{_path(photo)}#comment{c.number}", c.author.username, escape(c.text))
        for c in (*photo.notes, *photo.comments)
    ]
    return Answer(200, HTML, pages.item(shown, said).encode())


def _item(photo: Photo, path: str, author: str, html: str) -> Item:
    at = photo.created_at
    return Item(photo.id, path, photo.title or "Untitled", html, author, at, at, "")


ROUTES: tuple[Route, ...] = (
    (r"/flickr/services/rest/?", _rest),
    (r"/flickr/photos/([^/]+)/(\d+)/", _for_people),
)
