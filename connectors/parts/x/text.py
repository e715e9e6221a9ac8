"""What a post on X says: its text with whole addresses, its links, tags, language and pictures."""

import re
from html import unescape
from itertools import chain
from typing import Any, NamedTuple

from connectors.markup import web_address
from connectors.parts.x.fields import count_of, first_of, objects, text, text_of, texts
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


class Words(NamedTuple):
    """A text as received, the addresses in it that X has shortened, and its hashtags."""

    text: str
    urls: list[dict[str, Any]]
    hashtags: list[dict[str, Any]]


def words_of(tweet: dict[str, Any]) -> Words:
    """Return the whole text and what stands in it: a long post has a note."""
    note = first_of(tweet, "note_tweet", "note_post")
    holder = tweet if note is None or text(note, "text") is None else note
    entities = holder.get("entities")
    urls = [each for each in objects(entities, "urls") if text_of(each.get("url"))]
    return Words(str(holder.get("text") or ""), urls, objects(entities, "hashtags"))


def body_of(words: Words) -> str:
    """Return the text without HTML entities, short addresses replaced by those they stand for.

    Offsets count code points of the text as received, with its entities; an address in its place
    may hold what looks like one.
    """
    received, pieces, at = words.text, list[str](), 0
    for entity in sorted(words.urls, key=lambda e: count_of(e.get("start")) or 0):
        start, end = count_of(entity.get("start")), count_of(entity.get("end"))
        if start is None or end is None or start < at or received[start:end] != entity["url"]:
            continue
        pieces += [unescape(received[at:start]), "" if _is_media(entity) else _address(entity)]
        at = end
    return "".join((*pieces, unescape(received[at:]))).strip()


def links_of(words: Words) -> tuple[Link, ...]:
    """Return the addresses the author wrote; those of the post's own pictures are none."""
    urls = [_address(entity) for entity in words.urls if not _is_media(entity)]
    return tuple([Link(url=url) for url in dict.fromkeys(urls) if web_address(url)])


def tags_of(words: Words) -> tuple[Tag, ...]:
    """Return the hashtags as written, each once."""
    found = [text_of(tag.get("tag")) for tag in words.hashtags]
    return tuple([Tag(tag=tag) for tag in dict.fromkeys(found) if tag])


def language_of(tweet: dict[str, Any]) -> str | None:
    """Return the language X states, None for its codes that name none."""
    said = text_of(tweet.get("lang")) or ""
    if _NO_LANGUAGE.fullmatch(said) or not _LANGUAGE.fullmatch(said):
        return None
    return _OLD_CODES.get(said, said)


def media_of(tweet: dict[str, Any], known: dict[str, dict[str, Any]]) -> tuple[Media, ...]:
    """Return the pictures and films attached, from those the page holds by their keys."""
    attached = tweet.get("attachments")
    if attached is None:
        return ()
    held = (known[key] for key in texts(attached, "media_keys") if key in known)
    found: dict[str, Media] = {}
    for each in chain(held, objects(attached, "media")):
        if url := _address_of_media(each):
            kind: Any = _KINDS.get(text(each, "type") or "", "other")
            found[url] = Media(url=url, kind=kind, alt_text=text(each, "alt_text"))
    return tuple(found.values())


def _address_of_media(media: dict[str, Any]) -> str | None:
    """Return where it stands: a picture itself, of a film the best version, else its still."""
    films = [v for v in objects(media, "variants") if count_of(v.get("bit_rate")) is not None]
    best = max(films, key=lambda v: count_of(v.get("bit_rate")) or 0, default=None)
    found = (text(media, "url"), text(best, "url"), text(media, "preview_image_url"))
    return next((url for url in found if web_address(url)), None)


def _address(entity: dict[str, Any]) -> str:
    known = text_of(entity.get("unwound_url")) or text_of(entity.get("expanded_url"))
    return known or str(entity["url"])


def _is_media(entity: dict[str, Any]) -> bool:
    own = _OWN_MEDIA.fullmatch(text_of(entity.get("expanded_url")) or "")
    return bool(own) or text_of(entity.get("media_key")) is not None
