"""What a source wants of Flickr: searches, groups' pools, organisations' albums and accounts."""

import math
import re
from collections.abc import Iterator
from typing import Any

from connectors.answers import needed
from connectors.http import Client
from connectors.parts.flickr.answers import ALBUM, POOL, SEARCH, STREAM, ask, read_answer
from connectors.parts.flickr.fields import inside, text_of
from connectors.parts.flickr.lists import Job
from connectors.parts.flickr.photos import SITE
from connectors.places import ALLOWED_PLACES, is_a_home
from contract.charter import Select, Source
from contract.errors import FixSettings, SkipPage
from contract.page import Window

_NSID = re.compile(r"[0-9]+@N[0-9]{2}")
"""The id of an account or of a group."""
_MOST_TAGS, _MOST_MACHINE_TAGS = 20, 8
"""In one search for any of them."""
_CITY = 11
"""An accuracy of the place, from 1, the world, to 16, the street."""
# `from:`, `owner=` and the like, an account's id or handle; a machine tag's name may have a prefix.
_PERSON = re.compile(
    r"(?:^|[\s\"(*:])(?:from|to|by|author|owner|user|username|user_?id|nsid|person|people|face"
    r"|photographer|creator|account|foaf)\s*[:=]"
    r"|\d+@N\d\d|(?<!\w)[@＠]\w",
    re.IGNORECASE,
)


def jobs_of(
    client: Client, base: str, name: str, source: Source, window: Window
) -> tuple[list[Job], list[str]]:
    """Return what has to be listed, and the ids of the accounts that are organisations'.

    Query, tags and machine tags are a search each; a box narrows them all, and alone is a search.
    Raises FixSettings when a selection names persons, or what Flickr does not know.
    """
    select = source.select
    _check(name, source)
    since, until = (math.ceil(at.timestamp()) for at in (window.since, window.until))
    span = {"since": since, "until": until, "page": 1}
    jobs = [{**span, "method": SEARCH, "params": params} for params in _searches(select)]
    organisations: list[str] = []

    def told(of: str, method: str, held: str, **params: Any) -> dict[str, Any]:
        try:
            with needed(client.now()):
                return inside(read_answer(ask(client, base, method, **params).body), held)
        except SkipPage as unknown:
            raise FixSettings(f"sources.{name}.select: Flickr does not know {of}") from unknown

    def account_of(account: str) -> str:
        if not _NSID.fullmatch(account):
            url = f"{SITE}/photos/{account}/"
            user = told(f"account {account}", "flickr.urls.lookupUser", "user", url=url)
            account = text_of(user.get("id"))
        organisations.append(account)
        return account

    for group in select.communities:
        found = told(f"group {group}", "flickr.groups.getInfo", "group", group_id=group)
        community = _community(group, f"groups/{group}/", found.get("name"))
        jobs.append({**span, "method": POOL, "params": {"group_id": group}} | community)
    for written in select.albums:
        account, album = account_of(written.partition("/")[0]), written.partition("/")[2]
        params = {"photoset_id": album, "user_id": account}
        found = told(f"album {written}", "flickr.photosets.getInfo", "photoset", **params)
        community = _community(album, f"photos/{account}/albums/{album}", found.get("title"))
        jobs.append({**span, "method": ALBUM, "params": params} | community)
    for written in select.accounts:
        account = account_of(written)
        found = told(f"account {written}", "flickr.people.getInfo", "person", user_id=account)
        shown = text_of(found.get("realname")) or text_of(found.get("username"))
        community = _community(account, f"photos/{account}/", shown)
        jobs.append({**span, "method": STREAM, "params": {"user_id": account}} | community)
    return jobs, list(dict.fromkeys(organisations))


def _searches(select: Select) -> Iterator[dict[str, Any]]:
    box = {}
    if select.box:
        # Without an accuracy only photos placed to the street are found.
        box = {"bbox": ",".join(str(degrees) for degrees in select.box), "accuracy": _CITY}
    if select.query:
        yield {"text": select.query, **box}
    for at in range(0, len(select.tags), _MOST_TAGS):
        yield {"tags": ",".join(select.tags[at : at + _MOST_TAGS]), "tag_mode": "any", **box}
    for at in range(0, len(select.machine_tags), _MOST_MACHINE_TAGS):
        tags = ",".join(select.machine_tags[at : at + _MOST_MACHINE_TAGS])
        yield {"machine_tags": tags, "machine_tag_mode": "any", **box}
    if box and not (select.query or select.tags or select.machine_tags):
        yield box


def _check(name: str, source: Source) -> None:
    select, at = source.select, f"sources.{name}.select"
    words = [select.query or "", *select.tags, *select.machine_tags]
    if any(_PERSON.search(word) for word in words):
        raise FixSettings(f"{at}: looks for persons; allowed are places, tags and words")
    if select.box and not _is_a_box(*select.box):
        raise FixSettings(
            f"{at}.box: found {list(select.box)}; allowed are west, south, east and north, degrees"
        )
    if select.box and is_a_home(*select.box):
        raise FixSettings(f"{at}.box: looks at a single home; {ALLOWED_PLACES}")
    if select.albums and source.account_kind != "organisation":
        raise FixSettings(
            f"{at}.albums: allowed are an organisation's own, with account_kind: organisation"
        )
    if odd := [a for a in select.albums if not re.fullmatch(r"[^/\s]+/\d+", a)]:
        raise FixSettings(f"{at}.albums: found {odd[0]!r}; allowed is account/number of the album")
    if odd := [group for group in select.communities if not _NSID.fullmatch(group)]:
        raise FixSettings(f"{at}.communities: found {odd[0]!r}; allowed are ids as 123456@N01")
    if not any((*words, select.communities, select.albums, select.accounts, select.box)):
        raise FixSettings(
            f"{at}: nothing is selected; allowed here: query, tags, machine_tags, box, "
            "communities, albums, accounts"
        )


def _is_a_box(west: float, south: float, east: float, north: float) -> bool:
    return -180 <= west < east <= 180 and -90 <= south < north <= 90


def _community(id: str, path: str, name: Any) -> dict[str, Any]:
    return {"community": {"id": id, "name": text_of(name) or None, "url": f"{SITE}/{path}"}}
