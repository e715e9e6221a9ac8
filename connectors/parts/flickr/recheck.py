"""Flickr: whether photos, and what was said below them, still stand where they stood."""

import logging
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from connectors.http import Client
from connectors.parts.flickr.answers import COMMENTS, INFO, ask, read_answer
from connectors.parts.flickr.fields import inside, items_of, number_of, text_of
from contract.charter import Source
from contract.errors import SkipPage
from contract.page import Recheck

log = logging.getLogger("goodguest.flickr")

_API = "https://api.flickr.com"
_SITES = ("https://www.flickr.com", "https://flickr.com", _API)
_PHOTO = re.compile(r"[0-9]{1,20}")
_NOTE = re.compile(r"([0-9]{1,20})-note-([0-9]{1,20})")
_COMMENT = re.compile(r"[0-9]+-([0-9]{1,20})-[0-9]+")


def base_of(source: Source) -> str:
    """Return the address that the API stands below; that of Flickr itself has a host of its own."""
    base = str(source.url).rstrip("/")
    return _API if base in _SITES else base


def recheck(
    client: Client, source: Source, posts: Sequence[tuple[str, str | None]]
) -> Iterator[tuple[str, Recheck]]:
    """Yield `there` or `gone` for photos, notes and comments, given as native id and address.

    A photo is asked for once, with its notes; its comments once more if any of them is wanted.
    With a photo made private or deleted all below it is gone. Nothing is said of what is no id of
    Flickr's. An edit is not seen: Flickr tells of a photo only when anything about it last changed.
    """
    wanted: dict[str, list[str]] = defaultdict(list)
    for native_id, _ in posts:
        named = _NOTE.fullmatch(native_id) or _COMMENT.fullmatch(native_id)
        if named or _PHOTO.fullmatch(native_id):
            wanted[named[1] if named else native_id].append(native_id)
    for photo, native_ids in wanted.items():
        try:
            there = _there(client, base_of(source), photo, native_ids)
        except SkipPage as not_known:
            log.warning("not rechecked: %s", not_known)
            continue
        for native_id in native_ids:
            yield native_id, "there" if native_id in there else "gone"


def _there(client: Client, base: str, photo: str, native_ids: list[str]) -> set[str]:
    """Return the ids of the photo and of what is still below it; empty when it is gone.

    Raises SkipPage when the answer is about another photo, or about none.
    """
    read = _asked(client, base, INFO, photo)
    info = inside(read, "photo")
    if read.get("stat") == "fail" or number_of(inside(info, "visibility").get("ispublic")) == 0:
        return set()
    if text_of(info.get("id")) != photo:
        raise SkipPage("Flickr does not answer what is asked")
    there = {photo}
    there |= {f"{photo}-note-{id}" for id in _ids(info.get("notes"), "note")}
    if any(_COMMENT.fullmatch(native_id) for native_id in native_ids):
        said = _asked(client, base, COMMENTS, photo)
        there |= _ids(said.get("comments"), "comment")
    return there


def _asked(client: Client, base: str, method: str, photo: str) -> dict[str, Any]:
    return read_answer(ask(client, base, method, photo_id=photo).body) or {}


def _ids(held: Any, name: str) -> set[str]:
    return {text_of(one.get("id")) for one in items_of(held, name) if isinstance(one, dict)}
