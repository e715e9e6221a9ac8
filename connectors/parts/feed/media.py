"""The pictures, films and sounds of a feed's item, and the place it is about."""

from collections.abc import Iterator
from typing import Any, Literal, cast

from connectors.markup import absolute, web_address
from connectors.parts.feed.shape import Item
from contract.post import Media

Kind = Literal["image", "video", "audio", "other"]
_KINDS: dict[str, Kind] = {"image": "image", "video": "video", "audio": "audio"}
_PLAIN = "text/plain"


def media_of(item: Item, about: Item, base: str, *, is_rss: bool) -> tuple[Media, ...]:
    """Return what is attached, each address once: Media RSS, enclosures, else a thumbnail.

    The licence is the picture's own, else the item's, else the feed's: its address, or the words
    of its rights (Media RSS, Creative Commons module, Dublin Core, RFC 4946).
    """
    licence = _licence(item) or _licence(about)
    found = [m for m in (_media(each, base, licence) for each in _attached(item)) if m]
    if not any(media.kind == "image" for media in found):
        shown = [*_dicts(item.get("media_thumbnail")), item.get("image") or {}]
        smaller = (
            _media({**each, "medium": "image"}, base, licence)
            for each in shown
            if isinstance(each, dict)
        )
        found += [media for media in smaller if media][:1]
    unique = list({media.url: media for media in reversed(found)}.values())[::-1]
    if is_rss and len(unique) == 1 and unique[0].alt_text is None:
        unique = [_described(unique[0], item)]
    return tuple(unique)


def _attached(item: Item) -> Iterator[dict[str, Any]]:
    yield from _dicts(item.get("media_content"))
    for link in _dicts(item.get("links")):
        if link.get("rel") == "enclosure":
            yield {**link, "alt": link.get("title")}


def _dicts(value: Any) -> list[dict[str, Any]]:
    return [each for each in value or () if isinstance(each, dict)]


def _media(each: dict[str, Any], base: str, licence: str | None) -> Media | None:
    address = each.get("url") or each.get("href")
    url = web_address(absolute(base, address)) if address else None
    if url is None:
        return None
    said = (each.get("medium"), str(each.get("type") or "").partition("/")[0])
    kind: Kind = next((_KINDS[str(word)] for word in said if word in _KINDS), "other")
    alt = " ".join(str(each.get("alt") or "").split()) or None
    return Media(url=url, kind=kind, alt_text=alt, licence=each.get("licence") or licence)


def _described(media: Media, item: Item) -> Media:
    """Return the only picture with the item's `media:description`, a second plain description."""
    plain = [c for c in item.get("content") or () if c.get("type") == _PLAIN]
    alt = " ".join(str(plain[0].get("value") or "").split()) if plain else ""
    return Media(url=media.url, kind=media.kind, alt_text=alt or None, licence=media.licence)


def _licence(said: Item) -> str | None:
    named = said.get("media_license") or {}
    links = (link.get("href") for link in _dicts(said.get("links")) if link.get("rel") == "license")
    words = (*links, named.get("href"), named.get("content"), said.get("rights"))
    return next((" ".join(str(each).split()) for each in words if each), None)


def place_of(item: Item) -> tuple[float | None, float | None]:
    """Return latitude and longitude in degrees: GeoRSS, GML or W3C Basic Geo."""
    where = item.get("where") or {}
    try:
        if where.get("type") == "Point":
            longitude, latitude = where["coordinates"][:2]
        else:
            latitude, longitude = float(item["geo_lat"]), float(item["geo_long"])
    except (KeyError, ValueError, TypeError):
        return None, None
    is_on_earth = abs(latitude) <= 90 and abs(longitude) <= 180
    return cast("tuple[float, float]", (latitude, longitude)) if is_on_earth else (None, None)
