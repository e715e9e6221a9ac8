"""Pictures, films and addresses of a submission or comment on Reddit."""

from collections.abc import Iterator
from typing import Any

from connectors.markup import host_of, web_address
from connectors.values import inside, text
from contract.post import Link, Media

_OWN_MEDIA = (
    "i.redd.it",
    "v.redd.it",
    "preview.redd.it",
    "reddit-uploaded-media.s3-accelerate.amazonaws.com",
)
_FILMS = ("hlsUrl", "dashUrl")


def media_of(data: dict[str, Any]) -> tuple[Media, ...]:
    """Return its media; a crosspost's are those of the submission it shows, so it has none."""
    if text(data, "crosspost_parent"):
        return ()
    found = [*_gallery(data), *_film(data)]
    address = _address(data)
    if address and not found and _is_picture(data, address):
        found.append(Media(url=address))
    return tuple({each.url: each for each in found}.values())


def links_of(data: dict[str, Any], base: str) -> tuple[Link, ...]:
    """Return where it leads: its address when it is no text, a crosspost's submission, and the
    addresses under a gallery's pictures."""
    found = [text(item, "outbound_url") for item in _items(data)]
    original = inside(data, "crosspost_parent_list")
    if text(data, "crosspost_parent"):
        first = original[0] if isinstance(original, list) and original else None
        permalink = text(first, "permalink")
        is_path = permalink is not None and permalink.startswith("/")
        found.append(f"{base}{permalink}" if is_path else text(data, "url"))
    elif data.get("is_self") is False and not _items(data) and not inside(data, "poll_data"):
        address = _address(data)
        if address and not _is_picture(data, address) and host_of(address) not in _OWN_MEDIA:
            found.append(address)
    return tuple(Link(url=url) for url in dict.fromkeys(found) if web_address(url) and url)


def _address(data: dict[str, Any]) -> str | None:
    return web_address(text(data, "url_overridden_by_dest") or text(data, "url"))


def _is_picture(data: dict[str, Any], address: str) -> bool:
    return data.get("post_hint") == "image" or host_of(address) == "i.redd.it"


def _items(data: dict[str, Any]) -> list[Any]:
    items = inside(data, "gallery_data", "items")
    return items if isinstance(items, list) else []


def _gallery(data: dict[str, Any]) -> Iterator[Media]:
    """Yield a gallery's pictures in its order, then those that stand in the text."""
    held = inside(data, "media_metadata")
    held = dict(held) if isinstance(held, dict) else {}
    for item in _items(data):
        picture = held.pop(text(item, "media_id") or "", None)
        yield from _picture(picture, text(item, "caption"))
    for picture in held.values():
        yield from _picture(picture, None)


def _picture(picture: Any, caption: str | None) -> Iterator[Media]:
    source = inside(picture, "s")
    is_film = inside(picture, "e") == "RedditVideo"
    addresses = (
        [text(picture, name) for name in _FILMS]
        if is_film
        else [text(source, name) for name in ("u", "gif", "mp4")]
    )
    # Signed addresses have come escaped even where nothing else was.
    address = next((a.replace("&amp;", "&") for a in addresses if a), None)
    if web_address(address) and address:
        yield Media(url=address, kind="video" if is_film else "image", alt_text=caption)


def _film(data: dict[str, Any]) -> Iterator[Media]:
    address = text(inside(data, "media", "reddit_video"), "fallback_url")
    if address and web_address(address):
        yield Media(url=address.replace("&amp;", "&"), kind="video")
