"""What a post on X says: its text with whole addresses, its links, tags, language and pictures."""

import re
from html import unescape
from itertools import chain
from typing import Any

from connectors.markup import web_address
from connectors.parts.x.fields import count, first_of, objects, text
from contract.post import Link, Media, Tag

_OWN_MEDIA = re.compile(
    r"https?://(?:www\.)?(?:twitter|x)\.com/[^/]+/status/\d+/(?:photo|video)/\d+"
)
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})*")
# https://docs.x.com/x-api/fundamentals/data-dictionary: codes of before 1989, and X's own for
# texts without words: only tags, only media, too short, unknown.
_OLD_CODES = {"in": "id", "iw": "he", "ji": "yi"}
_NO_LANGUAGE = re.compile(r"und|zxx|mis|mul|art|q[a-t][a-z]")
_KINDS = {"photo": "image", "animated_gif": "video", "video": "video", "audio": "audio"}


def words_of(tweet: dict[str, Any]) -> dict[str, Any]:
    """Return the object that holds the whole text and its entities: a long post has a note."""
    note = first_of(tweet, "note_tweet", "note_post")
    return note if text(note, "text") else tweet


def body_of(tweet: dict[str, Any]) -> str:
    """Return the text without HTML entities, short addresses replaced by those they stand for.

    Offsets count code points of the text as received, with its entities; an address in its place
    may hold what looks like one.
    """
    words = words_of(tweet)
    received, pieces, at = str(first_of(words, "text") or ""), [], 0
    for entity in sorted(_urls(words), key=lambda e: count(e, "start") or 0):
        start, end = count(entity, "start"), count(entity, "end")
        if start is None or end is None or start < at or received[start:end] != entity["url"]:
            continue
        pieces += [unescape(received[at:start]), "" if _is_media(entity) else _address(entity)]
        at = end
    return "".join((*pieces, unescape(received[at:]))).strip()


def links_of(tweet: dict[str, Any]) -> tuple[Link, ...]:
    """Return the addresses the author wrote; those of the post's own pictures are none."""
    urls = (_address(entity) for entity in _urls(words_of(tweet)) if not _is_media(entity))
    return tuple(Link(url=url) for url in dict.fromkeys(urls) if web_address(url))


def tags_of(tweet: dict[str, Any]) -> tuple[Tag, ...]:
    """Return the hashtags as written, each once."""
    found = (text(tag, "tag") for tag in objects(_entities(words_of(tweet)), "hashtags"))
    return tuple(Tag(tag=tag) for tag in dict.fromkeys(found) if tag)


def language_of(tweet: dict[str, Any]) -> str | None:
    """Return the language X states, None for its codes that name none."""
    said = text(tweet, "lang") or ""
    if _NO_LANGUAGE.fullmatch(said) or not _LANGUAGE.fullmatch(said):
        return None
    return _OLD_CODES.get(said, said)


def media_of(tweet: dict[str, Any], known: dict[str, dict[str, Any]]) -> tuple[Media, ...]:
    """Return the pictures and films attached, from those the page holds by their keys."""
    attached = first_of(tweet, "attachments")
    keys = first_of(attached, "media_keys")
    keys = [key for key in keys if isinstance(key, str)] if isinstance(keys, list) else []
    held = (known[key] for key in keys if key in known)
    found: dict[str, Media] = {}
    for each in chain(held, objects(attached, "media")):
        if url := _address_of_media(each):
            kind: Any = _KINDS.get(text(each, "type") or "", "other")
            found[url] = Media(url=url, kind=kind, alt_text=text(each, "alt_text"))
    return tuple(found.values())


def _address_of_media(media: dict[str, Any]) -> str | None:
    """Return where it stands: a picture itself, of a film the best version, else its still."""
    films = [v for v in objects(media, "variants") if count(v, "bit_rate") is not None]
    best = max(films, key=lambda v: count(v, "bit_rate") or 0, default=None)
    found = (text(media, "url"), text(best, "url"), text(media, "preview_image_url"))
    return next((url for url in found if web_address(url)), None)


def _entities(words: dict[str, Any]) -> Any:
    return first_of(words, "entities")


def _urls(words: dict[str, Any]) -> list[dict[str, Any]]:
    return [each for each in objects(_entities(words), "urls") if text(each, "url")]


def _address(entity: dict[str, Any]) -> str:
    return str(text(entity, "unwound_url") or text(entity, "expanded_url") or entity["url"])


def _is_media(entity: dict[str, Any]) -> bool:
    own = _OWN_MEDIA.fullmatch(text(entity, "expanded_url") or "")
    return bool(own) or text(entity, "media_key") is not None
