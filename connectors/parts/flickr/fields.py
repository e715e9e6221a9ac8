"""Flickr's fields: how their values are written, and which are used or left aside on purpose."""

import math
import re
from datetime import UTC, datetime
from typing import Any

from connectors.accounting import known_fields

_WHOLE = re.compile(r"-?\d{1,19}")
_FIRST_PHOTO = datetime(2004, 2, 1, tzinfo=UTC).timestamp()
"""Flickr opened in February 2004; a photo posted earlier tells a date cut or made up."""

LICENCES = {
    0: "All rights reserved",
    1: "https://creativecommons.org/licenses/by-nc-sa/2.0/",
    2: "https://creativecommons.org/licenses/by-nc/2.0/",
    3: "https://creativecommons.org/licenses/by-nc-nd/2.0/",
    4: "https://creativecommons.org/licenses/by/2.0/",
    5: "https://creativecommons.org/licenses/by-sa/2.0/",
    6: "https://creativecommons.org/licenses/by-nd/2.0/",
    7: "https://www.flickr.com/commons/usage/",
    8: "https://www.usa.gov/government-copyright",
    9: "https://creativecommons.org/publicdomain/zero/1.0/",
    10: "https://creativecommons.org/publicdomain/mark/1.0/",
    11: "https://creativecommons.org/licenses/by/4.0/",
    12: "https://creativecommons.org/licenses/by-sa/4.0/",
    13: "https://creativecommons.org/licenses/by-nd/4.0/",
    14: "https://creativecommons.org/licenses/by-nc/4.0/",
    15: "https://creativecommons.org/licenses/by-nc-sa/4.0/",
    16: "https://creativecommons.org/licenses/by-nc-nd/4.0/",
}
"""https://www.flickr.com/services/api/flickr.photos.licenses.getInfo.html"""
OF_INSTITUTIONS = frozenset({7, 8})
"""Licences that Flickr lets only the institutions of its Commons and governments give."""


def text_of(value: Any) -> str:
    """Return a text, plain or under `_content`; what is none is empty."""
    if isinstance(value, dict):
        value = value.get("_content")
    if isinstance(value, str):
        return value
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return str(value) if is_number else ""


def number_of(value: Any) -> int | None:
    """Return a whole number, however it is written: 1, "1" or under `_content`; else None."""
    written = text_of(value).strip()
    number = int(written) if _WHOLE.fullmatch(written) else None
    return number if number is not None and abs(number) < 2**63 else None


def count_of(value: Any) -> int | None:
    """Return how many; None when it is not said."""
    number = number_of(value)
    return number if number is not None and number >= 0 else None


def degrees_of(value: Any, most: float) -> float | None:
    """Return a coordinate of at most so many degrees either way, or None."""
    try:
        degrees = float(text_of(value))
    except ValueError:
        return None
    return degrees if math.isfinite(degrees) and abs(degrees) <= most else None


def moment_of(value: Any, latest: datetime) -> datetime | None:
    """Return the moment of Unix seconds, or None for one that cannot be."""
    seconds = number_of(value)
    if seconds is None or not _FIRST_PHOTO <= seconds <= latest.timestamp() + 86400:
        return None
    return datetime.fromtimestamp(seconds, UTC)


def inside(value: Any, name: str) -> dict[str, Any]:
    """Return the object of that name, empty when there is none."""
    held = value.get(name) if isinstance(value, dict) else None
    return held if isinstance(held, dict) else {}


def items_of(value: Any, name: str) -> list[Any]:
    """Return the list of that name, empty when there is none; one that stands alone is a list."""
    held = value.get(name, []) if isinstance(value, dict) else []
    return held if isinstance(held, list) else [held]


# fmt: off
_SIZES = ("sq", "t", "s", "q", "m", "n", "w", "z", "c", "l", "h", "k", "o")
_OF_LIST = """
    photo owner ownername page pages perpage per_page total has_next_page id primary title
    title._content username description description.* secret server farm photos can_comment
    date_create date_update count_views count_comments count_photos count_videos coverphoto_server
    coverphoto_farm
"""
# What the reader may do, how the file is named, and when the picture was taken.
_OF_ENTRY = """
    id owner ownername realname title description description._content tags machine_tags license
    latitude longitude accuracy dateupload dateadded lastupdate views count_views count_comments
    count_faves media pathalias ispublic secret server farm isfriend isfamily isprimary datetaken
    datetakengranularity datetakenunknown iconserver iconfarm originalsecret originalformat
    media_status safety_level context place_id woeid geo_is_family geo_is_friend geo_is_contact
    geo_is_public o_width o_height has_comment
"""
_OF_INFO = """
    id owner owner.nsid owner.username owner.realname owner.path_alias title title._content
    description description._content visibility visibility.ispublic dates dates.posted dateuploaded
    license views comments comments._content notes notes.note tags tags.tag location urls urls.url
    urls.url.type urls.url._content media secret server farm isfavorite safety_level rotation
    originalsecret originalformat owner.location owner.iconserver owner.iconfarm owner.gift.*
    owner.gift visibility.isfriend visibility.isfamily dates.taken dates.takengranularity
    dates.takenunknown dates.lastupdate permissions permissions.* editability editability.*
    publiceditability publiceditability.* usage usage.* people people.haspeople geoperms geoperms.*
    notes.note.id notes.note.author notes.note.authorname notes.note.authorisdeleted
    notes.note._content notes.note.photo_id notes.note.authorrealname notes.note.authorispro
    notes.note.pro_badge notes.note.x notes.note.y notes.note.w notes.note.h tags.tag.id
    tags.tag.author tags.tag.authorname tags.tag.raw tags.tag._content tags.tag.machine_tag
    location.latitude location.longitude location.accuracy location.context location.place_id
    location.woeid location.locality.place_id
"""
_OF_COMMENT = """
    id author author_is_deleted authorname datecreate permalink _content realname path_alias
    iconserver iconfarm
"""
_LEFT_ASIDE = """
    sizes licenses license_history person people user profile galleries gallery institutions set
    pool group method photosets
"""
PLACE_NAMES = ("neighbourhood", "locality", "county", "region", "country")
KNOWN = known_fields((
    "stat", "code", "message", "photos", "photoset", "photo", "photo.exif", "photo.exif.*",
    "photo.camera", "photo.person", "photo.person.*", "comments", "comments.photo_id",
    "comments.comment",
    *(f"{root}.{name}" for root in ("photos", "photoset") for name in _OF_LIST.split()),
    *(
        f"{root}.photo.{name}"
        for root in ("photos", "photoset")
        for name in (*_OF_ENTRY.split(), *(f"{w}_{s}" for w in ("url", "height", "width")
                                           for s in _SIZES))
    ),
    *(f"photo.{name}" for name in _OF_INFO.split()),
    *(f"photo.location.{place}" for place in PLACE_NAMES),
    *(f"photo.location.{place}.{name}" for place in PLACE_NAMES
      for name in ("_content", "woeid", "place_id")),
    *(f"comments.comment.{name}" for name in _OF_COMMENT.split()),
    *(f"{root}{below}" for root in _LEFT_ASIDE.split() for below in ("", ".*")),
))
# fmt: on
"""Paths of fields that are used, and of those left aside on purpose."""
