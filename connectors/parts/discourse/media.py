"""The pictures, films and files of a post, from the HTML that Discourse made of it."""

from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Literal
from urllib.parse import urlsplit

from resiliparse.parse.html import ElementNode, HTMLTree

from connectors.markup import absolute, web_address
from contract.post import Media

Kind = Literal["image", "video", "audio", "other"]

_MOST = 100
_SIGNS = ("<img", "attachment", "<video", "<audio", "data-video-src")
_FOUND = (
    "img, a.attachment, video[src], audio[src], video source[src], audio source[src],"
    "[data-video-src]"
)
_NOT_OF_THE_AUTHOR = "aside.quote, aside.onebox, blockquote, .lazy-video-container"
_NO_PICTURES = frozenset({"emoji", "avatar", "site-icon", "onebox-avatar", "onebox-avatar-inline"})
_EXTENSIONS: dict[Kind, frozenset[str]] = {
    "image": frozenset((".jpg", ".jpeg", ".png", ".gif", ".webp", ".svg", ".heic", ".avif")),
    "video": frozenset((".mp4", ".mov", ".webm", ".m4v", ".ogv", ".avi")),
    "audio": frozenset((".mp3", ".ogg", ".oga", ".wav", ".m4a", ".opus", ".flac")),
}


def media_of(base: str, cooked: str) -> tuple[Media, ...]:
    """Return what its author put into a post, each address once, a picture in its full size.

    Emoji, avatars, the icons and previews of linked pages, and what stands in quotes are left out.
    """
    if not any(sign in cooked for sign in _SIGNS):
        return ()
    body = HTMLTree.parse(cooked).body
    if body is None:
        return ()
    for node in body.query_selector_all(_NOT_OF_THE_AUTHOR).values():
        node.decompose()
    found: dict[str, Media] = {}
    for node in body.query_selector_all(_FOUND).values():
        for media in _media(base, node):
            found.setdefault(media.url, media)
    return tuple(found.values())[:_MOST]


def _media(base: str, node: ElementNode) -> Iterator[Media]:
    address, alt = _address(node), None
    if node.tag == "img":
        if _NO_PICTURES & set(node.class_list):
            return
        alt = " ".join((node.getattr("alt") or "").split()) or None
    url = web_address(absolute(base, address)) if address else None
    if url:
        yield Media(url=url, kind=_kind(node, url), alt_text=alt)


def _address(node: ElementNode) -> str | None:
    holder = node.parent
    if isinstance(holder, ElementNode) and "lightbox" in holder.class_list:
        return holder.getattr("href") or node.getattr("src")
    named = (node.getattr(name) for name in ("data-video-src", "src", "href"))
    return next((address for address in named if address), None)


def _kind(node: ElementNode, url: str) -> Kind:
    if node.tag == "img":
        return "image"
    extension = PurePosixPath(urlsplit(url).path).suffix.lower()
    for kind, extensions in _EXTENSIONS.items():
        if extension in extensions:
            return kind
    holder = node.parent.tag if node.tag == "source" and node.parent is not None else node.tag
    return "video" if holder == "video" else "audio" if holder == "audio" else "other"
