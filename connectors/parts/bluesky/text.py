"""What a post on Bluesky says: its text with whole addresses, its links, tags and pictures."""

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from connectors.markup import web_address
from connectors.parts.bluesky.fields import embeds_of
from connectors.values import inside, objects, text, texts
from contract.post import Link, Media, Tag

_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})*")
_LOOKS_LIKE_ADDRESS = re.compile(r"(?:https?://)?[\w-]++(?:\.[\w-]++)++\S*+")
_LINK, _TAG = "app.bsky.richtext.facet#link", "app.bsky.richtext.facet#tag"
KINDS = frozenset({"images", "external", "record", "recordWithMedia", "video"})
"""Of what may be attached, all that were known when this was written."""


class Facet(NamedTuple):
    """A stretch of a text, in bytes of its UTF-8, and what it leads to."""

    start: int
    end: int
    features: list[dict[str, Any]]


def body_of(record: Any) -> str:
    """Return the text, its shortened addresses replaced by those they stand for.

    https://docs.bsky.app/docs/advanced-guides/post-richtext: offsets count bytes of UTF-8.
    """
    received = str(inside(record, "text") or "").encode("utf-8", "replace")
    pieces, at = list[str](), 0
    for facet in _facets(record, len(received)):
        address = next(filter(None, (_address(f) for f in facet.features)), None)
        if facet.start < at or address is None:
            continue
        try:
            before, shown = received[at : facet.start].decode(), received[facet.start : facet.end]
            is_shortened = _LOOKS_LIKE_ADDRESS.fullmatch(shown.decode())
        except UnicodeDecodeError:
            # It begins or ends within a letter.
            continue
        pieces += [before, address if is_shortened else shown.decode()]
        at = facet.end
    return "".join((*pieces, received[at:].decode("utf-8", "replace"))).strip()


def links_of(view: Any) -> tuple[Link, ...]:
    """Return the addresses the author wrote or attached."""
    record = inside(view, "record")
    found = [_address(f) for facet in _facets(record) for f in facet.features]
    found += [web_address(text(embed, "external", "uri")) for embed in embeds_of(view)]
    return tuple(Link(url=url) for url in dict.fromkeys(filter(None, found)))


def tags_of(record: Any) -> tuple[Tag, ...]:
    """Return the hashtags of the text and those beside it, each once."""
    found = [
        tag
        for facet in _facets(record)
        for feature in facet.features
        if feature.get("$type") == _TAG and (tag := text(feature, "tag"))
    ]
    return tuple(Tag(tag=tag) for tag in dict.fromkeys([*found, *texts(record, "tags")]))


def language_of(record: Any) -> str | None:
    """Return the language, where the author's app states one and no more."""
    langs = texts(record, "langs")
    return langs[0] if len(langs) == 1 and _LANGUAGE.fullmatch(langs[0]) else None


def media_of(view: Any) -> tuple[Media, ...]:
    """Return the pictures and films that are shown with it."""
    found: dict[str, Media] = {}
    for embed in embeds_of(view):
        for image in objects(embed, "images"):
            if url := web_address(text(image, "fullsize")):
                found[url] = Media(url=url, alt_text=text(image, "alt"))
        if url := web_address(text(embed, "playlist")):
            found[url] = Media(url=url, kind="video", alt_text=text(embed, "alt"))
    return tuple(found.values())


def quoted_by(record: Any) -> str | None:
    """Return the address of the record a post quotes."""
    embed = inside(record, "embed")
    return text(embed, "record", "record", "uri") or text(embed, "record", "uri")


def unknown_kinds(view: Any) -> Iterator[str]:
    """Yield the kinds of what is attached that nobody here has decided about."""
    for embed in embeds_of(view):
        kind = text(embed, "$type") or ""
        if kind.removeprefix("app.bsky.embed.").removesuffix("#view") not in KINDS:
            yield f"embed {kind}"


def _facets(record: Any, size: int = 2**31) -> list[Facet]:
    found = []
    for facet in objects(record, "facets"):
        start, end = (inside(facet, "index", name) for name in ("byteStart", "byteEnd"))
        if type(start) is int and type(end) is int and 0 <= start < end <= size:
            found.append(Facet(start, end, objects(facet, "features")))
    return sorted(found, key=lambda facet: facet.start)


def _address(feature: dict[str, Any]) -> str | None:
    return web_address(text(feature, "uri")) if feature.get("$type") == _LINK else None
