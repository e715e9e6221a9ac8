"""A page of Flickr: photos found by a search, with the extras that tell what they are.

https://www.flickr.com/services/api/flickr.photos.search.html
"""

from collections.abc import Sequence
from typing import Any, Final

from bench.sayings import Saying

ASKED: Final = (
    "https://www.flickr.com/services/rest/?method=flickr.photos.search&format=json"
    "&nojsoncallback=1&per_page=100"
)
_TITLE_WORDS: Final = 5
_SIZES: Final = {"sq": 75, "t": 100, "q": 150, "s": 240, "m": 500}


def native_id(number: int, _: int) -> str:
    """Return the id of a photo by its number."""
    return str(54_000_000_000 + number)


def page(said: Sequence[Saying], posts: int) -> dict[str, Any]:
    """Return a page of the search, the newest photo first."""
    return {
        "photos": {
            "page": 1, "pages": posts // len(said), "perpage": 100, "total": posts,
            "photo": [_photo(saying) for saying in reversed(said)],
        },
        "stat": "ok",
    }  # fmt: skip


def _photo(said: Saying) -> dict[str, Any]:
    id_, at, author = native_id(said.number, 0), int(said.created_at.timestamp()), said.author
    link = f'\n\n<a href="{said.url}" rel="noreferrer nofollow">{said.url}</a>' if said.url else ""
    files: dict[str, Any] = {}
    for size, width in _SIZES.items():
        files[f"url_{size}"] = f"https://live.staticflickr.com/65535/{id_}_0123456789_{size}.jpg"
        files[f"height_{size}"], files[f"width_{size}"] = width * 3 // 4, width
    return {
        "id": id_, "owner": f"{100_000 + author}@N00", "secret": "0123456789", "server": "65535",
        "farm": 66, "title": " ".join(said.words.split(" ")[:_TITLE_WORDS]), "ispublic": 1,
        "isfriend": 0, "isfamily": 0, "license": str(author % 8),
        "description": {"_content": f"{said.words}{link}"}, "dateupload": str(at),
        "lastupdate": str(at + 60 + said.version), "ownername": f"Invented Writer {author}",
        "datetaken": f"{said.created_at:%Y-%m-%d %H:%M:%S}", "datetakengranularity": 0,
        "datetakenunknown": "0", "iconserver": "0", "iconfarm": 0,
        "views": str(said.number * 7919 % 900), "count_faves": str(said.number % 17),
        "count_comments": str(said.number % 5),
        "tags": " ".join(tag.lower() for tag in said.tags), "machine_tags": "",
        "originalsecret": "0123456789", "originalformat": "jpg",
        "latitude": f"{52 + said.number % 1000 / 5000:.6f}", "longitude": "-1.500000",
        "accuracy": "16", "context": 0, "place_id": "", "woeid": "12345",
        "geo_is_family": 0, "geo_is_friend": 0, "geo_is_contact": 0, "geo_is_public": 1,
        "media": "photo", "media_status": "ready", "pathalias": f"invented-writer-{author}",
        **files,
    }  # fmt: skip
