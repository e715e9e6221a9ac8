"""What a post on X says: its text with whole addresses, its links, tags, language and pictures."""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from html import unescape
from itertools import chain
from typing import Any

from msgspec import Struct

from connectors.markup import web_address
from connectors.parts.x.fields import text_of
from connectors.parts.x.shapes import Attachments, Entities, Film, Hashtag, Seen, Tweet, Url
from contract.post import Link, Media, Tag

_OWN_MEDIA = re.compile(
    r"https?://(?:www\.)?(?:twitter|x)\.com/[^/]+/status/\d+/(?:photo|video)/\d+"
)
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})*")
# https://docs.x.com/x-api/fundamentals/data-dictionary: codes of before 1989, and X's own for
# texts without words: only tags, only media, too short, unknown.
_OLD_CODES = {"in": "id", "iw": "he", "ji": "yi"}
_NO_LANGUAGE = re.compile(r"und|zxx|mis|mul|art|q[a-t][a-z]")
_MOST_KEPT = 1 << 10
"""There are some dozens of codes."""
_KINDS = {"photo": "image", "animated_gif": "video", "video": "video", "audio": "audio"}


class Words(Struct, frozen=True):
    """A text as received, the addresses in it that X has shortened, and its hashtags."""

    text: str
    urls: Sequence[tuple[Url, str]]
    """With the address each stands for, "" for the post's own pictures."""
    hashtags: Sequence[Hashtag]


_NOTHING = Entities()


def words_of(tweet: Tweet) -> Words:
    """Return the whole text and what stands in it: a long post has a note."""
    note = tweet.note_tweet or tweet.note_post
    holder = note if note and text_of(note.text) else tweet
    entities = holder.entities or _NOTHING
    found = entities.urls
    urls = [(each, _address(each)) for each in found if text_of(each.url)] if found else ()
    return Words(holder.text or "", urls, entities.hashtags or ())


def body_of(words: Words) -> str:
    """Return the text without HTML entities, short addresses replaced by those they stand for.

    Offsets count code points of the text as received, with its entities; an address in its place
    may hold what looks like one.
    """
    received, at = words.text, 0
    if not words.urls:
        return (unescape(received) if "&" in received else received).strip()
    pieces: list[str] = []
    for entity, address in sorted(words.urls, key=_start):
        start, end = entity.start, entity.end
        if start is None or end is None or start < at or received[start:end] != entity.url:
            continue
        pieces += unescape(received[at:start]), address
        at = end
    return ("".join(pieces) + unescape(received[at:])).strip()


def _start(url: tuple[Url, str]) -> int:
    return url[0].start or 0


def links_of(words: Words) -> tuple[Link, ...]:
    """Return the addresses the author wrote; those of the post's own pictures are none."""
    if not words.urls:
        return ()
    urls = dict.fromkeys([address for _, address in words.urls])
    return tuple([Link(url=url) for url in urls if web_address(url)])


def tags_of(words: Words) -> tuple[Tag, ...]:
    """Return the hashtags as written, each once."""
    if not words.hashtags:
        return ()
    found = dict.fromkeys([hashtag.tag for hashtag in words.hashtags])
    return tuple([Tag(tag=tag) for tag in found if tag and not tag.isspace()])


def language_of(tweet: Tweet) -> str | None:
    """Return the language X states, None for its codes that name none."""
    return _language(tweet.lang) if tweet.lang else None


@lru_cache(maxsize=_MOST_KEPT)
def _language(said: str) -> str | None:
    if _NO_LANGUAGE.fullmatch(said) or not _LANGUAGE.fullmatch(said):
        return None
    return _OLD_CODES.get(said, said)


def media_of(attached: Attachments, known: Mapping[str, Seen]) -> tuple[Media, ...]:
    """Return the pictures and films attached, from those the page holds by their keys."""
    held = (known[key] for key in attached.media_keys or () if key in known)
    found: dict[str, Media] = {}
    for each in chain(held, attached.media or ()):
        if url := _address_of_media(each):
            kind: Any = _KINDS.get(each.type or "", "other")
            found[url] = Media(url=url, kind=kind, alt_text=text_of(each.alt_text))
    return tuple(found.values())


def _address_of_media(media: Seen) -> str | None:
    """Return where it stands: a picture itself, of a film the best version, else its still."""
    if own := web_address(text_of(media.url)):
        return own
    films = [film for film in media.variants or () if film.bit_rate is not None]
    best = max(films, key=lambda film: film.bit_rate or 0, default=Film())
    return web_address(text_of(best.url)) or web_address(text_of(media.preview_image_url))


def _address(entity: Url) -> str:
    """Return the address it stands for, "" when that is one of the post's own pictures."""
    said = text_of(entity.expanded_url)
    if (said and _OWN_MEDIA.fullmatch(said)) or text_of(entity.media_key):
        return ""
    return text_of(entity.unwound_url) or said or str(entity.url)
